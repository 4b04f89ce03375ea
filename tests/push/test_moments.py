"""A machine whose clock is wrong: what would be dated wrong is never sent, and counted."""

import logging
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.push.answers import Answer
from agent.push.moments import TOLERATED, Moment, ServerTime, boot, now
from agent.push.queue import Queue
from agent.push.sender import Sender
from tests.push.clocks import Clock, dropped, is_balanced, samples, sent
from tests.push.receiver import Sent

HOUR = 3600.0


class Server:
    """Says what time it is, and takes everything."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.dated = True
        self.stamps: list[float] = []
        self.asked = 0

    def __call__(self, body: bytes) -> Answer:
        request = Sent({}, body, "", 0)
        self.stamps += [stamp / 1000 for stamp in sorted(request.stamps)]
        self.asked += not request.samples
        return Answer(204, date=float(int(self.clock.wall)) if self.dated else None)


class Case:
    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.server = Server(self.clock)
        self.queue = Queue(folder)
        self.restart()

    def restart(self) -> None:
        log = logging.getLogger("wispwatch")
        self.sender = Sender(self.queue, self.server, self.clock, 24 * HOUR, log)

    def make(self) -> None:
        self.queue.put(self.clock(), samples("a"))

    def run(self) -> None:
        while self.sender.step() != math.inf:
            pass
        assert is_balanced(self.queue)


@pytest.fixture
def case() -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        made = Case(Path(folder))
        yield made
        made.queue.close()


def test_the_server_is_asked_what_time_it_is_before_anything_is_sent(case: Case) -> None:
    case.run()
    assert case.server.asked == 0
    case.make()
    assert case.sender.step() == 0.0
    assert (case.server.asked, case.server.stamps) == (1, [])
    case.run()
    case.make()
    case.run()
    assert (case.server.asked, len(case.server.stamps)) == (1, 2)


@pytest.mark.parametrize("wrong", [3 * HOUR, -3 * HOUR, TOLERATED + 2, -TOLERATED - 2, 365 * 24 * HOUR])
def test_nothing_of_a_wrong_clock_is_sent_and_all_of_it_is_counted(
    case: Case, wrong: float, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "wispwatch")
    case.clock.wrong = wrong
    for _ in range(3):
        case.make()
        case.run()
        case.clock.pass_(60)
    assert (case.server.stamps, dropped(case.queue)) == ([], {"clock": 3})
    told = [record for record in caplog.records if "differ" in record.message]
    assert len(told) == 1
    assert told[0].difference.endswith("ahead" if wrong > 0 else "behind")  # type: ignore[attr-defined]
    case.clock.wrong = 0.0
    case.make()
    case.run()
    assert case.server.stamps == [case.clock.wall]
    assert "the clock is right again, and metrics are pushed" in [record.message for record in caplog.records]


@pytest.mark.parametrize("wrong", [TOLERATED - 2, -TOLERATED + 2, 0.0])
def test_a_clock_that_is_off_by_a_little_is_no_fault(case: Case, wrong: float) -> None:
    case.clock.wrong = wrong
    case.make()
    case.run()
    assert (len(case.server.stamps), dropped(case.queue)) == (1, {})


def test_what_was_stamped_before_the_clock_was_set_is_known_afterwards(case: Case) -> None:
    case.clock.wrong = -3 * HOUR  # a laptop that boots without a network
    for _ in range(5):
        case.make()
        case.clock.pass_(60)
    case.clock.wrong = 0.0  # and finds one, which sets its clock
    case.make()
    case.run()
    assert (case.server.stamps, dropped(case.queue)) == ([case.clock.wall], {"clock": 5})


def test_sleep_is_no_fault_of_the_clock(case: Case) -> None:
    case.make()
    case.run()
    case.make()
    case.clock.pass_(8 * HOUR)
    case.make()
    case.run()
    assert (len(case.server.stamps), dropped(case.queue)) == (3, {})


def test_of_an_earlier_run_of_the_machine_only_the_future_is_refused(case: Case) -> None:
    for case.clock.wrong in (-2 * HOUR, 0.0, 2 * HOUR):
        case.make()
    case.clock.wrong = 0.0
    case.clock.wall += 60
    case.clock.boot, case.clock.steady = "two", 10.0
    case.restart()
    case.run()
    assert (len(case.server.stamps), dropped(case.queue)) == (2, {"clock": 1})


def test_a_clock_that_is_wrong_after_a_start_of_the_machine_makes_nothing_too_old(case: Case) -> None:
    case.make()
    made = case.clock.wall
    case.clock.wall += 60
    case.clock.boot, case.clock.steady, case.clock.wrong = "two", 10.0, 48 * HOUR
    case.restart()
    case.run()
    assert (case.server.stamps, dropped(case.queue)) == ([made], {})


def test_what_is_dated_years_ago_is_too_old_after_a_restart(case: Case) -> None:
    case.clock.wrong = -26 * HOUR
    case.make()
    case.clock.wrong, case.clock.boot = 0.0, "two"
    case.restart()
    case.run()
    assert dropped(case.queue) == {"too_old": 1}


def test_a_server_that_does_not_tell_the_time_is_believed_to_have_ours(case: Case) -> None:
    case.server.dated = False
    case.clock.wrong = 3 * HOUR
    case.make()
    case.run()
    assert (len(case.server.stamps), case.server.asked) == (1, 1)


def test_a_server_whose_own_clock_was_wrong_is_believed_again(case: Case) -> None:
    case.clock.wall -= 5 * HOUR
    case.server.clock = Clock(wall=case.clock.wall + 5 * HOUR)
    case.make()
    case.run()
    assert dropped(case.queue) == {"clock": 1}
    case.server.clock = case.clock
    case.clock.pass_(6)
    case.make()
    case.run()
    assert (sent(case.queue), dropped(case.queue)) == (1, {"clock": 1})


def test_a_jump_of_both_clocks_at_the_server_and_here_drops_nothing(case: Case) -> None:
    """A virtual machine that was paused: its steady clock stood still."""
    case.make()
    case.run()
    case.clock.pass_(30)
    case.clock.wall += 2 * HOUR
    case.make()
    case.run()
    assert (sent(case.queue), dropped(case.queue)) == (2, {})


def test_both_clocks_go_forward_here() -> None:
    first, second = now(boot()), now(boot())
    assert first.boot == second.boot
    assert first.steady <= second.steady
    server = ServerTime(first.wall, first)
    assert server.believes(second)
    assert server.ahead(Moment(first.wall + 500, first.steady, first.boot)) == pytest.approx(500)
