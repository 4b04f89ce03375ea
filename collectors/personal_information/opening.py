"""Opens what was found, so that it is still that file, nobody waits, and the machine's cache is as it was before."""

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, cast

from collectors.personal_information.walk import Found, Unseen

FILES_AHEAD = 64
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_AHEAD = 8 << 20
"""First bytes of a file that are fetched before they are read; the kernel itself goes on from there."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be read."""

    found: Found
    file: BinaryIO
    was_cached: bool
    """Whether its beginning was in memory before; true where that cannot be known."""

    def close(self) -> None:
        """Close it, and let go of what reading it has put into the cache."""
        if not self.was_cached:
            with suppress(OSError):
                os.posix_fadvise(self.file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self.file.close()


def opened(found: Found) -> Opened | Unseen:
    """The file that was found, to be read without a trace in its access time where that is allowed."""
    try:
        descriptor = _descriptor(found.path)
    except OSError as fault:
        return Unseen(found.path, fault.strerror or type(fault).__name__)
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode) or (about.st_dev, about.st_ino) != (found.stat.st_dev, found.stat.st_ino):
        os.close(descriptor)
        return Unseen(found.path, "something else was put in its place")
    was_cached = _is_cached(descriptor)
    return Opened(found, cast("BinaryIO", os.fdopen(descriptor, "rb", buffering=0)), was_cached)


def ahead(found: Iterable[Found | Unseen], files: int = FILES_AHEAD) -> Iterator[Opened | Unseen]:
    """The files in their order, opened; so many of those that follow are being fetched from the disk meanwhile. Whoever takes
    them closes them; those that were not taken are closed here.
    """
    waiting: deque[Opened | Unseen] = deque()
    try:
        for one in found:
            waiting.append(one if isinstance(one, Unseen) else _fetched(opened(one)))
            if len(waiting) > files:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()
    finally:
        for left in waiting:
            if isinstance(left, Opened):
                left.close()


def _fetched(one: Opened | Unseen) -> Opened | Unseen:
    if isinstance(one, Opened) and not one.was_cached:
        with suppress(OSError):
            os.posix_fadvise(one.file.fileno(), 0, _AHEAD, os.POSIX_FADV_WILLNEED)
    return one


def _descriptor(path: str) -> int:
    try:
        return os.open(path, _FLAGS | os.O_NOATIME)
    except PermissionError:  # only the owner and root may leave the access time as it is
        return os.open(path, _FLAGS)


def _is_cached(descriptor: int) -> bool:
    """Whether its first byte can be read without waiting for a disk."""
    try:
        os.preadv(descriptor, [bytearray(1)], 0, os.RWF_NOWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
