"""When snapshots are made, by a clock that a test sets."""

import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.pages.metrics import Metrics
from agent.push import samples
from agent.push.answers import Answer
from agent.push.pusher import Turn
from agent.push.queue import Queue
from agent.push.settings import Push
from checks.verdict import passed
from tests.push.clocks import Clock, dropped, is_balanced
from tests.push.receiver import Sent
from tests.states import SSH, plan, scanned, state

PUSH = Push(url="http://127.0.0.1/", instance="me")


class Server:
    """Takes everything, and remembers when it was made."""

    def __init__(self) -> None:
        self.requests: list[Sent] = []

    def post(self, body: bytes) -> Answer:
        self.requests.append(Sent({}, body, "", 0))
        return Answer(204)

    def close(self) -> None:
        pass

    @property
    def times(self) -> list[float]:
        return [stamp / 1000 for one in self.requests for stamp in one.stamps]


class Case:
    def __init__(self, folder: Path) -> None:
        self.clock, self.server, self.queue = Clock(), Server(), Queue(folder)
        self.turn = Turn(self.queue, self.clock, logging.getLogger("wispwatch"))
        self.turn.take(PUSH, self.server)  # type: ignore[arg-type]
        made = plan()
        self.page = Metrics().page(state(made, scanned(made, {SSH: passed()})))

    def run(self, seconds: float) -> None:
        end = self.clock.wall + seconds
        while self.clock.wall < end:
            self.clock.pass_(min(self.turn.take_turn(lambda: self.page, lambda: ""), end - self.clock.wall))
        assert is_balanced(self.queue)

    @property
    def gaps(self) -> list[float]:
        return [
            round(second - first, 3) for first, second in zip(self.server.times, self.server.times[1:], strict=False)
        ]


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    yield made
    made.queue.close()


def test_a_snapshot_is_made_every_minute_also_of_a_page_that_stays_as_it_is(case: Case) -> None:
    begun = case.clock.wall
    case.run(600)
    assert case.server.times[0] - begun <= 15
    assert case.gaps == [60.0] * (len(case.server.times) - 1)
    assert len(case.server.times) == 10


def test_nothing_is_pushed_before_there_is_a_page(case: Case) -> None:
    whole, case.page = case.page, None  # type: ignore[assignment]
    case.run(100)
    assert case.queue.counts() == {}
    case.page, begun = whole, case.clock.wall
    case.run(100)
    assert case.server.times[0] - begun <= 1
    assert case.gaps[0] == 60.0


def test_machines_that_start_together_do_not_push_together(tmp_path: Path) -> None:
    first = set()
    random.seed(1)  # nor by chance, once in some thousand times
    for name in "abc":
        (tmp_path / name).mkdir()
        case = Case(tmp_path / name)
        case.run(20)
        first.add(case.server.times[0])
        case.queue.close()
    assert len(first) == 3


def test_after_a_sleep_one_is_made_at_once_and_none_of_the_sleep(case: Case) -> None:
    case.run(100)
    before = len(case.server.times)
    case.clock.pass_(8 * 3600)
    woken = case.clock.wall
    case.run(100)
    assert case.server.times[before] == woken
    assert case.gaps[before:] == [60.0] * (len(case.server.times) - before - 1)


def test_a_clock_that_is_set_back_a_little_makes_no_series_go_back_in_time(case: Case) -> None:
    case.run(200)
    case.clock.wall -= 90
    case.run(400)
    assert min(case.gaps) > 0
    assert max(case.gaps) < 240


def test_too_many_series_are_counted_each_time_and_told_once(
    case: Case, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(samples, "MOST", 3)
    case.run(300)
    assert case.server.requests == []
    assert dropped(case.queue)["too_many"] in (5, 6)
    assert case.turn.told().failed["too_many"] > 0
    assert [record.message for record in caplog.records] == [
        "there are too many series to push; let Prometheus scrape this daemon"
    ]


def test_other_settings_hold_from_the_next_snapshot_on(case: Case) -> None:
    case.run(100)
    other = Server()
    more = replace(PUSH, interval=timedelta(seconds=5), labels={"site": "boston"}, job="other")
    case.turn.take(more, other)  # type: ignore[arg-type]
    case.run(100)
    assert {round(second - first, 3) for first, second in zip(other.times, other.times[1:], strict=False)} == {5.0}
    asked, first, *_ = other.requests
    assert asked.samples == []  # another server is asked for its time first
    labels = dict(first.samples[0][0])
    assert (labels["site"], labels["job"], labels["instance"]) == ("boston", "other", "me")
