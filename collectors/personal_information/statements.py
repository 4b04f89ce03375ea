"""Rows in SQL, JSON and HTML: the name of a column stands in a list, its value at the same place of the row that follows.

``INSERT INTO t (id, ssn) VALUES (1, '...')``; ``COPY t (id, ssn) FROM stdin;`` with rows of cells parted by tabs;
``CREATE TABLE t (id INT, ssn TEXT)`` and ``INSERT INTO t VALUES (1, '...')``; ``"columns": ["id", "ssn"], "rows": [[1, "..."]]``; a row of
``<th>`` or ``<td>`` and the rows below. Of each
statement the first row is looked at in which the column is not null, and 400 bytes of the list and of the rows: enough to know what
the table holds.
"""

import re
from itertools import pairwise
from typing import NamedTuple

_REACH = 400
_LIST = re.compile(rb"\(([^()]{1,800})\)\s{0,9}(?:(values)\s{0,9}\(|from stdin[^\n]{0,80};\r?\n)", re.IGNORECASE)
_VALUE = re.compile(rb"\s{0,9}('(?:[^'\\]|''|\\.)*'|[^,()']*)\s{0,9}(?=[,)])", re.DOTALL)
_NEXT_ROW = re.compile(rb"\)\s{0,9},\s{0,9}\(")
_NULLS = frozenset((b"NULL", b"null", b"\\N", b"''", b'""', b""))
_FAR = 2000
"""A definition of a table and the first row of it lie no further apart, and none of the others."""
_CELL, _ROWS = 64, 4
_DEFINED = re.compile(rb"[(,]\s{0,9}[\"'`\[]?[A-Za-z0-9_]{0,40}\Z")
_CREATE = re.compile(rb"create table\s{1,9}(?:if not exists\s{1,9})?([^\s(]{1,80})\s{0,9}\(", re.IGNORECASE)
_INSERT = re.compile(rb"insert\s{1,9}(?:ignore\s{1,9})?into\s{1,9}([^\s(]{1,80})\s{1,9}values\s{0,9}\(", re.IGNORECASE)
_NESTED = re.compile(rb"\([^()]{0,80}\)|'[^'\n]{0,200}'")
_QUOTES = b"`\"[]'"
_ARRAYS = re.compile(
    rb"\[([^\[\]]{1,800})\]\s{0,40},\s{0,40}(?:\"index\"\s{0,9}:\s{0,9}\[[^\[\]]{0,400}\]\s{0,9},\s{0,40})?"
    rb"\"(?:rows|data|values|records)\"\s{0,9}:\s{0,40}\[\s{0,40}\[",
    re.IGNORECASE,
)
_HEAD = re.compile(rb"<t[hd](?:\s[^<>]{0,60})?>[^<>]{0,40}(?:<[a-z]{1,6}>)?[^<>]{0,40}\Z", re.IGNORECASE)
_MARKED = re.compile(rb"<t[hd][\s>]", re.IGNORECASE)
_MARKED_CELL = re.compile(rb"<t[hd](?:\s[^<>]{0,200})?>(?:\s|<[^<>/]{1,60}>){0,9}([^<>]{0,64})", re.IGNORECASE)
_ROW = re.compile(rb"<tr[\s>]", re.IGNORECASE)
_NUMERIC = re.compile(rb"\s*[Ss]?[Aa]?[0-9 -]{6,16}\s*")


def value_of(text: bytes, name: int) -> tuple[int, bytes] | None:
    """Where the value stands of the column whose name stands at ``name``, and what it is; nothing where that is no statement."""
    return _in_statement(text, name) or _in_table(text, name) or _in_arrays(text, name) or _in_markup(text, name)


def _in_statement(text: bytes, name: int) -> tuple[int, bytes] | None:
    start = text.rfind(b"(", max(0, name - _REACH), name)
    statement = _LIST.match(text, start, name + _REACH) if start >= 0 else None
    if not statement or statement.end(1) <= name:
        return None
    column = text.count(b",", start, name)
    begin = statement.end()
    return _value(text, begin, column, _SQL) if statement[2] else _cell(text, begin, column)


def _in_table(text: bytes, name: int) -> tuple[int, bytes] | None:
    if not _DEFINED.search(text[max(0, name - _CELL) : name]):
        return None
    before = text[max(0, name - _FAR) : name]
    create = before.upper().rfind(b"CREATE TABLE")
    table = _CREATE.match(before, create) if create >= 0 else None
    if not table:
        return None
    columns = _NESTED.sub(b"", before[table.end() :])
    if b")" in columns or b";" in columns:
        return None
    for insert in _INSERT.finditer(text, name, name + _FAR):
        if insert[1].strip(_QUOTES) == table[1].strip(_QUOTES):
            return _value(text, insert.end(), columns.count(b","), _SQL)
    return None


def _in_arrays(text: bytes, name: int) -> tuple[int, bytes] | None:
    start = text.rfind(b"[", max(0, name - _REACH), name)
    arrays = _ARRAYS.match(text, start, name + _FAR) if start >= 0 else None
    if not arrays or arrays.end(1) <= name:
        return None
    column = text.count(b"{", start, name) - 1 if b"{" in arrays[1] else text.count(b",", start, name)
    return _value(text, arrays.end(), column, _JSON)


def _in_markup(text: bytes, name: int) -> tuple[int, bytes] | None:
    if not _HEAD.search(text[max(0, name - _CELL) : name]):
        return None
    start = max(0, name - _FAR // 2)
    row = text[start:name].lower().rfind(b"<tr")
    if row < 0:
        return None
    column = len(_MARKED.findall(text, start + row, name)) - 1
    rows = list(_ROW.finditer(text, name, name + _FAR // 2))[:_ROWS]
    for one, after in pairwise([*(row.end() for row in rows), name + _FAR // 2]):
        cells = list(_MARKED_CELL.finditer(text, one, after))
        if column < len(cells) and cells[column][1].strip():
            return (cells[column].start(1), cells[column][1]) if _NUMERIC.fullmatch(cells[column][1]) else None
    return None


class _Rows(NamedTuple):
    """How rows of values are written."""

    value: re.Pattern[bytes]
    next_row: re.Pattern[bytes]
    end: bytes


_SQL = _Rows(_VALUE, _NEXT_ROW, b")")
_JSON = _Rows(
    re.compile(rb'\s{0,40}("(?:[^"\\]|\\.)*"|[^,\[\]"]*?)\s{0,40}(?=[,\]])', re.DOTALL),
    re.compile(rb"\]\s{0,40},\s{0,40}\["),
    b"]",
)


def _value(text: bytes, begin: int, column: int, rows: _Rows) -> tuple[int, bytes] | None:
    end, number = begin + _REACH, 0
    while value := rows.value.match(text, begin, end):
        if number == column and value[1].rstrip() not in _NULLS:
            return value.start(1), value[1]
        begin, number = value.end() + 1, number + 1
        if row := rows.next_row.match(text, value.end(), end):
            begin, number = row.end(), 0
        elif text.startswith(rows.end, value.end()):
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
