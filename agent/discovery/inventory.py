"""What a survey comes to: files by kind, what was not examined, what of both is open to everybody, and where it lies. No value is
in it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from agent.discovery.survey import Looked, Survey
from collectors.host.personal_information_files import SCHEMA
from collectors.personal_information.contents import Why
from collectors.personal_information.examination import RULES_VERSION
from collectors.personal_information.sightings import Kind, Tier

ELEMENTS = tuple(kind for kind in Kind if kind is not Kind.TAXPAYER_NUMBER)
"""The kinds that 17.02 names."""
LEAST = Tier.MEDIUM
"""How sure it must be to count, whatever is listed."""
_EXAMPLES = 5
_FOLDERS = 500
_CHARACTERS = 50_000
"""Of the names of all folders: whoever reads the summary of a host reads no more than so much."""
_VOLUMES = 200


@dataclass
class Inventory:
    """Counts, taken file by file."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    holding: int = 0
    """Files that hold personal information."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    """Files by kind; one may be of several."""
    unexamined: Counter[Why] = field(default_factory=Counter)
    """Files of which something was not examined, by why."""
    incomplete: int = 0
    """Files of which something was not examined that people may have written."""
    open_holding: int = 0
    """Those of the files that hold some which everybody may read."""
    open_incomplete: int = 0
    examples: list[str] = field(default_factory=list)
    """A few paths of such that hold some and are open."""
    folders: Counter[str] = field(default_factory=Counter)
    """Files that hold some, by folder."""
    elsewhere: int = 0
    """Those in folders that are too many to be named."""
    holding_on: Counter[str] = field(default_factory=Counter)
    """Files that hold some, by the volume they lie on: the place where it is mounted, or nothing where that is not known."""
    incomplete_on: Counter[str] = field(default_factory=Counter)

    def take(self, looked: Looked, volume: str) -> None:
        """Count a file, and the volume it lies on."""
        held = [kind for kind in ELEMENTS if looked.examined.holds(kind, LEAST)]
        self.kinds.update(held)
        self.unexamined.update(list(looked.examined.unexamined))
        if held:
            self.holding += 1
            self.open_holding += looked.is_open
            if looked.is_open and len(self.examples) < _EXAMPLES:
                self.examples.append(looked.path)
            self._place(str(PurePosixPath(looked.path).parent), volume)
        elif not looked.examined.is_whole:
            self.incomplete += 1
            self.open_incomplete += looked.is_open
            self.incomplete_on[self._named(volume)] += 1

    def _place(self, folder: str, volume: str) -> None:
        named = folder.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        known = named in self.folders
        if known or (len(self.folders) < _FOLDERS and sum(map(len, self.folders)) + len(named) <= _CHARACTERS):
            self.folders[named] += 1
        else:
            self.elsewhere += 1
        self.holding_on[self._named(volume)] += 1

    def _named(self, volume: str) -> str:
        """Volumes without end are none that are known."""
        known = {*self.holding_on, *self.incomplete_on}
        return volume if volume in known or len(known) < _VOLUMES else ""

    def summary(self, survey: Survey, asset: str) -> dict[str, Any]:
        """As ``SUMMARY`` of the host's collector takes it."""
        return {
            "schema": SCHEMA,
            "asset": asset,
            "began": self.began.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "rules": RULES_VERSION,
            "tier": LEAST,
            "roots": [str(root) for root in survey.roots],
            "excluded": list(survey.exclude),
            "files": survey.files,
            "bytes": survey.size,
            "kinds": {kind: self.kinds[kind] for kind in ELEMENTS},
            "holding": self.holding,
            "incomplete": self.incomplete,
            "unexamined": {why: self.unexamined[why] for why in sorted(self.unexamined)},
            "unseen": len(survey.unseen) + survey.unseen_more,
            "open": {"holding": self.open_holding, "incomplete": self.open_incomplete, "examples": self.examples},
            "volumes": {
                volume: {"holding": self.holding_on[volume], "incomplete": self.incomplete_on[volume]}
                for volume in sorted({*self.holding_on, *self.incomplete_on})
            },
            "folders": dict(sorted(self.folders.items())),
            "elsewhere": self.elsewhere,
        }
