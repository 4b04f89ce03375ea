"""A SQLite file that only we write: opened for its owner alone, looked over, its tables made where they are missing."""

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

VERSION = 1
"""Of the tables; kept in the file as ``user_version``."""
_TAILS = ("-wal", "-shm")
"""What SQLite calls the files beside it, in which the last changes may stand."""


def opened(path: Path, tables: str) -> sqlite3.Connection:
    """The file, made where it is missing; every statement is a transaction of its own. ``tables`` is the script that makes them.
    ``sqlite3.DatabaseError`` where it is not whole, or not ours; ``OSError``.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(path, isolation_level=None, timeout=5, cached_statements=32)
    try:
        db.execute("PRAGMA cache_size = -512")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA journal_size_limit = 1048576")
        _look_over(db)
        return laid_out(db, tables)
    except UnicodeDecodeError as fault:  # what is damaged may be quoted in what SQLite says of it
        db.close()
        raise sqlite3.DatabaseError("is damaged") from fault
    except BaseException:
        db.close()
        raise


def put_aside(path: Path, now: float, most: int) -> Path:
    """Move a file that is damaged, or of another version, out of the way for someone to look at or to come back to; the new name.
    ``now`` in seconds since the epoch names it, and of such files the last ``most`` are kept. ``OSError``.
    """
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.replace(aside)
    for tail in _TAILS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + tail).replace(aside.with_name(aside.name + tail))
    for old in sorted(path.parent.glob(f"{path.name}.damaged-*Z"))[:-most]:
        for one in (old, *(old.with_name(old.name + tail) for tail in _TAILS)):
            one.unlink(missing_ok=True)
    return aside


def laid_out(db: sqlite3.Connection, tables: str) -> sqlite3.Connection:
    """The same database, with its tables."""
    db.executescript(tables)
    db.execute(f"PRAGMA user_version = {VERSION}")
    return db


def _look_over(db: sqlite3.Connection) -> None:
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(f"has tables of version {version}, which this wispwatch does not know")
