"""Fleets in the daemon's workers: hosts have a line of their own, and the registers are read once for all of them."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.config import Config, Target
from agent.inventories.settings import Fleet
from agent.plan import Plan, Selection, plan
from agent.scanning import many, scan, worker
from agent.scanning.scan import unseen
from agent.scanning.worker import Ended, Workers
from collectors.snapshot import Snapshot
from tests.hosts import catalogue, until

FLEET = Target("fleet", kind="fleet", fleet=Fleet(format="wispwatch"))
HOSTS = [Target(f"fleet/host-{number:03}", kind="ssh") for number in range(60)]


@pytest.fixture(scope="module")
def chosen() -> Plan:
    return plan(Config(), catalogue(), Selection(checks=("sshd-refuses-empty-passwords",)))


class Scans:
    """Scans that end when they may: all, or those that were let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.registers = 0
        self.may_end = False
        self.let_go: set[str] = set()
        self._changes = threading.Condition()

    def take(self, known: Plan, target: Target) -> Snapshot:
        with self._changes:
            self.begun.append(target.name)
            self._changes.wait_for(lambda: self.may_end or target.name in self.let_go, 600)  # longer than a test waits
        return replace(unseen(known, target, "a test"), asset=target.name)

    def let(self, name: str) -> None:
        """This one may end."""
        with self._changes:
            self.let_go.add(name)
            self._changes.notify_all()

    def let_all(self) -> None:
        """All may."""
        with self._changes:
            self.may_end = True
            self._changes.notify_all()


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scans]:
    made = Scans()
    read = scan.scan_organization

    def scan_organization(known: Plan) -> object:
        made.registers += 1
        return read(known)

    monkeypatch.setattr(scan, "take", made.take)
    monkeypatch.setattr(scan, "scan_organization", scan_organization)
    monkeypatch.setattr(many, "members_of", lambda known, _: (known, HOSTS))
    yield made
    made.let_all()


def test_hosts_have_a_line_of_their_own(chosen: Plan, scans: Scans) -> None:
    ends: list[Ended] = []
    workers = Workers(ends.append)
    workers.submit(chosen, FLEET)
    until(lambda: len(scans.begun) == worker.HOSTS_AT_ONCE)
    for number in range(worker.AT_ONCE + 2):
        workers.submit(chosen, Target(f"here-{number}"))
    until(lambda: len(scans.begun) == worker.HOSTS_AT_ONCE + worker.AT_ONCE)
    workers.submit(chosen, Target("alone", kind="ssh"))
    scans.let(scans.begun[0])
    until(lambda: len(scans.begun) == worker.HOSTS_AT_ONCE + worker.AT_ONCE + 1)
    assert scans.begun[-1] == "alone"  # before the members of the fleet that waited
    scans.let_all()
    until(lambda: len(ends) == 60 + 1 + worker.AT_ONCE + 2 + 1)
    fleet = [one for one in ends if one.target.name.startswith("fleet")]
    assert fleet[-1].accounts == tuple(one.name for one in HOSTS)
    assert all(one.more_to_come for one in fleet[:-1])


def test_the_registers_are_read_once_for_a_whole_fleet(chosen: Plan, scans: Scans) -> None:
    ends: list[Ended] = []
    scans.let_all()
    Workers(ends.append).submit(chosen, FLEET)
    until(lambda: len(ends) == 61)
    assert scans.registers == 1
    assert all(one.organization is not None for one in ends[:-1])
