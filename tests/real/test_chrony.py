"""A real chronyd, which follows another one, its own clock, or nothing."""

from collections.abc import Iterator

import pytest

from tests import hosts
from tests.hosts import RunningHost, until

pytestmark = pytest.mark.real

CHECK = "clock-is-synchronised"
SOCKET = "/run/chrony/chronyd.sock"


@pytest.fixture
def clock() -> Iterator[RunningHost]:
    """A host with chrony, and no bus for timedatectl."""
    base = hosts.image()
    with hosts.tree_of(base, hosts.added(base, "chrony")) as tree, hosts.running(tree, "clock") as host:
        host.run("install", "-d", "-o", "_chrony", "-g", "_chrony", "-m", "750", "/run/chrony", "/var/lib/chrony")
        yield host


def start(host: RunningHost, name: str, *lines: str) -> None:
    """Start a chronyd that leaves the machine's clock alone (-x)."""
    host.write(f"/etc/chrony/{name}.conf", "".join(f"{line}\n" for line in lines))
    host.start("chronyd", "-x", "-n", "-f", f"/etc/chrony/{name}.conf")


def test_a_clock_that_follows_a_server(clock: RunningHost) -> None:
    start(
        clock, "server", "local stratum 3", "allow", "port 11123", "cmdport 0", "bindcmdaddress /", "pidfile /run/a.pid"
    )
    start(clock, "client", "server 127.0.0.1 port 11123 iburst minpoll -4 maxpoll -2", f"bindcmdaddress {SOCKET}")
    until(lambda: _told(clock) == ("pass", "chrony"))


def test_a_clock_that_follows_itself(clock: RunningHost) -> None:
    start(clock, "alone", "local stratum 3", f"bindcmdaddress {SOCKET}")
    until(lambda: "7F7F0101" in _said(clock))
    told, reason = clock.verdict(CHECK)
    assert (told, "no time source" in reason) == ("fail", True)


def test_a_clock_without_an_answer(clock: RunningHost) -> None:
    start(clock, "lost", "server 127.0.0.1 port 9 iburst", f"bindcmdaddress {SOCKET}")
    until(lambda: "Not synchronised" in _said(clock))
    assert clock.status(CHECK) == "fail"


def _said(host: RunningHost) -> str:
    return host.run("sh", "-c", "chronyc -n -c tracking || true")


def _told(host: RunningHost) -> tuple[str, object]:
    (found,) = host.findings(CHECK)
    return found.status.value, found.verdict.observed.get("told_by")
