"""Organizations in the daemon's workers and on its board, without AWS."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.aws.settings import AwsAccount
from agent.config import Config, Target
from agent.daemon.board import Board
from agent.errors import UnreachableError
from agent.expected import Expected
from agent.plan import Plan, Selection, plan
from agent.scanning import many, scan, worker
from agent.scanning.worker import Ended, Workers
from collectors.snapshot import Snapshot
from tests.aws_accounts import NOBODY, catalogue, recorded
from tests.hosts import until
from tests.time_at_work import Clock

ALL = Target("all", kind="aws", aws=AwsAccount(organization=True))
ACCOUNTS = [Target(f"all/{NOBODY[:-2]}{number:02}", kind="aws") for number in range(12)]
EXPECTED = Expected({"organization": 60.0, "all": 60.0}, frozenset({"all"}))


@pytest.fixture(scope="module")
def chosen() -> Plan:
    return plan(Config(), catalogue(), Selection(checks=("sns-topics-are-not-public",)))


class Scans:
    """Scans that end when they may."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._may_end = threading.Semaphore(0)

    def let_end(self, count: int = 1000) -> None:
        self._may_end.release(count)

    def take(self, _: Plan, target: Target) -> Snapshot:
        self.begun.append(target.name)
        self._may_end.acquire(timeout=600)  # longer than a test waits
        return replace(recorded({}), asset=target.name)


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scans]:
    made = Scans()
    monkeypatch.setattr(scan, "take", made.take)
    monkeypatch.setattr(many, "members_of", lambda known, _: (replace(known), ACCOUNTS))
    yield made
    made.let_end()


def test_every_account_is_reported_and_then_the_organization(chosen: Plan, scans: Scans) -> None:
    ends: list[Ended] = []
    scans.let_end()
    Workers(ends.append).submit(chosen, ALL)
    until(lambda: len(ends) == len(ACCOUNTS) + 1)
    assert sorted(one.target.name for one in ends[:-1]) == [one.name for one in ACCOUNTS]
    assert all(one.more_to_come and one.plan is chosen for one in ends[:-1])
    assert ends[-1].accounts == tuple(one.name for one in ACCOUNTS)


def test_a_new_configuration_waits_for_no_account_that_has_not_begun(chosen: Plan, scans: Scans) -> None:
    ends: list[Ended] = []
    workers = Workers(ends.append)
    workers.submit(chosen, ALL)
    until(lambda: len(scans.begun) == worker.AT_ONCE)
    workers.submit(chosen, Target("here"))
    workers.drop_waiting()
    assert [one.target.name for one in ends] == ["here"]
    scans.let_end()
    until(lambda: any(one.target is ALL for one in ends))
    assert len(scans.begun) == worker.AT_ONCE


def test_a_new_configuration_waits_for_no_account_that_hangs(chosen: Plan, scans: Scans) -> None:
    workers = Workers(lambda _: None)
    workers.submit(chosen, ALL)
    until(lambda: len(scans.begun) == worker.AT_ONCE)
    workers.drop_waiting()
    for name in ("first", "second"):
        workers.submit(chosen, Target(name))
    until(lambda: set(scans.begun[worker.AT_ONCE :]) == {"first", "second"})


def test_reloads_again_and_again_begin_no_more_than_so_many_scans(chosen: Plan, scans: Scans) -> None:
    ends: list[Ended] = []
    workers = Workers(ends.append)
    rounds = worker.ROUNDS
    for number in range(rounds):
        workers.drop_waiting()
        for place in range(worker.AT_ONCE + 1):
            workers.submit(chosen, Target(f"{number}-{place}"))
        until(lambda number=number: len(scans.begun) == (number + 1) * worker.AT_ONCE)
    workers.drop_waiting()
    workers.submit(chosen, Target("last"))
    time.sleep(0.3)
    assert len(scans.begun) == worker.ROUNDS * worker.AT_ONCE
    scans.let_end()
    until(lambda: "last" in scans.begun)
    until(lambda: len(ends) == rounds * (worker.AT_ONCE + 1) + 1)


def test_an_organization_that_is_being_listed_is_dropped_with_the_configuration(
    chosen: Plan, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[Ended] = []
    workers = Workers(ends.append)
    listing, go_on = threading.Event(), threading.Event()

    def members_of(known: Plan, _: Target) -> tuple[Plan, list[Target]]:
        listing.set()
        go_on.wait(600)
        return known, ACCOUNTS

    monkeypatch.setattr(many, "members_of", members_of)
    workers.submit(chosen, ALL)
    assert listing.wait(600)
    workers.drop_waiting()
    go_on.set()
    until(lambda: bool(ends))
    assert [(one.target.name, one.accounts) for one in ends] == [("all", None)]
    assert scans.begun == []


def test_a_machine_does_not_wait_for_all_accounts(chosen: Plan, scans: Scans) -> None:
    workers = Workers(lambda _: None)
    workers.submit(chosen, ALL)
    until(lambda: len(scans.begun) == worker.AT_ONCE)
    workers.submit(chosen, Target("here"))
    scans.let_end(1)
    until(lambda: len(scans.begun) == worker.AT_ONCE + 1)
    assert scans.begun[-1] == "here"
    scans.let_end()
    until(lambda: len(scans.begun) == len(ACCOUNTS) + 1)


@pytest.mark.alone
def test_the_end_does_not_wait_for_accounts(
    chosen: Plan, scans: Scans, monkeypatch: pytest.MonkeyPatch, at_work: Clock
) -> None:
    monkeypatch.setattr(worker, "kill_children", lambda: None)  # the moto server is a child of ours
    ends: list[Ended] = []
    workers = Workers(ends.append)
    workers.submit(chosen, ALL)
    until(lambda: len(scans.begun) == worker.AT_ONCE)
    begun = at_work()
    workers.stop(0.5)
    assert at_work() - begun < 3
    scans.let_end()
    time.sleep(0.3)
    assert ends == []
    assert len(scans.begun) == worker.AT_ONCE


def test_what_told_that_accounts_could_not_be_listed_does_not_come_back(chosen: Plan, tmp_path: Path) -> None:
    def board() -> Board:
        return Board(chosen, EXPECTED, tmp_path, logging.getLogger("test"))

    def names(shown: Board) -> set[str]:
        assert shown._state is not None
        return {one.name for one in shown._state.assets}

    first = board()
    first.take_in(worker._unseen(chosen, ALL, None, UnreachableError("the accounts cannot be listed")))
    assert names(first) == {"all"}
    account = replace(recorded({}), asset="all/1")
    judged = worker.judged(chosen, account, None)
    first.take_in(Ended(replace(ALL, name="all/1"), chosen, account, judged, None, more_to_come=True))
    first.take_in(Ended(ALL, chosen, None, None, None, accounts=("all/1",)))
    assert names(first) == {"all/1"}
    first.close()
    again = board()
    assert names(again) == {"all/1"}
    again.close()
