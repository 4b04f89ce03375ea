"""A SQLite file that a full disk, a damage or somebody who removes it does not stop: then it goes on from memory, and back to the
file as soon as that can be written.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.sqlite_file import laid_out, opened, put_aside

_T = TypeVar("_T")
_ASIDE = 1
"""How many damaged files are kept for someone to look at."""


class Kept:
    """Belongs to one thread. Nothing here raises for a disk that fails: ``faults`` gathers what to log."""

    def __init__(self, path: Path, tables: str) -> None:
        """``tables`` is the script that makes the tables where they are missing."""
        self.path = path
        self._tables = tables
        self._faults: list[str] = []
        self._in_memory = False
        self._db = self._opened()

    def faults(self) -> list[str]:
        """What went wrong since this was last asked, one sentence each."""
        told, self._faults = self._faults, []
        return told

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _opened(self) -> sqlite3.Connection:
        for _ in range(2):
            try:
                return self._connected()
            except (sqlite3.OperationalError, OSError) as fault:
                told = fault.strerror if isinstance(fault, OSError) else str(fault)
                self._faults.append(f"{self.path}: {told}; what waits to be pushed is kept in memory")
                break
            except sqlite3.DatabaseError as fault:
                self._begin_anew(str(fault))
        self._in_memory = True
        return laid_out(self._read(), self._tables)

    def _read(self) -> sqlite3.Connection:
        """What is in the file, in memory: one that cannot be written may still be read, and is written over later."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        for how in (
            "mode=ro",
            "mode=ro&immutable=1",
        ):  # the second needs no other file, and passes over what it would have
            with (
                contextlib.suppress(sqlite3.Error),
                contextlib.closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?{how}", uri=True)) as file,
            ):
                file.backup(memory)
                break
        return memory

    def _begin_anew(self, why: str) -> None:
        try:
            aside = put_aside(self.path, time.time(), _ASIDE)
        except OSError as fault:
            self._faults.append(f"{self.path}: {why}, and cannot be moved aside: {fault.strerror}")
        else:
            self._faults.append(f"{self.path}: {why}; moved to {aside.name}, and a new queue is begun")

    def ask(self, ask: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """What the file says; ``otherwise`` where it cannot be read."""
        try:
            return ask(self._db)
        except sqlite3.DatabaseError as fault:
            self._go_on_from_memory(fault)
            return otherwise

    def change(self, write: Callable[[sqlite3.Connection], None]) -> None:
        """Change it, in one transaction."""
        for _ in range(2):
            try:
                self._db.execute("BEGIN IMMEDIATE")
                write(self._db)
                self._db.execute("COMMIT")
            except sqlite3.DatabaseError as fault:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                self._go_on_from_memory(fault)
            else:
                return

    def _go_on_from_memory(self, fault: sqlite3.DatabaseError) -> None:
        """Take along what can be read."""
        memory = sqlite3.connect(":memory:", isolation_level=None)
        if isinstance(fault, sqlite3.OperationalError):
            self._faults.append(f"{self.path}: {fault}; what waits to be pushed is kept in memory")
            with contextlib.suppress(sqlite3.Error):
                self._db.backup(memory)
        with contextlib.suppress(sqlite3.Error):
            self._db.close()
        if not isinstance(fault, sqlite3.OperationalError):
            self._begin_anew(str(fault))
        self._in_memory = True
        self._db = laid_out(memory, self._tables)

    def go_back(self) -> None:
        """From memory to the file, if that is possible by now; to a new one, where somebody has removed it."""
        if not self._in_memory and self.path.exists():
            return
        if not self._in_memory:
            self._go_on_from_memory(sqlite3.OperationalError("somebody has removed it"))
        try:
            file = self._connected()
        except (sqlite3.Error, OSError):
            return
        try:
            self._db.backup(file)
        except sqlite3.Error:
            file.close()
            return
        self._db.close()
        self._db, self._in_memory = file, False
        self._faults.append(f"{self.path}: written again, nothing that waits is lost")

    def _connected(self) -> sqlite3.Connection:
        """Open the file. ``sqlite3.DatabaseError`` where it is not whole, or not ours."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = opened(self.path, self._tables)
        db.execute("PRAGMA synchronous = NORMAL")
        return db
