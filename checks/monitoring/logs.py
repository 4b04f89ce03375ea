"""17.04(4) at the logs: they are kept, sent away, and out of reach of those they are about."""

from datetime import UTC, datetime, timedelta

from checks.check import check
from checks.verdict import LOW, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.busybox_syslog import BusyboxSyslog
from collectors.host.file_integrity import FileIntegrity
from collectors.host.journal import Journal
from collectors.host.log_files import LogFiles, LoginRecords
from collectors.host.log_shipping import LogShipping
from collectors.host.logrotate import Rotation, Rotations
from collectors.host.malware import MalwareAgents
from collectors.host.rsyslog import Rsyslog
from collectors.host.schedules import Schedules
from collectors.host.units import Units
from collectors.snapshot import Moment
from collectors.sources import Mode

_NOW = Moment(datetime(2026, 1, 31, tzinfo=UTC))
_RSYSLOG = ("rsyslog.service",)
_BUSYBOX = ("syslog.service",)
_WRITES = Rsyslog(files=("/var/log/auth.log",))
_SHIPPERS = (
    "filebeat.service", "promtail.service", "vector.service", "fluent-bit.service", "td-agent-bit.service",
    "td-agent.service", "fluentd.service", "nxlog.service", "splunk.service", "SplunkForwarder.service", "Splunkd.service",
    "wazuh-agent.service", "ossec.service", "auditbeat.service", "journalbeat.service", "rapid7_agent.service",
)  # fmt: skip
_MAY_SHIP = (
    "syslog-ng.service", "elastic-agent.service", "datadog-agent.service", "amazon-cloudwatch-agent.service",
    "google-cloud-ops-agent.service", "azuremonitoragent.service", "alloy.service", "grafana-agent.service",
    "otelcol.service", "otelcol-contrib.service", "telegraf.service", "nessusagent.service",
)  # fmt: skip


def _mode(path: str, permissions: int, kind: str = "file", modified: int = 0) -> Mode:
    return Mode(path, kind, permissions, 0, 4, "root", "adm", 100, modified)


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[
        (Journal({}, directory=True), None, Units(), None),
        (Journal({"storage": "volatile"}), _WRITES, Units.of(*_RSYSLOG), None),
        (None, _WRITES, Units.of(*_RSYSLOG), None),
        (None, None, Units.of("syslog.service"), BusyboxSyslog()),
    ],
    fails=[
        (Journal({}, directory=False), None, Units(), None),
        (Journal({"storage": "volatile"}, directory=True), _WRITES, Units(), None),
        (None, None, Units.of("syslog.service"), BusyboxSyslog("")),
        (None, None, Units(), BusyboxSyslog()),
    ],
)
def logs_of_logins_survive_a_reboot(
    journal: Journal | None, rsyslog: Rsyslog | None, units: Units, busybox: BusyboxSyslog | None
) -> Verdict:
    """Messages about logins are kept on disk.

    Why: a log that a reboot empties cannot show afterwards who had access to personal information.
    Fix: set `Storage=persistent` in /etc/systemd/journald.conf, or let rsyslog write `auth,authpriv.*` to a file.
    """
    if journal and journal.persistent:
        return passed(journal=journal.storage)
    if rsyslog and rsyslog.files and units.any_of(*_RSYSLOG):
        return passed(file=rsyslog.files[0])
    if busybox and busybox.file and units.any_of(*_BUSYBOX):
        return passed(file=busybox.file)
    if rsyslog and rsyslog.unseen and units.any_of(*_RSYSLOG):
        return unknown("rsyslog includes files elsewhere, which were not read", includes=rsyslog.unseen)
    if units.any_of("syslog-ng.service"):
        return unknown("syslog-ng is enabled, and what it writes was not read")
    return failed("logs are kept in memory only", journal=journal.storage if journal else "none")


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[
        (Rsyslog(hosts=("logs.example.org",)), LogShipping(), Units.of(*_RSYSLOG), None),
        (None, LogShipping(journal_upload=True), Units.of("systemd-journal-upload.service"), None),
        (None, LogShipping(), Units.of("filebeat.service"), None),
        (None, LogShipping(), Units.of("syslog.service"), BusyboxSyslog("", "logs.example.org")),
        (None, LogShipping(audit_remote=True), Units.of("auditd.service"), None),
    ],
    fails=[
        (_WRITES, LogShipping(), Units.of(*_RSYSLOG), None),
        (Rsyslog(hosts=("logs.example.org",)), LogShipping(journal_upload=True), Units(), None),
    ],
)
def logs_are_sent_to_another_host(
    rsyslog: Rsyslog | None, shipping: LogShipping, units: Units, busybox: BusyboxSyslog | None
) -> Verdict:
    """Messages about logins leave the host.

    Why: whoever takes over a host can empty its logs, but not those that another host has.
    Fix: forward `auth,authpriv.*` with rsyslog (`action(type="omfwd" ...)`, with TLS), or use systemd-journal-upload or an
        agent of your log collection.
    """
    enabled = units.any_of(*_RSYSLOG)
    if rsyslog and rsyslog.hosts and enabled:
        return passed(by="rsyslog", to=rsyslog.hosts)
    if shipping.journal_upload and units.any_of("systemd-journal-upload.service"):
        return passed(by="systemd-journal-upload")
    if shipping.audit_remote and units.any_of("auditd.service"):
        return passed(by="auditd")
    if busybox and busybox.host and units.any_of(*_BUSYBOX):
        return passed(by="busybox syslogd", to=busybox.host)
    if agent := units.any_of(*_SHIPPERS):
        return passed(by=agent.removesuffix(".service"))
    if agent := units.any_of(*_MAY_SHIP):
        return unknown(f"{agent.removesuffix('.service')} may send logs; whether it does was not read")
    if rsyslog and enabled and (rsyslog.hosts_of_some or rsyslog.unseen):
        return unknown("rsyslog has conditions or includes that are not understood", includes=rsyslog.unseen)
    return failed("nothing was found that sends them to another host")


