"""What comes of asking a host with which something is wrong: nothing that is seen, no verdict, in bounded time and memory."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from agent.evaluate import Finding
from agent.gather import judge, snapshot, sources_for
from agent.pages.metrics import reason_of
from checks.verdict import Status
from collectors.collector import Platform
from collectors.readings import Reading, Unread
from collectors.snapshot import Snapshot
from collectors.sources import Command, File, Files, Source, Stat
from collectors.transports import Transport
from tests.hosts import catalogue
from tests.time_at_work import time_at_work

CHECKS = (
    "sshd-refuses-empty-passwords",
    "root-does-not-log-in-over-ssh-with-a-password",
    "no-security-update-is-pending",
    "packages-were-updated-lately",
    "passwd-and-group-files-hold-no-hash",
)

LARGE = Command("sh -c 'head -c 300000 /dev/zero | tr \\\\0 x'", limit=400_000, name="large")
ASKED: tuple[Source, ...] = (
    Command("echo first"),
    File("/etc/passwd"),
    File("/etc/nothing-there"),
    Files("/etc/ssh/*_config"),
    LARGE,
    Stat("/etc/passwd", "/etc/nothing-there"),
    Command("sh -c 'head -c 40000 /dev/zero | tr \\\\0 y'", limit=50_000, name="middling"),
    Command("echo last"),
)
"""Sources of each kind, one of them large, another not small."""


def chosen() -> list[Source]:
    """What a few real checks need."""
    found = catalogue()
    checks = [one for one in found.checks if one.id in CHECKS]
    assert {one.id for one in checks} == set(CHECKS)
    return sources_for(found, checks, Platform.LINUX)


def judged(transport: Transport) -> tuple[Mapping[str, Reading], tuple[Finding, ...]]:
    """The readings that a few real checks need, and what the checks make of them."""
    taken, findings = _taken(transport)
    return taken.readings, findings


def _taken(transport: Transport) -> tuple[Snapshot, tuple[Finding, ...]]:
    import collectors.transports.ssh.connecting  # noqa: F401 - whose import takes a second, once

    found = catalogue()
    checks = [one for one in found.checks if one.id in CHECKS]
    taken = snapshot(transport, chosen(), asset="web", platform=Platform.LINUX)
    return taken, judge(found, checks, taken, settings={}).findings


def unseen(transport: Transport, told: str, *, within: float, label: str = "") -> str:
    """Assert that nothing is seen, that the reason fits, and that no verdict is made of it. Returns the reason. ``within`` are
    seconds in which this process was not stopped.
    """
    with time_at_work() as at_work:
        taken, findings = _taken(transport)
        seconds = min(at_work(), taken.seconds)
    readings = taken.readings
    assert {one.key for one in chosen()} <= set(readings)
    reasons = {one.reason if isinstance(one, Unread) else repr(one)[:300] for one in readings.values()}
    assert len(reasons) == 1, reasons
    reason = reasons.pop()
    assert re.search(told, reason), reason
    assert reason.isprintable()
    assert len(reason) < 600
    if label:
        assert reason_of(reason) == label, reason
    assert {one.check.id for one in findings} == set(CHECKS)
    assert {one.verdict.status for one in findings} == {Status.UNKNOWN}
    assert {one.verdict.reason for one in findings} == {reason}
    assert seconds < within, (seconds, taken.seconds)
    return reason


MEASURED = """
import resource, sys, time
from pathlib import Path
from agent.declarations import UNDECLARED, bound
from agent.discover import discover
from agent.gather import sources_for
from collectors.collector import Platform
from collectors.sources import Command
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.host import Host
port, folder, seconds, honest = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
user = "root" if len(sys.argv) < 6 else sys.argv[5]
def host(port):
    return Host(Access("127.0.0.1", port, user, key_files=(folder / "key",), agent=False,
        known_hosts=(folder / "known_hosts",)), seconds)
found = discover()
sources, _ = bound(sources_for(found, found.checks, Platform.LINUX), UNDECLARED)
if honest:
    assert host(honest).read([Command("echo hi")])
def peak():  # of this process, not of the one that it was forked from
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before = peak()
begun = time.monotonic()
reasons = {getattr(one, "reason", "SEEN") for one in host(port).read(sources).values()}
taken = time.monotonic() - begun
print(peak() - before)
print(f"{taken:.1f}")
print("; ".join(reasons))
"""


def measured(port: int, folder: Path, seconds: float, *, honest: int = 0, user: str = "root") -> tuple[int, float, str]:
    """Ask for everything that any check needs, in a process of its own: what it took in kB more than an honest host, how long
    it took, and the reasons.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(port), str(folder), str(seconds), str(honest), user],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": "."},
        timeout=120,
    )
    assert done.stderr == "", done.stderr
    kilobytes, taken, reasons = done.stdout.splitlines()
    return int(kilobytes), float(taken), reasons
