"""What was seen of one kind, added up."""

from dataclasses import dataclass

from collectors.personal_information.sightings import MOST, Kind, Sighting, Tier

_RANK = {Tier.LOW: 0, Tier.MEDIUM: 1, Tier.HIGH: 2}


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
        if _RANK[tier] > _RANK[self.tier]:
            self.tier = tier
        self.near_name |= near_name
        if self.offset < 0 or offset < self.offset:
            self.offset = offset

    def with_(self, other: "Tally") -> "Tally":
        """Both together."""
        if not self.count or not other.count:
            return self if self.count else other
        return Tally(
            self.count + other.count,
            max(self.tier, other.tier, key=_RANK.__getitem__),
            self.near_name or other.near_name,
            min(self.offset, other.offset),
        )

    def sighting(self, kind: Kind) -> Sighting | None:
        """What is told of it; nothing where none was seen."""
        return Sighting(kind, self.tier, min(self.count, MOST), self.near_name, self.offset) if self.count else None
