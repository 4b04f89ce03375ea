"""Databases of SQLite, through the standard library: https://www.sqlite.org/security.html tells how a file that is not trusted is read.

Nothing of its schema is run (no view, trigger, virtual table or generated column), and nothing is written, neither to it nor beside
it. What its write-ahead log holds is not in it: that is a file of its own.
"""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Piece, Text, Unexamined, Why
from collectors.personal_information.readers.part import Part
from collectors.personal_information.readers.sqlite_rows import Table, quoted, rows
from collectors.personal_information.readers.unread import UNREAD
from collectors.personal_information.sniffing import Family

_LONGEST_ROW = 16 << 20
"""Bytes; a table with a longer row is not read further than to it."""
_MOST_COLUMNS = 2000
_STEPS = 20_000
"""Instructions of SQLite's machine between two looks at the clock."""
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: _LONGEST_ROW,
    sqlite3.SQLITE_LIMIT_COLUMN: _MOST_COLUMNS,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 250_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_SAFE = ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "temp_store = MEMORY", "query_only = ON")
_LOG_VERSIONS = slice(18, 20)
"""Bytes of the header: 2 where there is a write-ahead log, with which nothing in memory is opened, 1 where there is none."""
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_FUNCTION})


def sqlite(part: Part) -> Iterator[Piece]:
    """Each table as a member: the names of its columns, then its rows, cells divided by tabs."""
    with closing(_connected(part)) as database:
        for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
            if bytes(sql or b"")[:15].upper() == b"CREATE VIRTUAL ":
                continue  # what it shows lies in other tables
            member = part.told(bytes(name).decode("utf-8", "replace"))
            try:
                yield from _table(database, bytes(name).decode(), member, part)
            except sqlite3.DataError:
                yield Unexamined(member, Why.TOO_LARGE)
            except (sqlite3.Error, sqlite3.Warning, UnicodeError):
                part.budget.check()  # an interrupt says that the time is over
                yield Unexamined(member, Why.DAMAGED)


def _table(database: sqlite3.Connection, name: str, member: str, part: Part) -> Iterator[Piece]:
    about = database.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
    columns = [bytes(column).decode() for _, column, *_, hidden in about if not hidden]
    table = Table(name, tuple(columns[:_MOST_COLUMNS]))
    yield Text(member, "\t".join(table.columns).encode() + b"\n")
    is_whole = True
    apart = _Apart(part.budget.limits.held)
    for block in rows(database, table, part.budget.limits.rows, apart.take):
        if block is None:
            is_whole = False
            continue
        part.budget.unpacked(len(block))
        yield Text(member, block)
    if not is_whole:
        yield Unexamined(member, Why.SAMPLED)
    for why in apart.unread:
        yield Unexamined(member, why)
    for cell in apart.cells:
        yield from part.inside(f"{name}/cell", io.BytesIO(cell))


class _Apart:
    """The cells of a table that are files of their own, so many bytes of them."""

    def __init__(self, most: int) -> None:
        self.cells: list[bytes] = []
        self.unread: dict[Why, None] = {}
        self._left = most

    def take(self, cell: bytes, found: Family) -> None:
        """One more."""
        why = UNREAD.get(found)
        if why is None and len(cell) > self._left:
            why = Why.TOO_LARGE
        if why is None:
            self._left -= len(cell)
            self.cells.append(cell)
        else:
            self.unread[why] = None


def _connected(part: Part) -> sqlite3.Connection:
    if part.file is not None:
        with suppress(io.UnsupportedOperation, sqlite3.Error):
            # Immutable: neither locked nor looked for a journal beside it. By its descriptor, so that it is this file.
            place = f"file:/proc/self/fd/{part.file.fileno()}?mode=ro&immutable=1"
            database = _bounded(sqlite3.connect(place, uri=True, isolation_level=None), part)
            try:
                database.execute("SELECT 1 FROM sqlite_master LIMIT 1")
            except sqlite3.OperationalError:  # its name is gone, or there is no /proc
                database.close()
            else:
                return database
    if part.file is not None and part.file.seek(0, io.SEEK_END) > part.budget.limits.held:
        raise CutError(Why.TOO_LARGE)
    held = bytearray(part.whole().read())
    held[_LOG_VERSIONS] = b"\1\1"
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.deserialize(bytes(held))
    return _bounded(database, part)


def _bounded(database: sqlite3.Connection, part: Part) -> sqlite3.Connection:
    """Nothing but reading, in bounded time and with small rows."""
    database.text_factory = bytes
    for limit, value in _LIMITS.items():
        database.setlimit(limit, value)
    for pragma in _SAFE:
        database.execute(f"PRAGMA {pragma}")
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    database.set_progress_handler(lambda: 0 if part.budget.in_time() else 1, _STEPS)
    return database
