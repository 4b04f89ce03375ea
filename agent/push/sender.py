"""What is sent next, and what an answer means. One request a step; the time and the network are given to it.

The oldest goes first, since a server wants samples in the order of their times. What the server takes is done with, and so is what
it refuses; everything else is asked again after a while. Old servers answer "too old" as if the fault were their own
(https://github.com/prometheus/prometheus/issues/13334), which would hold up the queue until it is full. So a snapshot that is
older than any server takes by default, and that was answered like this ``TRIES`` times, is passed over for once: if the server
takes the next that is younger, it is well, and what it then still does not take is dropped.
"""

import logging
import math
import random
from collections.abc import Callable

from agent.push.answers import Answer, Outcome
from agent.push.messages import request
from agent.push.moments import Moment, ServerTime
from agent.push.queue import SENT, Queue, Queued
from agent.push.sending import Sending, sending_of
from agent.push.snappy import packed

TOGETHER = 2000
"""Series in a request: more than those of a host, and as many as Prometheus itself sends."""
TRIES = 5
_SUSPECT = 3600.0
"""Seconds: what is older is refused by a Prometheus without a window for what is out of order."""
_FRESH = 5.0
"""Seconds for which what the server said the time was is enough to drop something for it."""
_LONGEST_BACKOFF = 60.0
_QUIET = 60.0
"""Seconds in which the same is not logged again."""


