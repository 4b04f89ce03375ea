"""``make bench``: print what docs/benchmarks.md quotes. Needs root on Debian for the peers; says so where it cannot."""

import argparse
import os
import platform
import sys
from datetime import UTC, datetime

from agent import __version__
from tests import hosts
from tests.bench import daemon, peers
from tests.bench.measure import cost_of


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--runs", type=int, default=5, help="runs of each command; the median is printed")
    runs = arguments.parse_args().runs
    say = sys.stdout.write
    say(
        f"wispwatch {__version__}, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.release()}\n\n"
    )
    version = cost_of([sys.executable, "-m", "agent", "--version"], runs * 2)
    say(f"wispwatch --version: {version.wall * 1000:.0f} ms, {version.cpu * 1000:.0f} CPU ms, {version.rss:.0f} MB\n\n")
    why = hosts.can_run_real_hosts()
    if why:
        say(f"The comparison {why}; the rest was left out.\n")
        return 0
    say("| | wall s | CPU s | peak RSS MB | covered |\n|---|---|---|---|---|\n")
    for line in peers.compare(runs):
        say(f"| {line.name} | {line.cost.wall:.2f} | {line.cost.cpu:.2f} | {line.cost.rss:.0f} | {line.covered} |\n")
        sys.stdout.flush()
    say("\n")
    for told in daemon.measure():
        say(f"{told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
