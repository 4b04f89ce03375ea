"""What one scan found as a page of metrics, for those who scan by a timer and have node_exporter read the file.

It is the daemon's page, but for what only somebody knows who was there before: since when a control fails is not told, and since
nobody remembers which statuses a check held, all that it does not hold are told as 0. Errors are counted from this scan on.
"""

from datetime import UTC, date, datetime

from agent.evaluate import Finding
from agent.expected import Expected
from agent.gather import ORGANIZATION, Scanned
from agent.pages.metrics import Metrics, errors_of
from agent.pages.page import Page
from agent.plan import Plan
from agent.results import Result, Results
from agent.state.assets import Asset, State, stale_at
from agent.state.history import Attempt, History
from agent.state.packed_findings import Packer
from agent.state.standing import standing_of


def page_of(plan: Plan, results: Results, expected: Expected, now: float) -> Page:
    """The page at a moment, in seconds since the epoch. What was recorded too long ago to count is unknown."""
    history = History(forgetful=True)
    packer = Packer()
    today = datetime.fromtimestamp(now, UTC).date()
    assets = []
    for result in results.assets:
        scanned = _scanned(result)
        history.count(errors_of(scanned))
        interval = expected.interval(result.asset) or min(expected.intervals.values())
        assets.append(_asset(plan, scanned, interval, today, packer, now))
    return Metrics().page(State(now, plan, tuple(assets), results.notes, history, reload_succeeded=None))


def _asset(plan: Plan, one: Scanned, interval: float, today: date, packer: Packer, now: float) -> Asset:
    compared = tuple(finding for finding in one.findings if _compares(plan, finding))
    own = tuple(finding for finding in one.findings if not _compares(plan, finding))
    at = one.taken_at.timestamp()
    asset = Asset(
        standing=standing_of(plan, one.with_findings(own), today, packer),
        compared=compared,
        interval=interval,
        attempt=Attempt(at, at if one.was_reached or one.asset_kind == ORGANIZATION else None),
        stale=now > stale_at(one.taken_at, interval),
    )
    return asset.rolled_up()


def _compares(plan: Plan, finding: Finding) -> bool:
    return finding.check.id in plan.comparing


def _scanned(result: Result) -> Scanned:
    """The findings are those under waivers, which change nothing when they are put over them again."""
    return Scanned(
        asset=result.asset,
        asset_kind=result.asset_kind,
        taken_at=result.taken_at,
        seconds=result.seconds,
        facts=result.facts,
        findings=result.findings,
        collectors=result.collectors,
    )
