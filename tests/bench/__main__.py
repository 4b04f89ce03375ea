"""``make bench``: print what docs/benchmarks.md quotes. Needs root on Debian for the peers; says so where it cannot."""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from agent import __version__
from tests import hosts
from tests.bench import aws, daemon, discover, fleet_of_snapshots, peers, push, rules, ssh
from tests.bench.measure import cost_of


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--runs", type=int, default=5, help="runs of each command; the median is printed")
    arguments.add_argument(
        "--only",
        choices=["hosts", "aws", "simulated", "ssh", "push", "rules", "discover"],
        help="measure only these scans",
    )
    arguments.add_argument("--json", type=Path, help="write the figures of AWS scans here")
    arguments.add_argument(
        "--try", action="store_true", dest="a_try", help="measure little of SSH, to see that it works"
    )
    arguments.add_argument("--judged", type=int, default=400, help="hosts of the simulated fleet that are judged")
    arguments.add_argument("--ruled", type=int, default=300, help="hosts that Prometheus' rules are evaluated over")
    given = arguments.parse_args()
    runs = given.runs
    say = sys.stdout.write
    say(
        f"wispwatch {__version__}, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.release()}\n\n"
    )
    version = cost_of([sys.executable, "-m", "agent", "--version"], runs * 2)
    say(f"wispwatch --version: {version.wall * 1000:.0f} ms, {version.cpu * 1000:.0f} CPU ms, {version.rss:.0f} MB\n\n")
    if given.only in {None, "aws"}:
        _accounts(runs, given.json)
    if given.only in {None, "hosts"}:
        _hosts(runs)
    if given.only in {None, "ssh"}:
        _over_ssh(ssh.A_TRY if given.a_try else ssh.Size(runs))
    if given.only in {None, "push"}:
        for told in push.measure():
            say(f"{told}\n")
    if given.only in {None, "rules"}:
        for told in rules.measure(given.ruled):
            say(f"{told}\n")
            sys.stdout.flush()
    if given.only in {None, "discover"}:
        for told in discover.measure():
            say(f"{told}\n")
            sys.stdout.flush()
    if given.only in {None, "simulated"}:
        for told in fleet_of_snapshots.measure(given.judged):
            say(f"{told}\n")
            sys.stdout.flush()
    return 0


def _accounts(runs: int, into: Path | None) -> None:
    lines = []
    sys.stdout.write(f"{aws.HEAD}\n")
    for line in aws.compare(runs):
        lines.append(line)
        sys.stdout.write(f"{line.told()}\n")
        sys.stdout.flush()
        if into is not None:
            into.write_text(json.dumps([asdict(one) for one in lines], indent=1) + "\n")
    sys.stdout.write("\nCalls by service:\n")
    for line in lines:
        told = ", ".join(f"{name} {count}" for name, count in sorted(line.calls.items(), key=lambda one: -one[1]))
        sys.stdout.write(f"- {line.name}, {line.latency * 1000:.0f} ms, {line.answered}: {told}\n")
    sys.stdout.write("\nCalls that memory did not know, in all runs:\n")
    for line in lines:
        if line.missed is not None:
            told = ", ".join(f"{name} {count}" for name, count in sorted(line.missed.items())) or "none"
            sys.stdout.write(f"- {line.name}: {told}\n")
    sys.stdout.write("\n")


def _hosts(runs: int) -> None:
    say = sys.stdout.write
    why = hosts.can_run_real_hosts()
    if why:
        say(f"The comparison {why}; the rest was left out.\n")
        return
    say("| | wall s | CPU s | peak RSS MB | covered |\n|---|---|---|---|---|\n")
    for line in peers.compare(runs):
        say(f"| {line.name} | {line.cost.wall:.2f} | {line.cost.cpu:.2f} | {line.cost.rss:.0f} | {line.covered} |\n")
        sys.stdout.flush()
    say("\n")
    for told in daemon.measure():
        say(f"{told}\n")


def _over_ssh(size: ssh.Size) -> None:
    say = sys.stdout.write
    why = hosts.can_run_real_hosts()
    if why:
        say(f"Hosts over SSH: {why}; this was left out.\n")
        return
    with ssh.bench(size) as run:
        for head, lines in ((ssh.HEAD, ssh.one_host(run)), (ssh.FLEET_HEAD, ssh.fleets(run))):
            say(f"{head}\n")
            for line in lines:
                say(f"{line.told()}\n")
                sys.stdout.flush()
            say("\n")


if __name__ == "__main__":
    sys.exit(main())
