"""Many targets recorded into a folder: each read once, written whole, and forgotten."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import Target
from agent.errors import ConfigError, UnreachableError
from agent.plan import Plan
from agent.scanning.many import ACCOUNTS, Expanded, members_of
from agent.scanning.recordings import Names, file_name
from agent.scanning.scan import take, unseen
from agent.whole_files import write_whole
from collectors.readings import Unread
from collectors.snapshot import Snapshot, SnapshotError, dump, load

if TYPE_CHECKING:
    from concurrent.futures import Future


@dataclass(frozen=True)
class Recorded:
    """What came of one target."""

    asset: str
    path: Path
    was_reached: bool
    """Whether anything at all could be seen of it."""
    fault: str = ""
    """Why it could not be written."""


class Recorder:
    """Reads all targets, so many at the same time, and writes each into a folder.

    One that cannot be read is recorded, too: its readings say why. A fleet or an organization that cannot be listed is
    recorded as one asset of which nothing could be seen.
    """

    def __init__(self, plan: Plan, targets: Sequence[Target], folder: Path, workers: int) -> None:
        self._plan, self._targets, self._folder, self._workers = plan, targets, folder, workers
        self._names = Names(folder)
        self._writing = threading.Lock()
        self._stopped = False
        self._written = 0

    def run(self) -> Iterator[Recorded | Expanded]:
        """How many there are, then what came of each, in the order in which they are there. ``ConfigError`` where a target
        asks for what is not there.
        """
        from concurrent.futures import as_completed  # noqa: PLC0415 - not for one target

        from agent.scanning.threads import Threads  # noqa: PLC0415 - same

        hosts, accounts = Threads(self._workers), Threads(min(ACCOUNTS, self._workers))
        under_way: set[Future[Recorded | None]] = set()
        for target in self._targets:
            pool = accounts if target.kind == "aws" else hosts
            if not target.has_members:
                under_way.add(pool.submit(self._record, self._plan, target))
                continue
            try:
                known, members = members_of(self._plan, target)
            except ConfigError:
                raise
            except Exception as fault:  # noqa: BLE001 - whatever it is, the others go on
                under_way.add(pool.submit(self._write, unseen(self._plan, target, _told(fault))))
            else:
                _forget(self._folder / file_name(target.name))
                under_way |= {pool.submit(self._record, known, member) for member in members}
        yield Expanded(len(under_way), whole=True)
        for done in as_completed(under_way):
            if (recorded := done.result()) is not None:
                yield recorded

    def stop(self) -> int:
        """Write nothing more: what is broken off by our own end says nothing of its target. What is being written is finished.
        Returns how many were written.
        """
        with self._writing:
            self._stopped = True
            return self._written

    def _record(self, plan: Plan, target: Target) -> Recorded | None:
        try:
            taken = take(plan, target)
        except ConfigError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others go on
            taken = unseen(plan, target, _told(fault))
        return self._write(taken)

    def _write(self, taken: Snapshot) -> Recorded | None:
        """None where it was stopped before."""
        content, reached = dump(taken).encode(), _was_reached(taken)
        with self._writing:
            if self._stopped:
                return None
            path = self._names.claim(taken.asset)
            try:
                if path.is_symlink() or (path.exists() and not path.is_file()):
                    return Recorded(taken.asset, path, reached, "there is something of this name that is no file")
                write_whole(path, content)
            except OSError as fault:
                return Recorded(taken.asset, path, reached, f"{fault.strerror}; an earlier file there is untouched")
            self._written += 1
            return Recorded(taken.asset, path, reached)


def _forget(path: Path) -> None:
    """Remove what an earlier recording left of a fleet or an organization that could not be listed then."""
    try:
        with path.open(encoding="utf-8") as lines:
            earlier = load(lines)
        if earlier.readings and not _was_reached(earlier):
            path.unlink()
    except (OSError, SnapshotError, UnicodeDecodeError):  # there is none, which is the rule
        return


def _was_reached(taken: Snapshot) -> bool:
    return not all(isinstance(reading, Unread) for reading in taken.readings.values())


def _told(fault: Exception) -> str:
    """Why nothing was seen. Of what nobody foresaw, the kind only: its message may quote what was read."""
    return str(fault) if isinstance(fault, UnreachableError) else f"the scan failed: {type(fault).__name__}"
