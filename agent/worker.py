"""Scans beside the daemon's main thread: each in a thread of its own, a few at a time."""

import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from agent import scan
from agent.config import Target
from agent.errors import ConfigError
from agent.gather import Scanned, judge
from agent.scan import Plan
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


class Workers:
    """Runs scans and reports each end, in whatever way it came."""

    def __init__(self, report: Callable[[Ended], None]) -> None:
        self._report = report
        self._waiting: deque[tuple[Plan, Target]] = deque()
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._stopping = False

    def submit(self, plan: Plan, target: Target) -> None:
        """Scan a target as soon as there is room."""
        with self._lock:
            self._waiting.append((plan, target))
        self._fill()

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
                plan, target = self._waiting.popleft()
                thread = threading.Thread(target=self._work, args=(plan, target), name="scan", daemon=True)
                self._running.add(thread)
                thread.start()

    def _work(self, plan: Plan, target: Target) -> None:
        ended = _ended(plan, target)
        with self._lock:
            self._running.discard(threading.current_thread())
            stopping = self._stopping
        if not stopping:  # what was cut off by our own end says nothing of the target
            self._report(ended)
            self._fill()


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
        told = str(fault) if isinstance(fault, ConfigError) else type(fault).__name__
        taken = scan.unseen(plan, target, f"the scan failed: {told}")
        return Ended(target, plan, taken, judged(plan, taken, organization, target.interval), organization, fault)
    except Exception as second:  # noqa: BLE001 - the judging itself fails: there is nothing new to publish
        return Ended(target, plan, None, None, organization, second)


def judged(plan: Plan, taken: Snapshot, organization: Scanned | None, interval: timedelta | None = None) -> Scanned:
    """Judge a snapshot, with the organization's facts beside its own; ``interval`` where the target has one of its own."""
    shared = organization.facts if organization is not None else None
    scanning = Scanning(interval or plan.interval)
    return judge(plan.catalogue, plan.checks, taken, settings=plan.settings, shared=shared, scanning=scanning)


def kill_children() -> None:
    """Kill everything that was started from here, to the last grandchild."""
    import psutil  # noqa: PLC0415 - only an end while a scan runs pays for it

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError):
            if os.getpgid(child.pid) == child.pid:
                os.killpg(child.pid, signal.SIGKILL)
            child.kill()
