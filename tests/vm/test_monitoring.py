"""17.04(4) and 17.04(2)(a) where systemd, auditd, timesyncd and AppArmor really run."""

import pytest

from collectors.host.units import Units, units
from tests.hosts import until
from tests.machine import Machine

pytestmark = pytest.mark.vm

IN_FORCE = "audit-rules-of-the-files-are-in-force"
IDENTITY = "audit-rules-watch-accounts-and-rights"
RUNNING = "audit-service-is-running"
ENABLED = "audit-service-is-enabled"
ENFORCING = "mandatory-access-control-is-enforcing"
AT_START = "mandatory-access-control-starts-with-the-system"
CLOCK = "clock-is-synchronised"
JOURNAL = "logs-of-logins-survive-a-reboot"

# A time server of the stratum 1 that answers as SNTP (RFC 4330) says, with this machine's own time.
NTP = """
import socket, struct, time
door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
door.bind(("127.0.0.1", 123))
while True:
    asked, whom = door.recvfrom(512)
    now = int((time.time() + 2208988800) * 2**32)
    door.sendto(struct.pack("!BBbbII4sQ8sQQ", 0x24, 1, 6, -20, 0, 0, b"TEST", now, asked[40:48], now, now), whom)
"""


def test_the_machine_as_it_is_installed(machine: Machine) -> None:
    passing = (
        ENABLED,
        RUNNING,
        IN_FORCE,
        IDENTITY,
        "audit-rules-watch-login-records",
        "audit-rules-record-use-of-privilege",
        "audit-log-does-not-stop-unnoticed",
        "time-service-is-enabled",
        JOURNAL,
        ENFORCING,
        AT_START,
        "log-files-are-protected",
    )
    assert machine.statuses(*passing, CLOCK) == {**dict.fromkeys(passing, "pass"), CLOCK: "fail"}


def test_what_systemctl_says_of_units_is_what_we_say(machine: Machine) -> None:
    ours = units.outcome(machine.transport.read(units.sources))
    assert isinstance(ours, Units)
    listed = machine.run("systemctl list-unit-files --no-legend --no-pager --type=service,timer,socket")
    said = {line.split()[0]: line.split()[1] for line in listed.splitlines()}
    assert {name for name, state in said.items() if state == "enabled" and "@" not in name} <= ours.enabled
    assert not {name for name, state in said.items() if state in {"disabled", "masked"}} & ours.enabled
    active = machine.run(
        "systemctl list-units --no-legend --plain --state=active --type=service | cut -d' ' -f1"
    ).split()
    assert {"auditd.service", "firewalld.service", "ssh.service", "systemd-timesyncd.service"} <= set(
        active
    ) & ours.enabled


def test_the_audit_service_that_stopped(machine: Machine) -> None:
    try:
        machine.run("auditctl --signal stop 2>/dev/null || kill $(pidof auditd); sleep 1")
        assert machine.statuses(RUNNING, ENABLED) == {RUNNING: "fail", ENABLED: "pass"}
        machine.run("systemctl --no-reload mask auditd 2>/dev/null")
        assert machine.status(ENABLED) == "fail"
    finally:
        machine.run("systemctl --no-reload unmask auditd 2>/dev/null; systemctl start auditd")
    assert machine.statuses(RUNNING, ENABLED, IN_FORCE) == {RUNNING: "pass", ENABLED: "pass", IN_FORCE: "pass"}


