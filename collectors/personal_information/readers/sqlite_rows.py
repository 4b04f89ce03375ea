"""The rows of one table of SQLite; of a large one, a sample from all over it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from collectors.personal_information.readers.part import BLOCK
from collectors.personal_information.sniffing import Family, family

_AT_ONCE = 128 << 10
"""Bytes of rows that are told together."""
_LEAST_APART = 20
"""Bytes of a cell that may be a file of its own."""
_AMONG_THE_ROWS = frozenset((Family.PLAIN, Family.RAW))
_STRETCHES = 20
"""Places of a large table from which the second half of its sample is taken."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns that are stored."""

    name: str
    columns: tuple[str, ...]

    def query(self, number: str, since: str) -> str:
        """Rows in their order, the number of each first, from one on."""
        cells = ", ".join(map(quoted, self.columns))
        return f"SELECT {number}, {cells} FROM {quoted(self.name)} {since} LIMIT ?"  # noqa: S608 - all names are quoted

    def number(self) -> str:
        """How the number of a row is called, which a column of the same name would hide."""
        taken = {one.lower() for one in self.columns}
        return next((one for one in ("rowid", "_rowid_", "oid") if one not in taken), "NULL")


def rows(
    database: sqlite3.Connection, table: Table, most: int, apart: Callable[[bytes, Family], None]
) -> Iterator[bytes | None]:
    """Lines of cells divided by tabs, some together; None at the end where not all rows were read. ``apart`` is given the cells that
    are no text. ``sqlite3.Error`` where it is damaged.
    """
    number = table.number()
    last_of_all = _last(database, table, number) if number != "NULL" else None
    if last_of_all is None:
        first = _Reading(database, table.query("NULL", ""), (most + 1,), apart)
        yield from first.lines(most)
        if first.count > most:
            yield None
        return
    half = max(most // 2, 1)
    first = _Reading(database, table.query(number, f"ORDER BY {number}"), (half,), apart)
    yield from first.lines(half)
    if first.count < half or first.last >= last_of_all:
        return
    since = table.query(number, f"WHERE {number} > ? ORDER BY {number}")
    last, left = first.last, last_of_all - first.last
    if left <= half:
        yield from _Reading(database, since, (last, half), apart).lines(half)
        return
    each = max(half // _STRETCHES, 1)
    for at in range(_STRETCHES):
        stretch = _Reading(database, since, (max(last, first.last + left * at // _STRETCHES), each), apart)
        yield from stretch.lines(each)
        last = max(last, stretch.last)
    yield None


class _Reading:
    """One query, and how far it came."""

    def __init__(
        self,
        database: sqlite3.Connection,
        query: str,
        values: tuple[int, ...],
        apart: Callable[[bytes, Family], None],
    ) -> None:
        self._cursor = database.execute(query, values)
        self._apart = apart
        self.count = 0
        self.last = 0

    def lines(self, most: int) -> Iterator[bytes]:
        held: list[bytes] = []
        size = 0
        with closing(self._cursor):
            try:
                for number, *cells in self._cursor:
                    self.count += 1
                    if self.count > most:
                        break
                    self.last = number
                    line = b"\t".join([self._cell(one) for one in cells])
                    held.append(line)
                    size += len(line)
                    if size >= _AT_ONCE:
                        yield b"\n".join([*held, b""])
                        held, size = [], 0
            except sqlite3.Error:
                yield b"\n".join([*held, b""])
                raise
        if held:
            yield b"\n".join([*held, b""])

    def _cell(self, value: bytes | float | None) -> bytes:
        if value is None:
            return b""
        if not isinstance(value, bytes):
            return str(value).encode()
        if (value.isascii() and b"\0" not in value) or len(value) < _LEAST_APART:
            return value
        found = family(value[:BLOCK])
        if found in _AMONG_THE_ROWS:
            return value
        self._apart(value, found)
        return b""


def _last(database: sqlite3.Connection, table: Table, number: str) -> int | None:
    """The number of the last row, 0 in an empty table; None where its rows have no numbers."""
    try:
        ((found,),) = database.execute(f"SELECT max({number}) FROM {quoted(table.name)}").fetchall()  # noqa: S608
    except sqlite3.OperationalError:
        return None
    return int(found or 0)


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it is."""
    return '"' + name.replace('"', '""') + '"'
