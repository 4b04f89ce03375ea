"""How fast a service is asked: at most so many calls a second in a region, and slower for a while where AWS says so.

A token bucket whose rate halves when a call is throttled and grows again by a tenth of the full rate each second.
"""

import threading
import time
from collections.abc import Callable

GENTLE = 20.0
"""Calls a second of one service in one region."""
BURST = 40.0
BRISK = {"s3": 5.0}
"""How many times faster a service may be asked, where its calls are about one bucket each and many are expected."""
_LEAST = 0.5


class Pace:
    """The pace of one service in one region. It belongs to several threads."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._full = rate
        self._rate = rate
        self._tokens = max(1.0, rate * BURST / GENTLE)
        self._most = self._tokens
        self._clock = clock
        self._at = clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a turn; the seconds to wait until it comes."""
        with self._lock:
            self._refill()
            self._tokens -= 1
            return max(0.0, -self._tokens / self._rate)

    def slow_down(self) -> None:
        """AWS said that it was too much."""
        with self._lock:
            self._refill()
            self._rate = max(_LEAST, self._rate / 2)
            self._tokens = min(self._tokens, 0.0)

    def _refill(self) -> None:
        now = self._clock()
        passed, self._at = now - self._at, now
        self._tokens = min(self._most, self._tokens + passed * self._rate)
        self._rate = min(self._full, self._rate + passed * self._full / 10)
