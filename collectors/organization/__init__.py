"""Facts of the organization itself: one module a register, each with its source and its parser side by side.

A register is CSV text (RFC 4180) with a header. A row that cannot be understood is a ``Fault`` of its fact, with its line:
it is never left out in silence, and a check that might rest on it says ``unknown``.
"""
