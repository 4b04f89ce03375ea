"""Many targets at the same time: fleets and organizations taken apart, a bounded number under way, each result as it comes.

The unit of work is one host or one account. Every target has exactly one result: what raises is unseen and says so, and so is
what the scan as a whole had no time for. Nothing is kept of a target whose result was handed on.
"""

import queue
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from agent.config import Target
from agent.errors import ConfigError, UnreachableError
from agent.evaluate import Facts
from agent.gather import Scanned
from agent.plan import Plan
from agent.scanning.scan import judge_taken, scan_target, unseen
from agent.scanning.shards import EVERYTHING, Shard
from collectors.transports.libraries import lacking

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

WORKERS = 20
"""Hosts under way at the same time, where nothing else is asked for."""
ACCOUNTS = 8
"""AWS accounts under way at the same time: each has many calls under way by itself."""
_LISTINGS = 4


class Pool(Protocol):
    """Something that scans targets elsewhere: in threads, in processes, on a cluster."""

    def submit(self, plan: Plan, target: Target, shared: Facts | None) -> "Future[Scanned]":
        """Scan a target as soon as there is room."""


@dataclass(frozen=True)
class Here:
    """Scans on threads of this process, or on an executor that runs what it is given."""

    executor: "Executor"

    def submit(self, plan: Plan, target: Target, shared: Facts | None) -> "Future[Scanned]":
        """Run ``scan_target``."""
        return self.executor.submit(scan_target, plan, target, shared)


@dataclass(frozen=True)
class Limits:
    """How much at a time, and how long."""

    workers: int = WORKERS
    seconds: float = float("inf")
    """For all targets together."""
    shard: Shard = EVERYTHING
    """The part of the targets that is scanned here."""


@dataclass(frozen=True)
class Expanded:
    """Told between results: how many targets there are, so far."""

    total: int
    whole: bool
    """Whether no more can come."""


def scan_many(
    plan: Plan,
    targets: Sequence[Target],
    shared: Facts | None,
    *,
    limits: Limits | None = None,
    pool: Pool | None = None,
) -> Iterator[Scanned]:
    """Read and judge all targets; the results in the order in which they are there.

    ``ConfigError`` where a target asks for what is not there.
    """
    for told in scan_and_count(plan, targets, shared, limits=limits, pool=pool):
        if isinstance(told, Scanned):
            yield told


def scan_and_count(
    plan: Plan,
    targets: Sequence[Target],
    shared: Facts | None,
    *,
    limits: Limits | None = None,
    pool: Pool | None = None,
) -> Iterator[Scanned | Expanded]:
    """As ``scan_many``, and how many targets there are whenever that becomes known better."""
    chosen = limits or Limits()
    if pool is None and len(targets) == 1 and not targets[0].has_members and chosen == Limits():
        yield Expanded(1, whole=True)
        yield scan_target(plan, targets[0], shared)
        return
    yield from _Many(plan, targets, shared, chosen, pool).run()


_Work = tuple[Plan, Target]