def test_rules_that_are_in_files_and_not_in_the_kernel(machine: Machine) -> None:
    try:
        machine.run("auditctl -D")
        assert machine.statuses(IN_FORCE, IDENTITY) == {IN_FORCE: "fail", IDENTITY: "pass"}
        machine.run("augenrules --load; auditctl -e 0")
        assert machine.verdict(IN_FORCE) == ("fail", "auditing is switched off in the kernel")
        machine.run("auditctl -e 1; auditctl -A never,exit -F uid=0")
        assert machine.verdict(IN_FORCE)[1] == "a rule that no file has keeps something from being recorded"
        machine.run(
            "auditctl -D; echo '-a always,exit -F arch=b64 -S nosuchcall' >/etc/audit/rules.d/40-typing-error.rules"
        )
        machine.run("augenrules --load 2>&1 || true")
        status, reason = machine.verdict(IN_FORCE)  # loading ended at that line, before the rules of 50-people.rules
        assert (status, reason) == ("fail", "the kernel does not have every rule of the files")
    finally:
        machine.run("rm -f /etc/audit/rules.d/40-*; auditctl -e 1; augenrules --load")
    assert machine.status(IN_FORCE) == "pass"


def test_the_rules_that_come_with_auditd_as_examples(machine: Machine) -> None:
    """Rules of STIG and of others in all that the language has, as auditctl lists them."""
    names = "12-ignore-error 30-stig 30-ospp-v42-1-create-failed 32-power-abuse 41-containers 42-injection 43-module-load 44-installers 71-networking"
    loaded = f"for one in {names}; do cp /usr/share/doc/auditd/examples/rules/$one.rules /etc/audit/rules.d/; done; augenrules --load 2>&1 || true"
    try:
        said = machine.run(loaded)
        assert int(machine.run("auditctl -l | wc -l")) > 60
        assert "No such file" in said  # a directory that this machine does not have: no fault of the rules
        assert machine.verdict(IN_FORCE) == ("pass", "")
        machine.run("auditctl -d always,exit -F perm=x -F path=/usr/bin/npm -F key=software-installer")
        assert machine.status(IN_FORCE) == "fail"
    finally:
        machine.run(f"for one in {names}; do rm -f /etc/audit/rules.d/$one.rules; done; augenrules --load")


def test_apparmor(machine: Machine) -> None:
    try:
        machine.run(
            "for one in $(cut -d' ' -f1 /sys/kernel/security/apparmor/profiles | grep -v //); do printf $one >/sys/kernel/security/apparmor/.remove; done"
        )
        machine.run("systemctl --no-reload mask apparmor 2>/dev/null")
        assert machine.statuses(ENFORCING, AT_START) == {ENFORCING: "fail", AT_START: "fail"}
    finally:
        machine.run("systemctl --no-reload unmask apparmor 2>/dev/null; systemctl reload-or-restart apparmor")
    assert machine.statuses(ENFORCING, AT_START) == {ENFORCING: "pass", AT_START: "pass"}


def test_a_clock_that_follows_a_time_server(machine: Machine) -> None:
    assert machine.status(CLOCK) == "fail"  # the machine has no way out
    try:
        machine.write("/root/ntp.py", NTP)
        machine.write("/etc/systemd/timesyncd.conf.d/local.conf", "[Time]\nNTP=127.0.0.1\n")
        machine.run("systemd-run -q --unit=ntp python3 /root/ntp.py; sleep 2; systemctl restart systemd-timesyncd")
        until(lambda: machine.status(CLOCK) == "pass", seconds=60)
    finally:
        machine.run(
            "systemctl stop ntp; rm -f /etc/systemd/timesyncd.conf.d/local.conf; systemctl restart systemd-timesyncd"
        )


def test_a_journal_in_memory_only(machine: Machine) -> None:
    try:
        machine.write("/etc/systemd/journald.conf.d/memory.conf", "[Journal]\nStorage=volatile\n")
        machine.run("systemctl restart systemd-journald; systemctl --no-reload mask rsyslog 2>/dev/null")
        assert machine.status(JOURNAL) == "fail"
    finally:
        machine.run(
            "rm /etc/systemd/journald.conf.d/memory.conf; systemctl --no-reload unmask rsyslog 2>/dev/null; systemctl restart systemd-journald"
        )
    assert machine.status(JOURNAL) == "pass"
