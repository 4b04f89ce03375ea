"""What a command costs, as the operating system accounts for it."""

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Of one run of a command and all its children."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    rss: float
    """Megabytes (10^6 bytes) of the largest single process."""


def cost_of(command: Sequence[str], runs: int, output: Path | None = None, ok: tuple[int, ...] = (0,)) -> Cost:
    """The median of several runs; ``output`` keeps what the last one printed. A status not in ``ok`` is an error."""
    costs = []
    for _ in range(runs):
        with (output or Path(os.devnull)).open("wb") as kept:
            begun = time.monotonic()
            process = subprocess.Popen(command, stdout=kept, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ok:
            raise RuntimeError(f"{command} ended with {process.returncode}")
        costs.append(Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6))
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in ("wall", "cpu", "rss")))
