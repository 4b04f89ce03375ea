"""What everybody on this machine may read: by the modes of a file and of the folders above it, under each name that it has."""

import os
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from collectors.personal_information.mounts import Mounts

_FOLDERS_KNOWN = 20_000


@dataclass
class Everybody:
    """Takes in each name as it is found. A folder that is mounted a second time is open where one of its places is."""

    mounts: Mounts
    _also_at: frozenset[tuple[int, int]] = field(init=False)
    """Folders and files that are mounted at a place that everybody gets to."""
    _closed: set[tuple[int, int]] = field(default_factory=set)
    """Files with several names, none of which was open so far."""
    _opened: dict[tuple[int, int], str] = field(default_factory=dict)
    """Of those, the first name that is."""

    def __post_init__(self) -> None:
        """Ask once for what lies at each mount; those of other machines may not answer."""
        near = [one.place for one in self.mounts.by_place.values() if not one.is_remote and not one.is_pseudo]
        found = ((_about(place), place) for place in near if place != "/")
        self._also_at = frozenset(key for (_, key), place in found if key and _everybody_gets_to(_folder(place)))

    def reads(self, path: str, status: os.stat_result) -> bool:
        """Whether everybody may read a file by this name."""
        if not status.st_mode & stat.S_IROTH:
            return False
        return _key(status) in self._also_at or _everybody_gets_to(_folder(path), self._also_at)

    def first(self, path: str, status: os.stat_result) -> None:
        """A file is found."""
        if status.st_nlink > 1 and not self.reads(path, status):
            self._closed.add(_key(status))

    def again(self, path: str, status: os.stat_result) -> None:
        """A file that was found has this name, too."""
        key = _key(status)
        if key in self._closed and self.reads(path, status):
            self._closed.remove(key)
            self._opened[key] = path

    def open_name(self, status: os.stat_result) -> str | None:
        """The name by which everybody may read a file whose first one is closed, of those found so far."""
        return self._opened.get(_key(status))


def _key(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _folder(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _everybody_gets_to(folder: str, also_at: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """Whether every account may go through a folder and all above it, or all up to one that is open elsewhere."""
    while True:
        is_passable, key = _about(folder)
        if not is_passable:
            return False
        above = _folder(folder)
        if above == folder or key in also_at:
            return True
        folder = above


@lru_cache(_FOLDERS_KNOWN)
def _about(folder: str) -> tuple[bool, tuple[int, int] | None]:
    """Whether everybody may go through it, and which it is. One that cannot be asked is taken for open."""
    try:
        status = Path(folder).stat()
    except OSError:
        return True, None
    return bool(status.st_mode & stat.S_IXOTH), _key(status)
