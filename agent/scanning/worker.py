"""Scans beside the daemon's main thread: each in a thread of its own, a few at a time."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from agent.config import Target
from agent.errors import ConfigError, UnreachableError
from agent.gather import Scanned, judge
from agent.plan import Plan
from agent.scanning import many, scan
from agent.scanning.children import kill_children
from collectors.scanning import Scanning
from collectors.snapshot import Snapshot

AT_ONCE = 4
"""Scans at the same time, of what works on this machine or has many calls under way by itself."""
HOSTS_AT_ONCE = many.WORKERS
"""Scans of hosts over SSH at the same time, beside the others: they mostly wait."""
_AT_ONCE = {False: AT_ONCE, True: HOSTS_AT_ONCE}
ROUNDS = 4
"""So many times as many are under way with those of earlier configurations, at most: they may hang, and nobody waits for
what they find.
"""


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
    """A target with members that are being scanned: an organization's accounts, or the hosts of a fleet."""

    target: Target
    accounts: tuple[str, ...]
    left: int
    organization: Scanned
    """The registers as they were when it was listed: one reading for all."""


@dataclass(frozen=True, eq=False)
class _Job:
    plan: Plan
    target: Target
    told_as: Plan
    """The plan that the daemon knows: an organization's accounts are scanned with more knowledge of each other."""
    within: _Listed | None = None
    round: int = 0
    """Which configuration it is of."""

    @property
    def over_ssh(self) -> bool:
        """Whether it is a host over SSH, of which more may be under way."""
        return self.target.kind == "ssh"


class Workers:
    """Runs scans and reports each end, in whatever way it came. An organization is scanned account by account."""

    def __init__(self, report: Callable[[Ended], None]) -> None:
        self._report = report
        self._waiting: dict[tuple[bool, bool], deque[_Job]] = {}
        """By whether they are over SSH, and whether they are members of a target."""
        self._running: dict[threading.Thread, _Job] = {}
        """Each with the round that it is of."""
        self._lock = threading.Lock()
        self._stopping = False
        self._round = 0

    def submit(self, plan: Plan, target: Target) -> None:
        """Scan a target as soon as there is room."""
        with self._lock:
            self._line_up(_Job(plan, target, plan, round=self._round))
        self._fill()

    def drop_waiting(self) -> None:
        """Another configuration holds: begin nothing of the one before. What waits counts as ended."""
        with self._lock:
            self._round += 1
            dropped = [job for line in self._waiting.values() for job in line]
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
                thread.join(max(0.0, min(0.1, deadline - time.monotonic())))

    def _fill(self) -> None:
        with self._lock:
            while not self._stopping and (job := self._next()) is not None:
                thread = threading.Thread(target=self._work, args=(job,), name="scan", daemon=True)
                self._running[thread] = job
                thread.start()

    def _has_room(self, *, over_ssh: bool) -> bool:
        """What hangs of an earlier configuration does not keep the present one from being scanned."""
        running = [job.round for job in self._running.values() if job.over_ssh is over_ssh]
        most = _AT_ONCE[over_ssh]
        return running.count(self._round) < most and len(running) < ROUNDS * most

    def _next(self) -> _Job | None:
        """The next in line for which there is room; a target before the members of one, of which there may be many."""
        for (over_ssh, _), line in sorted(self._waiting.items()):
            if line and self._has_room(over_ssh=over_ssh):
                return line.popleft()
        return None

    def _line_up(self, job: _Job) -> None:
        self._waiting.setdefault((job.over_ssh, job.within is not None), deque()).append(job)

    def _work(self, job: _Job) -> None:
        shared = None if job.within is None else job.within.organization
        ends = self._listed(job) if job.target.has_members else [_ended(job.plan, job.target, shared)]
        with self._lock:
            del self._running[threading.current_thread()]
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
            organization = scan.scan_organization(job.plan)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the daemon lives on and says so
            return [_unseen(job.plan, job.target, None, fault)]
        listed = _Listed(job.target, tuple(one.name for one in accounts), len(accounts), organization)
        with self._lock:
            if job.round != self._round:
                return [Ended(job.target, job.plan, None, None, None)]
            for account in accounts:
                self._line_up(_Job(known, account, job.told_as, listed, job.round))
        return []

    def _count_down(self, job: _Job, listed: _Listed) -> None:
        with self._lock:
            listed.left -= 1
            last = listed.left == 0
        if last:
            self._report(Ended(listed.target, job.told_as, None, None, None, accounts=listed.accounts))


def _ended(plan: Plan, target: Target, organization: Scanned | None = None) -> Ended:
    try:
        organization = organization or scan.scan_organization(plan)
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
