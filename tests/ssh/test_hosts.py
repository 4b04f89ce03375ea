"""Real hosts of three releases over SSH: what is read and found is what a shell inside of them reads and finds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.gather import snapshot, sources_for
from checks.verdict import Status
from collectors.collector import Platform
from collectors.readings import Absent, Reading, Text, Unread
from collectors.snapshot import Snapshot
from collectors.sources import File, Source
from collectors.transports import Transport
from tests import recordings
from tests.hosts import catalogue, until
from tests.ssh_hosts import SUDO, USER, SshHost, connections_left, ssh_host

pytestmark = pytest.mark.real

PROCESSES = "native:processes"
COUNTED = "command:secrets in processes"
LISTENERS = "command:ss -Htulpn"
ROUTES = "file:/proc/net/ipv6_route"
ROOMS = "stat:/ /etc "
OS = File("/etc/os-release")
SHADOW = File("/etc/gshadow")


@pytest.fixture(scope="module", params=["bullseye", "bookworm", "trixie"])
def target(request: pytest.FixtureRequest) -> Iterator[SshHost]:
    with ssh_host(request.param, sudoers=SUDO) as host:
        yield host


@pytest.fixture(scope="module")
def taken(target: SshHost) -> dict[str, Snapshot]:
    """All sources, by the ways there are."""
    # The first login of all leaves traces (/run/motd.dynamic, /run/sudo).
    assert isinstance(read(target.transport(USER, "sudo"), OS), Text)
    until(lambda: is_alone(target))
    return {
        "inside": read_all(target.running.transport),
        "root": read_all(target.transport("root")),
        "sudo": read_all(target.transport(USER, "sudo")),
        "user": read_all(target.transport()),
    }


def running_on(target: SshHost) -> list[str]:
    """What runs on it. What has ended stays in its table where its parent ended first: the first process there is ``sleep``,
    which buries nobody.
    """
    rows = [line.split(None, 1) for line in target.running.run("ps", "-A", "-o", "stat=,comm=").splitlines()]
    return sorted(name.strip() for state, name in rows if not state.startswith("Z"))


def is_alone(target: SshHost) -> bool:
    """Whether nothing runs on it but what always does."""
    return running_on(target) == ["ps", "sleep", "sshd"]


def read(transport: Transport, source: Source) -> Reading:
    """One source."""
    return transport.read([source])[source.key]


def read_all(transport: Transport) -> Snapshot:
    """Every source there is."""
    sources = sources_for(catalogue(), catalogue().checks, Platform.LINUX)
    return snapshot(transport, sources, asset="target", platform=Platform.LINUX)


def differences(one: Snapshot, other: Snapshot) -> dict[str, tuple[Reading, Reading]]:
    """Readings that are not the same."""
    assert one.readings.keys() == other.readings.keys()
    return {
        key: (one.readings[key], other.readings[key])
        for key in one.readings
        if one.readings[key] != other.readings[key]
    }


def lines(reading: Reading) -> list[str]:
    assert isinstance(reading, Text), reading
    return reading.text.splitlines()


def findings(taken: Snapshot) -> dict[tuple[str, str], tuple[Status, str]]:
    return {(one.check.id, one.subject): (one.status, one.verdict.reason) for one in recordings.findings(taken)}


@pytest.mark.parametrize("way", ["root", "sudo"])
def test_root_and_sudo_read_what_a_shell_inside_reads(taken: dict[str, Snapshot], way: str) -> None:
    differing = differences(taken["inside"], taken[way])

    # What runs: the connection's own processes, and how many there are.
    before, after = (set(lines(one)) for one in differing.pop(PROCESSES))
    assert before <= after
    assert after - before <= {"sshd-session", way}
    told, again = (lines(one) for one in differing.pop(COUNTED, (Text("end\t0\n"), Text("end\t0\n"))))
    assert told[:-1] == again[:-1]
    assert told[-1].startswith("end\t")
    assert again[-1].startswith("end\t")

    # When something was last made in /run, which a login does, and when /etc/mtab was last looked at, which is a link to /proc.
    for rooms in [key for key in differing if key.startswith(ROOMS)]:  # both in one second is no difference
        for old, new in zip(*map(lines, differing.pop(rooms)), strict=True):
            if old != new:
                assert old.split()[-1] == new.split()[-1]
                assert old.split()[-1] in {"/var/run", "/etc/mtab"}
                assert old.split()[:6] == new.split()[:6]

    # How wide ss takes a terminal for that is none: by COLUMNS of the environment.
    told, again = ([line.split() for line in lines(one)] for one in differing.pop(LISTENERS, (Text(""), Text(""))))
    assert told == again
    # How often a route was used.
    told, again = ([line.split() for line in lines(one)] for one in differing.pop(ROUTES, (Text(""), Text(""))))
    assert [line[:6] + line[8:] for line in told] == [line[:6] + line[8:] for line in again]
    assert differing == {}
    assert findings(taken["inside"]) == findings(taken[way])


def test_who_is_not_root_is_told_what_cannot_be_seen_and_nothing_else_changes(taken: dict[str, Snapshot]) -> None:
    for key, (seen, now) in differences(taken["root"], taken["user"]).items():
        assert not isinstance(now, Absent), f"{key}: {seen}"
    shadow = taken["user"].readings["command:shadow states"]
    assert isinstance(shadow, Unread)
    assert "Permission denied" in shadow.reason

    everything = findings(taken["root"])
    unseen = 0
    for place, found in findings(taken["user"]).items():
        if found[0] is Status.UNKNOWN:
            unseen += 1
            assert found[1]
        else:
            assert found == everything[place], place
    assert unseen > sum(status is Status.UNKNOWN for status, _ in everything.values())


def test_nothing_is_written_and_nothing_is_left_running(target: SshHost) -> None:
    target.running.run("touch", "/run/before")
    before = open_sockets()
    for user, privilege in ((USER, "sudo"), ("root", "none")):
        read_all(target.transport(user, privilege))
    ignored = "-path /proc -o -path /run -o -path /sys -o -path /dev -o -path /tmp"
    written = target.running.run("sh", "-c", f"find / \\( {ignored} \\) -prune -o -newer /run/before -print")
    # pam_lastlog and login records keep their books about any login.
    assert set(written.split()) <= {"/var/log/lastlog", "/var/log/wtmp", "/var/log/btmp", "/var/log"}
    assert connections_left() == []
    assert set(open_sockets()) <= set(before)
    until(lambda: is_alone(target))


def open_sockets() -> list[str]:
    """Of this process."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        try:
            place = str(one.readlink())
        except FileNotFoundError:  # that of the listing itself
            continue
        if place.startswith("socket:"):
            found.append(place)
    return found


