"""What survives a restart: one SQLite file in the state directory, and the lock that keeps a second daemon out.

Kept are each asset's last snapshot (compressed; it holds no secret by declaration, and is judged again at a start), the
transitions of statuses (never a row for what stayed as it was), since when controls fail, attempts and counts of errors. Every
scan is one transaction. A damaged file is moved aside, and a disk that is full leaves the daemon going on from memory: what
could not be written is written when it can be.
"""

import contextlib
import fcntl
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from agent.errors import DaemonError
from agent.sqlite_file import opened, put_aside
from agent.state.history import Attempt, Changes, ControlKey, History, forget
from checks.verdict import Status
from collectors.snapshot import Snapshot, SnapshotError, dump, load

_T = TypeVar("_T")

NAME = "state.db"
KEPT = 400 * 86400
"""Seconds for which transitions are kept."""
_ASIDE = 3
"""How many damaged files are kept for someone to look at."""
_LARGEST = 64 << 20
"""Bytes of one snapshot at most, so that a damaged row cannot fill the memory."""

_TABLES = """
CREATE TABLE IF NOT EXISTS snapshot (asset TEXT PRIMARY KEY, seconds REAL NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS reached (asset TEXT PRIMARY KEY, told TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempt (asset TEXT PRIMARY KEY, tried REAL NOT NULL, succeeded REAL);
CREATE TABLE IF NOT EXISTS check_transition (
    asset TEXT, check_id TEXT, since REAL, status TEXT NOT NULL, PRIMARY KEY (asset, check_id, since)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS control_transition (
    asset TEXT, control TEXT, facet TEXT, since REAL, status TEXT NOT NULL,
    PRIMARY KEY (asset, control, facet, since)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failing (
    asset TEXT, control TEXT, facet TEXT, since REAL NOT NULL, PRIMARY KEY (asset, control, facet)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS error (
    asset TEXT, collector TEXT, reason TEXT, count INTEGER NOT NULL, PRIMARY KEY (asset, collector, reason)
) WITHOUT ROWID;
"""