class Sender:
    """Empties a queue."""

    def __init__(
        self,
        queue: Queue,
        post: Callable[[bytes], Answer],
        now: Callable[[], Moment],
        max_age: float,
        log: logging.Logger,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """``post`` sends a request; ``max_age`` is in seconds."""
        self.post = post
        """May be replaced in between."""
        self.max_age = max_age
        self.succeeded: float | None = None
        """When the server last took a whole snapshot, in seconds since the epoch."""
        self._queue, self._now, self._log, self._draw = queue, now, log, draw
        self._server: ServerTime | None = None
        self._server_tells = True
        """Whether its answers have dates."""
        self._sending: Sending | None = None
        self._not_before = 0.0
        self._failures = 0
        self._passing_over = False
        self._taken = 0
        """The number of the youngest snapshot that was taken."""
        self._clock_is_right = True
        self._logged: dict[str, float] = {}

    def anew(self) -> None:
        """Another server, or other ways to it: nothing of what was learnt holds."""
        self._server, self._server_tells, self._sending = None, True, None
        self._not_before, self._failures, self._passing_over = 0.0, 0, False

    def step(self) -> float:
        """Send at most one request. Seconds until the next is wanted: 0 where there is more to do at once, infinity where nothing
        waits.
        """
        now = self._now()
        self._drop_what_is_too_old(now)
        if now.steady < self._not_before:
            return self._not_before - now.steady
        sending = self._sending
        if sending is None:
            queued = self._next(now)
            if queued is None:
                return math.inf
            if self._server is None and self._server_tells:
                return self._ask_for_the_time()
            if self._server is not None and not self._believed(self._server, queued):
                if self._server_tells and now.steady - self._server.at.steady > _FRESH:
                    return self._ask_for_the_time()  # it may be the server that had been wrong
                self._queue.done(queued, {"clock": queued.samples}, only=False, alive=False)
                return 0.0
            sending = self._sending = self._begun(queued)
        if sending is None:
            return 0.0
        return self._send(sending)

    def _begun(self, queued: Queued) -> Sending | None:
        try:
            layout, values = self._queue.layout(queued.layout), self._queue.values(queued)
            # Of what is sent behind its time nobody knows any more what had ended then.
            ended = self._queue.ended(layout) if queued.number > self._taken else []
            return sending_of(queued, layout, values, ended)
        except ValueError as fault:
            self._log.error("a snapshot of the metrics is damaged, and dropped", extra={"fault": str(fault)})
            self._queue.done(queued, {"refused": queued.samples}, only=False, alive=False)
            return None

    def _send(self, sending: Sending) -> float:
        until = min(sending.at + TOGETHER, len(sending.series))
        part = slice(sending.at, until)
        stamp = round(sending.queued.made.wall * 1000)
        sending.tried = True
        answer = self._posted(packed(request(sending.series[part], sending.values[part], stamp)))
        match answer.outcome:
            case Outcome.TAKEN:
                self._is_well()
                sending.count(SENT, until)
            case Outcome.REFUSED:
                self._is_well()
                self._tell(logging.ERROR, "metrics that were pushed are refused, and dropped", answer.said)
                sending.count("refused", until)
            case Outcome.LATER | Outcome.ILL as outcome:
                return self._later(sending, answer, ill=outcome is Outcome.ILL)
        if sending.at == len(sending.series):
            self._finish(sending)
        return 0.0

    def _finish(self, sending: Sending) -> None:
        """Everything of a snapshot has had its answer."""
        queued, self._sending, self._passing_over = sending.queued, None, False
        whole = set(sending.became) <= {SENT}
        self._queue.done(queued, sending.became, only=whole and queued.number > self._taken)
        if whole:
            self._taken = max(self._taken, queued.number)
            self.succeeded = self._now().wall

    def _later(self, sending: Sending, answer: Answer, *, ill: bool) -> float:
        """Ask again after a while; or, where the server is well but for this one, never."""
        sending.ill += ill
        age = self._age(sending.queued.made, self._now())
        if ill and sending.queued.number < self._taken:
            self._tell(logging.ERROR, "metrics are too old for the server, and dropped", answer.said)
            self._drop(sending)
            return 0.0
        if self._passing_over:
            self._passing_over, self._sending = False, None
        elif sending.ill >= TRIES and age > _SUSPECT:
            self._passing_over, self._sending = True, None
        return self._back_off(answer)

    def _back_off(self, answer: Answer) -> float:
        self._failures += 1
        self._tell(logging.WARNING, "metrics could not be pushed, and will be later", answer.said)
        wait = min(_LONGEST_BACKOFF, 2.0 ** min(self._failures - 1, 10)) * (0.5 + self._draw() / 2)
        wait = max(wait, answer.retry_after or 0.0)
        self._not_before = self._now().steady + wait
        return wait

    def _is_well(self) -> None:
        if self._failures:
            self._logged.clear()
            self._log.info("metrics are pushed again", extra={"waiting": self._queue.waiting().snapshots})
        self._failures = 0

    def _next(self, now: Moment) -> Queued | None:
        if self._passing_over:
            younger = self._queue.first(self._true(now) - _SUSPECT)
            if younger is not None:
                return younger
            self._passing_over = False
        return self._queue.first()

    # Age

    def _drop_what_is_too_old(self, now: Moment) -> None:
        while (queued := self._queue.first()) is not None and self._is_too_old(queued.made, now):
            self._tell(logging.ERROR, "metrics could not be pushed for too long, and are dropped", "")
            sending = self._sending
            if sending is not None and sending.queued.number == queued.number:
                self._drop(sending)
            else:
                self._queue.done(queued, {"too_old": queued.samples}, only=False, alive=False)

    def _drop(self, sending: Sending) -> None:
        """Of a snapshot that was tried, the server may have taken something all the same."""
        sending.count("too_old", len(sending.series))
        self._queue.done(sending.queued, sending.became, only=False, alive=sending.tried)
        self._sending = None

    def _is_too_old(self, made: Moment, now: Moment) -> bool:
        """What is of before the machine's start, only the wall clock can tell: the server is asked first whether that is right."""
        may_tell = made.boot == now.boot or self._server is not None or not self._server_tells
        return may_tell and self._age(made, now) > self.max_age

    def _age(self, made: Moment, now: Moment) -> float:
        return now.steady - made.steady if made.boot == now.boot else self._true(now) - made.wall

    def _true(self, now: Moment) -> float:
        """The time by the server's clock where that is known."""
        told = self._server.of(now) if self._server is not None else None
        return now.wall if told is None else told

    # Clocks

    def _ask_for_the_time(self) -> float:
        """Send a request with nothing in it: its answer tells what time it is at the server, whatever it says else."""
        answer = self._posted(packed(b""))
        return 0.0 if answer.outcome in (Outcome.TAKEN, Outcome.REFUSED) else self._back_off(answer)

    def _posted(self, body: bytes) -> Answer:
        answer = self.post(body)
        if answer.status is not None:
            self._server_tells = answer.date is not None
        if answer.date is not None:
            self._server = ServerTime(answer.date, self._now())
        return answer

    def _believed(self, server: ServerTime, queued: Queued) -> bool:
        right = server.believes(queued.made)
        if right != self._clock_is_right:
            self._clock_is_right = right
            ahead = server.ahead(queued.made)
            if right:
                self._log.info("the clock is right again, and metrics are pushed")
            else:
                told = "of the future" if ahead is None else f"{abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}"
                self._log.error(
                    "this machine's clock and the server's differ: metrics of a wrong time are dropped; set the clock",
                    extra={"difference": told},
                )
        return right

    def _tell(self, level: int, what: str, said: str) -> None:
        """Log it, but not the same all the time."""
        now = self._now().steady
        if now - self._logged.get(what, -math.inf) >= _QUIET:
            self._logged[what] = now
            self._log.log(level, what, extra={"answer": said, "waiting": self._queue.waiting().snapshots})
