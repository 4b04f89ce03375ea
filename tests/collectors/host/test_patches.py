import json
from datetime import UTC, datetime

import pytest

from collectors.collector import Collector
from collectors.host.apt_config import AutomaticUpdates, automatic_updates
from collectors.host.apt_lists import AptLists, apt_lists
from collectors.host.apt_sources import apt_sources
from collectors.host.os_release import OsRelease, os_release
from collectors.host.reboot import Restart, restart
from collectors.host.updates import SecurityUpdates, package_history, security_updates
from collectors.readings import Absent, Reading, Text, Unread

LISTS = "/var/lib/apt/lists/security.debian.org_debian-security_dists_bookworm-security"
HEADS = f"={LISTS}_InRelease\nOrigin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: bookworm-security\nDate: Tue, 03 Mar 2026 10:00:00 UTC\n"
PACKAGES = f"=list {LISTS}_main_binary-amd64_Packages"
DEBIAN = json.dumps({"/etc/os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'})


def given(one: Collector, *texts: str | None) -> dict[str, Reading]:
    """Readings in the order of the sources; the last ones are absent where fewer are given."""
    padded = (*texts, *(None for _ in one.sources[len(texts) :]))
    return {
        source.key: Absent() if text is None else Text(text) for source, text in zip(one.sources, padded, strict=True)
    }


@pytest.mark.parametrize(
    "found",
    [
        "",
        PACKAGES,
        f"{PACKAGES}\n1 a amd64 1 2 a -\n",
        "=installed 0 \n",
        "=installed many amd64\n",
        "1 a amd64 1 2 a -\n=installed 1 amd64\n",
        f"{PACKAGES}\n1 a amd64 1 2\n=installed 1 amd64\n",
        f"{PACKAGES}\n1 a amd64 one: 2 a -\n=installed 1 amd64\n",
    ],
)
def test_pending_updates_that_are_not_understood_are_unread(found: str) -> None:
    assert isinstance(security_updates.outcome(given(security_updates, found, HEADS, DEBIAN)), Unread)


def test_the_latest_of_several_lists_counts_and_an_older_one_does_not() -> None:
    text = f"{PACKAGES}\n1 a amd64 1.10 1.9 a -\n1 b amd64 1.9 1.10 src hold\n1 b amd64 1.9 1.11 src hold\n=installed 7 amd64\n"
    found = security_updates.outcome(given(security_updates, text, HEADS, DEBIAN))
    assert isinstance(found, SecurityUpdates)
    assert [(one.package, one.available, one.source, one.held) for one in found.pending] == [("b", "1.11", "src", True)]
    assert (found.installed, found.lists, found.sources) == (7, 1, ("src",))
    assert found.listed_at == datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("suite", ["trixie-security", "bookworms-security"])
def test_a_list_of_another_release_does_not_count(suite: str) -> None:
    heads = HEADS.replace("Codename: bookworm-security", f"Codename: {suite}")
    text = f"{PACKAGES}\n1 a amd64 1 2 a -\n=installed 7 amd64\n"
    found = security_updates.outcome(given(security_updates, text, heads, DEBIAN))
    assert found == SecurityUpdates((), 7, 0, None)


def test_ubuntu_and_older_debian_name_their_security_archives_otherwise() -> None:
    ubuntu = "=/l/a_dists_jammy-security_InRelease\nOrigin: Ubuntu\nLabel: Ubuntu\nSuite: jammy-security\nCodename: jammy\nDate: Tue, 03 Mar 2026 10:00:00 UTC\n=/l/a_dists_jammy_InRelease\nOrigin: Ubuntu\nLabel: Ubuntu\nSuite: jammy\nCodename: jammy\n"
    mint = json.dumps({"/etc/os-release": "ID=linuxmint\nVERSION_CODENAME=virginia\nUBUNTU_CODENAME=jammy\n"})
    found = apt_lists.outcome(given(apt_lists, ubuntu, mint, None))
    assert isinstance(found, AptLists)
    assert ([one.suite for one in found.security], found.others) == (["jammy-security"], 1)
    buster = "=/l/s_dists_buster_updates_Release\nLabel: Debian-Security\nSuite: oldstable\nCodename: buster\n"
    system = json.dumps({"/etc/os-release": "ID=debian\nVERSION_CODENAME=buster\n"})
    old = apt_lists.outcome(given(apt_lists, buster, system, None))
    assert isinstance(old, AptLists)
    assert len(old.security) == 1
    assert old.fetched_at is None


def test_a_date_that_is_none_is_unread() -> None:
    heads = HEADS.replace("Tue, 03 Mar 2026 10:00:00 UTC", "yesterday")
    assert isinstance(apt_lists.outcome(given(apt_lists, heads, DEBIAN, None)), Unread)


DUMP = """\
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Origins-Pattern:: "%s";
"""
TIMERS = "init systemd\nwants timers.target.wants/apt-daily.timer\nwants timers.target.wants/apt-daily-upgrade.timer\n"


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("origin=Debian,codename=${distro_codename}-security,label=Debian-Security", True),
        ("origin=Debian,codename=${distro_codename},label=Debian-Security", False),
        ("o=Debian,l=Debian-Security", True),
        ("origin=*", True),
        ("origin=${distro_id}, a=stable-security", True),
        ("site=security.debian.org", True),
        ("origin=Ubuntu,archive=*-security", False),
    ],
)
def test_origins(pattern: str, covered: bool) -> None:
    readings = given(automatic_updates, DUMP % pattern, None, TIMERS, HEADS, DEBIAN)
    found = automatic_updates.outcome(readings)
    assert found == AutomaticUpdates(False, True, True, True, covered)