def test_sudo_with_a_terminal_and_without(target: SshHost) -> None:
    for setting in ("use_pty", "!use_pty", "log_output", "use_pty,log_input,log_output"):
        target.running.write("/etc/sudoers.d/tty", f"Defaults {setting}\n", 0o440)
        assert isinstance(read(target.transport(USER, "sudo"), SHADOW), Text), setting
    target.running.write("/etc/sudoers.d/tty", "Defaults requiretty\n", 0o440)
    denied = read_all(target.transport(USER, "sudo"))
    told = "sudo on the target does not run the script: sudo: sorry, you must have a tty to run sudo"
    asked = {key: one for key, one in denied.readings.items() if not key.startswith("declared:")}
    assert set(asked.values()) == {Unread(told)}
    assert {status for status, _ in findings(denied).values()} == {Status.UNKNOWN}
    target.running.remove("/etc/sudoers.d/tty")


@pytest.mark.parametrize(
    ("sudoers", "why"),
    [
        ("", "sudo on the target does not run the script: sudo: a password is required"),
        (
            f"{USER} ALL=(root) ALL\n",
            "sudo on the target does not run the script: sudo: a password is required",
        ),
        (f"{USER} ALL=(root) NOPASSWD: /bin/ls\n", "a password is required"),
        (
            f"{USER} ALL=(root) NOPASSWD: ALL, !/usr/bin/sh, !/bin/sh\n",
            "is not allowed to execute '/usr/bin/sh -s' as root",
        ),
    ],
)
def test_sudo_that_does_not_let_us_is_told(target: SshHost, sudoers: str, why: str) -> None:
    target.running.write("/etc/sudoers.d/test", sudoers, 0o440)
    try:
        seen = read(target.transport(USER, "sudo"), SHADOW)
        assert isinstance(seen, Unread)
        assert why in seen.reason
    finally:
        target.running.write("/etc/sudoers.d/test", SUDO, 0o440)


def test_an_account_and_a_host_without_sudo(target: SshHost) -> None:
    target.running.path("/usr/bin/sudo").rename(target.running.path("/usr/bin/no-sudo"))
    try:
        seen = read(target.transport(USER, "sudo"), SHADOW)
    finally:
        target.running.path("/usr/bin/no-sudo").rename(target.running.path("/usr/bin/sudo"))
    assert isinstance(seen, Unread)
    assert "sudo: command not found" in seen.reason
