"""Folders of recorded snapshots: what their files are called, and which of them count.

A file ends in ``.jsonl``; what begins with a dot, and what lies in folders below, does not count. Each snapshot is an asset
under the name that it was recorded by. Of two of the same asset the one that was taken later counts, and that is told. Only
the first line of each file is read here: a snapshot itself is read when it is judged, one at a time.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from agent.config import Target
from agent.errors import ConfigError
from agent.printable import printable
from collectors.collector import Platform
from collectors.snapshot import Snapshot, SnapshotError, load

ENDING = ".jsonl"
_LONGEST_HEADER = 65536
_LONGEST_NAME = 180
"""Characters of a file's name, without its ending; most file systems take 255 bytes, and a file that is not there yet has a
longer one."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_TOLD = 20
"""How many recordings that do not count are named."""


@dataclass(frozen=True)
class Recording(Target):
    """One snapshot of a folder, as a target that is called ``TARGET/ASSET``."""

    asset: str = ""
    """The name that it was recorded by; that of its file where it has no first line that tells it."""
    platform: Platform = Platform.LINUX
    taken_at: datetime = _NEVER


def file_name(asset: str) -> str:
    """The file that a snapshot of this asset goes into, without a folder. Two assets never have the same."""
    from hashlib import sha256  # noqa: PLC0415 - only a recording of many needs it
    from urllib.parse import quote  # noqa: PLC0415 - same

    raw = asset.encode("utf-8", "surrogatepass")
    name = quote(raw, safe="")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _LONGEST_NAME:
        # A percent sign that no two hexadecimal digits follow is nothing that quote() writes.
        name = f"{name[:100]}%-{sha256(raw).hexdigest()}"
    return f"{name or '%'}{ENDING}"


def snapshots_in(folder: Path) -> list[Path]:
    """The files of a folder that are snapshots by their name, sorted by it. ``OSError`` where it cannot be listed."""
    with os.scandir(folder) as entries:
        names = [one.name for one in entries if one.name.endswith(ENDING) and one.name[0] != "." and one.is_file()]
    return [folder / name for name in sorted(names)]


def members_of(target: Target) -> list[Target]:
    """The snapshots of a folder, each a target. ``ConfigError`` where there is none."""
    folder = target.path or Path()
    try:
        found = snapshots_in(folder)
    except OSError as fault:
        raise ConfigError(f"{folder}: cannot be replayed: {fault.strerror}") from fault
    if not found:
        raise ConfigError(f"{folder}: cannot be replayed: there is no snapshot in it (*{ENDING})")
    newest: dict[str, Recording] = {}
    older: list[str] = []
    for path in found:
        one = _recording(target, path)
        other = newest.get(one.asset)
        if other is None or other.taken_at <= one.taken_at:
            newest[one.asset] = one
        if other is not None:
            kept = newest[one.asset]
            left = other if kept is one else one
            older.append(f"{left.path}: does not count: {kept.path} is of {one.asset}, too, and not older")
    _tell(older)
    return list(newest.values())


def _tell(older: list[str]) -> None:
    """Not silently: that a file does not count may be a mistake of whoever put it there."""
    import logging  # noqa: PLC0415 - only where there is something to say

    from agent.logs import LOGGER  # noqa: PLC0415 - same

    log = logging.getLogger(LOGGER)
    for line in older[:_TOLD]:
        log.warning(printable(line, 1000))
    if len(older) > _TOLD:
        log.warning("%d more recordings do not count: there are newer ones of the same assets", len(older) - _TOLD)


def _recording(target: Target, path: Path) -> Recording:
    head = _head(path)
    asset = path.name if head is None else head.asset
    own = {one.name: getattr(target, one.name) for one in fields(Target)}
    own |= {"name": f"{target.name}/{asset}", "path": path}
    if head is None:
        return Recording(**own, asset=asset)
    return Recording(**own, asset=asset, platform=head.platform, taken_at=head.taken_at)


def _head(path: Path) -> Snapshot | None:
    """The snapshot without its readings; None where the first line is none of a snapshot."""
    try:
        with path.open(encoding="utf-8") as lines:
            return load([lines.readline(_LONGEST_HEADER)])
    except (OSError, SnapshotError, UnicodeDecodeError):
        return None


class Names:
    """Hands out the files of a folder, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def claim(self, asset: str) -> Path:
        """A file for a snapshot of this asset; another one for a second snapshot of it, and where a file system that takes no
        notice of capitals would take two assets for one.
        """
        name = next(one for one in self._possible(asset) if one.casefold() not in self._taken)
        self._taken.add(name.casefold())
        return self._folder / name

    def _possible(self, asset: str) -> Iterator[str]:
        first = file_name(asset)
        yield first
        number = 2
        while True:
            yield f"{first.removesuffix(ENDING)}%-{number}{ENDING}"
            number += 1
