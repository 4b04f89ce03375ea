"""What the last survey of this machine for personal information came to: the summary that ``wispwatch discover --summary`` writes.

It holds counts, and a few paths. Nothing that was found is in it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors.collector import Fact, collector
from collectors.sources import File

SUMMARY = "/var/lib/wispwatch/personal-information.json"
"""Where the unit of systemd has it written to, and where it is read."""
SCHEMA = "wispwatch.discovery/1"
_EXAMPLES = 5
_MOST = 2**53
"""Files; beyond, a number in a metric is not exact, and far beyond it is none."""
_KIND = re.compile(r"[a-z][a-z_]{0,62}")
_MOST_KINDS = 20
"""Each is a series of a metric, and the host that is read says which there are."""


@dataclass(frozen=True)
class PersonalInformationFiles(Fact):
    """Files that likely hold personal information, counted."""

    ended: datetime
    """When the survey ended."""
    roots: tuple[str, ...] = ()
    """What was looked through, and nothing else."""
    excluded: tuple[str, ...] = ()
    """Patterns of paths that were left out."""
    files: int = 0
    """That were looked at."""
    kinds: Mapping[str, int] = field(default_factory=dict)
    """Files by kind of personal information; one may be of several."""
    holding: int = 0
    """Files that hold some, of any kind."""
    incomplete: int = 0
    """Other files that were not examined, or not wholly: encrypted ones, pictures, what has no reader."""
    unseen: int = 0
    """Folders and files that could not be listed or opened."""
    open_holding: int = 0
    """Files that hold some and that everybody on the machine may read."""
    open_incomplete: int = 0
    """Files that were not wholly examined and that everybody may read."""
    examples: tuple[str, ...] = ()
    """A few paths of files that hold some and are open."""


@collector(File(SUMMARY))
def personal_information_files(text: str) -> PersonalInformationFiles:
    """Other schemas are not understood; neither is a number that can be none of files, nor a time without an offset."""
    said = json.loads(text)
    if said["schema"] != SCHEMA:
        raise ValueError(f"not of the schema {SCHEMA}")
    ended = datetime.fromisoformat(said["ended"])
    if ended.tzinfo is None:
        raise ValueError("a time without an offset")
    opened = said["open"]
    return PersonalInformationFiles(
        ended,
        roots=tuple(str(root) for root in said["roots"]),
        excluded=tuple(str(pattern) for pattern in said["excluded"]),
        files=_count(said["files"]),
        kinds=_kinds(said["kinds"]),
        holding=_count(said["holding"]),
        incomplete=_count(said["incomplete"]),
        unseen=_count(said["unseen"]),
        open_holding=_count(opened["holding"]),
        open_incomplete=_count(opened["incomplete"]),
        examples=tuple(str(one) for one in opened["examples"][:_EXAMPLES]),
    )


def _kinds(said: Any) -> dict[str, int]:
    if len(said) > _MOST_KINDS or not all(map(_KIND.fullmatch, said)):
        raise ValueError("not kinds of personal information")
    return {kind: _count(count) for kind, count in said.items()}


def _count(said: Any) -> int:
    if type(said) is not int or not 0 <= said <= _MOST:
        raise ValueError("not a count")
    return said
