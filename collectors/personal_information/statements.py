"""Rows in SQL: the name of a column stands in a list, its value at the same place of the row that follows.

``INSERT INTO t (id, ssn) VALUES (1, '...')``, and ``COPY t (id, ssn) FROM stdin;`` with rows of cells parted by tabs. Of each
statement the first row is looked at in which the column is not null, and 400 bytes of the list and of the rows: enough to know what
the table holds.
"""

import re

_REACH = 400
_LIST = re.compile(rb"\(([^()]{1,800})\)\s{0,9}(?:(values)\s{0,9}\(|from stdin[^\n]{0,80};\r?\n)", re.IGNORECASE)
_VALUE = re.compile(rb"\s{0,9}('(?:[^'\\]|''|\\.)*'|[^,()']*)\s{0,9}(?=[,)])", re.DOTALL)
_NEXT_ROW = re.compile(rb"\)\s{0,9},\s{0,9}\(")
_NULLS = frozenset((b"NULL", b"null", b"\\N", b"''", b""))


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
    end, number = begin + _REACH, 0
    while value := _VALUE.match(text, begin, end):
        if number == column and value[1].rstrip() not in _NULLS:
            return value.start(1), value[1]
        begin, number = value.end() + 1, number + 1
        if row := _NEXT_ROW.match(text, value.end(), end):
            begin, number = row.end(), 0
        elif text.startswith(b")", value.end()):
            break
    return None


def _cell(text: bytes, begin: int, column: int) -> tuple[int, bytes] | None:
    end = begin + _REACH
    while begin < end and not text.startswith(b"\\.", begin):
        stop = text.find(b"\n", begin, end)
        cells = text[begin : stop if stop >= 0 else end].split(b"\t")
        if column < len(cells) and cells[column] not in _NULLS:
            return begin + sum(len(cell) + 1 for cell in cells[:column]), cells[column]
        if stop < 0:
            break
        begin = stop + 1
    return None
