"""What an earlier run left behind is taken up piece by piece, and nothing is said of it before all of it is there."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from agent.config import Config, Target
from agent.daemon import board as boards
from agent.daemon.board import Board
from agent.expected import Expected
from agent.gather import ORGANIZATION, Scanned
from agent.plan import Plan, plan
from agent.scanning.worker import Ended, judged
from agent.web.connection import Request
from agent.web.site import Published, Site, Unready
from tests.hosts import catalogue
from tests.varied_hosts import host, name_of

HOUR = 3600.0
FLEET = Expected({ORGANIZATION: HOUR, "fleet": HOUR, "web": HOUR}, frozenset({"fleet"}))
HOSTS = 4


@cache
def chosen() -> Plan:
    return replace(plan(Config(), catalogue()), interval=timedelta(hours=1))


def scan(number: int, generation: int = 0, name: str = "") -> Ended:
    """Of the first generation an hour ago, of others now."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=0 if generation else 1)
    taken = replace(host(number, generation), asset=name or name_of(number), taken_at=at)
    one: Scanned = judged(chosen(), taken, None)
    return Ended(Target(taken.asset, kind="ssh"), chosen(), taken, one, None, more_to_come=bool(not name))


def board(folder: Path, expected: Expected = FLEET) -> Board:
    return Board(chosen(), expected, folder, logging.getLogger("test"))


def shown(one: Board) -> dict[str, datetime]:
    """The assets that are published, and when each was scanned."""
    published = one.published()
    assert isinstance(published, Published)
    return {asset.name: asset.standing.taken_at for asset in published.state.assets if asset.name != ORGANIZATION}


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which a run has left five assets behind; of the next run, the start takes up one."""
    first = board(tmp_path)
    for number in range(HOSTS):
        first.take_in(scan(number))
    first.take_in(scan(HOSTS, name="web"))
    first.publish()
    assert len(shown(first)) == HOSTS + 1
    first.close()
    monkeypatch.setattr(boards, "_AT_START", 0.0)
    return tmp_path


def finished(one: Board) -> None:
    for _ in range(HOSTS + 1):
        one.restore(0.0)
    assert not one.restoring


def test_nothing_is_published_before_all_of_it_is_there(left: Path) -> None:
    again = board(left)
    for done in range(1, HOSTS + 1):
        assert again.published() == Unready(f"results of an earlier run are judged again: {done} of 5 are done")
        again.restore(0.0)
    assert not again.restoring
    assert set(shown(again)) == {"web", *map(name_of, range(HOSTS))}
    again.close()


def test_a_start_that_has_time_publishes_at_once(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "_AT_START", 60.0)
    again = board(left)
    assert len(shown(again)) == HOSTS + 1
    again.close()


def test_a_client_is_told_so_and_the_daemon_is_healthy(left: Path) -> None:
    again = board(left)
    site = Site(again.published, lambda: "")

    def ask(path: str) -> tuple[int, bytes]:
        answer = site(Request("GET", path, {}, keep=False))
        body = answer.body
        return answer.status, body if isinstance(body, bytes) else b""

    told = b"Not ready: results of an earlier run are judged again: 1 of 5 are done.\n"
    assert ask("/metrics") == ask("/") == ask("/-/ready") == ask("/assets/web") == (503, told)
    assert ask("/-/healthy")[0] == 200
    finished(again)
    assert site(Request("GET", "/metrics", {}, keep=False)).status == 200
    again.close()


def test_when_it_was_scanned_is_known_at_once_so_that_nothing_is_scanned_early(left: Path) -> None:
    again = board(left)
    assert set(again.last_attempts()) == {"fleet", "web"}
    again.close()


def test_a_scan_that_ends_meanwhile_is_newer_and_kept(left: Path) -> None:
    again = board(left)
    begun = datetime.now(UTC) - timedelta(minutes=30)
    again.take_in(scan(HOSTS, 1, name="web"))
    assert isinstance(again.published(), Unready)
    finished(again)
    scanned = shown(again)
    assert scanned["web"] > begun
    assert all(at < begun for name, at in scanned.items() if name != "web")
    again.close()
    third = board(left)
    finished(third)
    assert shown(third) == scanned
    third.close()


def test_a_fleet_that_is_listed_meanwhile_forgets_only_who_is_gone_from_it(left: Path) -> None:
    again = board(left)
    again.take_in(scan(1, 1))
    again.take_in(Ended(Target("fleet", kind="fleet"), chosen(), None, None, None, accounts=(name_of(1), name_of(3))))
    finished(again)
    assert set(shown(again)) == {name_of(1), name_of(3), "web"}
    again.close()
    third = board(left)
    finished(third)
    assert set(shown(third)) == {name_of(1), name_of(3), "web"}
    third.close()


def test_what_a_new_configuration_has_no_more_is_not_taken_up(left: Path) -> None:
    again = board(left)
    again.judge_by(chosen(), Expected({ORGANIZATION: HOUR, "web": HOUR}))
    assert isinstance(again.published(), Unready)
    finished(again)
    assert set(shown(again)) == {"web"}
    again.close()


def test_since_when_a_control_fails_is_what_it_was(left: Path) -> None:
    first = board(left)
    finished(first)
    before = first._history.failing
    assert before
    first.close()
    again = board(left)
    again.take_in(scan(HOSTS, 1, name="web"))
    finished(again)
    assert {name: held for name, held in again._history.failing.items() if name != "web"} == {
        name: held for name, held in before.items() if name != "web"
    }
    again.close()
