from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.declarations import bound
from collectors.collector import Platform
from collectors.readings import Unread
from tests.families import alpine_host, apk_says, seconds_ago
from tests.hosts import Tree, catalogue, running, sources_for

pytestmark = pytest.mark.real

PENDING = "no-security-update-is-pending"
FRESH = "security-lists-are-fresh"
AUTOMATIC = "security-updates-install-by-themselves"
SIGNED = "package-sources-are-signed"
LATELY = "packages-were-updated-lately"
SURVIVE = "logs-of-logins-survive-a-reboot"
SENT = "logs-are-sent-to-another-host"


@pytest.fixture
def alpine(tmp_path: Path) -> Iterator[Tree]:
    """Busybox and nothing else, with apk's files."""
    with alpine_host(tmp_path / "alpine") as tree:
        apk_says(tree, "alpine-3.20/apk-version-nothing")
        yield tree


def enable(tree: Tree, service: str, level: str = "default") -> None:
    """As ``rc-update add`` does."""
    tree.write(f"/etc/init.d/{service}", "#!/sbin/openrc-run\n", mode=0o755)
    link = tree.path(f"/etc/runlevels/{level}/{service}")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(f"/etc/init.d/{service}")


def test_every_source_is_answered_by_busybox_alone(alpine: Tree) -> None:
    found = catalogue()
    asked, _ = bound(sources_for(found, found.checks, Platform.LINUX), ("/etc", "root"))
    with running(alpine, "alpine") as host:
        readings = host.transport.read(asked)
    unread = {key: one.reason for key, one in readings.items() if isinstance(one, Unread)}
    # Each of these says truly what is missing here; nothing else may be unread.
    allowed = {
        "command:access control lists": "neither getfacl nor an ls that shows access control lists is installed",
        "command:logins with published pairs": "there is no python3 on the target",
        "command:clock synchronisation": "neither chronyc nor timedatectl is installed",
        "command:comparison with default passwords": "there is neither perl nor python3",
        "command:lsblk": "lsblk is not installed",
        "command:packet filter rules": "neither nft nor iptables is installed",
    }
    strange = {
        key: why
        for key, why in unread.items()
        if not any(key == name and words in why for name, words in allowed.items())
    }
    assert not strange
    assert len(readings) == len(asked) > 100


def test_updates(alpine: Tree) -> None:
    assert (alpine.status(PENDING), alpine.status(FRESH)) == ("pass", "pass")
    apk_says(alpine, "alpine-3.20/apk-version-pending")
    status, reason = alpine.verdict(PENDING)
    assert (status, "do not say which" in reason) == ("unknown", True)
    (finding,) = alpine.findings(PENDING, unmarked=True)
    assert finding.status.value == "fail"
    assert finding.verdict.observed["sources"] == "busybox, libcrypto3, py3-foo-bar"
    alpine.remove("/var/cache/apk/APKINDEX.2046cdcd.tar.gz")
    apk_says(alpine, "alpine-3.20/apk-version-no-index")
    assert (alpine.status(PENDING), alpine.status(FRESH)) == ("unknown", "fail")


def test_an_old_index(alpine: Tree) -> None:
    seconds_ago(alpine.path("/var/cache/apk/APKINDEX.2046cdcd.tar.gz"), days=30)
    assert (alpine.status(PENDING), alpine.status(FRESH)) == ("unknown", "fail")


@pytest.mark.parametrize("said", ["ERROR: unable to read\n", "Installed:\nbusybox 1 < 2\n"])
def test_what_apk_does_not_say_is_unknown(alpine: Tree, said: str) -> None:
    alpine.write("/srv/said", said)
    assert alpine.status(PENDING) == "unknown"


def test_apk_is_gone(alpine: Tree) -> None:
    alpine.remove("/sbin/apk")
    for check in (PENDING, FRESH, LATELY, SIGNED):
        assert alpine.verdict(check)[0] == "unknown", check
    assert "apk is not installed" in alpine.verdict(PENDING)[1]


def test_lately(alpine: Tree) -> None:
    assert alpine.status(LATELY) == "pass"
    seconds_ago(alpine.path("/lib/apk/db/installed"), days=200)
    assert alpine.status(LATELY) == "fail"


@pytest.mark.parametrize(
    ("path", "text", "status"),
    [
        ("/etc/apk/config", "allow-untrusted\n", "fail"),
        ("/etc/apk/config", "# allow-untrusted\nno-cache\n", "pass"),
        ("/etc/periodic/daily/up", "#!/bin/sh\napk upgrade -U --allow-untrusted\n", "fail"),
        ("/etc/periodic/daily/up", "#!/bin/sh\n# apk add --allow-untrusted x\napk upgrade -U\n", "pass"),
        ("/etc/apk/repositories", "# none\n", "not_applicable"),
    ],
)
def test_signatures(alpine: Tree, path: str, text: str, status: str) -> None:
    alpine.write(path, text)
    assert alpine.status(SIGNED) == status


def test_a_daily_upgrade_by_openrcs_cron(alpine: Tree) -> None:
    assert alpine.status(AUTOMATIC) == "fail"
    alpine.write("/etc/periodic/daily/apk", "#!/bin/sh\napk -U upgrade\n", mode=0o755)
    assert "no cron daemon" in alpine.verdict(AUTOMATIC)[1]
    enable(alpine, "crond")
    assert alpine.status(AUTOMATIC) == "pass"


def test_busybox_syslog(alpine: Tree) -> None:
    assert alpine.status(SURVIVE) == "fail"
    enable(alpine, "syslog", "boot")
    alpine.write("/etc/conf.d/syslog", '# -t Strip client-generated timestamps\nSYSLOGD_OPTS="-t"\n')
    assert alpine.status(SURVIVE) == "pass"
    assert alpine.status(SENT) == "fail"
    alpine.write("/etc/conf.d/syslog", 'SYSLOGD_OPTS="-t -C256"\n')
    assert alpine.status(SURVIVE) == "fail"
    alpine.write("/etc/conf.d/syslog", 'SYSLOGD_OPTS="-L -R logs.example.org:514"\n')
    assert (alpine.status(SURVIVE), alpine.status(SENT)) == ("pass", "pass")


def test_services_by_openrc_and_by_their_processes(alpine: Tree) -> None:
    assert alpine.status("time-service-is-enabled") == "fail"
    assert alpine.status("audit-service-is-enabled") == "fail"
    enable(alpine, "ntpd")
    enable(alpine, "auditd")
    assert alpine.status("time-service-is-enabled") == "pass"
    assert alpine.status("audit-service-is-enabled") == "pass"
    with running(alpine, "alpine") as host:
        assert host.status("audit-service-is-running") == "fail"
        host.path("/bin/auditd").symlink_to("/bin/busybox")
        host.write("/tmp/auditd", "#!/bin/sh\nwhile :; do sleep 1; done\n", mode=0o755)
        host.start("/tmp/auditd")
        from tests.hosts import until

        until(lambda: host.status("audit-service-is-running") == "pass")


def test_restart(alpine: Tree) -> None:
    check = "no-restart-is-pending-after-an-update"
    with running(alpine, "alpine") as host:
        assert host.status(check) == "unknown"
        now = host.run("uname", "-r").strip()
        host.path(f"/lib/modules/99{now}").mkdir(parents=True)
        assert host.status(check) == "fail"
        host.path(f"/lib/modules/{now}").mkdir()
        assert host.status(check) == "unknown"
