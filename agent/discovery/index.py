"""What an earlier survey saw of each folder, so that only files that have changed are read again.

One row a folder: its files' inodes, sizes and times as one value that is compared whole, and what there was to tell of them. Rules
that have changed, or another library to read files with, make all of it worthless: it is kept under a version.
"""

import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.discovery.examined import Examined
from agent.sqlite_file import opened

_TABLES = """
CREATE TABLE IF NOT EXISTS folder (
  path BLOB PRIMARY KEY,
  version TEXT NOT NULL,
  survey INTEGER NOT NULL,
  files BLOB NOT NULL,
  told TEXT NOT NULL
) WITHOUT ROWID;
"""
_STAMP = struct.Struct("<QQqq")
_NOTHING = "{}"
_TOGETHER = 500
"""Folders that are written in one transaction."""


def stamp(status: os.stat_result) -> bytes:
    """What tells that a file is as it was: inode, size, and the times of its content and of its inode, which nobody can set."""
    return _STAMP.pack(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Known:
    """What need not be read again of a folder."""

    names: AbstractSet[str]
    """The files that are as they were."""
    told: Mapping[str, Examined]
    """Those of them of which there is something to tell."""


class Index:
    """The folders of earlier surveys. Used by one thread."""

    def __init__(self, path: Path, version: str) -> None:
        """``sqlite3.DatabaseError`` where the file is not ours or not whole; ``OSError``."""
        self._db = opened(path, _TABLES)
        self._version = version
        self._survey = 1 + (self._db.execute("SELECT max(survey) FROM folder").fetchone()[0] or 0)
        self._waiting: list[tuple[Any, ...]] = []

    def known(self, folder: str, stamps: Mapping[str, bytes]) -> Known:
        """What an earlier survey saw of a folder whose files are these now."""
        row = self._db.execute(
            "SELECT files, told FROM folder WHERE path = ? AND version = ?", (os.fsencode(folder), self._version)
        ).fetchone()
        if row is None:
            return Known(frozenset(), {})
        try:
            return _known(stamps, *row)
        except (ValueError, TypeError, AttributeError):  # a disk may have changed it since, and SQLite cannot tell
            return Known(frozenset(), {})

    def keep(self, folder: str, stamps: Mapping[str, bytes], found: Mapping[str, Examined]) -> None:
        """What there is to tell of a folder; ``stamps`` are of the files that need not be read again."""
        told = {name: one.told() for name, one in found.items() if name in stamps}
        row = (os.fsencode(folder), self._version, self._survey, _packed(stamps), json.dumps(told))
        self._waiting.append(row)
        if len(self._waiting) >= _TOGETHER:
            self.write()

    def write(self) -> None:
        """What waits goes to the disk."""
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR REPLACE INTO folder VALUES (?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def forget_others(self, roots: Iterable[str]) -> None:
        """Folders below the roots that this survey did not come by are no more."""
        self.write()
        for root in roots:
            below = os.fsencode(root.rstrip("/"))
            # "0" follows "/": everything whose path begins with the root and a slash lies between the two
            self._db.execute(
                "DELETE FROM folder WHERE survey <> ? AND (path = ? OR (path > ? AND path < ?))",
                (self._survey, below or b"/", below + b"/", below + b"0"),
            )

    def folders(self) -> list[str]:
        """All that it knows."""
        return [os.fsdecode(path) for (path,) in self._db.execute("SELECT path FROM folder ORDER BY path")]

    def close(self) -> None:
        """Write what waits, and close the file."""
        try:
            self.write()
        except sqlite3.Error:
            pass
        finally:
            self._db.close()


def _known(stamps: Mapping[str, bytes], files: bytes, told: str) -> Known:
    if files == _packed(stamps):
        same: AbstractSet[str] = stamps.keys()
    else:
        before = dict(_unpacked(files))
        same = {name for name, one in stamps.items() if before.get(name) == one}
    found = json.loads(told) if told != _NOTHING else {}
    return Known(same, {name: Examined.understood(one) for name, one in found.items() if name in same})


def _packed(stamps: Mapping[str, bytes]) -> bytes:
    return b"".join(stamps[name] + os.fsencode(name) + b"\0" for name in sorted(stamps))


def _unpacked(files: bytes) -> Iterable[tuple[str, bytes]]:
    at = 0
    while at < len(files):
        begin = at + _STAMP.size
        end = files.index(b"\0", begin)
        yield os.fsdecode(files[begin:end]), files[at:begin]
        at = end + 1
