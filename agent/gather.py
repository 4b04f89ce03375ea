"""Targets to findings: read what the chosen checks need, understand it, judge it.

``snapshot`` is the impure end: one round trip to one target. The rest of a scan is pure.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.declarations import UNDECLARED, bound
from agent.discover import Catalogue
from agent.evaluate import Facts, Finding, Settings, evaluate, facts_of, with_shared
from agent.health import CollectorHealth, health_of
from checks.check import Check
from collectors.collector import Collector, Fact, Platform
from collectors.host.chassis import Chassis
from collectors.readings import Absent, Unread
from collectors.scanning import Scanning
from collectors.snapshot import Snapshot
from collectors.sources import Source
from collectors.transports import Transport

ORGANIZATION = Platform.ORGANIZATION.value
"""Name and kind of the asset that stands for the organization itself."""
AWS_ACCOUNT = "aws_account"
"""Kind of the asset that is an AWS account."""


_NEARLY = 3600.0
"""Seconds that a clock may be off without a word: nothing here is judged by the hour."""


@dataclass(frozen=True)
class Scanned:
    """One asset after a scan: its findings, and the facts they rest on."""

    asset: str
    asset_kind: str
    taken_at: datetime
    seconds: float
    facts: Facts
    findings: tuple[Finding, ...]
    collectors: tuple[CollectorHealth, ...] = ()

    @property
    def was_reached(self) -> bool:
        """Whether anything at all could be seen of it."""
        return any(one.seen for one in self.collectors)

    def with_findings(self, findings: tuple[Finding, ...]) -> "Scanned":
        """The same asset with other findings."""
        return replace(self, findings=findings)


def sources_for(catalogue: Catalogue, checks: Iterable[Check], platform: Platform) -> list[Source]:
    """Every source of a host or of the organization that these checks need, each once."""
    wanted = [one for one in catalogue.collectors_for(checks, platform) if isinstance(one, Collector)]
    if platform is not Platform.ORGANIZATION:
        extra = [one for one in catalogue.collectors if isinstance(one, Collector) and one.fact is Chassis]
        wanted += [one for one in extra if one not in wanted]
    return list({source.key: source for one in wanted for source in one.sources}.values())


def snapshot(
    transport: Transport,
    sources: Sequence[Source],
    *,
    asset: str,
    platform: Platform,
    asset_kind: str = "",
    declared: tuple[str, ...] | Absent | Unread = UNDECLARED,
) -> Snapshot:
    """Read the sources of one asset, once; ``declared`` is what the operator says of it."""
    begun = time.monotonic()
    taken_at = datetime.now(UTC)
    asked, known_already = bound(sources, declared)
    answers = transport.read(asked)
    taken = time.monotonic() - begun
    readings = {**answers, **known_already}
    off = 0.0 if answers.clock is None else _clock_off(answers.clock, taken_at.timestamp(), taken)
    return Snapshot(asset, platform, taken_at, readings, asset_kind, taken, answers.seconds, off)


def _clock_off(told: int, begun: float, seconds: float) -> float:
    """How far the target's clock is ahead; 0 where it is between the beginning and the end of the scan, or nearly."""
    ahead = max(0.0, told - begun - seconds) or min(0.0, told - begun)
    return ahead if abs(ahead) > _NEARLY else 0.0


def judge(
    catalogue: Catalogue,
    checks: Sequence[Check],
    taken: Snapshot,
    *,
    settings: Settings,
    shared: Facts | None = None,
    scanning: Scanning | None = None,
) -> Scanned:
    """Judge a snapshot with the checks that belong to its platform; ``shared`` are the organization's facts, and ``scanning``
    is how the asset is looked at (by hand where nothing is given).
    """
    facts = facts_of(catalogue, taken, checks)
    asset_kind = (taken.asset_kind if taken.platform is Platform.LINUX else "") or kind_of(taken.platform, facts)
    if shared is not None:
        facts = with_shared(facts, shared, catalogue)
    facts = facts.beside({Scanning: scanning or Scanning()})
    findings = evaluate(
        [check for check in checks if catalogue.platform_of(check) is taken.platform],
        facts,
        asset=taken.asset,
        asset_kind=asset_kind,
        settings=settings,
        plural=catalogue.plural_facts,
    )
    health = tuple(health_of(catalogue, taken.platform, facts, taken.seconds_by_source))
    return Scanned(taken.asset, asset_kind, taken.taken_at, taken.seconds, facts, tuple(findings), health)


def kind_of(platform: Platform, facts: Facts) -> str:
    """``organization``, ``aws_account``; or by the chassis ``laptop``, ``desktop``, ``server``; or ``host`` where it could not be seen."""
    if platform is not Platform.LINUX:
        return AWS_ACCOUNT if platform is Platform.AWS else ORGANIZATION
    chassis = known(facts, Chassis)
    return chassis.kind if isinstance(chassis, Chassis) else "host"


def known(facts: Facts, fact: type[Fact]) -> Fact | None:
    """A singular fact, where it is known."""
    outcome = facts.outcomes.get(fact)
    return outcome if isinstance(outcome, fact) else None
