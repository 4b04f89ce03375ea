import os
import time

import pytest

from collectors.transports.local import Shell
from tests.hosts import RunningHost, Tree, scan, until, worst

pytestmark = pytest.mark.real

IDENTITY = "audit-rules-watch-accounts-and-rights"
SURVIVE = "logs-of-logins-survive-a-reboot"
SENT = "logs-are-sent-to-another-host"
KEPT = "logs-of-logins-are-not-deleted-too-early"


def mask(tree: Tree, unit: str) -> None:
    tree.run("systemctl", "mask", unit)


def test_audit_service_enabled(tree: Tree) -> None:
    check = "audit-service-is-enabled"
    assert tree.status(check) == "pass"
    tree.run("systemctl", "disable", "auditd")
    assert tree.status(check) == "fail"
    tree.run("systemctl", "enable", "auditd")
    assert tree.status(check) == "pass"
    mask(tree, "auditd")
    assert tree.status(check) == "fail"


def test_what_systemctl_says_of_units_is_what_we_say(tree: Tree) -> None:
    from collectors.host.units import Units, units

    tree.run("systemctl", "disable", "cron")
    mask(tree, "nginx")
    ours = units.outcome(tree.transport.read(units.sources))
    assert isinstance(ours, Units)
    listed = tree.run("systemctl", "list-unit-files", "--no-legend", "--no-pager", "--type=service,timer,socket")
    said = {line.split()[0]: line.split()[1] for line in listed.splitlines()}
    enabled = {name for name, state in said.items() if state == "enabled" and "@" not in name}
    disabled = {name for name, state in said.items() if state in {"disabled", "masked"}}
    assert enabled <= ours.enabled
    assert sorted(disabled & ours.enabled) == []
    assert {"cron.service", "nginx.service"} <= disabled


def test_audit_service_running(host: RunningHost) -> None:
    check = "audit-service-is-running"
    assert host.status(check) == "fail"
    host.path("/usr/local/bin/auditd").write_bytes(host.path("/usr/bin/sleep").read_bytes())
    host.path("/usr/local/bin/auditd").chmod(0o755)
    host.start("/usr/local/bin/auditd", "100")
    until(lambda: host.status(check) == "pass")


def test_audit_rules_of_accounts(tree: Tree) -> None:
    assert tree.status(IDENTITY) == "fail"
    names = ("passwd", "shadow", "group", "gshadow", "sudoers")
    tree.write("/etc/audit/rules.d/50-a.rules", "".join(f"-w /etc/{name} -p wa -k identity\n" for name in names))
    assert tree.status(IDENTITY) == "pass"
    tree.write("/etc/audit/rules.d/9.rules", "-a never,exit -F path=/etc/shadow -F perm=wa\n")  # 9 comes before 50
    assert tree.status(IDENTITY) == "fail"
    tree.remove("/etc/audit/rules.d/9.rules")
    tree.write("/etc/audit/rules.d/99.rules", "-a task,never\n")
    assert tree.status(IDENTITY) == "fail"
    tree.write("/etc/audit/rules.d/99.rules", "-D\n-e 2\n")  # augenrules puts -D first
    assert tree.status(IDENTITY) == "pass"
    merged = tree.run("sh", "-c", "augenrules >/dev/null 2>&1; cat /etc/audit/audit.rules")
    assert merged.index("-D") < merged.index("/etc/passwd")


def test_stored_rules_without_rules_d(tree: Tree) -> None:
    tree.remove("/etc/audit/rules.d/audit.rules")
    tree.write("/etc/audit/audit.rules", "-w /etc/ -p wa\n")
    assert tree.status(IDENTITY) == "pass"
    tree.append("/etc/audit/audit.rules", "-D\n")
    assert tree.status(IDENTITY) == "fail"
    tree.write("/etc/audit/audit.rules", "-w /etc/ -p wa\nnonsense\n")
    assert tree.status(IDENTITY) == "unknown"


def test_audit_rules_of_logins_privilege_and_personal_information(tree: Tree) -> None:
    logins, privilege = "audit-rules-watch-login-records", "audit-rules-record-use-of-privilege"
    places = "audit-rules-watch-personal-information"
    assert tree.status(logins) == "fail"
    assert tree.status(privilege) == "fail"
    assert tree.status(places) == "unknown"
    for place in ("clients", "payroll"):
        tree.path(f"/srv/{place}").mkdir()
    assert worst(scan(tree.transport, places, places={"/srv/clients": None}))[0] == "fail"
    tree.write(
        "/etc/audit/rules.d/50.rules",
        "-w /var/run/faillock -p wa -k logins\n"
        "-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0 -k privilege\n"
        "-a always,exit -F dir=/srv/clients -F perm=rwa -F auid>=1000 -F auid!=unset -k pi\n",
    )
    assert tree.status(logins) == "pass"
    assert tree.status(privilege) == "pass"
    both = scan(tree.transport, places, places={"/srv/clients": None, "/srv/payroll": None})
    assert {one.subject: one.status.value for one in both} == {"/srv/clients": "pass", "/srv/payroll": "fail"}


