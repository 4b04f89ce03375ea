"""Which assets there should be, and how often each is scanned.

An organization of AWS accounts, a fleet of hosts or a folder of recordings is one target and as many assets as it has
members, which it names after itself: ``TARGET/MEMBER``. Which there are, only its scans tell.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from agent.config import Config, Target
from agent.gather import ORGANIZATION


@dataclass(frozen=True)
class Expected:
    """The assets of a configuration."""

    intervals: Mapping[str, float] = field(default_factory=dict)
    """Seconds between two scans, by target (and by the organization's own name)."""
    organizations: frozenset[str] = frozenset()
    """The targets that have members: organizations of accounts, fleets of hosts."""

    def interval(self, asset: str) -> float | None:
        """Seconds between two scans of an asset; None where there should be none of this name."""
        if asset in self.intervals:
            return self.intervals[asset]
        return self.intervals.get(self.organization_of(asset))

    def organization_of(self, asset: str) -> str:
        """The target of whose organization an asset is an account; empty where it is none."""
        if asset in self.intervals:
            return ""
        above = asset
        while above := above.rpartition("/")[0]:  # what was recorded may have a name like this itself
            if above in self.organizations:
                return above
        return ""

    def of(self, assets: Iterable[str]) -> dict[str, float]:
        """The intervals of the targets, and of these assets as far as they are expected."""
        known = {asset: self.interval(asset) for asset in assets}
        return {**self.intervals, **{asset: seconds for asset, seconds in known.items() if seconds is not None}}


def expected_of(config: Config, targets: Collection[Target]) -> Expected:
    """The assets of some targets. The organization is read with every scan."""
    own = {target.name: interval_of(config, target) for target in targets}
    organizations = frozenset(target.name for target in targets if target.has_members)
    return Expected({ORGANIZATION: min(own.values()), **own}, organizations)


def interval_of(config: Config, target: Target) -> float:
    """Seconds between two scans of a target."""
    return (target.interval or config.daemon.interval).total_seconds()
