"""What it costs to push: CPU and bytes of one snapshot, of a host and of a hundred, as the daemon's thread makes and sends it."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from agent.exposition.process_metrics import process_metrics
from agent.pages.metrics import Metrics
from agent.push import snappy
from agent.push.answers import Answer
from agent.push.pusher import Turn
from agent.push.queue import Queue
from agent.push.settings import Push
from checks.verdict import failed, passed
from collectors.collector import Platform
from tests.push.clocks import LOG, Clock
from tests.states import plan, scanned, state

_PUSHES = {1: 50, 100: 10}
"""By how many hosts there are."""


class _Sink:
    """Takes everything, and remembers how long it was."""

    def __init__(self) -> None:
        self.bytes = 0

    def post(self, body: bytes) -> Answer:
        """Taken."""
        self.bytes += len(body)
        return Answer(204)

    def close(self) -> None:
        """Nothing to close."""


def measure() -> Iterator[str]:
    """One sentence a figure."""
    made = plan()
    checks = [one for one in made.checks if made.catalogue.platform_of(one) is not Platform.AWS]
    verdicts = {one.id: failed("x") if number % 3 == 0 else passed() for number, one in enumerate(checks)}
    for hosts, pushes in _PUSHES.items():
        done = [scanned(made, verdicts, asset=f"host-{number}") for number in range(hosts)]
        metrics = Metrics()
        pages = {
            "the page is the one before": [metrics.page(state(made, *done))] * 2,
            "the page is another": [metrics.page(state(made, *done)) for _ in range(2)],
        }
        for what, both in pages.items():
            for packer in (snappy.packed, snappy.literal):
                seconds, size, series = _pushed(both, packer, pushes)
                how = "packed" if packer is snappy.packed else "in literals"
                yield f"pushing {hosts} host{'s' * (hosts > 1)}, {series} series, {what}, {how}: {seconds * 1000:.1f} CPU ms and {size / 1000:.1f} kB a push"


def _pushed(pages: list[object], packer: object, most: int) -> tuple[float, float, int]:
    """CPU seconds and bytes of a push, and its series."""
    from agent.push import sender  # the module whose packer is chosen

    kept, sender.packed = sender.packed, packer  # type: ignore[assignment]
    try:
        with tempfile.TemporaryDirectory() as folder:
            queue, clock, sink = Queue(Path(folder)), Clock(), _Sink()
            turn = Turn(queue, clock, LOG)
            turn.take(Push(url="http://127.0.0.1/", instance="me"), sink)  # type: ignore[arg-type]
            clock.pass_(15)
            shown = iter(pages * most)
            page = lambda: next(shown)  # noqa: E731
            turn.take_turn(page, process_metrics)  # type: ignore[arg-type]
            sink.bytes, begun, pushes = 0, time.process_time(), 0
            while pushes < most:
                wait = turn.take_turn(page, process_metrics)  # type: ignore[arg-type]
                pushes += wait > 0
                clock.pass_(wait)
            seconds = (time.process_time() - begun) / pushes
            series = queue.counts()["sent"].samples // queue.counts()["sent"].snapshots
            queue.close()
            return seconds, sink.bytes / pushes, series
    finally:
        sender.packed = kept
