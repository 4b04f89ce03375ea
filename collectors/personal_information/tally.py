"""What was seen of one kind, added up."""

from dataclasses import dataclass

from collectors.personal_information.sightings import MOST, Kind, Sighting, Tier

RANK = {Tier.LOW: 0, Tier.MEDIUM: 1, Tier.HIGH: 2}
"""The surer, the higher."""


@dataclass(slots=True)
class Tally:
    """How often, how sure, and where first. Grows by no byte, however often."""

    count: int = 0
    tier: Tier = Tier.LOW
    near_name: bool = False
    offset: int = -1
    """Where the first was seen; -1 where none was."""

    def add(self, tier: Tier, offset: int, *, near_name: bool) -> None:
        """One more."""
        self.count += 1
        if RANK[tier] > RANK[self.tier]:
            self.tier = tier
        self.near_name |= near_name
        if self.offset < 0 or offset < self.offset:
            self.offset = offset

    @property
    def asks_for_name(self) -> bool:
        """Whether a name beside the next one is news. Beside more than ``MOST`` nobody looks: it costs more than all else."""
        return not self.near_name and self.count < MOST

    @property
    def is_full(self) -> bool:
        """Whether another one changes nothing."""
        return self.count >= MOST and self.tier is Tier.HIGH

    def with_(self, other: "Tally") -> "Tally":
        """Both together."""
        if not self.count or not other.count:
            return self if self.count else other
        return Tally(
            self.count + other.count,
            max(self.tier, other.tier, key=RANK.__getitem__),
            self.near_name or other.near_name,
            min(self.offset, other.offset),
        )

    def sighting(self, kind: Kind) -> Sighting | None:
        """What is told of it; nothing where none was seen."""
        return Sighting(kind, self.tier, min(self.count, MOST), self.near_name, self.offset) if self.count else None
