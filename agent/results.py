"""What was judged, with waivers and control statuses over all assets. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.evaluate import ControlStatus, Facts, Finding, control_statuses, under_waivers
from agent.fleet import across
from agent.gather import AWS_ACCOUNT, ORGANIZATION, Scanned
from agent.plan import Plan
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


@dataclass(frozen=True)
class Result:
    """Everything a scan says of one asset."""

    asset: str
    asset_kind: str
    taken_at: datetime
    seconds: float
    findings: tuple[Finding, ...]
    controls: tuple[ControlStatus, ...]
    facts: Facts
    collectors: tuple[CollectorHealth, ...]


@dataclass(frozen=True)
class Results:
    """A whole scan: its assets, and what there is to say about the waivers."""

    assets: tuple[Result, ...]
    notes: tuple[str, ...]


def results_of(plan: Plan, scanned: Sequence[Scanned], today: date) -> Results:
    """Judge what needs all assets, put the waivers over all findings, and roll the controls up."""
    scanned = across(plan.catalogue, plan.checks, scanned, plan.settings)
    everything = [finding for one in scanned for finding in one.findings]
    covered, notes = under_waivers(everything, plan.waivers, today)
    left = iter(covered)
    assets = []
    for one in scanned:
        findings = tuple(next(left) for _ in one.findings)
        if findings or one.asset_kind != ORGANIZATION:
            assets.append(_result(plan, one, findings))
    return Results(tuple(assets), tuple(notes) if plan.whole else ())


def _result(plan: Plan, one: Scanned, findings: tuple[Finding, ...]) -> Result:
    return Result(
        asset=one.asset,
        asset_kind=one.asset_kind,
        taken_at=one.taken_at,
        seconds=one.seconds,
        findings=findings,
        controls=tuple(control_statuses(findings, plan.frameworks)),
        facts=one.facts,
        collectors=tuple(_health(plan, one)),
    )


def _health(plan: Plan, one: Scanned) -> Iterable[CollectorHealth]:
    """A collector that did not see something of what it asked for, on one of many resources, did not see it all."""
    facts = one.facts
    seconds_by_call: dict[str, float] = {}
    for key, took in one.seconds_by_source.items():
        name = ":".join(key.partition(" ")[0].split(":")[2:]) if key.startswith("aws:") else key
        seconds_by_call[name] = seconds_by_call.get(name, 0.0) + took
    platform = {ORGANIZATION: Platform.ORGANIZATION, AWS_ACCOUNT: Platform.AWS}.get(one.asset_kind, Platform.LINUX)
    for collector in plan.catalogue.collectors:
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
