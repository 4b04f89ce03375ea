"""Fleets of recorded hosts, and pools that scan them as a test needs it."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from agent.config import Config, Target
from agent.evaluate import Facts
from agent.gather import Scanned
from agent.plan import Plan, Selection, plan
from agent.scanning.scan import judge_taken, replayed
from collectors.snapshot import Snapshot, load
from tests.hosts import catalogue

SNAPSHOT = Path(__file__).parent / "snapshots" / "debian-12.jsonl"
CHECKS = (
    "sshd-refuses-empty-passwords",
    "no-other-scanned-host-has-this-hosts-keys",
    "everyone-on-the-roster-is-trained",
)


@cache
def recorded() -> Snapshot:
    """A recorded Debian 12."""
    with SNAPSHOT.open(encoding="utf-8") as lines:
        return load(lines)


def planned(*checks: str, config: Config | None = None) -> Plan:
    """A plan with these checks; with three that differ in what they need where none is named."""
    return plan(config or Config(), catalogue(), Selection(checks=checks or CHECKS))


def hosts(count: int) -> list[Target]:
    """Targets that are never connected to: pools answer for them."""
    return [Target(f"host-{number:05}", kind="ssh") for number in range(count)]


def judged(known: Plan, target: Target, shared: Facts | None) -> Scanned:
    """The recorded host under a target's name."""
    return judge_taken(known, replace(replayed(known, recorded()), asset=target.name), shared)


@dataclass
class Recorded:
    """A pool whose threads judge the recorded host; ``before`` is called with each target before that."""

    before: Callable[[Target], object] = lambda _: None
    begun: list[str] = field(default_factory=list)
    most: int = 0
    """How many were under way at the same time, at most."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0

    def submit(self, known: Plan, target: Target, shared: Facts | None) -> "Future[Scanned]":
        """Judge it on a thread of its own."""
        future: Future[Scanned] = Future()
        with self._lock:
            self.begun.append(target.name)
            self._running += 1
            self.most = max(self.most, self._running)
        threading.Thread(target=self._work, args=(future, known, target, shared), daemon=True).start()
        return future

    def _work(self, future: "Future[Scanned]", known: Plan, target: Target, shared: Facts | None) -> None:
        try:
            self.before(target)
            result = judged(known, target, shared)
        except BaseException as fault:  # noqa: BLE001 - whoever asks for the result is told
            with self._lock:
                self._running -= 1
            future.set_exception(fault)
        else:
            with self._lock:
                self._running -= 1
            future.set_result(result)


def hanging(names: Sequence[str], seconds: float = 60.0) -> Callable[[Target], None]:
    """What makes these targets hang."""
    return lambda target: time.sleep(seconds) if target.name in names else None