def test_where_the_security_archive_is_not_known_it_cannot_be_told() -> None:
    system = json.dumps({"/etc/os-release": "ID=kali\nVERSION_CODENAME=kali-rolling\n"})
    found = automatic_updates.outcome(given(automatic_updates, DUMP % "origin=Kali", None, TIMERS, "", system))
    assert isinstance(found, AutomaticUpdates)
    assert found.covers_security is None


@pytest.mark.parametrize("dump", ["nonsense", 'APT::Periodic::Unattended-Upgrade "maybe";', DUMP % "colour=blue"])
def test_configuration_that_is_not_understood_is_unread(dump: str) -> None:
    assert isinstance(automatic_updates.outcome(given(automatic_updates, dump, None, TIMERS, HEADS, DEBIAN)), Unread)


@pytest.mark.parametrize(
    "text",
    [
        "=/etc/apt/sources.list\nrpm http://a b c\n",
        "=/etc/apt/sources.list\ndeb http://a\n",
        "=/etc/apt/sources.list.d/a.sources\nTypes: deb\nSuites: b\n",
        "=/etc/apt/sources.list.d/a.sources\n lonely\n",
    ],
)
def test_sources_that_are_not_understood_are_unread(text: str) -> None:
    assert isinstance(apt_sources.outcome(given(apt_sources, text, "")), Unread)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, OsRelease()),
        ("", OsRelease()),
        ("ID=Debian\nVERSION_ID='12'\n# ID=no\nVERSION_CODENAME=\"bookworm\"", OsRelease("debian", "12", "bookworm")),
    ],
)
def test_os_release(text: str | None, expected: OsRelease) -> None:
    files = None if text is None else json.dumps({"/etc/os-release": text})
    assert os_release.outcome(given(os_release, files)) == expected


def test_os_release_with_an_open_quote_is_unread() -> None:
    files = json.dumps({"/etc/os-release": "ID='debian\n"})
    assert isinstance(os_release.outcome(given(os_release, files)), Unread)


def image(name: str) -> str:
    return f"81a4 0 0 root root 1 1 /boot/vmlinuz-{name}\n"


@pytest.mark.parametrize(
    ("running", "installed", "newer"),
    [
        ("6.1.0-9-amd64", ["6.1.0-9-amd64", "6.1.0-18-amd64"], "6.1.0-18-amd64"),
        ("6.1.0-18-amd64", ["6.1.0-9-amd64", "6.1.0-18-cloud-amd64"], ""),
        ("5.15.0-91-generic", ["5.15.0-101-generic", "5.15.0-102-lowlatency"], "5.15.0-101-generic"),
        ("6.10.6+bpo-amd64", ["6.12.9+bpo-amd64"], "6.12.9+bpo-amd64"),
        (
            "5.14.0-362.8.1.el9_3.x86_64",
            ["5.14.0-362.24.1.el9_3.x86_64", "0-rescue-af"],
            "5.14.0-362.24.1.el9_3.x86_64",
        ),
        ("6.6.31+rpt-rpi-v8", ["6.6.31+rpt-rpi-v8", "6.6.62+rpt-rpi-2712"], ""),
        ("6.8.0", [], ""),
    ],
)
def test_kernels(running: str, installed: list[str], newer: str) -> None:
    images = "".join(image(name) for name in installed) or None
    found = restart.outcome(given(restart, f"{running}\n", images, None, None, None))
    assert isinstance(found, Restart)
    assert found.newer_kernel == newer
    assert not found.flags


@pytest.mark.parametrize("kernel", ["", "unknown\n"])
def test_a_kernel_without_a_version_is_unread(kernel: str) -> None:
    assert isinstance(restart.outcome(given(restart, kernel, image("6.1.0-1-amd64"), None, None, None)), Unread)


def test_a_time_that_is_none_is_unread() -> None:
    assert isinstance(package_history.outcome(given(package_history, "soon\n")), Unread)
