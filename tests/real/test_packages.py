"""The packages, installed where they are meant for: on Debian with apt, and where rpm keeps the books."""

import contextlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.binding import Binder
from agent.config import Config
from tests.families import ALMA, host_of
from tests.hosts import RunningHost, Tree, need, running, until
from tests.packaged import ROOT, apt, built, debian, paths

pytestmark = pytest.mark.real
SUITES = {
    "bookworm": (
        "hosts over SSH need paramiko 3.5.1 or later, and 2.12.0 is installed",
        "AWS accounts need boto3 1.37 or later, and 1.26.27 is installed",
    ),
    "trixie": ("can be asked", "can be asked"),
}
"""And what their paramiko and boto3 are good for."""
ASK = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9817{}').read().decode())"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The deb and the rpm."""
    return built(tmp_path_factory.mktemp("dist"))


def test_the_same_tree_makes_the_same_packages(packages: tuple[Path, Path], tmp_path: Path) -> None:
    for one, again in zip(packages, built(tmp_path), strict=True):
        assert one.read_bytes() == again.read_bytes()


def test_the_package_holds_the_code_and_its_data(packages: tuple[Path, Path]) -> None:
    said = subprocess.run(["dpkg-deb", "-c", packages[0]], capture_output=True, text=True, check=True).stdout
    there = {line.split()[5].lstrip(".") for line in said.splitlines()}
    here = {
        f"/usr/lib/wispwatch/{path.relative_to(ROOT)}"
        for room in ("agent", "checks", "collectors")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert {one for one in there if one.startswith("/usr/lib/wispwatch/") and not one.endswith("/")} == here
    assert all(line.split()[1] == "root/root" and line[5] + line[8] == "--" for line in said.splitlines())


def test_links_of_the_pages_lead_to_what_the_package_brings(packages: tuple[Path, Path], tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", packages[0], tmp_path], check=True)
    pages = list((tmp_path / "usr/share/doc/wispwatch").rglob("*.md"))
    links = [
        (page, link)
        for page in pages
        if page.name != "what-we-read.md"  # which is full of scripts
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    ]
    assert len(links) > 100
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
    rules = tmp_path / "usr/share/doc/wispwatch/deploy/prometheus/rules"
    assert {one.name for one in rules.iterdir()} == {one.name for one in (ROOT / "deploy/prometheus/rules").iterdir()}


@contextlib.contextmanager
def daemon(host: RunningHost, log: Path) -> Iterator[None]:
    """The daemon by hand, since nothing there starts services."""
    with log.open("wb") as said:
        process = subprocess.Popen([*host.enter, "wispwatch", "run"], stderr=said, stdin=subprocess.DEVNULL)
        try:
            until(lambda: "msg=scanned" in log.read_text() or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield
        finally:
            host.run("pkill", "-TERM", "-f", "^/usr/bin/python3 -I /usr/bin/wispwatch run")
            assert process.wait(120) == 0


def works(host: RunningHost, log: Path) -> None:
    """A scan, the daemon and its metrics."""
    scanned = host.run("wispwatch", "scan", "--format", "jsonl", "--check", "sshd-refuses-empty-passwords")
    assert [one["status"] for one in map(json.loads, scanned.splitlines()) if "check" in one] == ["pass"]
    assert "The configuration is good." in host.run("wispwatch", "config", "check")
    with daemon(host, log):
        metrics = host.run("python3", "-c", ASK.format("/metrics"))
        assert "wispwatch_build_info{" in metrics
        assert "wispwatch_control_status{" in metrics
        need("prometheus")
        linted = subprocess.run(
            ["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True, check=False
        )
        assert (linted.returncode, linted.stdout + linted.stderr) == (0, "")
        assert "no statement of compliance" in host.run("python3", "-c", ASK.format("/"))


def libraries(host: RunningHost) -> tuple[str, str]:
    """What the doctor says of hosts over SSH, and of AWS accounts."""
    said = dict(line.partition(": ")[::2] for line in host.run("wispwatch", "doctor").splitlines())
    told = (
        said[name].removeprefix("stay unknown, since ").partition(" ->")[0]
        for name in ("Hosts over SSH", "AWS accounts")
    )
    return next(told), next(told)


@pytest.mark.parametrize("suite", SUITES)
def test_on_debian(packages: tuple[Path, Path], suite: str, tmp_path: Path) -> None:
    with debian(suite, packages[0], "python3-paramiko python3-boto3") as tree:
        before = paths(tree)
        apt(tree, "install", "/root/wispwatch.deb")
        assert tree.path("/etc/wispwatch/config.yaml").stat().st_mode & 0o777 == 0o640
        assert tree.path("/var/lib/wispwatch").stat().st_mode & 0o777 == 0o700
        assert list(tree.path("/usr/lib/wispwatch/agent/__pycache__").glob("cli.*.pyc"))
        enabled = tree.path("/etc/systemd/system/multi-user.target.wants/wispwatch.service")
        assert enabled.is_symlink()
        with running(tree, "server") as host:
            works(host, tmp_path / "log")
            assert tree.path("/var/lib/wispwatch/state.db").exists()
            assert libraries(host) == SUITES[suite]
            # A newer one beside wispwatch, as docs/packages.md tells; here an empty one that only says how new it is.
            for name in ("paramiko", "boto3"):
                tree.write(f"/usr/local/lib/wispwatch/{name}/__init__.py", '__version__ = "99.0"\n')
            assert libraries(host) == ("can be asked", "can be asked")
            tree.remove("/usr/local/lib/wispwatch")
        tree.append("/etc/wispwatch/config.yaml", "asset: kept\n")
        tree.write("/etc/wispwatch/roster.csv", "name\n")
        apt(tree, "install", "--reinstall", "/root/wispwatch.deb")
        assert "asset: kept" in tree.read("/etc/wispwatch/config.yaml")
        apt(tree, "remove", "wispwatch")
        assert tree.path("/etc/wispwatch/config.yaml").exists()
        assert tree.path("/var/lib/wispwatch/state.db").exists()
        apt(tree, "purge", "wispwatch")
        # What the administrator put there is the administrator's: see docs/packages.md.
        assert paths(tree) - before == {"etc/wispwatch", "etc/wispwatch/roster.csv"}
        assert before - paths(tree) == set()


@pytest.fixture(scope="module")
def rpm_host() -> Iterator[Tree]:
    """A tree that says it is AlmaLinux, with real rpm, and Python's libraries from Debian."""
    with host_of(
        ALMA, "openssh-server python3-click python3-prometheus-client python3-psutil python3-yaml python3-bcrypt"
    ) as tree:
        yield tree


def test_on_a_host_of_rpm(packages: tuple[Path, Path], rpm_host: Tree, tmp_path: Path) -> None:
    before = paths(rpm_host)
    rpm_host.path("/root/wispwatch.rpm").write_bytes(packages[1].read_bytes())
    wanted = rpm_host.run("rpm", "-qp", "--requires", "/root/wispwatch.rpm").splitlines()
    assert {"python3 >= 3.11", "python3dist(click) >= 8.1", "python3dist(psutil) >= 5.9"} <= set(wanted)
    refused = subprocess.run(
        ["chroot", rpm_host.root, "rpm", "--force-debian", "-i", "/root/wispwatch.rpm"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "python3dist(psutil) >= 5.9 is needed by wispwatch-0.1.0-1.noarch" in refused.stderr
    rpm_host.run("rpm", "--force-debian", "--nodeps", "-i", "/root/wispwatch.rpm")
    assert "/etc/wispwatch/config.yaml" in rpm_host.run("rpm", "-qc", "wispwatch")
    assert rpm_host.run("rpm", "-V", "--nodeps", "wispwatch") == ""
    with running(rpm_host, "server") as host:
        works(host, tmp_path / "log")
    rpm_host.run("rpm", "--force-debian", "-e", "wispwatch")
    left = {one for one in paths(rpm_host) - before if not one.startswith("var/lib/rpm")}
    state = {"var/lib/wispwatch", "var/lib/wispwatch/lock", "var/lib/wispwatch/state.db"}
    assert left == {"root/wispwatch.rpm", "usr/share/licenses", *state}  # the folder of licences is the distribution's
    assert before - paths(rpm_host) == set()


def test_what_the_configuration_shows_can_be_switched_on() -> None:
    lines = (ROOT / "deploy/packages/config.yaml").read_text().splitlines()
    shown = [line[1:] for line in lines if re.match(r"#(\S|  )", line)]
    found = Binder(Path("/etc/wispwatch/config.yaml")).bind("\n".join(shown), Config)
    assert isinstance(found, Config)
    assert found.asset == "files-1"
    assert found.registers.paths().keys() == {"roster", "training", "attestations"}
    assert found.personal_information.places[0].readers == ("clients",)
    assert Binder(Path("config.yaml")).bind("\n".join(lines), Config) == Config()
