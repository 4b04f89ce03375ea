"""How the collectors fared on an asset. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.discover import Catalogue
from agent.evaluate import Facts
from collectors.collector import ApiCollector, Outcome, Platform, Unseen
from collectors.readings import Unread


@dataclass(frozen=True)
class CollectorHealth:
    """How a collector fared on an asset."""

    name: str
    seen: bool
    reason: str = ""
    seconds: float = 0.0
    """How long the target took over its sources; one that several collectors share counts for each."""


def health_of(
    catalogue: Catalogue, platform: Platform, facts: Facts, seconds_by_source: Mapping[str, float]
) -> Iterator[CollectorHealth]:
    """How each collector fared. One that did not see something of what it asked for, on one of many resources, did not see
    it all.
    """
    seconds_by_call: dict[str, float] = {}
    for key, took in seconds_by_source.items():
        name = ":".join(key.partition(" ")[0].split(":")[2:]) if key.startswith("aws:") else key
        seconds_by_call[name] = seconds_by_call.get(name, 0.0) + took
    for collector in catalogue.collectors:
        if collector.platform is platform and collector.fact in facts.outcomes:
            outcome = facts.outcomes[collector.fact]
            reason = _unseen_in(outcome)
            if isinstance(collector, ApiCollector):
                asked = [f"{call.service}:{call.operation}" for call in collector.calls]
            else:
                asked = [source.key for source in collector.sources]
            seconds = sum(seconds_by_call.get(name, 0.0) for name in asked)
            yield CollectorHealth(collector.name, not reason, reason, seconds)


def _unseen_in(outcome: Outcome) -> str:
    """Why a collector did not see all it asked for; empty where it did."""
    unread = (outcome,) if isinstance(outcome, Unread) else ()
    parts = outcome if isinstance(outcome, tuple) else ()
    return next((one.reason for one in (*unread, *parts) if isinstance(one, Unread | Unseen)), "")
