"""What the daemon remembers of its assets: transitions of statuses, since when a control fails, attempts and errors.

Pure: it knows no clock but the one it is given, and no disk. ``note`` returns what changed, for the store to write. Times are
seconds since the epoch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checks.verdict import Status

STICKY = 7 * 86400.0
"""Seconds for which a status that a check held still has a series that says 0."""

CheckKey = tuple[str, str]
"""Asset and check."""
ControlKey = tuple[str, str, str]
"""Asset, control and half of it."""
ErrorKey = tuple[str, str, str]
"""Asset, collector and reason."""


@dataclass(frozen=True)
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


@dataclass
class History:
    """Everything remembered, by key."""

    checks: dict[CheckKey, list[tuple[Status, float]]] = field(default_factory=dict)
    """Transitions, oldest first: a status and since when. Those that are over for longer than ``STICKY`` are dropped."""
    controls: dict[ControlKey, tuple[Status, float]] = field(default_factory=dict)
    """The status in force, and since when."""
    failing: dict[ControlKey, float] = field(default_factory=dict)
    errors: dict[ErrorKey, int] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)

    def note(
        self, asset: str, checks: Mapping[str, Status], controls: Mapping[tuple[str, str], Status], at: float
    ) -> Changes:
        """Take in the statuses that hold now. Only what changed is a transition.

        A control that could not be seen for a while and then fails again has failed since the first time: not seeing it
        does not show that it was mended.
        """
        changes = Changes()
        for check, status in checks.items():
            held = self.checks.setdefault((asset, check), [])
            if not held or held[-1][0] is not status:
                held.append((status, at))
                changes.checks.append(((asset, check), status, at))
            forget(held, at)
        for (control, facet), status in controls.items():
            key = (asset, control, facet)
            held_before = self.controls.get(key)
            if held_before is None or held_before[0] is not status:
                self.controls[key] = (status, at)
                changes.controls.append((key, status, at))
            if status is Status.FAIL and key not in self.failing:
                self.failing[key] = changes.failing[key] = at
            elif status not in (Status.FAIL, Status.UNKNOWN) and key in self.failing:
                del self.failing[key]
                changes.failing[key] = None
        return changes

    def sticky(self, asset: str, check: str, now: float) -> set[Status]:
        """Every status that a check held within the last seven days, the one in force among them."""
        held = self.checks.get((asset, check), [])
        ends = [since for _, since in held[1:]] + [now]
        return {status for (status, _), end in zip(held, ends, strict=False) if end >= now - STICKY}

    def failing_since(self, asset: str, control: str, facets: Iterable[str]) -> float | None:
        """When the first of these failing halves of a control began to fail."""
        return min(
            (since for facet in facets if (since := self.failing.get((asset, control, facet))) is not None),
            default=None,
        )

    def count(self, errors: Iterable[ErrorKey]) -> Changes:
        """Count errors; the changes hold the new totals."""
        changes = Changes()
        for key in errors:
            self.errors[key] = changes.errors[key] = self.errors.get(key, 0) + 1
        return changes

    def attempted(self, asset: str, at: float, succeeded: bool) -> Changes:
        """A scan of an asset has ended: whether anything of it was seen."""
        before = self.attempts.get(asset)
        attempt = Attempt(at, at if succeeded else before.succeeded if before else None)
        self.attempts[asset] = attempt
        return Changes(attempts={asset: attempt})

    def keep_only(self, assets: frozenset[str]) -> Changes:
        """Forget assets that are no longer there."""
        known = {*self.attempts, *(key[0] for key in (*self.checks, *self.controls, *self.failing, *self.errors))}
        self.checks = {key: held for key, held in self.checks.items() if key[0] in assets}
        self.controls = {key: held for key, held in self.controls.items() if key[0] in assets}
        self.failing = {key: held for key, held in self.failing.items() if key[0] in assets}
        self.errors = {key: held for key, held in self.errors.items() if key[0] in assets}
        self.attempts = {key: held for key, held in self.attempts.items() if key in assets}
        return Changes(gone=sorted(known - assets))


def forget(held: list[tuple[Status, float]], now: float) -> None:
    """Drop transitions whose status ended before the sticky days."""
    while len(held) > 1 and held[1][1] < now - STICKY:
        del held[0]
