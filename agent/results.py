"""What was judged, with waivers and control statuses over all assets. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.evaluate import ControlStatus, Facts, Finding, control_statuses, under_waivers
from agent.fleet import across
from agent.gather import ORGANIZATION, Scanned
from agent.health import CollectorHealth
from agent.plan import Plan


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
        collectors=one.collectors,
    )
