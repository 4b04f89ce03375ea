"""What kinds of things targets are about, so that only what they need is imported."""

import json
from collections.abc import Iterable

from agent.config import Target
from collectors.collector import Platform

_LONGEST_HEADER = 4096
_KINDS = {Platform.AWS.value: "aws", Platform.LINUX.value: "local"}


def kinds_of(targets: Iterable[Target]) -> set[str]:
    """The targets' kinds; of a recording what it is of, as far as its first line tells."""
    return {_of_recording(target) if target.kind == "replay" else target.kind for target in targets}


def _of_recording(target: Target) -> str:
    """``aws``, ``local``, or ``replay`` where it cannot be told."""
    if target.path is None:
        return target.kind
    try:
        with target.path.open(encoding="utf-8") as lines:
            platform = json.loads(lines.readline(_LONGEST_HEADER))["platform"]
        return _KINDS.get(platform, target.kind)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return target.kind  # which is for whoever reads it to complain about
