"""Which files of this machine likely hold personal information: the work of ``wispwatch discover``."""
