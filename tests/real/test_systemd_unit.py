"""The units on a real systemd: they run, see what root sees, and may do little else."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from collectors.host.personal_information_files import SUMMARY
from tests.booted import Booted, booted
from tests.discovery.numbers import SOCIAL_SECURITY
from tests.hosts import need, until
from tests.packaged import ROOT, apt, built, debian
from tests.quickstarts import steps

pytestmark = pytest.mark.real
UNITS = ROOT / "deploy/systemd"
TIMERS = ("wispwatch-scan.timer", "wispwatch-discover.timer")
CONFIG = """\
asset: booted
personal_information:
  places: [{path: /srv/clients, readers: [ana]}, {path: /home/ana/clients}, {path: /tmp/clients}]
discover: {paths: [/srv, /home]}
checks:
  no-account-has-a-vendor-default-password: {enabled: true}
  no-service-here-lets-in-with-a-published-login: {enabled: true}
"""
PEOPLE = """
useradd -m -s /bin/sh ana; useradd -m -s /bin/sh ben; echo ben:admin | chpasswd; chmod 0700 /home/ana /home/ben
mkdir -p /srv/clients /home/ana/clients; echo x >/srv/clients/a; chmod 0644 /srv/clients/a
mkdir -m 0700 /home/ana/.ssh /root/.aws; ssh-keygen -q -t ed25519 -N '' -f /home/ana/.ssh/id_ed25519
chown -R ana: /home/ana; echo 'export DB_PASSWORD=correct-horse-battery-9' >/home/ben/.bash_history
printf '[default]\\naws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz\\n' >/root/.aws/credentials
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """A Debian 12 that runs services, and on which the package was installed."""
    deb, _ = built(tmp_path_factory.mktemp("dist"))
    with debian("bookworm", deb) as tree:
        apt(tree, "install", "/root/wispwatch.deb")
        tree.run("sh", "-c", PEOPLE)
        tree.write("/etc/wispwatch/config.yaml", CONFIG)
        with booted(tree) as alive:
            yield alive


