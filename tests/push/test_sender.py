"""The sender with a server that is a model of Prometheus, a clock that a test sets, and no network."""

import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agent.push.answers import Answer
from agent.push.queue import SENT, Queue
from agent.push.sender import TOGETHER, TRIES, Sender
from tests.push.clocks import LOG, Clock, dropped, is_balanced, samples, sent
from tests.push.receiver import Sent

HOUR = 3600.0
DAY = 86400.0


@dataclass
class Server:
    """Takes samples in order, and older ones within a window, as Prometheus 2.42 does."""

    clock: Clock
    window: float = 0.0
    well: Callable[[], Answer | None] = lambda: None
    """An answer that it gives whatever it is sent, or None."""
    taken: list[int] = field(default_factory=list)
    requests: list[Sent] = field(default_factory=list)
    newest: float = -math.inf

    def __call__(self, body: bytes) -> Answer:
        said = self.well()
        if said is not None:
            return said
        request = Sent({}, body, "", 0)
        if not request.samples:
            return Answer(204, date=self.clock.wall)
        self.requests.append(request)
        (stamp,) = request.stamps
        at = stamp / 1000
        if at < self.newest - max(self.window, HOUR if not self.taken else 0):
            return Answer(500 if self.window else 400, "500: too old sample", self.clock.wall)
        self.newest = max(self.newest, at)
        self.taken.append(stamp)
        return Answer(204, date=self.clock.wall)


@dataclass
class Case:
    clock: Clock
    queue: Queue
    server: Server
    sender: Sender

    def make(self, *names: str, count: int = 1) -> None:
        self.queue.put(self.clock(), samples(*names, count=count))

    def run(self, seconds: float = 0.0) -> None:
        """Let it send, for so long."""
        end = self.clock.wall + seconds
        while (wait := self.sender.step()) <= max(0.0, end - self.clock.wall):
            self.clock.pass_(wait)
        self.clock.pass_(max(0.0, end - self.clock.wall))


@pytest.fixture
def case() -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        server = Server(clock)
        queue = Queue(Path(folder))
        yield Case(clock, queue, server, Sender(queue, server, clock, DAY, LOG, draw=lambda: 1.0))
        queue.close()


def answers(*statuses: int | None, retry: float | None = None) -> Callable[[], Answer | None]:
    left = list(statuses)
    return lambda: Answer(left.pop(0), "said", 1_000_000.0, retry) if left else None


def test_the_oldest_goes_first_and_the_queue_is_empty_in_the_end(case: Case) -> None:
    for _ in range(5):
        case.make("a")
        case.clock.pass_(60)
    case.run()
    assert case.server.taken == [1_000_000_000 + 60_000 * number for number in range(5)]
    assert case.sender.step() == math.inf
    assert case.sender.succeeded == case.clock.wall
    assert (sent(case.queue), dropped(case.queue)) == (5, {})
    assert is_balanced(case.queue)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 301, None])