@check(
    "17.04(4)",
    severity=LOW,
    passes=[
        (Journal(), _WRITES, Rotations((Rotation(("/var/log/auth.log",), 28.0),)), Units.of(*_RSYSLOG)),
        (Journal({}, directory=True), None, None, Units()),
        (Journal(), _WRITES, Rotations(), Units.of(*_RSYSLOG)),
    ],
    fails=[
        (Journal(), _WRITES, Rotations((Rotation(("/var/log/*.log",), 4.0),)), Units.of(*_RSYSLOG)),
        (Journal({"maxretentionsec": "1week"}, directory=True), None, None, Units()),
    ],
    not_applicable=[],
)
def logs_of_logins_are_not_deleted_too_early(
    journal: Journal | None, rsyslog: Rsyslog | None, rotations: Rotations | None, units: Units, *, days: int = 28
) -> Verdict:
    """No setting deletes messages about logins before a number of days.

    Why: unauthorized access is often noticed weeks later, and can then be looked into only as far as the logs go back.
    Fix: for files raise `rotate` in /etc/logrotate.d; for the journal remove `MaxRetentionSec` or raise it, and give it room
        with `SystemMaxUse`.
    Settings:
        days: least number of days; the item names none, and 28 is four weekly rotations, which Debian ships.
    """
    kept: list[float | None] = []
    if rsyslog and units.any_of(*_RSYSLOG):
        for path in rsyslog.files:
            rotation = rotations.of(path) if rotations else None
            kept.append(rotation.kept_days if rotation else float("inf"))
    if journal and journal.persistent:
        kept.append(journal.kept_days or float("inf"))
    if not kept:
        return unknown("nothing was found that keeps messages about logins on disk")
    told = [one for one in kept if one is not None]
    if told and max(told) >= days:
        return passed(days="not limited" if max(told) == float("inf") else round(max(told)))
    if None in kept:
        return unknown("size, and not time, decides when they are deleted")
    return failed("they are deleted too early", days=round(max(told), 1), least=days)


