"""What is not acknowledged yet: one SQLite file in the state directory, which survives a kill.

A snapshot is a row of values; the series that they are of, its layout, stand apart, since they are mostly those of the snapshot
before. Which series the server may still hold as alive is kept, too, so that those that have ended can be marked. Every change is one
transaction: a snapshot is in the queue, or counted as sent, or counted as dropped.
"""

import contextlib
import sqlite3
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent.push.kept import Kept
from agent.push.moments import Moment
from agent.push.samples import Layout, Samples

NAME = "push.db"
LARGEST = 64 << 20
"""Bytes of everything that waits, packed; the oldest makes room."""
_MOST_ALIVE = 50
"""Layouts whose series may be alive at the server, at most."""
SENT, MADE = "sent", "made"

_TABLES = """
CREATE TABLE IF NOT EXISTS layout (id BLOB PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS snapshot (
    number INTEGER PRIMARY KEY AUTOINCREMENT, wall REAL NOT NULL, steady REAL NOT NULL, boot TEXT NOT NULL,
    layout BLOB NOT NULL, samples INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS alive (number INTEGER PRIMARY KEY AUTOINCREMENT, layout BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS counted (what TEXT PRIMARY KEY, snapshots INTEGER NOT NULL, samples INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Queued:
    """A snapshot that waits."""

    number: int
    """They rise with time."""
    made: Moment
    layout: bytes
    """The id of its layout."""
    samples: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Snapshots and samples."""

    snapshots: int = 0
    samples: int = 0