def test_what_may_be_otherwise_later_is_asked_again_with_more_and_more_time_between(
    case: Case, status: int | None
) -> None:
    case.make("a")
    case.run()
    case.make("a")
    case.server.well = answers(*[status] * 9)
    waits = []
    for _ in range(9):
        waits.append(case.sender.step())
        assert case.sender.step() == pytest.approx(waits[-1])  # before its time nothing is sent
        case.clock.pass_(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    case.run()
    assert (sent(case.queue), dropped(case.queue)) == (2, {})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_is_refused_is_never_asked_again(case: Case, status: int) -> None:
    case.make("a")
    case.run()
    case.server.well = answers(status)
    case.make("a", count=3)
    case.make("b")
    case.run()
    assert (sent(case.queue), dropped(case.queue)) == (2, {"refused": 1})
    assert case.queue.counts()["refused"].samples == 3
    assert is_balanced(case.queue)


@pytest.mark.parametrize(("asked", "waited"), [(30.0, 30.0), (0.5, 1.0)])
def test_a_server_may_ask_for_more_time_but_not_for_less(case: Case, asked: float, waited: float) -> None:
    case.make("a")
    case.server.well = answers(429, retry=asked)
    assert case.sender.step() == waited


def test_machines_do_not_ask_again_at_the_same_moment(case: Case) -> None:
    waits = set()
    for draw in (0.0, 0.4, 0.9):
        sender = Sender(case.queue, lambda _: Answer(503, "", 1.0), case.clock, DAY, LOG, draw=lambda draw=draw: draw)
        case.make("a")
        waits.add(sender.step())
    assert waits == {0.5, 0.7, 0.95}


def test_what_is_too_old_is_dropped_without_asking_also_while_nobody_answers(case: Case) -> None:
    case.server.well = lambda: Answer(None, "refused")
    for _ in range(30):
        case.make("a")
        case.run(HOUR)
    assert case.queue.waiting().snapshots == 24
    assert dropped(case.queue) == {"too_old": 6}
    assert is_balanced(case.queue)


def test_series_that_are_gone_are_marked_once(case: Case) -> None:
    case.make("a", "b")
    case.run()
    case.clock.pass_(60)
    case.make("a")
    case.run()
    case.clock.pass_(60)
    case.make("a")
    case.run()
    marked = [[dict(labels)["__name__"] for labels, *_, end in one.samples if end] for one in case.server.requests]
    assert marked == [[], ["b"], []]
    assert case.queue.counts()[SENT].samples == 4  # a mark is no sample of ours


def test_series_that_went_while_a_snapshot_was_refused_are_marked_with_the_next(case: Case) -> None:
    case.make("a", "b")
    case.run()
    case.server.well = answers(400)
    case.make("b", "c")
    case.run()
    case.clock.pass_(60)
    case.make("d")
    case.run()
    marked = [{dict(labels)["__name__"] for labels, *_, end in one.samples if end} for one in case.server.requests]
    assert marked[-1] == {"a", "b", "c"}


def test_a_large_snapshot_goes_in_several_requests_of_one_time(case: Case) -> None:
    case.make("a", count=2 * TOGETHER + 1)
    case.run()
    assert [len(one.samples) for one in case.server.requests] == [TOGETHER, TOGETHER, 1]
    assert len(set(case.server.taken)) == 1
    assert sent(case.queue) == 1
    case.clock.pass_(60)
    case.make("a", count=2 * TOGETHER + 1)
    case.server.well = answers(400, 503)
    case.run(5)
    assert dropped(case.queue) == {"refused": 1}
    counts = case.queue.counts()
    assert (counts["refused"].samples, counts[SENT].samples) == (TOGETHER, 3 * TOGETHER + 2)
    assert is_balanced(case.queue)


def test_an_old_server_that_calls_old_samples_its_own_fault_does_not_hold_up_the_queue(case: Case) -> None:
    case.server.window = 2 * HOUR
    for _ in range(3):
        case.make("a")
        case.clock.pass_(60)
    case.clock.pass_(8 * HOUR)
    case.server.newest = case.clock.wall  # others have pushed in the meantime
    for _ in range(10):
        case.make("a")
        case.run(60)
    assert (sent(case.queue), dropped(case.queue)) == (10, {"too_old": 3})
    assert len(case.server.requests) < 10 + 3 + 2 * TRIES
    assert is_balanced(case.queue)


def test_a_server_that_is_really_ill_loses_nothing_when_it_is_well_again(case: Case) -> None:
    case.server.window = DAY
    case.make("a")
    case.clock.pass_(2 * HOUR)
    case.server.well = lambda: Answer(503, "ill", case.clock.wall)
    for _ in range(60):
        case.make("a")
        case.run(60)
    case.server.well = lambda: None
    case.run(180)
    assert (sent(case.queue), dropped(case.queue)) == (61, {})


def test_another_server_gets_what_waits(case: Case) -> None:
    case.server.well = lambda: Answer(None, "no route")
    case.make("a")
    case.run(600)
    other = Server(case.clock)
    case.sender.post = other
    case.sender.anew()
    assert case.sender.step() == 0.0
    case.run()
    assert len(other.taken) == 1


@settings(max_examples=60, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.sampled_from([204, 204, 204, 400, 429, 500, 503, 302, None]),
            some.sampled_from([0, 1, 30, 60, HOUR, 9 * HOUR]),
            some.sampled_from(["", "a", "a b", "c"]),
            some.sampled_from([0, 0, 0, 300, -7200, 1e7]),
            some.booleans(),
        ),
        max_size=60,
    )
)
def test_whatever_happens_everything_is_sent_or_counted_or_waits(
    events: list[tuple[int | None, float, str, float, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        queue = Queue(Path(folder), largest=3000)
        server = Server(clock)
        sender = Sender(queue, server, clock, DAY, LOG)
        for status, seconds, names, wrong, restarts in events:
            clock.wrong = wrong
            if names:
                queue.put(clock(), samples(*names.split()))
            clock.wrong = 0.0
            server.well = answers(status) if status != 204 else lambda: None
            sender.step()
            clock.pass_(seconds)
            if restarts:
                queue.close()
                queue = Queue(Path(folder), largest=3000)
                sender = Sender(queue, server, clock, DAY, LOG)
            assert is_balanced(queue)
        server.well = lambda: None
        clock.pass_(HOUR)
        for _ in range(2000):
            if (wait := sender.step()) == math.inf:
                break
            clock.pass_(wait)
        assert queue.waiting().snapshots == 0
        assert is_balanced(queue)
        assert all(abs(stamp / 1000) <= clock.wall + 120 for stamp in server.taken)
        queue.close()
