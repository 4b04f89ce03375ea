"""A survey: every file below some folders, those that have changed read again, and what there is to tell of each."""

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from agent.discovery.children import Children, Wanted
from agent.discovery.examined import Examined
from agent.discovery.index import Index, stamp
from collectors.personal_information.contents import Limits, Why
from collectors.personal_information.walk import Found, Unseen, walk

_TRANSIENT = frozenset({Why.CHANGED, Why.DENIED, Why.TIME})
"""Another survey may see more."""
_FOLDERS_KNOWN = 20_000


@dataclass(frozen=True, slots=True)
class Looked:
    """A file, and what was seen in it."""

    path: str
    status: os.stat_result
    examined: Examined
    is_open: bool
    """Whether everybody on this machine may read it."""


@dataclass(slots=True)
class _Folder:
    """A folder of which some files are under way."""

    stamps: dict[str, bytes] = field(default_factory=dict)
    found: dict[str, Examined] = field(default_factory=dict)
    awaited: int = 0
    whole: bool = False
    """Whether all its files are known."""


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

    def run(self) -> Iterator[Looked]:
        """Every file, in the order in which they are through."""
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
        under_way: dict[str, Found] = {}
        folders: dict[str, _Folder] = {}
        begun, given = time.monotonic(), 0

        def through(path: str, examined: Examined) -> Looked:
            folder, name = _split(path)
            held = folders[folder]
            held.found[name] = examined
            held.awaited -= 1
            if _TRANSIENT.intersection(examined.unexamined):
                held.stamps.pop(name, None)
            self._close(folder, folders)
            return self._looked(under_way.pop(path), examined)

        for folder, files in self._by_folder():
            held = folders[folder] = _Folder()
            held.stamps = {_split(one.path)[1]: stamp(one.stat) for one in files}
            known = self.index.known(folder, held.stamps) if self.index is not None else {}
            held.found.update(known)
            for one in files:
                self.files += 1
                name = _split(one.path)[1]
                if name in known:
                    yield self._looked(one, known[name])
                    continue
                while not children.room:
                    for wanted, examined in children.answers(wait=True):
                        yield through(wanted.path, examined)
                if self.rate:
                    time.sleep(max(0.0, given / self.rate - (time.monotonic() - begun)))
                given += one.stat.st_size
                self.read += 1
                held.awaited += 1
                under_way[one.path] = one
                children.give(Wanted(one.path, one.stat.st_dev, one.stat.st_ino, one.stat.st_size))
            held.whole = True
            self._close(folder, folders)
            for wanted, examined in children.answers(wait=False):
                yield through(wanted.path, examined)
        while children.busy:
            for wanted, examined in children.answers(wait=True):
                yield through(wanted.path, examined)

    def _by_folder(self) -> Iterator[tuple[str, list[Found]]]:
        """The files that lie side by side, together."""
        folder, files = "", list[Found]()
        for one in walk(self.roots, exclude=self.exclude):
            if isinstance(one, Unseen):
                self._not_seen(one)
                continue
            its = _split(one.path)[0]
            if its != folder and files:
                yield folder, files
                files = []
            folder = its
            files.append(one)
        if files:
            yield folder, files

    def _not_seen(self, one: Unseen) -> None:
        if len(self.unseen) < 1000:
            self.unseen.append(one)
        else:
            self.unseen_more += 1

    def _close(self, folder: str, folders: dict[str, _Folder]) -> None:
        """Keep what was seen of a folder that is through."""
        held = folders[folder]
        if held.whole and not held.awaited:
            del folders[folder]
            if self.index is not None:
                self.index.keep(folder, held.stamps, held.found)

    def _looked(self, one: Found, examined: Examined) -> Looked:
        self.size += one.stat.st_size
        is_open = bool(one.stat.st_mode & stat.S_IROTH) and _everybody_gets_to(_split(one.path)[0])
        return Looked(one.path, one.stat, examined, is_open)


def _split(path: str) -> tuple[str, str]:
    """Folder and name of an absolute path."""
    folder, _, name = path.rpartition("/")
    return folder or "/", name


def _everybody_gets_to(folder: str) -> bool:
    """Whether every account may go through a folder and all above it."""
    while _is_passable(folder):
        above = _split(folder)[0]
        if above == folder:
            return True
        folder = above
    return False


@lru_cache(_FOLDERS_KNOWN)
def _is_passable(folder: str) -> bool:
    """One that cannot be asked is taken for open."""
    try:
        return bool(Path(folder).stat().st_mode & stat.S_IXOTH)
    except OSError:
        return True
