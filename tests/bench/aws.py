"""Scans of AWS accounts in a moto server: ours beside Prowler and cloud-audit, ours with five times the usual and 32 regions.

moto shares the cores with who is measured, and answers more slowly than any AWS endpoint. So each scan is measured with answers
that moto makes, and again with the same ones from memory, which cost next to nothing: the latency is added to each all the same.
"""

import csv
import json
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.aws_memory import Memory
from tests.aws_proxy import Proxy
from tests.bench import aws_account, aws_overlap, aws_peers
from tests.bench.aws_account import REGIONS, Seeded
from tests.bench.measure import Cost, cost_of

LATENCY = 0.05
"""Seconds that the proxy adds to each call, as a network would."""
USUAL = 450
"""Resources of an account as the goals are for."""
MANY_REGIONS = (
    *REGIONS,
    *("us-east-2", "us-west-1", "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2"),
    *("ap-northeast-3", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"),
    *("ap-southeast-5", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1"),
    *("eu-south-1", "eu-south-2", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "sa-east-1"),
)


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    resources: int
    regions: int
    latency: float
    """Seconds added to each call."""
    cost: Cost
    calls: dict[str, int]
    """By service."""
    duplicates: dict[str, int]
    """Calls that had been answered before, word by word, by service, operation and region."""
    covered: str
    answered: str = "moto"
    """By moto, or from ``memory``."""
    missed: dict[str, int] | None = None
    """Calls of all runs that were not remembered, so that moto answered, by service, operation and region."""

    def told(self) -> str:
        """The line, in Markdown."""
        cost = self.cost
        return (
            f"| {self.name} | {self.resources} in {self.regions} | {self.answered} | {self.latency * 1000:.0f} | {cost.wall:.1f} |"
            f" {cost.cpu:.1f} | {cost.rss:.0f} | {sum(self.calls.values())} | {sum(self.duplicates.values())} |"
            f" {self.covered} |"
        )


HEAD = (
    "| | resources in regions | answers | ms a call | wall s | CPU s | peak RSS MB | calls | of them again | covered |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def compare(runs: int, peers: Sequence[str] = ("prowler", "cloud-audit")) -> Iterator[Line]:
    """Measure: the peers once each, ourselves the median of several runs."""
    with aws_account.server() as proxy:
        account = aws_account.seeded(proxy)
        _ours("", proxy, account, REGIONS, 0.0, 1)  # moto loads what it needs
        yield from _each_way(proxy, lambda latency: _ours("wispwatch", proxy, account, REGIONS, latency, runs))
        if "prowler" in peers:
            some = aws_overlap.of_prowler()
            yield from _each_way(proxy, lambda latency: prowler(proxy, account, latency, some))
        if "cloud-audit" in peers:
            yield from _each_way(proxy, lambda latency: _cloud_audit(proxy, account, latency))
        if "prowler" in peers:
            yield from _each_way(proxy, lambda latency: prowler(proxy, account, latency))
        large = aws_account.seeded(proxy, 5 * USUAL)
        _ours("", proxy, large, REGIONS, 0.0, 1)
        many = "wispwatch, a large account"
        yield from _each_way(proxy, lambda latency: _ours(many, proxy, large, REGIONS, latency, runs))
        wide = "wispwatch, 32 regions"
        _ours("", proxy, account, MANY_REGIONS, 0.0, 1)
        yield from _each_way(proxy, lambda latency: _ours(wide, proxy, account, MANY_REGIONS, latency, runs))


def _each_way(proxy: Proxy, measure: Callable[[float], Line]) -> Iterator[Line]:
    """Measure with moto's answers, and then with the same ones from a memory that knows nothing but these runs."""
    memory = proxy.memory = Memory()
    try:
        yield measure(0.0)
        yield measure(LATENCY)
        memory.give()
        line = measure(LATENCY)
        missed = {" ".join(one): count for one, count in memory.missed.items()}
        yield replace(line, answered="memory", missed=missed)
    finally:
        proxy.memory = None


def environment(proxy: Proxy, seeded: Seeded) -> list[str]:
    """The command that runs another one with the account's credentials, and nothing else of AWS'."""
    account = seeded.account
    variables = {
        "AWS_ENDPOINT_URL": proxy.address,
        "AWS_ACCESS_KEY_ID": account.key,
        "AWS_SECRET_ACCESS_KEY": account.secret,
        "AWS_SESSION_TOKEN": account.token,
        "AWS_DEFAULT_REGION": REGIONS[0],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "PYTHONWARNINGS": "ignore",
    }
    return ["env", *(f"{name}={value}" for name, value in variables.items())]


def scan_command(folder: Path, regions: Sequence[str]) -> list[str]:
    """Our scan of these regions, with the gentle default of calls a second."""
    config = folder / "config.yaml"
    told = {"name": "account", "kind": "aws", "aws": {"regions": list(regions)}}
    config.write_text(json.dumps({"targets": [told]}))
    return [sys.executable, "-m", "agent", "scan", "--config", str(config), "--target", "account", "--format", "json"]


def _ours(name: str, proxy: Proxy, seeded: Seeded, regions: Sequence[str], latency: float, runs: int) -> Line:
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch, "report.json")
        command = [*environment(proxy, seeded), *scan_command(Path(scratch), regions)]
        line = _measured(name, proxy, seeded, len(regions), latency, command, output, runs)
        asset = json.loads(output.read_text())["assets"][0]
    statuses = Counter(finding["status"] for finding in asset["findings"])
    checks = len({finding["check"] for finding in asset["findings"]})
    told = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    return _covering(line, f"{checks} checks: {told}")


def prowler(
    proxy: Proxy, seeded: Seeded, latency: float, checks: Sequence[str] = (), output: Path | None = None
) -> Line:
    """Prowler with these checks, or with all checks of the services that they are about."""
    program = str(aws_peers.program(aws_peers.PROWLER))
    version = aws_peers.PROWLER.partition("==")[2]
    services = sorted({name.split("_")[0] for name in aws_overlap.of_prowler()})
    what = ["--checks", *checks] if checks else ["--services", *services]
    with tempfile.TemporaryDirectory() as scratch:
        folder = output or Path(scratch)
        quiet = ["--no-banner", "--no-color", "--output-formats", "csv", "--output-directory", str(folder)]
        command = [*environment(proxy, seeded), program, "aws", "--region", *REGIONS, *what, *quiet, "-F", "prowler"]
        name = f"Prowler {version}, {'the checks that overlap' if checks else 'whole services'}"
        line = _measured(name, proxy, seeded, len(REGIONS), latency, command, None, 1, (0, 3))
        with (folder / "prowler.csv").open() as told:
            rows = list(csv.DictReader(told, delimiter=";"))
    return _covering(line, f"{len(checks) or 'all'} checks of {len(services)} services: {len(rows)} findings")


def _cloud_audit(proxy: Proxy, seeded: Seeded, latency: float) -> Line:
    program = str(aws_peers.program(aws_peers.CLOUD_AUDIT))
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch, "audit.json")
        options = ["--regions", ",".join(REGIONS), "--format", "json", "--output", str(output)]
        command = [*environment(proxy, seeded), program, "scan", *options]
        name = aws_peers.CLOUD_AUDIT.replace("==", " ")
        line = _measured(name, proxy, seeded, len(REGIONS), latency, command, None, 1, (0, 1, 2))
        told = json.loads(output.read_text())
    return _covering(line, f"{len(told.get('findings', told.get('results', ())))} findings")


def _measured(
    name: str,
    proxy: Proxy,
    seeded: Seeded,
    regions: int,
    latency: float,
    command: Sequence[str],
    output: Path | None,
    runs: int,
    ok: tuple[int, ...] = (0,),
) -> Line:
    costs = []
    for _ in range(runs):
        proxy.forget()
        proxy.latency = latency
        costs.append(cost_of(command, 1, output, ok))
    cost = Cost(*(statistics.median(getattr(one, part) for one in costs) for part in ("wall", "cpu", "rss")))
    again = {" ".join(one): count for one, count in proxy.duplicates().items()}
    line = Line(name, seeded.resources, regions, latency, cost, dict(proxy.calls()), again, "")
    proxy.forget()
    return line


def _covering(line: Line, covered: str) -> Line:
    return replace(line, covered=covered)
