"""A clock that a test sets, and snapshots for a queue."""

import logging
import struct
from dataclasses import dataclass

from agent.push.messages import label
from agent.push.moments import Moment
from agent.push.queue import MADE, SENT, Queue
from agent.push.samples import Samples, layout_of

LOG = logging.getLogger("wispwatch.tests")


@dataclass
class Clock:
    """What both clocks show."""

    wall: float = 1_000_000.0
    steady: float = 5_000.0
    boot: str = "one"
    wrong: float = 0.0
    """By how much the clock on the wall is wrong."""

    def __call__(self) -> Moment:
        return Moment(self.wall + self.wrong, self.steady, self.boot)

    def pass_(self, seconds: float) -> None:
        """Time passes, awake or asleep."""
        self.wall += seconds
        self.steady += seconds


def samples(*names: str, value: float = 1.0, count: int = 1) -> Samples:
    """One sample of each name; of ``count`` series each."""
    series = [label("__name__", name) + label("n", str(n)) for name in names or ("x",) for n in range(count)]
    return Samples(layout_of(series), struct.pack("<d", value) * len(series))


def is_balanced(queue: Queue) -> bool:
    """Whether everything that was made was sent, dropped and counted, or waits."""
    counts, waiting = queue.counts(), queue.waiting()
    made = counts.pop(MADE, None)
    if made is None:
        return not counts and waiting.snapshots == 0
    return (
        made.snapshots == sum(one.snapshots for one in counts.values()) + waiting.snapshots
        and made.samples == sum(one.samples for one in counts.values()) + waiting.samples
    )


def sent(queue: Queue) -> int:
    """Snapshots that the server took."""
    counts = queue.counts()
    return counts[SENT].snapshots if SENT in counts else 0


def dropped(queue: Queue) -> dict[str, int]:
    """Snapshots by why they were dropped."""
    return {what: one.snapshots for what, one in queue.counts().items() if what not in (MADE, SENT) and one.snapshots}
