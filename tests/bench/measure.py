"""What a command costs, as the operating system accounts for it."""

import os
import statistics
import subprocess
import sys
import tempfile
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
    with tempfile.TemporaryDirectory() as scratch:
        told = Path(scratch, "cost")
        measured = [sys.executable, "-S", "-E", str(Path(__file__).with_name("spawn.py")), str(told), *command]
        for _ in range(runs):
            with (output or Path(os.devnull)).open("wb") as kept:
                subprocess.run(measured, stdout=kept, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)
            wall, cpu, rss, status = told.read_text().split()
            if int(status) not in ok:
                raise RuntimeError(f"{command} ended with {status}")
            costs.append(Cost(float(wall), float(cpu), int(rss) * 1024 / 1e6))
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in ("wall", "cpu", "rss")))