class _Lane:
    """Targets of one sort in line, and how many of them may be under way."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: deque[_Work] = deque()
        self.running = 0


class _Many:
    """One run of ``scan_many``. Only the thread that iterates touches it; what ends elsewhere comes through one queue."""

    def __init__(
        self, plan: Plan, targets: Sequence[Target], shared: Facts | None, limits: Limits, pool: Pool | None
    ) -> None:
        from agent.scanning.threads import Threads  # noqa: PLC0415 - not for one target

        self._plan, self._shared, self._limits = plan, shared, limits
        self._threads = Threads(limits.workers + ACCOUNTS)
        self._pool = pool or Here(self._threads)
        self._listing = Threads(_LISTINGS)
        self._hosts, self._accounts = _Lane(limits.workers), _Lane(min(ACCOUNTS, limits.workers))
        self._ended: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._scans: dict[Future[Scanned], tuple[_Work, _Lane]] = {}
        self._listings: dict[Future[tuple[Plan, list[Target]]], _Work] = {}
        self._deadline = time.monotonic() + limits.seconds
        self._total = 0
        for target in targets:
            self._begin(plan, target)

    def run(self) -> Iterator[Scanned | Expanded]:
        """Until every target has its result."""
        try:
            yield from self._run()
        finally:
            self._threads.shutdown()
            self._listing.shutdown()

    def _run(self) -> Iterator[Scanned | Expanded]:
        yield self._count()
        while self._scans or self._listings or self._hosts.waiting or self._accounts.waiting:
            self._fill()
            try:
                ended = self._ended.get(timeout=self._patience())
            except queue.Empty:
                if time.monotonic() >= self._deadline:
                    yield from self._too_late()
                    return
                continue
            if ended in self._listings:
                yield from self._took_apart(ended)
            else:
                yield self._result(ended)

    def _begin(self, plan: Plan, target: Target) -> None:
        """Put a target in line; one that has members is asked for them first."""
        if target.has_members:
            future = self._listing.submit(members_of, plan, target)
            self._listings[future] = (plan, target)
            future.add_done_callback(self._ended.put)
        elif target.name in self._limits.shard:
            lane = self._accounts if target.kind == "aws" else self._hosts
            lane.waiting.append((plan, target))
            self._total += 1

    def _fill(self) -> None:
        for lane in (self._hosts, self._accounts):
            while lane.waiting and lane.running < lane.most:
                plan, target = lane.waiting.popleft()
                future = self._pool.submit(plan, target, self._shared)
                self._scans[future] = ((plan, target), lane)
                lane.running += 1
                future.add_done_callback(self._ended.put)

    def _patience(self) -> float:
        """Seconds; an interrupt is noticed between two waits on platforms where it does not end one."""
        return max(0.0, min(0.5, self._deadline - time.monotonic()))

    def _count(self) -> Expanded:
        return Expanded(self._total, whole=not self._listings)

    def _took_apart(self, ended: "Future[tuple[Plan, list[Target]]]") -> Iterator[Scanned | Expanded]:
        plan, target = self._listings.pop(ended)
        try:
            known, members = ended.result()
        except ConfigError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others go on
            if target.name in self._limits.shard:
                self._total += 1
                yield self._count()
                yield judge_taken(plan, unseen(plan, target, _told(fault)), self._shared)
            return
        for member in members:
            self._begin(known, member)
        yield self._count()

    def _result(self, ended: "Future[Scanned]") -> Scanned:
        (plan, target), lane = self._scans.pop(ended)
        lane.running -= 1
        try:
            return ended.result()
        except ConfigError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others go on
            return judge_taken(plan, unseen(plan, target, _told(fault)), self._shared)

    def _too_late(self) -> Iterator[Scanned]:
        """What has no result yet will have none: what is under way is left to itself."""
        told = f"was not scanned within the time limit of the whole scan, {self._limits.seconds:g} s"
        left = [work for work, _ in self._scans.values()] + list(self._listings.values())
        for plan, target in (*left, *self._hosts.waiting, *self._accounts.waiting):
            if not target.has_members or target.name in self._limits.shard:
                yield judge_taken(plan, unseen(plan, target, told), self._shared)


def _told(fault: Exception) -> str:
    """Why nothing was seen. Of what nobody foresaw, the kind only: its message may quote what was read."""
    return str(fault) if isinstance(fault, UnreachableError) else f"the scan failed: {type(fault).__name__}"


def members_of(plan: Plan, target: Target) -> tuple[Plan, list[Target]]:
    """The accounts, hosts or recordings that a target stands for, and the plan, which may know more with them. ``UnreachableError`` where
    they cannot be listed.
    """
    if target.kind == "fleet":
        from agent.inventories import hosts  # noqa: PLC0415 - not for other kinds

        return plan, hosts.members_of(target)
    if target.kind == "replay":
        from agent.scanning import recordings  # noqa: PLC0415 - same

        return plan, recordings.members_of(target)
    if why := lacking("boto3"):
        raise UnreachableError(why)
    from agent.aws import organization  # noqa: PLC0415 - boto3 takes its time

    return organization.members_of(plan, target)
