"""Rows in SQL: the name of a column stands in a list, its value at the same place of the row that follows.

``INSERT INTO t (id, ssn) VALUES (1, '...')``, and ``COPY t (id, ssn) FROM stdin;`` with rows of cells parted by tabs. Of each
statement the first row is looked at, and 400 bytes of the list and of the row: enough to know what the table holds.
"""

import re

_REACH = 400
_LIST = re.compile(rb"\(([^()]{1,800})\)\s{0,9}(?:(values)\s{0,9}\(|from stdin[^\n]{0,80};\r?\n)", re.IGNORECASE)
_VALUE = re.compile(rb"\s{0,9}('(?:[^'\\]|''|\\.)*'|[^,()']*)\s{0,9}(?=[,)])", re.DOTALL)


def value_of(text: bytes, name: int) -> tuple[int, bytes] | None:
    """Where the value stands of the column whose name stands at ``name``, and what it is; nothing where that is no statement."""
    start = text.rfind(b"(", max(0, name - _REACH), name)
    statement = _LIST.match(text, start, name + _REACH) if start >= 0 else None
    if not statement or statement.end(1) <= name:
        return None
    column = text.count(b",", start, name)
    begin = statement.end()
    return _value(text, begin, column) if statement[2] else _cell(text, begin, column)


def _value(text: bytes, begin: int, column: int) -> tuple[int, bytes] | None:
    for number in range(column + 1):
        value = _VALUE.match(text, begin, begin + _REACH)
        if not value:
            return None
        if number == column:
            return value.start(1), value[1]
        begin = value.end() + 1
    return None


def _cell(text: bytes, begin: int, column: int) -> tuple[int, bytes] | None:
    cells = text[begin : begin + _REACH].split(b"\n", 1)[0].split(b"\t")
    if column >= len(cells):
        return None
    return begin + sum(len(cell) + 1 for cell in cells[:column]), cells[column]
