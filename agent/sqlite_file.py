"""A SQLite file that only we write: opened for its owner alone, looked over, its tables made where they are missing."""

import os
import sqlite3
from pathlib import Path

VERSION = 1
"""Of the tables; kept in the file as ``user_version``."""


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
