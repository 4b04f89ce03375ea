"""What scripts of other families say, cut off or garbled, is unread."""

import json
import shlex
import shutil
import subprocess

import pytest

from collectors.host.busybox_syslog import BusyboxSyslog, busybox_syslog
from collectors.host.crypto_policy import crypto_policy
from collectors.host.other_sources import pacman_sources
from collectors.host.package_lists import PackageLists, package_lists
from collectors.host.packages import NOT_OURS, PackageHistory
from collectors.host.reboot import Restart, restart
from collectors.host.rpm_packages import issued_at, rpm_packages
from collectors.host.rpm_repositories import parse_repositories
from collectors.host.rpm_script import RPM_PACKAGES
from collectors.host.unmarked_updates import unmarked_updates
from collectors.host.updates import SecurityUpdates, package_history, security_updates
from collectors.readings import Absent, Text, Unread
from collectors.sources import Command
from collectors.transports import answers, shell

RPM = (
    "=packages\t2\t1700000000\n=core\tglibc\t1700000000\n=repo\t1\tdnf\tbase\t1767225600\t1767225600\tread\t1\n"
    "=pending\t1\tglibc\tx86_64\t0:2.34-1\t0:2.34-2\tglibc\tRHSA-1\timportant\t2026-01-10 00:00:00\n=end\n"
)
DNF = "/etc/dnf/dnf.conf\t\n/etc/dnf/dnf.conf\t[main]\n/etc/dnf/dnf.conf\tgpgcheck=1\n"
BASE = "/etc/yum.repos.d/a.repo\t\n/etc/yum.repos.d/a.repo\t[base]\n"


def asked(**texts: str) -> dict[str, Text | Absent]:
    """Readings of the collector's sources by a word of their key; the others are absent."""
    return {
        source.key: next((Text(text) for word, text in texts.items() if word in source.key.replace(" ", "_")), Absent())
        for one in (security_updates, package_lists, package_history, restart)
        for source in one.sources
    }


def test_rpm() -> None:
    readings = asked(rpm_packages=RPM, repositories=DNF + BASE)
    found = security_updates.outcome(readings)
    assert isinstance(found, SecurityUpdates)
    assert (found.manager, found.lists, found.count, found.unread) == ("rpm", 1, 1, ())
    lists = package_lists.outcome(readings)
    assert isinstance(lists, PackageLists)
    assert [one.name for one in lists.lists] == ["base"]
    history = package_history.outcome(readings)
    assert isinstance(history, PackageHistory)
    assert history.changed_at.timestamp() == 1700000000


@pytest.mark.parametrize(
    "text",
    [
        "",
        RPM.removesuffix("=end\n"),
        RPM.replace("=packages\t2", "=packages\t0"),
        RPM.replace("=packages\t2", "=packages\ttwo"),
        RPM.replace("read\t1", "perhaps\t1"),
        RPM.replace("\timportant", ""),
        RPM.replace("=core", "=more"),
        "<html>\n=end\n",
    ],
)
def test_rpm_that_is_not_understood(text: str) -> None:
    assert isinstance(security_updates.outcome(asked(rpm_packages=text, repositories=DNF + BASE)), Unread)


def test_a_host_of_no_family_is_unread() -> None:
    assert isinstance(security_updates.outcome(asked()), Unread)
    assert isinstance(package_history.outcome(asked()), Unread)


def test_dates_of_advisories() -> None:
    written = ["2026-01-10 00:00:00", "2026-01-10T00:00:00Z", "2026-01-10 00:00", "2026-01-10", "1768003200"]
    assert {issued_at(one).timestamp() for one in written if issued_at(one)} == {1768003200.0}  # type: ignore[union-attr]
    assert issued_at("Sat Jan 10 2026") is None
    assert issued_at("") is None


@pytest.mark.parametrize("line", ["cachedir=/mnt/cache", "reposdir=/etc/yum.repos.d,/mnt/repos", "gpgcheck=maybe"])
def test_repositories_in_unusual_places_are_not_judged(line: str) -> None:
    with pytest.raises(ValueError, match=r"place|neither"):
        parse_repositories(f"{DNF}/etc/dnf/dnf.conf\t{line}\n{BASE}")