class Lock:
    """Keeps the state directory to one daemon for as long as the process lives."""

    def __init__(self, directory: Path) -> None:
        """``DaemonError`` where another daemon holds it (with its pid), or the directory cannot be used."""
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise DaemonError(f"{directory}: {fault.strerror}; name another directory with --state-dir") from fault
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise DaemonError(
                f"{directory} is in use by another wispwatch (pid {holder or 'unknown'}): stop it, or name another "
                "directory with --state-dir"
            ) from fault
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another daemon in."""
        os.close(self._file)


class Store:
    """The state on disk. Nothing here raises for a disk that fails: ``faults`` gathers what to log."""

    def __init__(self, directory: Path, now: float) -> None:
        self.path = directory / NAME
        self._now = now
        self._faults: list[str] = []
        self._connection: sqlite3.Connection | None = None
        self._behind = False
        """Whether the file lacks something that is in memory."""
        self._open()

    def faults(self) -> list[str]:
        """What went wrong since this was last asked, one sentence each."""
        told, self._faults = self._faults, []
        return told

    def load(self) -> History:
        """Everything remembered; empty where there is nothing."""
        return self._guarded(self._history) or History()

    def assets(self) -> list[str]:
        """The names of those of which there is a snapshot."""
        return self._guarded(self._assets) or []

    def snapshot(self, asset: str) -> Snapshot | None:
        """The last snapshot of an asset; None where there is none, or a damaged one."""
        row = self._guarded(partial(_snapshot, asset=asset))
        if row is None:  # also where the file has just failed: that is told
            return None
        seconds, body = row
        try:
            recorded = load(_unpacked(body).decode().splitlines())
        except (zlib.error, SnapshotError, UnicodeDecodeError, ValueError) as fault:
            self._faults.append(f"{self.path}: the last snapshot of {asset} is damaged ({type(fault).__name__})")
            return None
        return Snapshot(asset, recorded.platform, recorded.taken_at, recorded.readings, recorded.asset_kind, seconds)

    def reached(self) -> dict[str, str]:
        """Which machine, account or file the last snapshots are of, by asset, where that was told."""
        return self._guarded(lambda db: dict(db.execute("SELECT asset, told FROM reached"))) or {}

    def save(
        self,
        history: History,
        changes: Changes,
        snapshots: Iterable[Snapshot] = (),
        reached: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Write what changed in one transaction; after a failure, everything that the history holds. ``reached`` tells of which
        machine, account or file the snapshots are, by asset.
        """
        bodies = [
            (one.asset, one.seconds, zlib.compress(dump(one).encode()), reached.get(one.asset)) for one in snapshots
        ]
        if not (changes or bodies or self._behind):
            return
        self._look_after_the_file()
        behind, self._behind = self._behind, True
        if self._connection is None:
            self._open()
        written = self._guarded(lambda db: _write(db, whole(history) if behind else changes, changes.gone, bodies))
        if written is None and self._connection is not None and not behind:
            # the file was moved aside on the way: the new one gets everything
            written = self._guarded(lambda db: _write(db, whole(history), changes.gone, bodies))
        if written:
            self._behind = False
            if behind:
                self._faults.append(f"{self.path}: written again, nothing of the present state is lost")

    def _look_after_the_file(self) -> None:
        """A file that was removed takes everything that is written to it, and keeps nothing."""
        if self._connection is not None and not self.path.exists():
            self._faults.append(f"{self.path}: somebody has removed it; a new one is begun")
            self.close()
            self._behind = True
            with contextlib.suppress(OSError):  # then opening it says why
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def prune(self, now: float) -> None:
        """Drop transitions that are older than ``KEPT`` and no longer in force."""
        self._guarded(lambda db: _prune(db, now - KEPT))

    def close(self) -> None:
        """Write back what the log holds and let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _open(self) -> None:
        for _ in range(2):
            try:
                self._connection = opened(self.path, _TABLES)
            except sqlite3.OperationalError as fault:
                self._faults.append(f"{self.path}: {fault}; the daemon goes on from memory")
                return
            except OSError as fault:
                self._faults.append(f"{self.path}: {fault.strerror}; the daemon goes on from memory")
                return
            except sqlite3.DatabaseError as fault:
                self._put_aside(str(fault))
            else:
                return

    def _guarded(self, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Do something with the file; None, and a fault to log, where it cannot be done."""
        if self._connection is None:
            return None
        try:
            return work(self._connection)
        except sqlite3.OperationalError as fault:
            self._faults.append(f"{self.path}: {fault}; the daemon goes on from memory")
        except sqlite3.DatabaseError as fault:
            self._put_aside(str(fault))
            self._open()
        return None

    def _put_aside(self, why: str) -> None:
        """Keep a damaged file, and make room for a new one."""
        self.close()
        try:
            aside = put_aside(self.path, self._now, _ASIDE)
        except OSError as fault:
            self._faults.append(f"{self.path}: {why}, and cannot be moved aside: {fault.strerror}")
        else:
            self._faults.append(f"{self.path}: {why}; moved to {aside.name}, and a new one is begun")

    @staticmethod
    def _assets(db: sqlite3.Connection) -> list[str]:
        return [asset for (asset,) in db.execute("SELECT asset FROM snapshot ORDER BY asset")]

    @staticmethod
    def _history(db: sqlite3.Connection) -> History:
        history = History()
        same: dict[tuple[str, float], tuple[tuple[Status, float], ...]] = {}
        names: dict[str, str] = {}
        for asset, check, since, status in db.execute(
            "SELECT asset, check_id, since, status FROM check_transition ORDER BY asset, check_id, since"
        ):
            held = history.checks.setdefault(asset, {})
            one = same.setdefault((status, since), ((_status(status), since),))
            before = held.get(check)
            held[names.setdefault(check, check)] = forget(before + one, since) if before else one
        for asset, control, facet, since, status in db.execute(
            "SELECT asset, control, facet, since, status FROM control_transition ORDER BY asset, control, facet, since"
        ):
            (held_now,) = same.setdefault((status, since), ((_status(status), since),))
            history.controls.setdefault(asset, {})[_key(names, control, facet)] = held_now
        for asset, control, facet, since in db.execute("SELECT asset, control, facet, since FROM failing"):
            history.failing.setdefault(asset, {})[_key(names, control, facet)] = since
        for asset, collector, reason, count in db.execute("SELECT asset, collector, reason, count FROM error"):
            history.errors.setdefault(asset, {})[_key(names, collector, reason)] = count
        for asset, tried, succeeded in db.execute("SELECT asset, tried, succeeded FROM attempt"):
            history.attempts[asset] = Attempt(tried, succeeded)
        return history


