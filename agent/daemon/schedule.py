"""When each target is due. Pure: it knows no clock but the one it is given.

A target is due at ``origin + n * interval``, each time plus a random splay, so that a fleet does not scan at once. The grid is
fixed: a scan that starts late or takes long does not move the next one. What was missed, while the machine slept or a scan
took long, is run once and at once.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_SHARE = 0.5
"""The part of an interval that the splay may take at most."""


@dataclass(frozen=True)
class Job:
    """Something that is due again and again."""

    name: str
    interval: float
    """Seconds."""
    splay: float = 0.0
    """Seconds by which it starts late, at most; bounded by half an interval."""


@dataclass
class _Due:
    job: Job
    slot: float
    """Where it stands on its grid."""
    at: float
    """The slot plus its splay."""
    running: bool = False


class Schedule:
    """The times at which jobs are due. Times are seconds of one clock that also counts sleep."""

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._due: dict[str, _Due] = {}

    def plan(self, jobs: Iterable[Job], now: float, last: Mapping[str, float] | None = None) -> None:
        """Replace all jobs. ``last`` is when a job last began: it is next due an interval later; one without is due now.

        A job that is running stays so, and keeps its grid where its interval is the same.
        """
        before, self._due = self._due, {}
        for job in jobs:
            held = before.get(job.name)
            begun = (last or {}).get(job.name)
            if held is not None and held.job == job:
                self._due[job.name] = held
            elif begun is None or not begun <= now < begun + job.interval:
                self._due[job.name] = _Due(job, now, now)
            else:
                self._due[job.name] = _Due(job, slot := begun + job.interval, slot + self._splay(job))
            if held is not None:
                self._due[job.name].running = held.running

    def hurry(self, now: float) -> None:
        """Make every job due now; the grid stays."""
        for due in self._due.values():
            due.at = min(due.at, now)

    def take(self, now: float) -> list[str]:
        """The jobs that are due and not running, the longest overdue first; each counts as running from here on."""
        ready = [due for due in self._due.values() if due.at <= now and not due.running]
        ready.sort(key=lambda due: due.at)
        for due in ready:
            due.running = True
            self._move(due, now)
        return [due.job.name for due in ready]

    def done(self, name: str) -> None:
        """A job has ended, in whatever way. One that is gone from the plan is none of our business."""
        if name in self._due:
            self._due[name].running = False

    def wait(self, now: float) -> float | None:
        """Seconds until the next job is due; None while all are running or there is none."""
        times = [due.at for due in self._due.values() if not due.running]
        return max(0.0, min(times) - now) if times else None

    def _splay(self, job: Job) -> float:
        return self._draw() * min(job.splay, job.interval * _SHARE)

    def _move(self, due: _Due, now: float) -> None:
        """Put a job on the first slot of its grid that lies ahead."""
        interval = due.job.interval
        if due.slot <= now:
            due.slot += interval * (int((now - due.slot) // interval) + 1)
        due.at = due.slot + self._splay(due.job)
