"""What is known of one file, as it is told between processes and kept until the next survey. No value is in it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.personal_information.contents import Why
from collectors.personal_information.sightings import MOST, Kind, Sighting, Tier

LONGEST = 4096
"""Bytes of one of these as it is told between processes."""
READY = b"ready\n"
"""What a process that examines says before everything else."""
_RANKS = {Tier.LOW: 0, Tier.MEDIUM: 1, Tier.HIGH: 2}


def reaches(tier: Tier, least: Tier) -> bool:
    """Whether it is as sure as that."""
    return _RANKS[tier] >= _RANKS[least]


@dataclass(frozen=True, slots=True)
class Seen:
    """One kind of personal information in a file, over all its members."""

    kind: Kind
    tier: Tier
    count: int
    """How often, at most ``MOST``."""
    near_name: bool
    member: str
    """Where within the file the first was seen; empty for the file itself."""
    offset: int
    """Bytes from the beginning of that member's text."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen in a file, and what in it was not examined, and why."""

    seen: tuple[Seen, ...] = ()
    unexamined: Mapping[Why, int] = field(default_factory=dict)
    """How many members, or parts of them."""

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.seen or self.unexamined)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out that people may have written."""
        return not set(self.unexamined) - {Why.PROGRAM}

    def holds(self, kind: Kind, least: Tier) -> bool:
        """Whether something of a kind was seen in it, as sure as that."""
        return any(one.kind is kind and reaches(one.tier, least) for one in self.seen)

    def told(self) -> list[Any]:
        """As lists, for JSON."""
        seen = [[one.kind, one.tier, one.count, one.near_name, one.member, one.offset] for one in self.seen]
        return [seen, self.unexamined]

    @staticmethod
    def understood(told: Any) -> "Examined":
        """From what ``told`` gave. ``ValueError``, ``TypeError`` where it is something else."""
        seen, unexamined = told
        return Examined(
            tuple(
                Seen(Kind(kind), Tier(tier), int(count), bool(near), str(member), int(offset))
                for kind, tier, count, near, member, offset in seen
            ),
            {Why(why): int(count) for why, count in unexamined.items()},
        )


class Sum:
    """What is seen of a file, member by member."""

    def __init__(self) -> None:
        self._seen: dict[Kind, Seen] = {}
        self._unexamined: Counter[Why] = Counter()

    def sighted(self, member: str, begin: int, sightings: tuple[Sighting, ...]) -> None:
        """A text of a member is through, which begins there."""
        for one in sightings:
            before = self._seen.get(one.kind)
            if before is None:
                self._seen[one.kind] = Seen(one.kind, one.tier, one.count, one.near_name, member, begin + one.offset)
                continue
            self._seen[one.kind] = Seen(
                one.kind,
                max(before.tier, one.tier, key=_RANKS.__getitem__),
                min(before.count + one.count, MOST),
                before.near_name or one.near_name,
                before.member,
                before.offset,
            )

    def left_out(self, why: Why) -> None:
        """Something was not examined."""
        self._unexamined[why] += 1

    def whole(self) -> Examined:
        """The file is through."""
        return Examined(tuple(self._seen[kind] for kind in sorted(self._seen)), dict(self._unexamined))
