"""17.04(4) at the audit daemon: what people do on the system is recorded."""

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, passed
from collectors.host.audit import Auditd, AuditRule, AuditRules
from collectors.host.processes import Processes
from collectors.host.units import Units

_IDENTITY = "/etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/sudoers"
_LOGINS = ("/var/log/lastlog", "/run/faillock", "/var/log/faillog", "/var/log/wtmp", "/var/log/btmp", "/var/lib/wtmpdb",
           "/var/log/tallylog", "/run/utmp", "/var/lib/lastlog")  # fmt: skip
_SUDO = AuditRule(place="exit", syscalls=("execve",), conditions=("arch=b64", "uid!=euid", "euid=0"))


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[Units.of("auditd.service")],
    fails=[Units(), Units(masked=frozenset({"auditd.service"}))],
)
def audit_service_is_enabled(units: Units) -> Verdict:
    """Every boot starts a service that records what the kernel's audit system sees.

    Why: without it nothing tells who opened, changed or copied files with personal information.
    Fix: install auditd (package auditd, or audit) and run `systemctl enable --now auditd`.
    """
    if unit := units.any_of("auditd.service", "auditbeat.service", "go-audit.service"):
        return passed(unit=unit)
    if "auditd.service" in units.masked:
        return failed("auditd is masked: nothing can start it", unit="auditd.service")
    return failed("no boot starts an audit service")


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[Processes.of("systemd", "auditd")],
    fails=[Processes.of("systemd", "kauditd")],
)
def audit_service_is_running(processes: Processes) -> Verdict:
    """A service that records what the kernel's audit system sees runs now.

    Why: an audit service that is enabled but has stopped records no access to personal information.
    Fix: run `systemctl status auditd`, mend what it names, and start it.
    """
    if name := processes.any_of("auditd", "auditbeat", "go-audit"):
        return passed(process=name)
    return failed("no audit service runs")


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[
        AuditRules((AuditRule(path="/etc", below=True, permissions="wa"),)),
        given(AuditRules((AuditRule(path="/etc/passwd"),)), files="/etc/passwd"),
    ],
    fails=[
        AuditRules(),
        AuditRules((AuditRule(path="/etc/passwd"),)),
        AuditRules((AuditRule(path="/etc", below=True),), enabled=False),
    ],
)
def audit_rules_watch_accounts_and_rights(rules: AuditRules, *, files: str = _IDENTITY) -> Verdict:
    """Every change to the files that say who has an account and which rights it has is recorded.

    Why: a new account or a changed right is how unauthorized access to personal information lasts.
    Fix: for each file a line such as `-w /etc/passwd -p wa -k identity` in a file of /etc/audit/rules.d, then
        `augenrules --load`.
    Settings:
        files: paths with blanks between; the default is the files that decide who may log in and who may become root.
    """
    if not rules.enabled:
        return failed("the audit rules turn auditing off", rules=len(rules.rules))
    missing = [path for path in files.split() if not rules.watches(path)]
    if missing:
        return failed("changes to these files are not recorded", unwatched=missing)
    return passed(watched=files.split())


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[AuditRules((AuditRule(path="/run/faillock", below=True, permissions="wa"),))],
    fails=[AuditRules(), AuditRules((AuditRule(path="/var/log/lastlog", permissions="r"),))],
)
def audit_rules_watch_login_records(rules: AuditRules) -> Verdict:
    """Every change to a record of logins, or of failed ones, is recorded.

    Why: an intruder removes traces there first; monitoring that can be wiped unnoticed is not reasonable.
    Fix: add `-w /var/log/lastlog -p wa -k logins` and `-w /var/run/faillock -p wa -k logins` to /etc/audit/rules.d.
    """
    watched = [path for path in _LOGINS if rules.watches(path)]
    return passed(watched=watched) if watched else failed("no record of logins is watched")


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[AuditRules((_SUDO,)), AuditRules((AuditRule(path="/usr/bin/sudo", permissions="x"),))],
    fails=[AuditRules(), AuditRules((_SUDO,), enabled=False)],
)
def audit_rules_record_use_of_privilege(rules: AuditRules) -> Verdict:
    """It is recorded when someone acts with the rights of root.

    Why: root reads every file with personal information, so its use is what monitoring must be able to show.
    Fix: add `-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0 -k privilege` to a file of /etc/audit/rules.d.
    """
    if rules.records_privilege_use():
        return passed()
    return failed("no rule records programs that run as root for someone else, nor sudo")


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[Auditd({"max_log_file_action": "rotate", "space_left_action": "syslog", "disk_full_action": "suspend"})],
    fails=[
        Auditd(),
        Auditd({"space_left_action": "syslog", "disk_full_action": "halt", "max_log_file_action": "suspend"}),
        Auditd({"space_left_action": "email", "disk_full_action": "syslog", "write_logs": "no"}),
    ],
)
def audit_log_does_not_stop_unnoticed(auditd: Auditd) -> Verdict:
    """The audit log is written, and a full disk does not end it without a word.

    Why: filling a disk is an easy way to blind monitoring.
    Fix: in /etc/audit/auditd.conf set `max_log_file_action = rotate` (or keep_logs), `space_left_action = syslog` or email,
        and `disk_full_action` to other than ignore.
    """
    if auditd.value("write_logs") == "no" or auditd.value("local_events") == "no":
        return failed("what happens on this host is not written", write_logs=auditd.value("write_logs"))
    if auditd.value("max_log_file_action") == "suspend":
        return failed("after the first full file nothing is written", max_log_file_action="suspend")
    silent = [name for name in ("space_left_action", "disk_full_action") if auditd.value(name) == "ignore"]
    if silent:
        return failed("a disk that fills up is ignored", ignored=silent)
    return passed(
        space_left_action=auditd.value("space_left_action"), disk_full_action=auditd.value("disk_full_action")
    )
