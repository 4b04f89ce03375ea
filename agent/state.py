"""What the daemon publishes: the last result of every asset, judged for its age.

Pure. A result that is older than three intervals says nothing about now: its checks and controls are ``unknown``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.evaluate import ControlStatus, roll_up
from agent.gather import Scanned
from agent.history import Attempt, Changes, History
from agent.plan import Plan
from agent.results import Result, results_of
from checks.verdict import Status

STALE_AFTER = 3
"""Intervals after which a result no longer counts."""


@dataclass(frozen=True)
class Asset:
    """An asset as it is published."""

    result: Result
    """As it was judged."""
    interval: float
    """Seconds between two scans of it."""
    attempt: Attempt
    stale: bool
    """Whether the result is too old to count."""
    checks: Mapping[str, Status]
    """By id: what holds now."""
    controls: tuple[ControlStatus, ...]
    """What holds now."""


@dataclass(frozen=True)
class State:
    """Everything that is published, at one moment."""

    at: float
    """Seconds since the epoch."""
    plan: Plan
    assets: tuple[Asset, ...]
    notes: tuple[str, ...]
    """What there is to say about the waivers."""
    history: History
    reload_succeeded: bool
    """Whether the last reload of the configuration was taken."""


def state_of(
    plan: Plan,
    scanned: Sequence[Scanned],
    intervals: Mapping[str, float],
    history: History,
    *,
    now: float,
    reload_succeeded: bool = True,
) -> State:
    """Put waivers, roll-ups and age over the last scans. Only an asset with an interval is published, and of its findings
    only those of checks that the plan still has.
    """
    chosen = {check.id for check in plan.checks}
    current = [
        replace(one, findings=tuple(finding for finding in one.findings if finding.check.id in chosen))
        for one in scanned
        if one.asset in intervals
    ]
    results = results_of(plan, current, datetime.fromtimestamp(now, UTC).date())
    assets = tuple(_asset(result, intervals[result.asset], history, now) for result in results.assets)
    return State(now, plan, assets, results.notes, history, reload_succeeded)


def stale_at(taken_at: datetime, interval: float) -> float:
    """When a result stops counting, in seconds since the epoch."""
    return taken_at.timestamp() + STALE_AFTER * interval


def _asset(result: Result, interval: float, history: History, now: float) -> Asset:
    stale = now > stale_at(result.taken_at, interval)
    held: dict[str, list[Status]] = {}
    for finding in result.findings:
        held.setdefault(finding.check.id, []).append(finding.status)
    return Asset(
        result=result,
        interval=interval,
        attempt=history.attempts.get(result.asset) or Attempt(result.taken_at.timestamp()),
        stale=stale,
        checks={check: Status.UNKNOWN if stale else roll_up(statuses) for check, statuses in held.items()},
        controls=tuple(
            ControlStatus(one.control, one.facet, Status.UNKNOWN) if stale else one for one in result.controls
        ),
    )


def note(state: State, at: float) -> Changes:
    """Let the history take in what holds now, and return what changed."""
    changes = Changes()
    for one in state.assets:
        controls = {(held.control, held.facet): held.status for held in one.controls}
        changes.add(state.history.note(one.result.asset, one.checks, controls, at))
    return changes