def test_audit_log_and_a_full_disk(tree: Tree) -> None:
    check = "audit-log-does-not-stop-unnoticed"
    assert tree.status(check) == "pass"
    tree.replace("/etc/audit/auditd.conf", "disk_full_action = SUSPEND", "disk_full_action = IGNORE")
    assert tree.status(check) == "fail"
    tree.remove("/etc/audit/auditd.conf")
    assert tree.status(check) == "not_applicable"


def test_the_clock_service(tree: Tree) -> None:
    check = "time-service-is-enabled"
    assert tree.status(check) == "pass"
    tree.run("systemctl", "disable", "systemd-timesyncd")
    assert tree.status(check) == "fail"


def test_the_clock(host: RunningHost) -> None:
    """The answers have the form of chrony 4.3, ``chronyc -n -c tracking``; made by hand."""
    check = "clock-is-synchronised"
    assert host.status(check) == "unknown"  # timedatectl has no bus to ask
    answer = "C0A80101,192.168.1.1,{},1769800000.1,{},-0.0000012,0.0000120,-1.5,0.001,0.02,0.001,0.0005,64.2,{}\n"
    for stratum, offset, leap, status in (
        (3, "0.000012", "Normal", "pass"),
        (3, "-75.2", "Normal", "fail"),
        (0, "0.0", "Not synchronised", "fail"),
    ):
        said = answer.format(stratum, offset, leap)
        host.write("/usr/local/bin/chronyc", f"#!/bin/sh\necho '{said.strip()}'\n", mode=0o755)
        assert host.status(check) == status
    # What chronyd 4.3 says of itself with only `local stratum 10` in its configuration.
    itself = "7F7F0101,,10,1795311453.055622369,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal"
    host.write("/usr/local/bin/chronyc", f"#!/bin/sh\necho '{itself}'\n", mode=0o755)
    assert host.status(check) == "fail"
    host.write("/usr/local/bin/chronyc", "#!/bin/sh\necho 506 Cannot talk to daemon\nexit 1\n", mode=0o755)
    assert host.status(check) == "unknown"


def test_logs_survive_a_reboot(tree: Tree) -> None:
    assert tree.status(SURVIVE) == "pass"
    tree.remove("/var/log/journal")
    assert tree.status(SURVIVE) == "pass"  # rsyslog writes auth.log
    tree.run("systemctl", "disable", "rsyslog")
    assert tree.status(SURVIVE) == "fail"
    tree.write("/etc/systemd/journald.conf.d/10.conf", "[Journal]\nStorage=persistent\n")
    assert tree.status(SURVIVE) == "pass"
    tree.write("/usr/lib/systemd/journald.conf.d/20.conf", "[Journal]\nStorage=volatile\n")  # later by its name
    assert tree.status(SURVIVE) == "fail"
    tree.write("/etc/systemd/journald.conf.d/20.conf", "")  # hides the vendor's
    assert tree.status(SURVIVE) == "pass"


def test_logs_are_sent(tree: Tree) -> None:
    assert tree.status(SENT) == "fail"
    for line, status in (
        ("*.* @@logs.example.org:6514", "pass"),
        ("# *.* @@logs.example.org:6514", "fail"),
        ("*.* @127.0.0.1:514", "fail"),
        ("kern.* @@logs.example.org", "fail"),
        ("*.*;auth,authpriv.none @@logs.example.org", "fail"),
        ("auth,authpriv.info @@(o)[2001:db8::1]:514", "pass"),
        ('action(type="omfwd"\n  target="logs.example.org" port="6514"\n  protocol="tcp")', "pass"),
        ('*.* action(type="omrelp" target="logs.example.org" port="2514")', "pass"),
        ('if $programname == "x" then {\n action(type="omfwd" target="logs.example.org")\n}', "unknown"),
        ("$IncludeConfig /opt/site/*.conf", "unknown"),
    ):
        tree.write("/etc/rsyslog.d/90-site.conf", f"{line}\n")
        assert (line, tree.status(SENT)) == (line, status)
        tree.run("rsyslogd", "-N1") if "relp" not in line and "/opt" not in line else None


def test_logs_are_sent_by_others(tree: Tree) -> None:
    tree.write(
        "/lib/systemd/system/filebeat.service", "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n"
    )
    assert tree.status(SENT) == "fail"
    tree.run("systemctl", "enable", "filebeat")
    assert tree.status(SENT) == "pass"
    mask(tree, "filebeat")
    tree.write(
        "/lib/systemd/system/datadog-agent.service", "[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n"
    )
    tree.run("systemctl", "enable", "datadog-agent")
    assert tree.status(SENT) == "unknown"
    mask(tree, "datadog-agent")
    tree.write("/etc/audit/plugins.d/au-remote.conf", "active = yes\ndirection = out\n")
    assert tree.status(SENT) == "pass"


