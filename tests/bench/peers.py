"""Lynis and OpenSCAP on the same root in the same run: a debootstrap'ed Debian 12 with processes of its own."""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests import hosts
from tests.bench.measure import Cost, cost_of

_SCAP = "/usr/share/xml/scap/ssg/content/ssg-debian12-ds.xml"
_PROFILES = {
    "ANSSI BP-028 high": "xccdf_org.ssgproject.content_profile_anssi_bp28_high",
    "standard": "xccdf_org.ssgproject.content_profile_standard",
}


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    name: str
    cost: Cost
    covered: str


def compare(runs: int) -> list[Line]:
    """Measure all of them."""
    with hosts.tree_of(hosts.image()) as tree:
        _provide(tree)
        with hosts.running(tree, "bench") as host:
            for command in (["/usr/sbin/sshd"], ["rsyslogd"], ["nginx"]):
                host.start(*command)
            lines = [_ours(host, runs), *_openscap(host, runs), _lynis(host)]
    return lines


def _provide(tree: hosts.Tree) -> None:
    """Install the peers from Debian, Debian 12 content for OpenSCAP from Debian 13, and ourselves."""
    with tempfile.TemporaryDirectory() as scratch:
        with Path(scratch, "log").open("w") as log:
            hosts.install_packages(tree.root, "lynis openscap-scanner", log)
        content = _content(Path(scratch))
        subprocess.run(["dpkg", "-x", str(content), str(tree.root)], check=True)
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        wheel = [*pip, "wheel", "--no-deps", "--wheel-dir", scratch, str(Path(__file__).parent.parent.parent)]
        subprocess.run(wheel, check=True)
        ours = next(Path(scratch).glob("wispwatch-*.whl"))
        into = ["--target", str(tree.root / "opt/wispwatch"), "--python-version", "3.11", "--only-binary", ":all:"]
        subprocess.run([*pip, "install", *into, str(ours)], check=True)
    compiled = ["chroot", str(tree.root), "python3", "-m", "compileall", "-q", "/opt/wispwatch"]
    subprocess.run(compiled, check=True)


def _content(scratch: Path) -> Path:
    """Debian 13's ssg-debian: the one of Debian 12 knows Debian 11 only, and finds nothing applicable on 12."""
    (scratch / "lists/partial").mkdir(parents=True)
    (scratch / "cache/archives/partial").mkdir(parents=True)
    sources = scratch / "sources.list"
    sources.write_text("deb http://deb.debian.org/debian trixie main\n")
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    subprocess.run([*apt, "update"], check=True)
    subprocess.run([*apt, "download", "ssg-debian"], check=True, cwd=scratch)
    return next(scratch.glob("ssg-debian_*.deb"))


def _ours(host: hosts.RunningHost, runs: int) -> Line:
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch, "report.json")
        scan = [*host.enter, "env", "PYTHONPATH=/opt/wispwatch", "python3", "-m", "agent", "scan", "--format", "json"]
        cost = cost_of(scan, runs, output)
        asset = json.loads(output.read_text())["assets"][0]
    statuses = Counter(finding["status"] for finding in asset["findings"])
    judged = sum(control["status"] in {"pass", "fail"} for control in asset["controls"])
    checks = len({finding["check"] for finding in asset["findings"]})
    told = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    return Line(
        "wispwatch",
        cost,
        f"{checks} checks ({told}); {judged} of {len(asset['controls'])} items and halves of 17.04 pass or fail",
    )


def _lynis(host: hosts.RunningHost) -> Line:
    cost = cost_of([*host.enter, "lynis", "audit", "system", "--quick", "--quiet", "--no-colors"], 1, ok=(0, 78))
    report = host.read("/var/log/lynis-report.dat")
    run = re.search(r"^lynis_tests_done=(\d+)|^tests_executed=(.*)$", report, re.MULTILINE)
    tests = run.group(1) or str(len([name for name in run.group(2).split("|") if name])) if run else "?"
    return Line("Lynis " + _version(host, "lynis"), cost, f"{tests} tests; no item of 17.04 named")


def _openscap(host: hosts.RunningHost, runs: int) -> list[Line]:
    lines = []
    for title, profile in _PROFILES.items():
        with tempfile.TemporaryDirectory() as scratch:
            output = Path(scratch, "oscap.txt")
            command = [*host.enter, "oscap", "xccdf", "eval", "--profile", profile, _SCAP]
            cost = cost_of(command, runs, output, ok=(0, 2))
            results = Counter(re.findall(r"^Result\s+(\w+)", output.read_text(), re.MULTILINE))
        told = ", ".join(f"{count} {status}" for status, count in results.most_common())
        version = _version(host, "openscap-scanner")
        lines.append(
            Line(f"OpenSCAP {version}, {title}", cost, f"{results.total()} rules ({told}); no item of 17.04 named")
        )
    return lines


def _version(host: hosts.RunningHost, package: str) -> str:
    return host.run("dpkg-query", "-W", "-f", "${Version}", package).split("-")[0].split("+")[0]
