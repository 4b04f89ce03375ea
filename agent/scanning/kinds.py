"""What kinds of things targets are about, so that only what they need is imported."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.config import Target
from agent.scanning.recordings import snapshots_in
from collectors.collector import Platform

_LONGEST_HEADER = 4096
_KINDS = {Platform.AWS.value: "aws", Platform.LINUX.value: "local"}


def kinds_of(targets: Iterable[Target]) -> set[str]:
    """The targets' kinds; of a recording, or a folder of them, what it is of, as far as its first line tells."""
    return {kind for target in targets for kind in _kinds(target)}


def _kinds(target: Target) -> Iterator[str]:
    if target.kind != "replay" or target.path is None:
        yield target.kind
    elif target.has_members:
        seen: set[str] = set()
        for path in snapshots_in(target.path):
            seen.add(_of_recording(path))
            if len(seen) == len(_KINDS) + 1:
                break
        yield from seen or {target.kind}
    else:
        yield _of_recording(target.path)


def _of_recording(path: Path) -> str:
    """``aws``, ``local``, or ``replay`` where it cannot be told."""
    try:
        with path.open(encoding="utf-8") as lines:
            platform = json.loads(lines.readline(_LONGEST_HEADER))["platform"]
        return _KINDS.get(platform, "replay")
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return "replay"  # which is for whoever reads it to complain about