def test_no_password_of_rsyslog_leaves_the_host(tree: Tree) -> None:
    from collectors.host.rsyslog import rsyslog

    tree.write(
        "/etc/rsyslog.d/90-site.conf",
        'template(name="t" type="string" string="<%pri%>[hunter2@41058 tag=x]")\n'
        '$template old,"[hunter2@41058]"\n'
        "*.* :ommysql:db.example.org,syslog,me,hunter2\n"
        "*.* >db.example.org,syslog,me,hunter2\n"
        'action(type="ommysql" server="db.example.org"\n  uid="me" pwd="hunter2")\n'
        "$ActionLibdbiPassword hunter2\n"
        "if $msg contains 'hunter2' then stop\n",
    )
    read = tree.transport.read(rsyslog.sources)
    assert "omfile" not in repr(read)
    assert "auth.log" in repr(read)
    assert "hunter2" not in repr(read)


def test_logs_are_kept(tree: Tree) -> None:
    assert tree.status(KEPT) == "pass"
    tree.write("/etc/systemd/journald.conf", "[Journal]\nMaxRetentionSec=1week\n")
    assert tree.status(KEPT) == "pass"  # auth.log: 4 weeks
    assert tree.status(KEPT, days=90) == "fail"
    tree.replace("/etc/logrotate.d/rsyslog", "weekly", "daily")
    assert tree.run("logrotate", "-d", "/etc/logrotate.d/rsyslog") == ""
    assert tree.status(KEPT) == "fail"
    tree.replace("/etc/logrotate.d/rsyslog", "daily", "size 10M")
    assert tree.status(KEPT) == "unknown"
    tree.replace("/etc/logrotate.d/rsyslog", "size 10M", "monthly\n\tmaxage 7")
    assert tree.status(KEPT) == "fail"
    tree.write("/etc/systemd/journald.conf", "[Journal]\nMaxRetentionSec=\n")
    assert tree.status(KEPT) == "pass"


def test_records_of_logins(tree: Tree) -> None:
    check = "records-of-logins-are-kept"
    assert tree.status(check) == "pass"
    os.utime(tree.path("/var/log/wtmp"), (time.time() - 200 * 86400,) * 2)
    assert tree.status(check) == "unknown"
    tree.remove("/var/log/btmp")
    tree.write("/var/log/wtmp", "")
    assert tree.status(check) == "fail"
    tree.remove("/var/log/wtmp")
    assert tree.status(check) == "fail"
    tree.write("/var/lib/wtmpdb/wtmp.db", "SQLite format 3\0")
    assert tree.status(check) == "pass"


def test_log_files(tree: Tree) -> None:
    check = "log-files-are-protected"
    assert tree.status(check) == "pass"
    tree.write("/var/log/auth.log", "x", mode=0o640, owner=(0, 4))
    assert tree.status(check) == "pass"
    tree.path("/var/log/auth.log").chmod(0o644)
    assert tree.status(check) == "fail"
    tree.remove("/var/log/auth.log")
    tree.write("/var/log/audit/audit.log", "x", mode=0o604)
    assert tree.status(check) == "fail"
    tree.path("/var/log/audit/audit.log").chmod(0o600)
    assert tree.status(check) == "pass"
    tree.path("/var/log").chmod(0o777)
    assert tree.status(check) == "fail"


def test_file_integrity(tree: Tree) -> None:
    check = "changes-to-system-files-are-noticed"
    assert tree.status(check) == "fail"
    tree.write("/usr/bin/aide", "#!/bin/sh\n", mode=0o755)
    tree.write("/etc/cron.daily/dailyaidecheck", "#!/bin/sh\naide --check\n", mode=0o755)
    assert tree.status(check) == "fail"  # no database
    tree.write("/var/lib/aide/aide.db", "@@begin_db\n")
    assert tree.status(check) == "pass"
    tree.path("/etc/cron.daily/dailyaidecheck").chmod(0o644)
    assert tree.status(check) == "fail"  # run-parts passes it over
    assert "dailyaidecheck" not in tree.run("run-parts", "--test", "/etc/cron.daily")


def test_what_an_ordinary_user_may_not_see_is_unknown(tree: Tree) -> None:
    tree.write("/etc/crypttab", "data /dev/sdb1 none luks\n")
    tree.write("/etc/cryptsetup-keys.d/data.key", "k", mode=0o644)
    tree.path("/etc/cryptsetup-keys.d").chmod(0o700)
    user = Shell(("chroot", "--userspec=65534:65534", str(tree.root)))
    for check in (
        IDENTITY,
        SENT,
        "audit-log-does-not-stop-unnoticed",
        "log-files-are-protected",
        "keys-of-disks-are-private",
        "files-are-scanned-for-malware",
    ):
        assert (check, worst(scan(user, check))[0]) == (check, "unknown")
    assert worst(scan(user, SURVIVE))[0] == "pass"
