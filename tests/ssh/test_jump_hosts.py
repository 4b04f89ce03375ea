"""Hosts that are reached by way of others, on networks that are not reachable from here."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.ssh.access import access_of
from agent.ssh.settings import SshSettings
from collectors.readings import Reading, Text, Unread
from collectors.sources import Command, File
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.host import Host
from tests.hosts import until
from tests.ssh_hosts import SUDO, USER, SshHost, can_connect, connections_left, join, network, ssh_host

pytestmark = pytest.mark.real

ME = Command("id -un")
ADDRESSES = Command("ip -br -4 address show scope global")
SHADOW = File("/etc/gshadow")


@dataclass(frozen=True)
class Way:
    """Three hosts behind one another."""

    bastion: SshHost
    middle: SshHost
    inner: SshHost
    to_middle: str
    """Address of the middle one, seen from the bastion."""
    known_hosts: Path

    def access(self, *hops: SshHost, **more: object) -> Access:
        """To the last of these hosts, by way of those before."""
        through: Access | None = None
        for hop in hops:
            through = hop.access(known_hosts=(self.known_hosts,), through=through)
        assert through is not None
        return replace(through, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    known = tmp_path_factory.mktemp("way") / "known_hosts"
    with ExitStack() as stack:
        near, far = (stack.enter_context(network(reachable=False)) for _ in range(2))
        bastion = stack.enter_context(ssh_host("trixie"))
        middle = stack.enter_context(ssh_host("bookworm", on=near))
        inner = stack.enter_context(ssh_host("bullseye", on=far, sudoers=SUDO, port=2222))
        join(bastion, near)
        join(middle, far)
        keys = "".join(one.key.with_name("key.pub").read_text() for one in (bastion, middle, inner))
        for one in (bastion, middle, inner):
            one.authorize(USER, keys)
        known.write_text("".join(one.known_hosts.read_text() for one in (bastion, middle, inner)))
        yield Way(bastion, middle, inner, middle.address, known)


def read(access: Access, seconds: float = 60.0) -> tuple[Reading, ...]:
    readings = Host(access, seconds).read([ME, ADDRESSES, SHADOW])
    return tuple(readings[one.key] for one in (ME, ADDRESSES, SHADOW))


def test_one_jump_and_two(way: Way) -> None:
    assert not can_connect(way.middle.address)
    assert not can_connect(way.inner.address, 2222)
    for hops in ((way.bastion, way.middle), (way.bastion, way.middle, way.inner)):
        me, addresses, shadow = read(way.access(*hops))
        assert me == Text(f"{USER}\n")
        assert isinstance(addresses, Text)
        assert hops[-1].address in addresses.text
        assert isinstance(shadow, Unread)
    me, _, shadow = read(way.access(way.bastion, way.middle, way.inner, privilege="sudo"))
    assert me == Text("root\n")
    assert isinstance(shadow, Text)
    assert connections_left() == []
    for one in (way.bastion, way.middle, way.inner):
        until(lambda one=one: sessions(one) == 0)  # type: ignore[misc]


def sessions(host: SshHost) -> int:
    """Connections that a host keeps."""
    return len(host.running.run("ss", "-Htn", f"sport = :{host.port}").splitlines())


def test_a_greeting_that_comes_with_the_way_is_not_lost(way: Way) -> None:
    for _ in range(10):
        assert read(way.access(way.bastion, way.middle))[0] == Text(f"{USER}\n")


def test_as_the_configuration_says_it(way: Way) -> None:
    settings = SshSettings(
        host=way.inner.address,
        port=2222,
        user=USER,
        key_files=(way.bastion.key,),
        agent=False,
        known_hosts=(way.known_hosts,),
        jump=(f"{USER}@{way.bastion.address}:22", way.middle.address),
        privilege="sudo",
    )
    me, _, shadow = read(access_of("inner", settings))
    assert me == Text("root\n")
    assert isinstance(shadow, Text)


def test_every_machine_on_the_way_is_verified(way: Way, tmp_path: Path) -> None:
    machines = (way.bastion, way.middle, way.inner)
    for unknown in machines:
        known = tmp_path / "known_hosts"
        known.write_text("".join(one.known_hosts.read_text() for one in machines if one is not unknown))
        hops: Access | None = None
        for one in machines:
            hops = one.access(known_hosts=(known,), through=hops)
        assert hops is not None
        (me, _, _) = read(hops)
        assert isinstance(me, Unread)
        assert me.reason.startswith(unknown.address)
        assert "is not in known_hosts" in me.reason
        if unknown is way.inner:
            assert f"`ssh-keyscan -p 2222 {unknown.address}` says on {way.middle.address}" in me.reason


def test_ways_that_lead_nowhere(way: Way) -> None:
    closed = read(way.access(way.bastion, way.middle, port=1))[0]
    assert isinstance(closed, Unread)
    place = f"{way.middle.address} port 1: not reached by way of {way.bastion.address}: "
    assert closed.reason.startswith(place)
    assert "onnect" in closed.reason
    nowhere = read(way.access(way.bastion, way.middle, host="10.213.255.1", connect_seconds=2), 10)[0]
    assert isinstance(nowhere, Unread)
    assert nowhere.reason.startswith(f"10.213.255.1: not reached by way of {way.bastion.address}: ")
    denied = read(way.access(way.bastion, way.middle, user="nobody-at-all"))[0]
    assert isinstance(denied, Unread)
    assert denied.reason.startswith(f"{way.middle.address}: denies nobody-at-all the login")
    way.bastion.configure("AllowTcpForwarding no\n")
    try:
        for tries in (0, 2):
            forbidden = read(way.access(way.bastion, way.middle, retries=tries))[0]
            assert forbidden == Unread(
                f"{way.middle.address}: not reached by way of {way.bastion.address}: forwards no connections"
            )
    finally:
        way.bastion.configure("")
    assert connections_left() == []


def test_the_time_of_a_scan_holds_behind_jump_hosts(way: Way) -> None:
    slow = Command("sleep 30", seconds=60)
    readings = Host(way.access(way.bastion, way.middle), 8.0).read([ME, slow])
    assert readings[slow.key] == Unread("no answer within the time limit of the scan")
    assert connections_left() == []
