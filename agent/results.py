"""What was judged, with waivers and control statuses over all assets. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.evaluate import ControlStatus, Covering, Facts, Finding, control_statuses
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
    """A whole scan: its assets, which can be gone through again and again, and what there is to say about it."""

    assets: Collection[Result]
    notes: tuple[str, ...]


def results_of(plan: Plan, scanned: Sequence[Scanned], today: date) -> Results:
    """Judge what needs all assets, put the waivers over all findings, and roll the controls up."""
    covering = Covering(plan.waivers, today)
    together = across(plan.catalogue, plan.checks, scanned, plan.settings)
    assets = tuple(result for one in together if (result := result_of(plan, one, covering)) is not None)
    return Results(assets, tuple(covering.notes()) if plan.whole else ())


def result_of(plan: Plan, one: Scanned, covering: Covering) -> Result | None:
    """What is said of one asset, with the waivers and the statuses of its controls. None of an organization of which
    nothing was asked.
    """
    findings = tuple(covering.over(one.findings))
    if not findings and one.asset_kind == ORGANIZATION:
        return None
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