def _status(told: str) -> Status:
    """A status as a row has it. ``sqlite3.DatabaseError`` where the row is damaged."""
    try:
        return Status(told)
    except ValueError as fault:
        raise sqlite3.DatabaseError(str(fault)) from fault


def _snapshot(db: sqlite3.Connection, asset: str) -> tuple[float, bytes] | None:
    """Seconds and body of an asset's last snapshot."""
    row: tuple[float, bytes] | None = db.execute(
        "SELECT seconds, body FROM snapshot WHERE asset = ?", (asset,)
    ).fetchone()
    return row


def whole(history: History) -> Changes:
    """Everything that a history holds, as changes to write."""
    mended: dict[ControlKey, float | None] = {
        (asset, *key): None for asset, held in history.controls.items() for key in held
    }
    failing = {(asset, *key): since for asset, held in history.failing.items() for key, since in held.items()}
    return Changes(
        checks=[
            ((asset, check), status, since)
            for asset, held in history.checks.items()
            for check, rows in held.items()
            for status, since in rows
        ],
        controls=[
            ((asset, *key), status, since)
            for asset, held in history.controls.items()
            for key, (status, since) in held.items()
        ],
        failing={**mended, **failing},
        errors={(asset, *key): count for asset, held in history.errors.items() for key, count in held.items()},
        attempts=dict(history.attempts),
    )


def _key(names: dict[str, str], first: str, second: str) -> tuple[str, str]:
    """Two names of which many rows have the same: one string for all of them."""
    return names.setdefault(first, first), names.setdefault(second, second)


def _write(
    db: sqlite3.Connection,
    changes: Changes,
    gone: Iterable[str],
    bodies: Sequence[tuple[str, float, bytes, str | None]],
) -> bool:
    db.execute("BEGIN IMMEDIATE")
    try:
        for asset in gone:
            for table in ("snapshot", "reached", "attempt", "failing", "error"):
                db.execute(f"DELETE FROM {table} WHERE asset = ?", (asset,))  # noqa: S608 - names of our own
        db.executemany(
            "INSERT OR REPLACE INTO check_transition VALUES (?, ?, ?, ?)",
            [(*key, since, status.value) for key, status, since in changes.checks],
        )
        db.executemany(
            "INSERT OR REPLACE INTO control_transition VALUES (?, ?, ?, ?, ?)",
            [(*key, since, status.value) for key, status, since in changes.controls],
        )
        for key, since in changes.failing.items():
            if since is None:
                db.execute("DELETE FROM failing WHERE asset = ? AND control = ? AND facet = ?", key)
            else:
                db.execute("INSERT OR REPLACE INTO failing VALUES (?, ?, ?, ?)", (*key, since))
        db.executemany(
            "INSERT OR REPLACE INTO error VALUES (?, ?, ?, ?)", [(*key, count) for key, count in changes.errors.items()]
        )
        db.executemany(
            "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?)",
            [(asset, one.tried, one.succeeded) for asset, one in changes.attempts.items()],
        )
        db.executemany("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)", [one[:3] for one in bodies])
        db.executemany(
            "INSERT OR REPLACE INTO reached VALUES (?, ?)",
            [(name, told) for name, *_, told in bodies if told is not None],
        )
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise
    return True


def _prune(db: sqlite3.Connection, before: float) -> None:
    """A transition is over when a later one of the same key lies before the time as well."""
    for table, keys in (("check_transition", "asset, check_id"), ("control_transition", "asset, control, facet")):
        db.execute(
            f"DELETE FROM {table} WHERE since < ? AND ({keys}, since) NOT IN "  # noqa: S608 - names of our own
            f"(SELECT {keys}, max(since) FROM {table} WHERE since < ? GROUP BY {keys})",
            (before, before),
        )


def _unpacked(body: bytes) -> bytes:
    """Unpack a snapshot, to a bounded length."""
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(body, _LARGEST)
    if not unpacker.eof:
        raise ValueError("is cut off or too long")
    return raw
