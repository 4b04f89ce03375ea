"""How long something took of the time that this process had."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

Clock = Callable[[], float]
"""Tells seconds."""
_BEAT = 0.05
"""Seconds between two looks at the clock."""
_STOPPED = 0.25
"""Seconds that a look must be late, while nothing was computed here, to show that the process could not go on."""


@contextlib.contextmanager
def time_at_work() -> Iterator[Clock]:
    """Tells the seconds since the beginning, without those in which the whole process stood still: a machine that gives it no
    processor for a while says nothing of what it does. What it waits for counts, and so does what it computes.
    """
    begun = time.monotonic()
    lost = [0.0]
    over = threading.Event()

    def look() -> None:
        moment, computed = time.monotonic(), time.process_time()
        while not over.wait(_BEAT):
            now, until_now = time.monotonic(), time.process_time()
            late = now - moment - _BEAT - (until_now - computed)
            if late > _STOPPED:
                lost[0] += late
            moment, computed = now, until_now

    looking = threading.Thread(target=look, name="time at work", daemon=True)
    looking.start()
    try:
        yield lambda: time.monotonic() - begun - lost[0]
    finally:
        over.set()
        looking.join()