@pytest.mark.parametrize(
    "text", ["", "=list 1\n", "a 1 2\n=unseen 0\n=installed 0\n", "a 1\n=unseen 0\n=installed 5\n", "=installed 5\n"]
)
def test_other_lists_that_are_not_understood(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        unmarked_updates(text)


def test_pacman_sources_without_options_are_not_understood() -> None:
    source = pacman_sources.sources[0].key
    assert isinstance(pacman_sources.outcome({source: Text("[core]\n")}), Unread)
    assert isinstance(pacman_sources.outcome({source: Text("SigLevel = Never\n")}), Unread)


def test_a_crypto_policy_of_two_lines_is_not_understood() -> None:
    config, current = (source.key for source in crypto_policy.sources)
    assert isinstance(crypto_policy.outcome({config: Text("DEFAULT\nLEGACY\n"), current: Absent()}), Unread)
    assert isinstance(crypto_policy.outcome({config: Text("# nothing\n"), current: Absent()}), Unread)
    assert isinstance(crypto_policy.outcome({config: Absent(), current: Text("DEFAULT\n")}), Absent)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('SYSLOGD_OPTS="-t"', BusyboxSyslog()),
        ("SYSLOGD_OPTS='-C'", BusyboxSyslog("")),
        ('SYSLOGD_OPTS="-R host:514"', BusyboxSyslog("", "host:514")),
        ('SYSLOGD_OPTS="-R host:514 -L"', BusyboxSyslog("/var/log/messages", "host:514")),
        ('SYSLOGD_OPTS="-O /srv/log"\n#SYSLOGD_OPTS="-C"', BusyboxSyslog("/srv/log")),
        ("", BusyboxSyslog()),
    ],
)
def test_busybox_syslog(options: str, expected: BusyboxSyslog) -> None:
    assert busybox_syslog.parse(f"{options}\n") == expected


def test_kernels_of_red_hat() -> None:
    images = "".join(
        f"81a4 0 0 root root 1 1 /boot/vmlinuz-{name}\n"
        for name in ("5.14.0-70.el9.x86_64", "5.14.0-427.el9.x86_64+debug")
    )
    readings = asked(osrelease="5.14.0-70.el9.x86_64\n", vmlinuz=images, rpm_packages=RPM, started="1800000000\n")
    found = restart.outcome(readings)
    assert isinstance(found, Restart)
    assert (found.newer_kernel, found.flagged, found.flags) == ("", False, True)
    later = restart.outcome({**readings, **{key: Text("1600000000\n") for key in readings if "started" in key}})
    assert isinstance(later, Restart)
    assert (later.flagged, later.packages) == (True, ("glibc",))


def test_a_script_may_say_that_it_is_not_about_this_host() -> None:
    ours = Command("sh -c 'echo not here >&2; exit 44'", name="a", absent=(NOT_OURS,), reads_only=True)
    request = shell.render([ours])
    mark = request.mark
    said = answers.parse(
        request, f"\n{mark} 0\n\n{mark} = 44\n".encode(), f"\n{mark} 0\nnot here\n\n{mark} =\n".encode()
    )
    assert said == {ours.key: Absent("not here")}
    assert json.dumps(rpm_packages(RPM).denied) == "[]"


STREAM = """\
=rpm
glibc\t(none):2.34-100.el9\tx86_64\t1700000000\t(none)\tglibc-2.34-100.el9.src.rpm
glibc\t(none):2.34-99.el9\ti686\t1600000000\t(none)\tglibc-2.34-99.el9.src.rpm
libpq\t1:13.1-2\tx86_64\t1600000000\tpostgresql:13:1:c\tlibpq-13.1-2.src.rpm
gpg-pubkey\t(none):1-1\t(none)\t1800000000\t(none)\t(none)
=head\tdnf\tbase\t1767225600
=time 1767225601
=time 1767225600
=state\tread
<updates><update type="security"><id>A-1</id><issued date="2026-01-10"/><severity>Low</severity>
<package name="glibc" version="2.34" release="100.el9_1" epoch="0" arch="x86_64" src="x"/>
<package name="glibc" version="2.34" release="99.el9" epoch="0" arch="i686"/><package arch="x86_64" name="libpq" epoch="9" version="9" release="9"/>
<update type="bugfix"><package name="glibc" version="9" release="9" epoch="0" arch="x86_64"/>
=head\tdnf\tother\t0
=state\tnone
=head\tzypp\ttorn\t0
=state\tread
<updates><update type="security"><package name="glibc" version="2.34" arch="x86_64"
=denied\t/var/cache/yum
=end
"""


@pytest.mark.parametrize("awk", [("mawk",), ("gawk",), ("gawk", "--posix"), ("busybox", "awk")], ids=" ".join)
def test_every_awk_says_the_same_of_the_advisories(awk: tuple[str, ...]) -> None:
    if shutil.which(awk[0]) is None:
        pytest.skip(f"{awk[0]} is not installed")
    program = shlex.split(RPM_PACKAGES.words[2].rpartition("| awk ")[2])[0]
    done = subprocess.run(
        [*awk, program], input=STREAM, capture_output=True, text=True, check=True, env={"LC_ALL": "C"}
    )
    assert done.stderr == ""
    found = rpm_packages(done.stdout)
    assert (found.installed, found.newest_at, found.core) == (3, 1700000000, (("glibc", 1700000000),))
    assert [(one.id, one.advisories, one.covers_system) for one in found.repositories] == [
        ("base", "read", True), ("other", "none", False), ("torn", "broken", True),
    ]  # fmt: skip
    assert [(one.name, one.architecture, one.available, one.advisory, one.severities) for one in found.pending] == [
        ("glibc", "x86_64", "2.34-100.el9_1", "A-1", ("low",))
    ]
    assert found.denied == ("/var/cache/yum",)
