"""Which files there are: regular ones, each once, without leaving the machine.

Symbolic links are never followed. File systems of the kernel and of other machines are left out unless a root names a place on
them; so are overlays of directories that are walked themselves. Directories are opened before they are looked at, so that nobody can put a link in their place in between.
"""

import fnmatch
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from collectors.personal_information.mounts import TABLE, Mount, Mounts, mounted


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file."""

    path: str
    """Absolute; bytes that are no UTF-8 as ``surrogateescape`` writes them."""
    stat: os.stat_result


@dataclass(frozen=True, slots=True)
class Unseen:
    """A file or a directory with all in it that was not looked at."""

    path: str
    why: str
    """The reason, for people."""


def walk(
    roots: Sequence[Path],
    *,
    exclude: Sequence[str] = (),
    table: Path = TABLE,
    again: Callable[[str, os.stat_result], None] = lambda *_: None,
) -> Iterator[Found | Unseen]:
    """The files below the roots: those of a directory one after the other, then those of the directories in it.

    ``exclude`` has shell patterns (``*`` also matches ``/``) for whole paths: what one matches is left out with all below it. A file
    with several names is found once, and so is a directory that is mounted at several places; ``again`` is told the further names of
    such a file. What is mounted is read from ``table``; where that cannot be, no file system is left.
    """
    known: Mounts | None = None
    try:
        known = mounted(table)
    except OSError as fault:
        yield Unseen(str(table), f"which file systems are mounted is not known ({fault.strerror})")
    places = [os.path.realpath(root) for root in roots]
    seen = _Walk(known, places, exclude, again)
    for place in places:
        yield from seen.below(place)


class _Walk:
    def __init__(
        self,
        known: Mounts | None,
        roots: Sequence[str],
        exclude: Sequence[str],
        again: Callable[[str, os.stat_result], None],
    ) -> None:
        self._mounts = known
        self._again = again
        self._excluded = re.compile("|".join(map(fnmatch.translate, exclude))).match if exclude else None
        self._files: set[int] = set()
        """Those that have, or may have, another name."""
        self._directories: set[int] = set()
        self._inside_roots = tuple(root if root.endswith("/") else f"{root}/" for root in roots)
        self._named_apart = frozenset(_regular_files([*roots, *(known.by_place if known else ())]))
        """Files that are roots or mounted by themselves: a directory may show them again, though they have one name."""

    def below(self, root: str) -> Iterator[Found | Unseen]:
        """What one root holds."""
        try:
            about = os.lstat(root)
        except OSError as fault:
            yield _unseen(root, fault)
            return
        if stat.S_ISREG(about.st_mode):
            if self._is_new_file(root, about):
                yield Found(root, about)
            return
        if not stat.S_ISDIR(about.st_mode):
            yield Unseen(root, "neither a file nor a directory")
            return
        named = self._mounts.of(root) if self._mounts else None
        waiting = [(root, about.st_dev)]
        while waiting:
            path, device = waiting.pop()
            further: list[tuple[str, int]] = []
            yield from self._directory(path, device, named, further)
            waiting += reversed(further)

    def _directory(
        self, path: str, device: int, named: Mount | None, further: list[tuple[str, int]]
    ) -> Iterator[Found | Unseen]:
        """The files of a directory; the directories in it are put into ``further``."""
        try:
            opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as fault:
            yield _unseen(path, fault)
            return
        try:
            about = os.fstat(opened)
            if _key(about) in self._directories:
                return
            if not _stands_at(opened, path):
                yield Unseen(path, "something else was put in its place")
                return
            self._directories.add(_key(about))
            if about.st_dev != device and self._mounts is None:
                yield Unseen(path, "another file system")
                return
            inside = path if path.endswith("/") else f"{path}/"
            with os.scandir(opened) as entries:
                for entry in entries:
                    told = self._entry(entry, inside + entry.name, about.st_dev, named, further)
                    if told is not None:
                        yield told
        except OSError as fault:
            yield _unseen(path, fault)
        finally:
            os.close(opened)

    def _entry(
        self, entry: os.DirEntry[str], path: str, device: int, named: Mount | None, further: list[tuple[str, int]]
    ) -> Found | Unseen | None:
        if self._excluded and self._excluded(path):
            return None
        try:
            if entry.is_dir(follow_symlinks=False):
                mount = self._mounts.by_place.get(path) if self._mounts else None
                if mount is None or mount == named or not self._is_left_out(mount):
                    further.append((path, device))
                elif mount.is_remote:
                    return Unseen(path, f"on another machine ({mount.kind})")
            elif entry.is_file(follow_symlinks=False):
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(about.st_mode) and self._is_new_file(path, about):
                    return Found(path, about)
        except FileNotFoundError:
            return None  # gone since the directory was listed
        except OSError as fault:
            return _unseen(path, fault)
        return None

    def _is_left_out(self, mount: Mount) -> bool:
        """An overlay, as containers have them, only shows once more what lies elsewhere: left out where all of that is walked."""
        if mount.layers:
            places = [os.path.realpath(one) for one in mount.layers]
            return all(Path(one).is_dir() and one.startswith(self._inside_roots) for one in places)
        return mount.is_pseudo or mount.is_remote

    def _is_new_file(self, path: str, about: os.stat_result) -> bool:
        if about.st_nlink < 2 and not self._named_apart:
            return True
        key = _key(about)
        if about.st_nlink < 2 and key not in self._named_apart:
            return True
        if key in self._files:
            self._again(path, about)
            return False
        self._files.add(key)
        return True


def _key(about: os.stat_result) -> int:
    """A file or directory, whatever it is called. One number takes less memory than two."""
    return about.st_dev << 64 | about.st_ino


def _regular_files(places: Iterable[str]) -> Iterator[int]:
    for place in places:
        with suppress(OSError):
            about = os.lstat(place)
            if stat.S_ISREG(about.st_mode):
                yield _key(about)


def _stands_at(opened: int, path: str) -> bool:
    """Whether no directory on the way was replaced by a link. Without ``/proc`` that is not known, and taken for so."""
    try:
        return os.readlink(f"/proc/self/fd/{opened}") == path  # noqa: PTH115 - for each directory, and Path is slower
    except OSError:
        return True


def _unseen(path: str, fault: OSError) -> Unseen:
    return Unseen(path, fault.strerror or type(fault).__name__)