class Queue:
    """Belongs to one thread. Nothing here raises for a disk that fails: ``faults`` gathers what to log."""

    def __init__(self, directory: Path, largest: int = LARGEST) -> None:
        self._kept = Kept(directory / NAME, _TABLES)
        self._largest = largest
        self._layouts: dict[bytes, Layout] = {}
        """The last that were asked for."""

    def faults(self) -> list[str]:
        """What went wrong since this was last asked, one sentence each."""
        return self._kept.faults()

    def close(self) -> None:
        """Let go of the file."""
        self._kept.close()

    def put(self, made: Moment, samples: Samples) -> None:
        """Add a snapshot; where there is no room, the oldest are dropped as ``queue_full``."""
        body = zlib.compress(samples.values, 6)
        count = len(samples.layout.series)
        self._kept.go_back()

        def write(db: sqlite3.Connection) -> None:
            if not db.execute("SELECT 1 FROM layout WHERE id = ?", (samples.layout.id,)).fetchone():
                db.execute("INSERT INTO layout VALUES (?, ?)", (samples.layout.id, _packed(samples.layout.series)))
            row = (made.wall, made.steady, made.boot, samples.layout.id, count, body)
            db.execute(
                "INSERT INTO snapshot (wall, steady, boot, layout, samples, body) VALUES (?, ?, ?, ?, ?, ?)", row
            )
            _count(db, MADE, 1, count)
            self._make_room(db)
            _forget_layouts(db)

        self._layouts = {samples.layout.id: samples.layout}
        self._kept.change(write)

    def _make_room(self, db: sqlite3.Connection) -> None:
        held = db.execute(
            "SELECT (SELECT total(length(body)) FROM snapshot) + (SELECT total(length(body)) FROM layout)"
        ).fetchone()[0]
        while held > self._largest:
            row = db.execute("SELECT number, samples, length(body) FROM snapshot ORDER BY number LIMIT 1").fetchone()
            if row is None:
                return
            db.execute("DELETE FROM snapshot WHERE number = ?", (row[0],))
            _count(db, "queue_full", 1, row[1])
            held -= row[2]

    def count(self, what: str, counted: Counted) -> None:
        """Count samples that never came into the queue."""

        def write(db: sqlite3.Connection) -> None:
            _count(db, MADE, counted.snapshots, counted.samples)
            _count(db, what, counted.snapshots, counted.samples)

        self._kept.change(write)

    def first(self, since: float = 0.0) -> Queued | None:
        """The oldest that waits; of those made (by the wall clock) at or after a moment, where one is given."""

        def ask(db: sqlite3.Connection) -> Queued | None:
            row = db.execute(
                "SELECT number, wall, steady, boot, layout, samples FROM snapshot WHERE wall >= ? ORDER BY number LIMIT 1",
                (since,),
            ).fetchone()
            return row and Queued(row[0], Moment(row[1], row[2], row[3]), row[4], row[5])

        return self._kept.ask(ask, None)

    def values(self, queued: Queued) -> list[bytes]:
        """Its values, packed as doubles. ``ValueError`` where they are damaged."""

        def ask(db: sqlite3.Connection) -> bytes:
            row = db.execute("SELECT body FROM snapshot WHERE number = ?", (queued.number,)).fetchone()
            return bytes(row[0]) if row else b""

        try:
            raw = zlib.decompress(self._kept.ask(ask, b""), bufsize=queued.samples * 8)
        except zlib.error as fault:
            raise ValueError(str(fault)) from fault
        if len(raw) != queued.samples * 8:
            raise ValueError("has not as many values as series")
        return [raw[at : at + 8] for at in range(0, len(raw), 8)]

    def layout(self, id_: bytes) -> Layout:
        """The series of a layout. ``ValueError`` where they are damaged."""
        if id_ not in self._layouts:

            def ask(db: sqlite3.Connection) -> bytes:
                row = db.execute("SELECT body FROM layout WHERE id = ?", (id_,)).fetchone()
                return bytes(row[0]) if row else b""

            self._layouts = {
                **dict(list(self._layouts.items())[-1:]),
                id_: Layout(id_, _unpacked(self._kept.ask(ask, b""))),
            }
        return self._layouts[id_]

    def ended(self, layout: Layout) -> list[bytes]:
        """The series that the server may hold as alive and that this layout does not have."""
        ids = [id_ for id_ in self._alive() if id_ != layout.id]
        if not ids:
            return []
        known = set(layout.series)
        found: dict[bytes, None] = {}
        for id_ in ids:
            with contextlib.suppress(ValueError):
                found.update(dict.fromkeys(one for one in self.layout(id_).series if one not in known))
        return list(found)

    def _alive(self) -> list[bytes]:
        def ask(db: sqlite3.Connection) -> list[bytes]:
            return [bytes(id_) for (id_,) in db.execute("SELECT layout FROM alive ORDER BY number")]

        return self._kept.ask(ask, [])

    def done(self, queued: Queued, samples: dict[str, int], *, only: bool, alive: bool = True) -> None:
        """A snapshot is done with: ``samples`` by what became of them. ``only`` says that the server took all of it, so that no other
        series is alive there; ``alive``, that its own may be.
        """
        outcome = next((what for what in samples if what != SENT), SENT)

        def write(db: sqlite3.Connection) -> None:
            gone = db.execute("DELETE FROM snapshot WHERE number = ?", (queued.number,)).rowcount
            for what, count in samples.items() if gone else ():  # otherwise it had to make room, and is counted
                _count(db, what, int(what == outcome), count)
            if only:
                db.execute("DELETE FROM alive WHERE layout != ?", (queued.layout,))
            if alive:
                db.execute("INSERT OR IGNORE INTO alive (layout) VALUES (?)", (queued.layout,))
                db.execute(
                    "DELETE FROM alive WHERE number NOT IN (SELECT number FROM alive ORDER BY number DESC LIMIT ?)",
                    (_MOST_ALIVE,),
                )
            _forget_layouts(db)

        self._kept.change(write)

    def counts(self) -> dict[str, Counted]:
        """Snapshots and samples, by what became of them: ``made``, ``sent``, or why they were dropped."""

        def ask(db: sqlite3.Connection) -> dict[str, Counted]:
            return {what: Counted(*held) for what, *held in db.execute("SELECT what, snapshots, samples FROM counted")}

        return self._kept.ask(ask, {})

    def waiting(self) -> Counted:
        """What is in the queue."""

        def ask(db: sqlite3.Connection) -> Counted:
            return Counted(*db.execute("SELECT count(*), coalesce(sum(samples), 0) FROM snapshot").fetchone())

        return self._kept.ask(ask, Counted())


def _count(db: sqlite3.Connection, what: str, snapshots: int, samples: int) -> None:
    db.execute(
        "INSERT INTO counted VALUES (?1, ?2, ?3) ON CONFLICT (what) DO UPDATE SET snapshots = snapshots + ?2, samples = samples + ?3",
        (what, snapshots, samples),
    )


def _forget_layouts(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM layout WHERE id NOT IN (SELECT layout FROM snapshot UNION SELECT layout FROM alive)")


def _packed(series: Iterable[bytes]) -> bytes:
    return zlib.compress(b"".join([struct.pack("<I", len(one)) + one for one in series]), 6)


def _unpacked(body: bytes) -> tuple[bytes, ...]:
    try:
        raw = zlib.decompress(body)
    except zlib.error as fault:
        raise ValueError(str(fault)) from fault
    at, found = 0, []
    while at < len(raw):
        (length,) = struct.unpack_from("<I", raw, at)
        found.append(raw[at + 4 : at + 4 + length])
        at += 4 + length
    return tuple(found)