def verdicts(lines: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Status and reason by check and subject."""
    found = [json.loads(line) for line in lines.splitlines()]
    return {(one["check"], one["subject"]): (one["status"], one["reason"]) for one in found if "check" in one}


def scan_of_the_unit(machine: Booted, *settings: str) -> dict[tuple[str, str], tuple[str, str]]:
    """What wispwatch-scan.service finds, with more settings of [Service]."""
    drop_in = "/run/systemd/system/wispwatch-scan.service.d/test.conf"
    machine.run("mkdir", "-p", drop_in.rpartition("/")[0])
    machine.run("tee", drop_in, stdin="\n".join(["[Service]", *settings, ""]))
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "wispwatch-scan.service")
    return verdicts(machine.read("/var/lib/wispwatch/reports/scan.jsonl"))


@pytest.fixture(scope="module")
def by_root(machine: Booted) -> dict[tuple[str, str], tuple[str, str]]:
    """What root finds, with all its rights."""
    until(lambda: machine.ask("systemctl", "is-active", "postgresql@15-main").stdout.strip() == "active", 180)
    leaking = [
        "systemd-run",
        "-q",
        "-p",
        "User=ben",
        "-E",
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzz",
    ]
    machine.run(*leaking, "sleep", "infinity")
    machine.run("mkdir", "/tmp/clients")  # at its start systemd empties the folder
    return verdicts(machine.run("wispwatch", "scan", "--format", "jsonl"))


def test_the_units_are_right_and_expose_little(machine: Booted) -> None:
    names = ("wispwatch.service", "wispwatch-scan.service", "wispwatch-discover.service", *TIMERS)
    said = machine.ask("systemd-analyze", "verify", *(f"/usr/lib/systemd/system/{name}" for name in names))
    assert (said.returncode, said.stdout, [line for line in said.stderr.splitlines() if "wispwatch" in line]) == (
        0,
        "",
        [],
    )
    need("systemd")
    for name in names[:3]:
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=35", UNITS / name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-200:]


def test_both_services_have_the_same_rights() -> None:
    daemon, once = (
        (UNITS / name).read_text().partition("# What a scan needs of root")[2].partition("[Install]")[0].strip()
        for name in ("wispwatch.service", "wispwatch-scan.service")
    )
    assert daemon
    assert daemon == once


def test_the_unit_sees_what_root_sees(machine: Booted, by_root: dict[tuple[str, str], tuple[str, str]]) -> None:
    by_unit = scan_of_the_unit(machine)
    assert len(by_root) > 400
    assert {status for status, _ in by_root.values()} >= {"pass", "fail", "unknown", "not_applicable"}
    differing = {
        one: (by_root.get(one), by_unit.get(one))
        for one in {*by_root, *by_unit}
        if by_root.get(one, ("",))[0] != by_unit.get(one, ("",))[0]
    }
    assert differing == {}
    seen = {subject for (_, subject), (status, _) in by_unit.items() if status == "fail"}
    assert any("/home/ben/.bash_history" in one for one in seen), seen
    assert any("/root/.aws/credentials" in one for one in seen)
    assert by_unit["personal-information-has-an-owner", "/tmp/clients"][0] == "pass"


@pytest.mark.parametrize("right", ["CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE", "CAP_NET_ADMIN"])
def test_without_one_of_its_rights_it_sees_less_and_says_so(
    machine: Booted, by_root: dict[tuple[str, str], tuple[str, str]], right: str
) -> None:
    by_unit = scan_of_the_unit(machine, f"CapabilityBoundingSet=~{right}")
    worse = {
        one: (seen[0], by_unit[one][0])
        for one, seen in by_root.items()
        if one in by_unit and by_unit[one][0] != seen[0]
    }
    missing = {check for check, _ in by_root} - {check for check, _ in by_unit}
    assert missing == set()
    assert worse
    assert {now for _, now in worse.values()} == {"unknown"}, worse


def test_the_daemon_serves_reloads_and_is_watched(machine: Booted) -> None:
    ask = [
        "python3",
        "-c",
        "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9817/metrics').read().decode())",
    ]
    until(lambda: 'wispwatch_control_status{asset="booted"' in machine.run(*ask), 180)
    until(lambda: machine.shown("wispwatch", "StatusText").startswith("last scan of booted: "))
    machine.write("/etc/wispwatch/config.yaml", CONFIG + "log_level: loud\n")
    refused = machine.ask("systemctl", "reload", "wispwatch")
    assert refused.returncode != 0
    until(lambda: "log_level: 'loud' is none of" in machine.run("journalctl", "-u", "wispwatch", "--no-pager"))
    assert machine.shown("wispwatch", "ActiveState") == "active"
    machine.write("/etc/wispwatch/config.yaml", CONFIG.replace("asset: booted", "asset: renamed"))
    machine.run("systemctl", "reload", "wispwatch")
    until(lambda: 'wispwatch_control_status{asset="renamed"' in machine.run(*ask), 180)
    faulty = "[Service]\nWatchdogSec=2\nRestartSec=0\n"
    machine.run("mkdir", "-p", "/run/systemd/system/wispwatch.service.d")
    machine.run("tee", "/run/systemd/system/wispwatch.service.d/test.conf", stdin=faulty)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "wispwatch")
    machine.run("systemctl", "kill", "--signal=STOP", "wispwatch")
    # On a busy machine it may take longer than two seconds to come up, and be started once more.
    until(lambda: int(machine.shown("wispwatch", "NRestarts")) >= 1)
    until(lambda: machine.shown("wispwatch", "ActiveState") == "active")
    machine.run("rm", "/run/systemd/system/wispwatch.service.d/test.conf")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "wispwatch")


def test_a_fault_of_the_configuration_is_not_tried_again(machine: Booted) -> None:
    good = machine.read("/etc/wispwatch/config.yaml")
    machine.write("/etc/wispwatch/config.yaml", "log_level: loud\n")
    assert machine.ask("systemctl", "restart", "wispwatch").returncode != 0
    assert (machine.shown("wispwatch", "ActiveState"), machine.shown("wispwatch", "ExecMainStatus")) == ("failed", "2")
    machine.write("/etc/wispwatch/config.yaml", good)
    machine.run("systemctl", "start", "wispwatch")


def test_the_timer_starts_a_scan(machine: Booted) -> None:
    reports = machine.path("/var/lib/wispwatch/reports")
    (reports / "scan.jsonl").unlink(missing_ok=True)
    soon = "[Timer]\nOnCalendar=\nOnActiveSec=1ms\nAccuracySec=1ms\nRandomizedDelaySec=0\nPersistent=no\n"
    machine.run("mkdir", "-p", "/run/systemd/system/wispwatch-scan.timer.d")
    machine.run("tee", "/run/systemd/system/wispwatch-scan.timer.d/test.conf", stdin=soon)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "wispwatch-scan.timer")
    until((reports / "scan.jsonl").exists, 180)
    until(lambda: machine.shown("wispwatch-scan.service", "ActiveState") == "inactive")
    assert reports.stat().st_mode & 0o777 == 0o700
    assert (reports / "scan.jsonl").stat().st_mode & 0o777 == 0o600


def test_the_changes_that_the_page_shows(machine: Booted) -> None:
    ciphers, service, reports, metrics = (
        step.text for step in steps("deploying-with-systemd.md") if step.kind == "ini"
    )
    assert "CAP_SYS_ADMIN" in ciphers  # tried where there are ciphers: tests/vm/test_unit.py
    machine.run("mkdir", "-p", "/srv/reports", "/var/lib/prometheus/node-exporter", "/etc/wispwatch/keys")
    machine.write("/etc/wispwatch/keys/passphrase", "a passphrase\n", mode=0o600)
    for unit, text in (("wispwatch", service), ("wispwatch-scan", reports)):
        machine.run("mkdir", "-p", f"/etc/systemd/system/{unit}.service.d")
        machine.write(f"/etc/systemd/system/{unit}.service.d/override.conf", text)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "wispwatch")
    assert machine.shown("wispwatch", "MemoryMax") == str(2 << 30)
    inside = ("nsenter", "-t", machine.shown("wispwatch", "MainPID"), "-m", "-r", "-w")
    assert machine.run(*inside, "cat", "/run/credentials/wispwatch.service/ssh-passphrase") == "a passphrase\n"
    machine.run(*inside, "touch", "/var/lib/prometheus/node-exporter/a")
    assert "Read-only file system" in machine.ask(*inside, "touch", "/srv/reports/a").stderr
    machine.run("systemctl", "start", "wispwatch-scan.service")
    assert verdicts(machine.read("/srv/reports/scan.jsonl"))
    machine.write("/etc/systemd/system/wispwatch-scan.service.d/override.conf", metrics)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", "wispwatch-scan.service")
    file = machine.path("/var/lib/prometheus/node-exporter/wispwatch.prom")
    assert 'wispwatch_scan_last_success_timestamp_seconds{asset="' in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o644


def test_the_survey_for_personal_information_sees_all_files_and_tells_root_alone(machine: Booted) -> None:
    clients = "/home/ana/clients/list.csv"
    machine.run("tee", clients, stdin=f"name,ssn\nAnn Smith,{SOCIAL_SECURITY}\n")
    machine.run("chmod", "0600", clients)
    try:
        machine.run("systemctl", "start", "wispwatch-discover.service")
        said = json.loads(machine.read(SUMMARY))
        assert (said["kinds"]["social_security_number"], said["holding"], said["unseen"]) == (1, 1, 0)
        assert said["open"]["holding"] == 0
        report = machine.read("/var/lib/wispwatch/reports/personal-information.csv")
        assert clients in report
        assert SOCIAL_SECURITY not in report
        assert machine.run("stat", "-c", "%a %U", SUMMARY).split() == ["600", "root"]
        check = "discovered-personal-information-is-closed-to-others"
        judged = verdicts(machine.run("wispwatch", "scan", "--check", check, "--format", "jsonl"))
        assert judged[check, ""] == ("pass", "")
        assert machine.ask("systemctl", "is-enabled", "wispwatch-discover.timer").stdout.strip() == "disabled"
    finally:
        machine.run("rm", "-f", clients, SUMMARY)
