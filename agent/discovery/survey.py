"""A survey: every file below some folders, those that have changed read again, and what there is to tell of each."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.discovery.children import Children, Wanted
from agent.discovery.everybody import Everybody
from agent.discovery.examined import Examined
from agent.discovery.index import Index, Known, stamp
from collectors.personal_information.contents import Limits, Why
from collectors.personal_information.mounts import Mounts, mounted
from collectors.personal_information.walk import Unseen, walk

_TRANSIENT = frozenset({Why.CHANGED, Why.DENIED, Why.TIME})
"""Another survey may see more."""
_UNSEEN_NAMED = 1000
_BLOCK = 512
"""Bytes of one of ``st_blocks``, on any file system."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A file of which there is something to tell."""

    path: str
    """The first name that was found; of one that everybody may read by another name only, that one."""
    status: os.stat_result
    examined: Examined
    is_open: bool
    """Whether everybody on this machine may read it."""


@dataclass(slots=True)
class _Folder:
    """A folder of which some files are under way."""

    stamps: dict[str, bytes]
    told: dict[str, Examined]
    """Files of which there is something to tell."""
    awaited: int
    """How many are under way."""


@dataclass
class Survey:
    """What is looked through, and how it went."""

    roots: Sequence[Path]
    exclude: Sequence[str] = ()
    jobs: int = 1
    rate: float = 0.0
    """Bytes a second; 0 sets no bound."""
    index: Index | None = None
    limits: Limits = field(default_factory=Limits)
    files: int = 0
    """That there are."""
    size: int = 0
    """Bytes of all of them."""
    read: int = 0
    """Files that had to be read."""
    unseen: list[Unseen] = field(default_factory=list)
    """Folders and files that could not be listed, or were refused."""
    unseen_more: int = 0
    """Of them, those that are not in the list."""
    _folders: dict[str, _Folder] = field(default_factory=dict)
    _under_way: dict[str, os.stat_result] = field(default_factory=dict)
    _everybody: Everybody = field(default_factory=lambda: Everybody(_mounts()))
    _closed: list[Looked] = field(default_factory=list)
    """Files with several names, told when all names are known."""

    def run(self) -> Iterator[Looked]:
        """Every file of which there is something to tell, in the order in which they are through."""
        children = Children(self.jobs, self.limits)
        try:
            yield from self._run(children)
        finally:
            children.end()
            if self.index is not None:
                self.index.write()
        if self.index is not None:
            self.index.forget_others(str(root) for root in self.roots)

    def _run(self, children: Children) -> Iterator[Looked]:
        pace = Pace(self.rate)
        for folder, files in self._by_folder():
            stamps = {name: stamp(status) for name, status in files.items()}
            known = self.index.known(folder, stamps) if self.index is not None else Known(frozenset(), {})
            unread = [name for name in files if name not in known.names]
            self.files += len(files)
            self.read += len(unread)
            self.size += sum(status.st_size for status in files.values())
            held = self._folders.setdefault(folder, _Folder({}, {}, 0))  # of two roots, some of it may be under way
            held.stamps.update(stamps)
            held.told.update(known.told)
            held.awaited += len(unread)
            for name, examined in known.told.items():
                yield from self._looked(_joined(folder, name), files[name], examined)
            for name in unread:
                while not children.room:
                    yield from self._through(children, wait=True)
                status = files[name]
                size = min(status.st_size, status.st_blocks * _BLOCK)
                pace.take(size)
                path = _joined(folder, name)
                self._under_way[path] = status
                children.give(Wanted(path, status.st_dev, status.st_ino, size))
            if not held.awaited and folder in self._folders:
                self._close(folder)
            if children.busy:
                yield from self._through(children, wait=False)
        while children.busy:
            yield from self._through(children, wait=True)
        for one in self._closed:
            is_open_as = self._everybody.open_name(one.status)
            yield one if is_open_as is None else replace(one, path=is_open_as, is_open=True)

    def _looked(self, path: str, status: os.stat_result, examined: Examined) -> Iterator[Looked]:
        """A file of which there is something to tell, unless it has to wait until all its names are known."""
        looked = Looked(path, status, examined, self._everybody.reads(path, status))
        if looked.is_open or status.st_nlink < 2:
            yield looked
        else:
            self._closed.append(looked)

    def _through(self, children: Children, *, wait: bool) -> Iterator[Looked]:
        """What was examined meanwhile."""
        for wanted, examined in children.answers(wait=wait):
            status = self._under_way.pop(wanted.path)
            folder, name = _split(wanted.path)
            held = self._folders[folder]
            held.awaited -= 1
            if _TRANSIENT.intersection(examined.unexamined):
                held.stamps.pop(name)
            if Why.CHANGED in examined.unexamined and not os.path.lexists(wanted.path):
                self.files -= 1  # it is gone: there is nothing to examine any more
            elif examined:
                held.told[name] = examined
                yield from self._looked(wanted.path, status, examined)
            if not held.awaited:
                self._close(folder)

    def _close(self, folder: str) -> None:
        """Keep what there is to tell of a folder that is through."""
        held = self._folders.pop(folder)
        if self.index is not None:
            self.index.keep(folder, held.stamps, held.told)

    def _by_folder(self) -> Iterator[tuple[str, dict[str, os.stat_result]]]:
        """The files that lie side by side, together."""
        folder, files = "", dict[str, os.stat_result]()
        for one in walk(self.roots, exclude=self.exclude, again=self._everybody.again):
            if isinstance(one, Unseen):
                self._not_seen(one)
                continue
            its, name = _split(one.path)
            if its != folder and files:
                yield folder, files
                files = {}
            folder = its
            files[name] = one.stat
            self._everybody.first(one.path, one.stat)
        if files:
            yield folder, files

    def _not_seen(self, one: Unseen) -> None:
        if len(self.unseen) < _UNSEEN_NAMED:
            self.unseen.append(one)
        else:
            self.unseen_more += 1


class Pace:
    """No more bytes than so many a second, from its beginning on."""

    def __init__(self, rate: float) -> None:
        """``rate`` in bytes a second; 0 sets no bound."""
        self._rate = rate
        self._begun = time.monotonic()
        self._taken = 0

    def take(self, count: int) -> None:
        """Wait until they may be taken."""
        if self._rate:
            time.sleep(max(0.0, self._taken / self._rate - (time.monotonic() - self._begun)))
            self._taken += count


def _mounts() -> Mounts:
    try:
        return mounted()
    except OSError:
        return Mounts()


def _joined(folder: str, name: str) -> str:
    return f"{folder}{name}" if folder == "/" else f"{folder}/{name}"


def _split(path: str) -> tuple[str, str]:
    """Folder and name of an absolute path."""
    folder, _, name = path.rpartition("/")
    return folder or "/", name
