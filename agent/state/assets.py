"""What the daemon publishes: the last result of every asset, judged for its age.

Pure. A result that is older than three intervals says nothing about now: its checks and controls are ``unknown``. ``Assets``
makes anew only what has changed, and says what a state says that was made from nothing.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from agent.evaluate import ControlStatus, Covering, Finding, controls_of, roll_up
from agent.gather import ORGANIZATION, Scanned
from agent.plan import Plan
from agent.state.history import Attempt, Changes, History
from agent.state.key_holders import KeyHolders, Known
from agent.state.packed_findings import Packer
from agent.state.standing import Standing, again, standing_of
from checks.check import Check
from checks.verdict import Status

STALE_AFTER = 3
"""Intervals after which a result no longer counts."""
_ALWAYS = (Status.PASS, Status.FAIL)


@dataclass(frozen=True, slots=True, eq=False)
class Asset:
    """An asset as it is published."""

    standing: Standing
    """As it was judged."""
    compared: tuple[Finding, ...]
    """What comparing it with the others found, under waivers."""
    interval: float
    """Seconds between two scans of it."""
    attempt: Attempt
    stale: bool
    """Whether the result is too old to count."""
    controls: tuple[ControlStatus, ...] = ()
    """What holds now."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self.standing.asset

    def shows_what(self, other: "Asset") -> bool:
        """Whether everything that is counted of it is as in another state: it may have been compared with more assets."""
        return self.holds_what(other) and self.interval == other.interval and self.attempt == other.attempt

    def holds_what(self, other: "Asset") -> bool:
        """Whether its checks and controls are as in another state."""
        return (
            self.standing is other.standing
            and self.stale is other.stale
            and (self.compared is other.compared or _told(self.compared) == _told(other.compared))
        )

    def statuses(self) -> Iterator[tuple[Check, Status]]:
        """The checks, and what holds of each now."""
        return _aged(_statuses(self.standing, self.compared), stale=self.stale)

    def rolled_up(self) -> "Asset":
        """With what follows from its checks for the controls."""
        return replace(self, controls=tuple(controls_of(self.statuses(), self.standing.plan.frameworks)))

    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found, whatever its age."""
        return (*self.standing.findings(), *self.compared)

    def resources(self) -> Iterator[tuple[str, Check, Status, int]]:
        """Of an AWS account: region, check, status and how many resources have it. What is too old to count is ``unknown``.

        For each check and region ``pass`` and ``fail`` are always there, so that nobody who looks back over hours finds both.
        """
        for region, check, counted in self.standing.resources:
            held = {Status.UNKNOWN: sum(counted.values())} if self.stale else counted
            for status in Status:
                if held.get(status) or status in _ALWAYS:
                    yield region, check, status, held.get(status, 0)


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
    reload_succeeded: bool | None
    """Whether the last reload of the configuration was taken; None where nothing is ever loaded again."""
    changed: tuple[Asset, ...] = ()
    """The assets of which something else may hold than in the state before."""
    stale_from: float = math.inf
    """When the first of the results that still count will be too old."""


class Assets:
    """The last scan of every asset, in the order in which they were first scanned."""

    def __init__(self) -> None:
        self._standings: dict[str, Standing] = {}
        self._made: dict[str, Asset] = {}
        self._holders = KeyHolders()
        self._packer = Packer()

    def __iter__(self) -> Iterator[str]:
        return iter(self._standings)

    def __contains__(self, name: object) -> bool:
        return name in self._standings

    def __len__(self) -> int:
        return len(self._standings)

    def put(self, plan: Plan, one: Scanned, today: date) -> None:
        """Take in a scan that has ended."""
        self._standings[one.asset] = standing_of(plan, one, today, self._packer)
        self._holders.put(self._standings[one.asset])

    def keep_only(self, names: frozenset[str]) -> None:
        """Forget the others."""
        for gone in [name for name in self._standings if name not in names]:
            del self._standings[gone]
            self._made.pop(gone, None)
            self._holders.drop(gone)

    def state(
        self,
        plan: Plan,
        intervals: Mapping[str, float],
        history: History,
        *,
        now: float,
        reload_succeeded: bool = True,
    ) -> State:
        """Put waivers, roll-ups and age over the last scans. Only an asset with an interval is published, and of its findings
        only those of checks that the plan still has.
        """
        today = datetime.fromtimestamp(now, UTC).date()
        for name, standing in self._standings.items():
            if standing.plan is not plan or (standing.today != today and standing.useful):
                self._standings[name] = again(standing, plan, today, self._packer)
                self._holders.put(self._standings[name])
        touched, known = self._holders.touched(), Known()
        covering = Covering(plan.waivers, today)
        assets, changed, stale_from = [], [], math.inf
        for name, standing in self._standings.items():
            if name not in intervals or not (standing.held or standing.compared or standing.asset_kind != ORGANIZATION):
                self._made.pop(name, None)
                continue
            before = self._made.get(name)
            covering.useful |= standing.useful
            if before is None or touched is None or name in touched or plan.waivers:
                compared = tuple(covering.over(self._holders.found(standing, known))) if standing.compared else ()
            else:
                compared = before.compared
            attempt = history.attempts.get(name) or Attempt(standing.taken_at.timestamp())
            ends = stale_at(standing.taken_at, intervals[name])
            stale = now > ends
            stale_from = stale_from if stale else min(stale_from, ends + 0.001)
            asset = Asset(standing, compared, intervals[name], attempt, stale)
            if before is None or not asset.holds_what(before):
                asset = asset.rolled_up()
                changed.append(asset)
            elif asset.compared is before.compared and asset.shows_what(before):
                asset = before
            else:
                asset = replace(asset, controls=before.controls)
            self._made[name] = asset
            assets.append(asset)
        notes = tuple(covering.notes()) if plan.whole else ()
        return State(now, plan, tuple(assets), notes, history, reload_succeeded, tuple(changed), stale_from)


def _told(findings: Iterable[Finding]) -> list[tuple[str, str, Status]]:
    return [(one.check.id, one.subject, one.status) for one in findings]


def _statuses(standing: Standing, compared: Iterable[Finding]) -> Iterator[tuple[Check, Status]]:
    yield from standing.statuses()
    held: dict[str, tuple[Check, list[Status]]] = {}
    for finding in compared:
        held.setdefault(finding.check.id, (finding.check, []))[1].append(finding.status)
    yield from ((check, roll_up(statuses)) for check, statuses in held.values())


def _aged(held: Iterable[tuple[Check, Status]], *, stale: bool) -> Iterator[tuple[Check, Status]]:
    return ((check, Status.UNKNOWN if stale else status) for check, status in held)


def state_of(
    plan: Plan,
    scanned: Iterable[Scanned],
    intervals: Mapping[str, float],
    history: History,
    *,
    now: float,
    reload_succeeded: bool = True,
) -> State:
    """The state of these scans, made from nothing."""
    assets = Assets()
    for one in scanned:
        assets.put(plan, one, datetime.fromtimestamp(now, UTC).date())
    return assets.state(plan, intervals, history, now=now, reload_succeeded=reload_succeeded)


def stale_at(taken_at: datetime, interval: float) -> float:
    """When a result stops counting, in seconds since the epoch."""
    return taken_at.timestamp() + STALE_AFTER * interval


def note(state: State, at: float) -> Changes:
    """Let the history take in what holds now, and return what changed."""
    changes = Changes()
    for one in state.changed:
        controls = {(held.control, held.facet): held.status for held in one.controls}
        checks = {check.id: status for check, status in one.statuses()}
        changes.add(state.history.note(one.name, checks, controls, at))
    return changes
