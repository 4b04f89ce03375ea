"""17.04(6): what firewalld makes of its zones, what we say of it, and whether a stranger really comes in."""

import socket
from collections.abc import Iterator

import pytest

from tests.machine import Machine

pytestmark = pytest.mark.vm

NOW = ("firewall-denies-inbound-by-default", "firewall-denies-inbound-over-ipv6")
LATER = ("configured-firewall-denies-inbound-by-default", "configured-firewall-covers-ipv6")
LOADED = "firewall-is-loaded-at-start"
PUBLIC = "/etc/firewalld/zones/public.xml"
CLOSED, OPEN = {"pass"}, {"fail"}


@pytest.fixture(scope="module")
def served(machine: Machine) -> Iterator[Machine]:
    """The machine with a service on a port that no rule names."""
    machine.run("cp -a /etc/firewalld /root/; systemd-run -q --unit=served python3 -m http.server 8099")
    try:
        yield machine
    finally:
        machine.run(
            "systemctl stop served; rm -rf /etc/firewalld; mv /root/firewalld /etc/; systemctl restart firewalld"
        )


def zone(machine: Machine, inside: str, target: str = "") -> None:
    """Give the default zone other rules, for good."""
    machine.write(PUBLIC, f'<zone{target}><short>Public</short><service name="ssh"/>{inside}</zone>')
    machine.run("firewall-cmd -q --reload")


def comes_in(machine: Machine) -> bool:
    """Whether the service answers somebody outside of the machine."""
    with socket.create_connection(("127.0.0.1", machine.served), 10) as door:
        door.sendall(b"GET / HTTP/1.0\r\n\r\n")
        door.settimeout(15)
        try:
            return door.recv(1) != b""
        except OSError:
            return False


def seen(machine: Machine) -> tuple[bool, set[str], set[str]]:
    """Whether a stranger comes in, and of both families what is said of the rules in force and of those that a start loads."""
    told = machine.statuses(*NOW, *LATER)
    return comes_in(machine), {told[check] for check in NOW}, {told[check] for check in LATER}


def test_default_zones(served: Machine) -> None:
    assert seen(served) == (False, CLOSED, CLOSED)
    served.run("firewall-cmd -q --set-default-zone=trusted")
    assert seen(served) == (True, OPEN, OPEN)
    served.run("firewall-cmd -q --set-default-zone=drop")
    told = served.statuses(*NOW, *LATER)
    assert set(told.values()) == CLOSED
    served.run("firewall-cmd -q --set-default-zone=public")


def test_a_zone_that_an_interface_was_put_in_until_the_next_start(served: Machine) -> None:
    served.run("firewall-cmd -q --zone=trusted --change-interface=eth0")
    assert seen(served) == (True, OPEN, CLOSED)
    served.run("firewall-cmd -q --zone=public --change-interface=eth0")


@pytest.mark.parametrize(
    ("inside", "target"),
    [("", ' target="ACCEPT"'), ('<port port="1-65535" protocol="tcp"/>', "")],
    ids=["target", "ports"],
)
def test_zones_that_let_everyone_in(served: Machine, inside: str, target: str) -> None:
    zone(served, inside, target)
    assert seen(served) == (True, OPEN, OPEN)


def test_a_rule_that_lets_everyone_in_over_ipv4(served: Machine) -> None:
    zone(served, '<rule family="ipv4"><source address="0.0.0.0/0"/><accept/></rule>')
    assert seen(served) == (True, OPEN | CLOSED, OPEN | CLOSED)


def test_rules_that_let_somebody_in(served: Machine) -> None:
    zone(served, '<rule family="ipv4"><source address="192.0.2.0/24"/><accept/></rule><service name="https"/>')
    assert seen(served) == (False, CLOSED, CLOSED)


def test_a_firewall_that_stopped(served: Machine) -> None:
    served.run("systemctl stop firewalld")
    assert seen(served) == (True, OPEN, CLOSED)
    served.run("systemctl --no-reload mask firewalld 2>/dev/null")
    assert served.status(LOADED) == "fail"
    served.run("systemctl --no-reload unmask firewalld 2>/dev/null")
    assert served.status(LOADED) == "pass"