@check(
    "17.04(4)",
    severity=LOW,
    passes=[
        (LoginRecords((_mode("/var/log/wtmp", 0o664, modified=1769800000), _mode("/var/log/btmp", 0o660))), _NOW),
        (LoginRecords((_mode("/var/lib/wtmpdb/wtmp.db", 0o644, modified=1769800000),)), _NOW),
    ],
    fails=[(LoginRecords(), _NOW), (LoginRecords((_mode("/var/log/wtmp", 0o664, modified=1769800000),)), _NOW)],
)
def records_of_logins_are_kept(records: LoginRecords, moment: Moment, *, days: int = 90) -> Verdict:
    """The system keeps a record of who logged in, and of who tried to.

    Why: these records answer who used the system when, which monitoring for unauthorized use begins with.
    Fix: create them: `touch /var/log/wtmp /var/log/btmp; chgrp utmp /var/log/[wb]tmp; chmod 0664 /var/log/wtmp; chmod 0660
        /var/log/btmp`; from Debian 13 on install libpam-wtmpdb instead.
    Settings:
        days: older than this and it is unknown whether logins are still recorded; a quarter, in which most hosts see one.
    """
    database = any("wtmpdb" in one.path or one.path.endswith(".db") for one in records.logins)
    if not records.logins:
        return failed("there is no record of logins (wtmp or wtmpdb)")
    if not records.failures and not database:
        return failed("there is no record of failed logins (btmp)")
    last = datetime.fromtimestamp(max(one.modified for one in records.logins), UTC)
    if why := moment.undatable(last):
        return unknown(why, last=last.date())
    if moment.at - last > timedelta(days=days):
        return unknown(
            "nothing has been recorded for long: no one logged in, or recording has stopped", last=last.date()
        )
    return passed(last=last.date())


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[
        LogFiles(
            (_mode("/var/log", 0o755, "directory"), _mode("/var/log/auth.log", 0o640), _mode("/var/log/wtmp", 0o664))
        )
    ],
    fails=[
        LogFiles((_mode("/var/log/auth.log", 0o644),)),
        LogFiles((_mode("/var/log/dpkg.log", 0o666),)),
        LogFiles((_mode("/var/log", 0o777, "directory"),)),
    ],
)
def log_files_are_protected(log_files: LogFiles) -> Verdict:
    """No log can be changed by everyone, and those that tell of logins cannot be read by everyone.

    Why: a log that anyone can change proves nothing, and messages about logins hold names and, mistyped, passwords.
    Fix: run `chmod o-w` on what is listed, and `chmod o-rwx` on /var/log/auth.log, secure, btmp and the audit log.
    """
    open_to_write = [one.path for one in log_files.modes if one.permissions & 0o002]
    if open_to_write:
        return failed("everyone may change them", paths=open_to_write)
    names = ("/var/log/auth.log", "/var/log/secure", "/var/log/btmp", "/var/log/sudo.log", "/var/log/audit/")
    open_to_read = [one.path for one in log_files.modes if one.path.startswith(names) and one.permissions & 0o004]
    if open_to_read:
        return failed("everyone may read them", paths=open_to_read)
    return passed(paths=len(log_files.modes))


@check(
    "17.04(4)",
    severity=LOW,
    passes=[
        (
            FileIntegrity(("aide",), ("/var/lib/aide/aide.db",)),
            Schedules.of(aide="/etc/cron.daily/dailyaidecheck"),
            MalwareAgents(),
            Units.of("cron.service"),
        ),
        (FileIntegrity(("wazuh",)), Schedules(), MalwareAgents(), Units.of("wazuh-agent.service")),
        (None, Schedules(), MalwareAgents(("CrowdStrike Falcon",)), Units()),
    ],
    fails=[
        (None, Schedules(), MalwareAgents(("ClamAV",)), Units()),
        (FileIntegrity(("aide",)), Schedules(), MalwareAgents(), Units.of("dailyaidecheck.timer")),
        (FileIntegrity(("aide",), ("/var/lib/aide/aide.db",)), Schedules(), MalwareAgents(), Units()),
    ],
)
def changes_to_system_files_are_noticed(
    integrity: FileIntegrity | None, schedules: Schedules, agents: MalwareAgents, units: Units
) -> Verdict:
    """A file-integrity tool compares the system's files regularly, or an endpoint agent watches them.

    Why: programs that an intruder replaces are found by nothing else on the host.
    Fix: install aide, run `aideinit`, copy the database to /var/lib/aide/aide.db and enable dailyaidecheck.timer.
    """
    if agents.others:
        return passed(by=agents.others)
    if integrity is None or not integrity.tools:
        return failed("no file-integrity tool and no endpoint agent is installed")
    unready = [tool for tool in integrity.tools if not integrity.ready(tool)]
    for tool in integrity.tools:
        timer = units.any_of("dailyaidecheck.timer", "aidecheck.timer", "aide-check.timer") if tool == "aide" else ""
        service = units.any_of(f"{tool}.service", f"{tool}-agent.service")
        if tool not in unready and (by := timer or service or schedules.starts(units, tool)):
            return passed(tool=tool, by=by)
    if unready == list(integrity.tools):
        return failed("the tool has nothing to compare with: its database was not made", tools=unready)
    return failed("nothing starts the tool regularly", tools=integrity.tools)
