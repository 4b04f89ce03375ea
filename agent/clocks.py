"""The clock that nobody sets."""

import time


def awake_and_asleep() -> float:
    """Seconds that count sleep and that nobody sets, since some moment before."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
