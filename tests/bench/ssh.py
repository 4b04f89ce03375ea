"""Hosts over SSH: one host at three latencies beside Ansible, testinfra and the ``ssh`` binary, a fleet, and its memory."""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import ssh_peers
from tests.bench.delay import Counts, Proxy, proxy
from tests.bench.measure import Cost, cost_of
from tests.bench.ssh_peers import Way
from tests.ssh_hosts import SshHost, ssh_host

LATENCIES = (0.0, 0.04, 0.1)
SERVERS = 20
VISITS = 10
WORKERS = 20
_RATES = (125_000, 1_250_000)
"""Bytes a second: 1 and 10 Mbit/s."""
_FEW = 40
_LONG_FLEET = 2000
_CHEAP = ("group-names-and-ids-are-unique", "only-root-has-user-id-zero")

HEAD = (
    "| | ms RTT | wall s | CPU ms | peak RSS MB | connections | execs | kB up | kB back | covered |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)
FLEET_HEAD = (
    "| | hosts | wall s | hosts/s | CPU s | CPU ms a host | peak RSS MB | covered |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Seen:
    """What one host cost: seconds, megabytes, and what went over the network."""

    wall: float
    cpu: float
    rss: float | None
    counts: Counts
    execs: float
    visits: int = 1
    """Among which the counts are to be divided."""


@dataclass(frozen=True)
class Line:
    """One line of the first table."""

    name: str
    latency: float
    seen: Seen
    covered: str

    def told(self) -> str:
        """In Markdown."""
        one = self.seen
        rss = "" if one.rss is None else f"{one.rss:.0f}"
        shares = (one.counts.connections, one.execs)
        told = " | ".join(f"{share / one.visits:g}" for share in shares)
        bytes_ = " | ".join(f"{share / one.visits / 1000:.0f}" for share in (one.counts.up, one.counts.down))
        return (
            f"| {self.name} | {self.latency * 1000:.0f} | {one.wall:.2f} | {one.cpu * 1000:.0f} | {rss} | {told} |"
            f" {bytes_} | {self.covered} |"
        )


@dataclass(frozen=True)
class Fleet:
    """One line of the second table."""

    name: str
    hosts: int
    cost: Cost
    covered: str

    def told(self) -> str:
        """In Markdown."""
        cost = self.cost
        return (
            f"| {self.name} | {self.hosts} | {cost.wall:.1f} | {self.hosts / cost.wall:.1f} | {cost.cpu:.1f} |"
            f" {cost.cpu / self.hosts * 1000:.0f} | {cost.rss:.0f} | {self.covered} |"
        )


@dataclass(frozen=True)
class Size:
    """How much is measured: what makes a rough measurement of it."""

    runs: int = 5
    servers: int = SERVERS
    visits: int = VISITS
    reads: int | None = None
    """How many of our sources the peers read; all where nothing is given."""
    long_fleet: int = _LONG_FLEET


A_TRY = Size(runs=1, servers=3, visits=2, reads=6, long_fleet=60)
"""To see that it works."""


class _Bench:
    """Hosts that run, and the line to them."""

    def __init__(self, hosts: Sequence[SshHost], line: Proxy, folder: Path, size: Size) -> None:
        self.hosts, self.line, self.folder, self.size = hosts, line, folder, size
        self.known_hosts = folder / "known_hosts"
        lines: list[str] = []
        for one, way in zip(hosts, self.ways, strict=True):
            lines += [f"{way.name} {kind} {key}\n" for kind, key in one.host_keys().items()]
        self.known_hosts.write_text("".join(lines))
        self.sources = ssh_peers.all_sources()
        self.theirs = self.sources[: size.reads]

    @property
    def ways(self) -> list[Way]:
        """By way of the proxy."""
        ports = self.line.ports
        return [Way(one.address, port, one.key) for one, port in zip(self.hosts, ports, strict=True)]

    def config(self, targets: int) -> Path:
        """A configuration with so many targets, which take the hosts in turn."""
        ways = self.ways
        listed = []
        for number in range(targets):
            way = ways[number % len(ways)]
            there = {"host": "127.0.0.1", "port": way.port, "known_as": way.name, "key_files": [str(way.key)]}
            listed.append({"name": f"host-{number}", "kind": "ssh", "seconds": 300, "ssh": there})
        every = {"user": "root", "agent": False, "known_hosts": [str(self.known_hosts)], "config_file": "none"}
        path = self.folder / f"config-{targets}.yaml"
        path.write_text(json.dumps({"targets": listed, "ssh": {**every, "connect_seconds": 60}}))
        return path

    def execs(self) -> int:
        """Commands that the first host has run, all told."""
        return self.hosts[0].log().count("Starting session: command")

    def counted(self, what: Callable[[], Any], latency: float, rate: float = 0.0) -> tuple[Any, Counts, int]:
        """Do something over a line that is so slow."""
        self.line.counts(latency, rate)
        before = self.execs()
        done = what()
        return done, self.line.counts(), self.execs() - before

    def ours(self, what: str, latency: float, rate: float = 0.0, runs: int = 0) -> tuple[Seen, str]:
        """Our client in a process that does nothing else."""
        times = runs or self.size.runs * 4
        command = [sys.executable, "-m", "tests.bench.ssh_reader", str(self.config(1)), str(times), what]
        done, counts, execs = self.counted(lambda: subprocess.check_output(command), latency, rate)
        cost = json.loads(done)
        covered = ", ".join(f"{count} {status}" for status, count in Counter(cost["told"]).most_common())
        return Seen(cost["wall"], cost["cpu"], None, counts, execs, times + 1), covered

    def theirs_of(self, command: Sequence[str], latency: float, runs: int = 1) -> Seen:
        """A program, from its start to its end."""
        costs, counts, execs = self.counted(
            lambda: [cost_of(command, 1, self.folder / "said", (0, 2, 4)) for _ in range(runs)], latency
        )
        wall, cpu, rss = (statistics.median(getattr(one, name) for one in costs) for name in ("wall", "cpu", "rss"))
        return Seen(wall, cpu, rss, counts, execs, runs)


@contextlib.contextmanager
def bench(size: Size) -> Iterator[_Bench]:
    """So many hosts behind a proxy."""
    with contextlib.ExitStack() as stack:
        sshd = "LogLevel VERBOSE\nMaxSessions 100\n"
        hosts = [stack.enter_context(ssh_host(sshd=sshd)) for _ in range(size.servers)]
        line = stack.enter_context(proxy([(one.address, one.port) for one in hosts]))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield _Bench(hosts, line, folder, size)


def one_host(run: _Bench) -> Iterator[Line]:
    """Ours, then each of the others, at each latency."""
    scan = [sys.executable, "-m", "agent", "scan", "--config", str(run.config(1)), "--format", "json"]
    walls = {}
    for latency in LATENCIES:
        seen, covered = run.ours("read", latency)
        walls[latency] = seen.wall
        yield Line("wispwatch, only reading", latency, seen, covered)
        seen, covered = run.ours("judge", latency)
        yield Line("wispwatch, reading and judging", latency, seen, covered)
        seen = run.theirs_of(scan, latency, run.size.runs)
        trips = (walls[latency] - walls[0.0]) / latency if latency else 0.0
        told = f"the same, with its start and end{f'; reading takes {trips:.1f} round trips' if trips else ''}"
        yield Line("wispwatch scan", latency, seen, told)
    for rate in _RATES:
        seen, _ = run.ours("read", 0.0, rate, 3)
        yield Line(f"wispwatch, only reading, {rate * 8 // 1_000_000} Mbit/s", 0.0, seen, "")
    for latency in LATENCIES:
        yield from _others(run, latency)


def _others(run: _Bench, latency: float) -> Iterator[Line]:
    way, known, folder = run.ways[0], run.known_hosts, run.folder
    master = ssh_peers.binary(folder, way, known, run.sources, apart=False)
    yield Line("ssh, ControlMaster", latency, run.theirs_of(master, latency, run.size.runs), "our script, not judged")
    apart = ssh_peers.binary(folder, way, known, run.sources[:_FEW], apart=True)
    told = f"{_FEW} of our {len(run.sources)} sources, one command each"
    yield Line("ssh, ControlMaster", latency, run.theirs_of(apart, latency), told)
    told = f"{len(run.theirs)} of our {len(run.sources)} sources, one read each"
    seen = run.theirs_of(ssh_peers.testinfra(folder, [way], known, run.theirs), latency)
    yield Line(ssh_peers.TESTINFRA.replace("==", " "), latency, seen, told)
    seen = run.theirs_of(ssh_peers.ansible(folder, [way], known, run.theirs), latency)
    yield Line(ssh_peers.ANSIBLE.replace("==", " "), latency, seen, f"`setup`, {told}, as tasks with pipelining")


def fleets(run: _Bench) -> Iterator[Fleet]:
    """Every host visited several times under other names; then the memory of fewer and of many, each asked for little."""
    run.line.counts()
    count = run.size.servers * run.size.visits
    yield _fleet(run, count, "wispwatch, all checks", "jsonl", ())
    for form in ("jsonl", "table"):
        for hosts in (count, run.size.long_fleet):
            yield _fleet(run, hosts, f"wispwatch, {len(_CHEAP)} checks, {form}", form, _CHEAP)
    command = ssh_peers.ansible(run.folder, run.ways, run.known_hosts, run.theirs)
    cost = cost_of(command, 1, ok=(0, 2, 4))
    servers = len(run.ways)
    told = f"`setup`, {len(run.theirs)} of our {len(run.sources)} sources as tasks, {servers} forks"
    yield Fleet(ssh_peers.ANSIBLE.replace("==", " "), servers, cost, told)
    scaled = Cost(cost.wall * count / servers, cost.cpu * count / servers, cost.rss)
    yield Fleet("the same, scaled", count, scaled, f"not measured: the line above times {count / servers:g}")


def _fleet(run: _Bench, hosts: int, name: str, form: str, checks: Sequence[str]) -> Fleet:
    said = run.folder / "said"
    scan = [sys.executable, "-m", "agent", "scan", "--config", str(run.config(hosts)), "--workers", str(WORKERS)]
    chosen = [word for check in checks for word in ("--check", check)]
    cost = cost_of([*scan, "--format", form, *chosen], 1, said)
    if form != "jsonl":
        return Fleet(name, hosts, cost, f"{said.stat().st_size / 1e6:.1f} MB of report")
    told: Counter[str] = Counter()
    assets = set()
    with said.open() as lines:
        for line in lines:
            finding = json.loads(line)
            told[finding["status"]] += 1
            assets.add(finding["asset"])
    covered = ", ".join(f"{count} {status}" for status, count in told.most_common())
    return Fleet(name, hosts, cost, f"{len(assets)} assets: {covered}")
