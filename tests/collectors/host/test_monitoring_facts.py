"""Odd and hostile input to the parsers of audit, logs, clock and units: a wrong fact is never made of it."""

import pytest

from collectors.collector import Collector
from collectors.host.audit import AuditRules, audit_rules, auditd
from collectors.host.clock import clock
from collectors.host.journal import Journal, journal
from collectors.host.log_shipping import log_shipping
from collectors.host.logrotate import Rotations, rotations
from collectors.host.processes import Processes, processes
from collectors.host.rsyslog import Rsyslog, rsyslog
from collectors.host.schedules import schedules
from collectors.host.units import Units, units
from collectors.readings import Text, Unread

GARBAGE = ["<html>", "\x00\x01\\xff", "wants", "line line", "a b c d e f g h"]


@pytest.mark.parametrize("text", GARBAGE)
@pytest.mark.parametrize(
    "one", [auditd, clock, log_shipping, rotations, rsyslog, schedules, units], ids=lambda one: one.name
)
def test_garbage_is_not_understood(one: Collector, text: str) -> None:
    outcome = one.outcome({source.key: Text(text) for source in one.sources})
    assert isinstance(outcome, Unread) or (one is units and outcome == Units())


def test_no_process_at_all_is_not_understood() -> None:
    assert isinstance(processes.outcome({processes.sources[0].key: Text("\n")}), Unread)


def test_long_names_of_processes_are_compared_as_the_kernel_cuts_them() -> None:
    assert Processes.of("sentinelone-agent").any_of("sentinelone-agent")
    found = processes.parse("sentinelone-age\nsystemd\n")
    assert found.any_of("sentinelone-agent")


def rules(*lines: str) -> AuditRules:
    made = audit_rules.parse({"/etc/audit/rules.d/a.rules": "\n".join(lines)}, ())
    assert isinstance(made, AuditRules)
    return made


@pytest.mark.parametrize(
    ("line", "watched"),
    [
        ("-w /etc/passwd", True),
        ("-w /etc/passwd -p r", False),
        ("-w /etc -p wa", True),
        ("-w /etcetera -p wa", False),
        ("-a always,exit -F path=/etc/passwd -F perm=wa", True),
        ("-a exit,always -F dir=/etc -F perm=w", True),
        ("-a always,exit -F path=/etc -F perm=w", False),
        ("-a always,exit -F path=/etc/passwd -F success=0", False),
        ("-a always,exit -F path=/etc/passwd -F uid=33", False),
        ("-a always,exit -F path=/etc/passwd -F auid>=1000 -F auid!=4294967295", True),
        ("-a never,exit -F path=/etc/passwd", False),
        ("-a always,exclude -F path=/etc/passwd", False),
    ],
)
def test_what_a_rule_watches(line: str, watched: bool) -> None:
    assert rules(line).watches("/etc/passwd") is watched


def test_the_first_rule_that_is_met_decides() -> None:
    assert rules("-w /etc/passwd -p wa", "-a never,exit -F dir=/etc").watches("/etc/passwd")
    assert not rules("-w /etc/passwd -p wa", "-A never,exit -F dir=/etc").watches("/etc/passwd")
    assert not rules("-a never,exit", "-w /etc/passwd -p wa").watches("/etc/passwd")
    assert not rules("-w /etc/passwd -p wa", "-W /etc/passwd").watches("/etc/passwd")
    assert not rules("-w /etc/passwd -p wa", "-e 0").watches("/etc/passwd")


@pytest.mark.parametrize("line", ["-x", "watch /etc/passwd", "-a always", "-w /etc/passwd -p"])
def test_a_rule_that_auditctl_refuses_is_not_understood(line: str) -> None:
    with pytest.raises((ValueError, StopIteration, IndexError)):
        rules(line)


def test_use_of_privilege() -> None:
    assert rules("-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0").records_privilege_use()
    assert rules("-a always,exit -S all").records_privilege_use()
    assert not rules("-a always,exit -F arch=b64 -S execve -F uid=33").records_privilege_use()
    assert not rules("-a always,exit -F arch=b64 -S chmod").records_privilege_use()
    assert rules("-w /usr/bin/sudo -p x").records_privilege_use()
    assert not rules("-a never,task", "-w /usr/bin/sudo -p x").records_privilege_use()


