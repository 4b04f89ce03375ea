"""Read one host again and again in one process, or read and judge it, and say what a host costs: ``CONFIG TIMES read|judge``."""

import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from agent.config import load
from agent.plan import plan
from agent.scanning.scan import scan_organization, scan_target, take
from collectors.readings import Absent, Text
from tests.hosts import catalogue


def main() -> int:
    """The first time is not counted: Python loads what it needs. CPU is of this process alone, all its threads."""
    config_path, times, what = sys.argv[1:]
    config = load(Path(config_path))
    targets = config.targets
    chosen = plan(config, catalogue())
    shared = scan_organization(chosen).facts
    walls = []
    told: Counter[str] = Counter()
    cpu = 0.0
    for run in range(int(times) + 1):
        if run == 1:
            cpu = time.process_time()
        begun = time.monotonic()
        if what == "judge":
            told = Counter(finding.status.value for finding in scan_target(chosen, targets[0], shared).findings)
        else:
            readings = take(chosen, targets[0]).readings.values()
            told = Counter({Text: "read", Absent: "not there"}.get(type(one), "unseen") for one in readings)
        walls.append(time.monotonic() - begun)
    cost = {"wall": statistics.median(walls[1:]), "cpu": (time.process_time() - cpu) / int(times), "told": told}
    sys.stdout.write(json.dumps(cost))
    return 0


if __name__ == "__main__":
    sys.exit(main())
