"""Scans beside the daemon's main thread: each in a thread of its own, a few at a time."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from agent import many, scan
from agent.children import kill_children
from agent.config import Target
from agent.errors import ConfigError, UnreachableError
from agent.gather import Scanned, judge
from agent.plan import Plan
from collectors.scanning import Scanning
from collectors.snapshot import Snapshot

AT_ONCE = 4
"""Scans at the same time."""


@dataclass(frozen=True)
class Ended:
    """A scan has ended."""

    target: Target
    plan: Plan
    taken: Snapshot | None
    scanned: Scanned | None
    organization: Scanned | None
    fault: BaseException | None = None
    """What it raised, if it did."""
    more_to_come: bool = False
    """Whether it is one account of an organization whose scan goes on."""
    accounts: tuple[str, ...] | None = None
    """Where the scan of an organization has ended: the names of all its accounts, each of which was reported."""


@dataclass
class _Listed:
    """An organization whose accounts are being scanned."""

    target: Target
    accounts: tuple[str, ...]
    left: int


@dataclass(frozen=True, eq=False)
class _Job:
    plan: Plan
    target: Target
    told_as: Plan
    """The plan that the daemon knows: an organization's accounts are scanned with more knowledge of each other."""
    within: _Listed | None = None
    round: int = 0
    """Which configuration it is of."""


class Workers:
    """Runs scans and reports each end, in whatever way it came. An organization is scanned account by account."""

    def __init__(self, report: Callable[[Ended], None]) -> None:
        self._report = report
        self._waiting: deque[_Job] = deque()
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._stopping = False
        self._round = 0

    def submit(self, plan: Plan, target: Target) -> None:
        """Scan a target as soon as there is room."""
        with self._lock:
            self._waiting.append(_Job(plan, target, plan, round=self._round))
        self._fill()

    def drop_waiting(self) -> None:
        """Another configuration holds: begin nothing of the one before. What waits counts as ended."""
        with self._lock:
            self._round += 1
            dropped = tuple(self._waiting)
            self._waiting.clear()
        for job in dropped:
            if job.within is None:
                self._report(Ended(job.target, job.told_as, None, None, None))
            else:
                self._count_down(job, job.within)

    def stop(self, seconds: float = 1.5) -> None:
        """Start no more, and end what runs: its shells are killed. Waits a little for the threads to notice."""
        with self._lock:
            self._stopping = True
            self._waiting.clear()
        deadline = time.monotonic() + seconds
        while self._running and time.monotonic() < deadline:
            kill_children()
            for thread in tuple(self._running):
                thread.join(0.1)

    def _fill(self) -> None:
        with self._lock:
            while self._waiting and len(self._running) < AT_ONCE and not self._stopping:
                thread = threading.Thread(target=self._work, args=(self._next(),), name="scan", daemon=True)
                self._running.add(thread)
                thread.start()

    def _next(self) -> _Job:
        """The next in line; a target before the accounts of an organization, of which there may be many."""
        job = next((one for one in self._waiting if one.within is None), self._waiting[0])
        self._waiting.remove(job)
        return job

    def _work(self, job: _Job) -> None:
        ends = self._listed(job) if job.target.has_members else [_ended(job.plan, job.target)]
        with self._lock:
            self._running.discard(threading.current_thread())
            stopping = self._stopping
        if not stopping:  # what was cut off by our own end says nothing of the target
            for ended in ends:
                self._report(replace(ended, plan=job.told_as, more_to_come=job.within is not None))
            if job.within is not None:
                self._count_down(job, job.within)
            self._fill()

    def _listed(self, job: _Job) -> list[Ended]:
        """Put the accounts of an organization in line. What there is to report already: that they cannot be listed."""
        try:
            known, accounts = many.members_of(job.plan, job.target)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the daemon lives on and says so
            return [_unseen(job.plan, job.target, None, fault)]
        listed = _Listed(job.target, tuple(one.name for one in accounts), len(accounts))
        with self._lock:
            if job.round != self._round:
                return [Ended(job.target, job.plan, None, None, None)]
            self._waiting.extend(_Job(known, account, job.told_as, listed, job.round) for account in accounts)
        return []

    def _count_down(self, job: _Job, listed: _Listed) -> None:
        with self._lock:
            listed.left -= 1
            last = listed.left == 0
        if last:
            self._report(Ended(listed.target, job.told_as, None, None, None, accounts=listed.accounts))


def _ended(plan: Plan, target: Target) -> Ended:
    organization = None
    try:
        organization = scan.scan_organization(plan)
        taken = replace(scan.take(plan, target), asset=target.name)
        return Ended(target, plan, taken, judged(plan, taken, organization, target.interval), organization)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the daemon lives on and says so
        return _unseen(plan, target, organization, fault)


def _unseen(plan: Plan, target: Target, organization: Scanned | None, fault: Exception) -> Ended:
    """After a scan that raised: everything about its target could not be seen."""
    try:
        told = str(fault) if isinstance(fault, ConfigError | UnreachableError) else type(fault).__name__
        taken = replace(scan.unseen(plan, target, f"the scan failed: {told}"), asset=target.name)
        return Ended(target, plan, taken, judged(plan, taken, organization, target.interval), organization, fault)
    except Exception as second:  # noqa: BLE001 - the judging itself fails: there is nothing new to publish
        return Ended(target, plan, None, None, organization, second)


def judged(plan: Plan, taken: Snapshot, organization: Scanned | None, interval: timedelta | None = None) -> Scanned:
    """Judge a snapshot, with the organization's facts beside its own; ``interval`` where the target has one of its own."""
    shared = organization.facts if organization is not None else None
    scanning = Scanning(interval or plan.interval)
    return judge(plan.catalogue, plan.checks, taken, settings=plan.settings, shared=shared, scanning=scanning)