@pytest.mark.parametrize(
    ("span", "days"),
    [("0", None), ("infinity", None), ("1month", 30.4375), ("36h", 1.5), ("1week 1d", 8), ("86400", 1)],
)
def test_time_spans_of_systemd(span: str, days: float | None) -> None:
    assert Journal({"maxretentionsec": span}).kept_days == days


def test_a_journal_of_unknown_storage_is_not_understood() -> None:
    said = {
        journal.sources[0].key: Text("81ed 0 0 root root 1 1 /lib/systemd/systemd-journald\n"),
        journal.sources[1].key: Text('{"/etc/systemd/journald.conf": "[Journal]\\nStorage=cloud\\n"}'),
    }
    assert isinstance(journal.outcome(said), Unread)


def configuration(**files: str) -> str:
    return "".join(
        f"{path}\t\n" + "".join(f"{path}\t{line}\n" for line in text.splitlines()) for path, text in files.items()
    )


def rotated(text: str) -> Rotations:
    made = rotations.parse(
        configuration(
            **{"/etc/logrotate.conf": "weekly\nrotate 4\ninclude /etc/logrotate.d", "/etc/logrotate.d/a": text}
        )
    )
    assert isinstance(made, Rotations)
    return made


@pytest.mark.parametrize(
    ("block", "days"),
    [
        ("/var/log/auth.log {\n}", 28.0),
        ("/var/log/auth.log { daily\n rotate 7\n}", 7.0),
        ('"/var/log/a b.log"\n/var/log/*.log\n{\nmonthly\nrotate 12\n}', 360.0),
        ("/var/log/auth.log {\nrotate -1\n}", float("inf")),
        ("/var/log/auth.log {\nrotate 0\n}", 0.0),
        ("/var/log/auth.log {\nsize 1M\n}", None),
        ("/var/log/auth.log {\nsize 1M\nweekly\n}", 28.0),
        ("/var/log/auth.log {\nmaxsize=1M\n}", None),
        ("/var/log/auth.log {\nminsize 1M\n}", 28.0),
        ("/var/log/auth.log {\nmaxage 3\n}", 3.0),
    ],
)
def test_how_long_a_rotation_keeps(block: str, days: float | None) -> None:
    found = rotated(block).of("/var/log/auth.log")
    assert found is not None
    assert found.kept_days == days


def test_a_file_that_is_not_rotated() -> None:
    assert rotated("/var/log/mail.log {\n}").of("/var/log/auth.log") is None


@pytest.mark.parametrize("text", ["/var/log/a {\n", "}\n"])
def test_braces_that_do_not_fit_are_not_understood(text: str) -> None:
    with pytest.raises(ValueError, match="brace"):
        rotated(text)


def test_rsyslog_stops_where_it_is_told() -> None:
    text = "auth,authpriv.* stop\n*.* @@logs.example.org\n"
    made = rsyslog.parse(configuration(**{"/etc/rsyslog.conf": text}))
    assert made == Rsyslog()


def test_rsyslog_passes_on_what_a_selector_chose() -> None:
    text = "authpriv.* /var/log/secure\n& @@logs.example.org:514\n"
    made = rsyslog.parse(configuration(**{"/etc/rsyslog.conf": text}))
    assert made == Rsyslog(("/var/log/secure",), ("logs.example.org",))


def test_rsyslog_reads_no_folder_that_is_not_included() -> None:
    made = rsyslog.parse(configuration(**{"/etc/rsyslog.conf": "kern.* /x\n", "/etc/rsyslog.d/a.conf": "*.* @@h\n"}))
    assert made == Rsyslog()


def test_units_without_systemd() -> None:
    listing = "rc auditd\nnative auditd\nopenrc sshd\n"
    assert units.parse(listing) == Units.of("auditd.service", "sshd.service")
    assert units.parse("init systemd\n" + listing) == Units.of("sshd.service")


def test_units_of_rescue_are_not_started() -> None:
    assert units.parse("init systemd\nwants rescue.target.wants/a.service\n") == Units()
