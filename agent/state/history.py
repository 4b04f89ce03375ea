"""What the daemon remembers of its assets: transitions of statuses, since when a control fails, attempts and errors.

Pure: it knows no clock but the one it is given, and no disk. ``note`` returns what changed, for the store to write. Times are
seconds since the epoch.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.verdict import Status

STICKY = 7 * 86400.0
"""Seconds for which a status that a check held still has a series that says 0."""

_MOST = 20
"""Transitions of a check that are remembered here one by one. The store has all of them."""

CheckKey = tuple[str, str]
"""Asset and check."""
ControlKey = tuple[str, str, str]
"""Asset, control and half of it."""
ErrorKey = tuple[str, str, str]
"""Asset, collector and reason."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last time an asset was scanned, and the last time it was seen."""

    tried: float
    succeeded: float | None = None


@dataclass
class Changes:
    """What one scan changed; each a row to write."""

    checks: list[tuple[CheckKey, Status, float]] = field(default_factory=list)
    controls: list[tuple[ControlKey, Status, float]] = field(default_factory=list)
    failing: dict[ControlKey, float | None] = field(default_factory=dict)
    """Since when a control fails; None where it no longer does."""
    errors: dict[ErrorKey, int] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    """Assets that are no longer there."""

    def add(self, other: "Changes") -> None:
        """Take in later changes."""
        self.checks += other.checks
        self.controls += other.controls
        self.failing |= other.failing
        self.errors |= other.errors
        self.attempts |= other.attempts
        self.gone += other.gone

    def __bool__(self) -> bool:
        return any((self.checks, self.controls, self.failing, self.errors, self.attempts, self.gone))


Held = tuple[tuple[Status, float], ...]
"""Transitions of one check, oldest first: a status and since when. Checks that changed together share one."""


@dataclass
class History:
    """Everything remembered, by asset, since most of what is asked is about one."""

    checks: dict[str, dict[str, Held]] = field(default_factory=dict)
    """By asset and check. Transitions that are over for longer than ``STICKY`` are dropped."""
    controls: dict[str, dict[tuple[str, str], tuple[Status, float]]] = field(default_factory=dict)
    """By asset, and control and half of it: the status in force, and since when."""
    failing: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    errors: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)
    """By asset, and collector and reason."""
    attempts: dict[str, Attempt] = field(default_factory=dict)
    forgetful: bool = False
    """Whether nothing is known of earlier scans: any status may have been held before."""

    def note(
        self, asset: str, checks: Mapping[str, Status], controls: Mapping[tuple[str, str], Status], at: float
    ) -> Changes:
        """Take in the statuses that hold now. Only what changed is a transition.

        A control that could not be seen for a while and then fails again has failed since the first time: not seeing it
        does not show that it was mended.
        """
        changes = Changes()
        begun: dict[Status, tuple[Status, float]] = {}
        alone: dict[Status, Held] = {}
        of_checks = self.checks.setdefault(asset, {}) if checks else {}
        for check, status in checks.items():
            held = of_checks.get(check)
            if held is None or held[-1][0] is not status:
                now = begun.setdefault(status, (status, at))
                held = forget((*held, now), at) if held else alone.setdefault(status, (now,))
                of_checks[check] = held
                changes.checks.append(((asset, check), status, at))
            elif len(held) > 1:
                of_checks[check] = forget(held, at)
        of_controls = self.controls.setdefault(asset, {}) if controls else {}
        failing = self.failing.get(asset, {})
        for key, status in controls.items():
            before = of_controls.get(key)
            if before is None or before[0] is not status:
                of_controls[key] = begun.setdefault(status, (status, at))
                changes.controls.append(((asset, *key), status, at))
            if status is Status.FAIL and key not in failing:
                failing[key] = changes.failing[asset, *key] = at
            elif status not in (Status.FAIL, Status.UNKNOWN) and key in failing:
                del failing[key]
                changes.failing[asset, *key] = None
        _set_or_drop(self.failing, asset, failing)
        return changes

    def sticky(self, asset: str, check: str, now: float) -> set[Status]:
        """Every status that a check held within the last seven days, the one in force among them."""
        if self.forgetful:
            return set(Status)
        held = self.checks.get(asset, {}).get(check, ())
        ends = [since for _, since in held[1:]] + [now]
        return {status for (status, _), end in zip(held, ends, strict=False) if end >= now - STICKY}

    def sticky_until(self, asset: str, now: float) -> float:
        """Until when ``sticky`` says the same of every check of an asset, in seconds since the epoch."""
        return min(
            (
                since + STICKY
                for held in self.checks.get(asset, {}).values()
                if len(held) > 1
                for _, since in held[1:]
                if since >= now - STICKY
            ),
            default=math.inf,
        )

    def failing_since(self, asset: str, control: str, facets: Iterable[str]) -> float | None:
        """When the first of these failing halves of a control began to fail."""
        failing = self.failing.get(asset, {})
        return min((since for facet in facets if (since := failing.get((control, facet))) is not None), default=None)

    def count(self, errors: Iterable[ErrorKey]) -> Changes:
        """Count errors; the changes hold the new totals."""
        changes = Changes()
        for asset, collector, reason in errors:
            counted = self.errors.setdefault(asset, {})
            counted[collector, reason] = changes.errors[asset, collector, reason] = (
                counted.get((collector, reason), 0) + 1
            )
        return changes

    def attempted(self, asset: str, at: float, succeeded: bool) -> Changes:
        """A scan of an asset has ended: whether anything of it was seen."""
        before = self.attempts.get(asset)
        attempt = Attempt(at, at if succeeded else before.succeeded if before else None)
        self.attempts[asset] = attempt
        return Changes(attempts={asset: attempt})

    def keep_only(self, assets: frozenset[str]) -> Changes:
        """Forget assets that are no longer there."""
        everything: tuple[dict[str, Any], ...] = (self.attempts, self.checks, self.controls, self.failing, self.errors)
        gone = {asset for held in everything for asset in held if asset not in assets}
        for held in everything:
            for asset in gone:
                held.pop(asset, None)
        return Changes(gone=sorted(gone))


def _set_or_drop(held: dict[str, dict[tuple[str, str], float]], asset: str, own: dict[tuple[str, str], float]) -> None:
    """Nothing is kept of an asset of which there is nothing to keep."""
    if own:
        held[asset] = own
    else:
        held.pop(asset, None)


def forget(held: Held, now: float) -> Held:
    """The transitions without those whose status ended before the sticky days; of one that goes to and fro, the last of each
    status, so that some are remembered for a little longer than those days.
    """
    first = 0
    while first < len(held) - 1 and held[first + 1][1] < now - STICKY:
        first += 1
    left = held[first:]
    if len(left) <= _MOST:
        return left
    last = dict(left)
    return tuple(one for one in left if last[one[0]] == one[1])
