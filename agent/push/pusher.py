"""The daemon's thread that pushes: makes a snapshot of the page every so often, and empties the queue.

It never holds up anybody: it asks for the page that is published and for nothing else, and its network can be cut off.
"""

import logging
import random
import threading
from collections.abc import Callable
from pathlib import Path

from agent.pages.page import Page
from agent.push.endpoint import Endpoint
from agent.push.moments import TOLERATED, Moment, boot, now
from agent.push.queue import SENT, Counted, Queue
from agent.push.samples import Reader, TooManyError
from agent.push.sender import Sender
from agent.push.settings import Push
from agent.push.told import REASONS, Told

_LOOK = 15.0
"""Seconds after which it looks at the clock in any case: sleep does not count for a wait."""
_AFTER_A_FAULT = 30.0
_UNTIL_THERE_IS_A_PAGE = 1.0


class Pusher:
    """``start`` begins, ``take`` gives it other settings, ``stop`` ends it. What it says of itself is ``told``."""

    def __init__(
        self, push: Push, directory: Path, page: Callable[[], Page | None], also: Callable[[], str], log: logging.Logger
    ) -> None:
        """``page`` gives the page that is published, or None as long as none is; ``also`` a text of metrics that is another each time. The queue is a file of
        the directory.
        """
        self.told = Told()
        """What is said of it now; may be read from any thread."""
        self._directory, self._page, self._also, self._log = directory, page, also, log
        self._boot = boot()
        self._push = push
        self._changing = threading.Lock()
        """Held while the settings change hands, so that what is cut off is always the endpoint of the earlier ones."""
        self._coming: Push | None = push
        self._endpoint = Endpoint(push)
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)

    def start(self) -> None:
        """Push from now on."""
        self._thread.start()

    def take(self, push: Push) -> None:
        """Go on with other settings. What waits in the queue goes where they say."""
        if push == self._push:
            return
        with self._changing:
            self._push = self._coming = push
            self._endpoint.cut()
        self._wake.set()

    def end(self) -> None:
        """Begin to stop: what is under way is cut off, and sent again at the next start."""
        with self._changing:
            self._stopping = True
            self._endpoint.cut()
        self._wake.set()

    def stop(self, seconds: float = 0.5) -> None:
        """Stop, and wait a little for it."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        queue = Queue(self._directory)
        turn = Turn(queue, lambda: now(self._boot), self._log)
        while not self._stopping:
            self._wake.clear()
            try:
                push = self._given()
                if push is not None:
                    turn.take(push, self._endpoint)
                wait = turn.take_turn(self._page, lambda: self.told.text() + self._also())
                self.told = turn.told()
            except Exception:  # noqa: BLE001 - whatever it is, the thread lives on and says so
                self._log.exception("pushing metrics has failed")
                wait = _AFTER_A_FAULT
            if wait > 0:
                self._wake.wait(min(wait, _LOOK))
        self._endpoint.close()
        queue.close()

    def _given(self) -> Push | None:
        """Settings that are not used yet; they have an endpoint of their own from here on, unless it is to end."""
        with self._changing:
            push, self._coming = self._coming, None
            if push is not None and not self._stopping:
                self._endpoint = Endpoint(push)
        return push


class Turn:
    """What the thread does again and again, apart from waiting."""

    def __init__(self, queue: Queue, clock: Callable[[], Moment], log: logging.Logger) -> None:
        self._queue, self._clock, self._log = queue, clock, log
        self._sender: Sender | None = None
        self._endpoint: Endpoint | None = None
        self._reader = Reader({})
        self._interval = 0.0
        self._due = 0.0
        self._stamped = 0.0
        self._complained = False

    def take(self, push: Push, endpoint: Endpoint) -> None:
        """Go on with these settings."""
        if self._endpoint is not None:
            self._endpoint.close()
        self._endpoint = endpoint
        self._reader = Reader({"job": push.job, "instance": push.instance, **push.labels})
        self._interval = push.interval.total_seconds()
        if self._sender is None:
            self._sender = Sender(self._queue, endpoint.post, self._clock, push.max_age.total_seconds(), self._log)
            # Machines that start at the same time need not push at the same time.
            self._due = self._clock().steady + random.uniform(0, min(self._interval / 4, 15))  # noqa: S311 - no secret
        else:
            self._sender.post, self._sender.max_age = endpoint.post, push.max_age.total_seconds()
            self._sender.anew()
            self._due = min(self._due, self._clock().steady + self._interval)

    def take_turn(self, page: Callable[[], Page | None], also: Callable[[], str]) -> float:
        """Make a snapshot if it is time, and send something if something waits. Seconds until there is more to do."""
        if self._sender is None or self._endpoint is None:
            return self._interval
        moment = self._clock()
        if moment.steady >= self._due:
            shown = page()
            on_time = self._due + (_UNTIL_THERE_IS_A_PAGE if shown is None else self._interval)
            self._due = on_time if on_time > moment.steady else moment.steady + self._interval
            if shown is not None:
                self._make(moment, shown, also())
        wait = self._sender.step()
        if wait > 0:
            self._endpoint.close()
        for fault in self._queue.faults():
            self._log.error(fault)
        return max(0.0, min(wait, self._due - self._clock().steady))

    def told(self) -> Told:
        """The state of the pushing."""
        counts = self._queue.counts()
        return Told(
            waiting=self._queue.waiting().snapshots,
            sent=counts.get(SENT, Counted()).samples,
            failed={reason: counts[reason].samples for reason in REASONS if reason in counts},
            succeeded=None if self._sender is None else self._sender.succeeded,
        )

    def _make(self, moment: Moment, page: Page, also: str) -> None:
        if 0 <= self._stamped - moment.wall <= TOLERATED:
            return  # the clock was set back a little: a series does not go back in time
        try:
            samples = self._reader.samples(page, also)
        except TooManyError as many:
            self._queue.count("too_many", Counted(1, many.args[0]))
            if not self._complained:
                self._log.error(
                    "there are too many series to push; let Prometheus scrape this daemon",
                    extra={"series": many.args[0]},
                )
            self._complained = True
            return
        self._stamped = moment.wall
        self._queue.put(moment, samples)
