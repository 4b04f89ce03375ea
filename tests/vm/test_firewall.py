"""17.04(6): what firewalld makes of its zones, what we say of it, and whether a stranger really comes in."""

import socket
from collections.abc import Iterator

import pytest

from tests.machine import Machine

pytestmark = pytest.mark.vm

NOW = ("firewall-denies-inbound-by-default", "firewall-denies-inbound-over-ipv6")
LATER = ("configured-firewall-denies-inbound-by-default", "configured-firewall-covers-ipv6")
LOADED = "firewall-is-loaded-at-start"


@pytest.fixture
def served(machine: Machine) -> Iterator[Machine]:
    """The machine with a service on a port that no rule names; its zones are reset afterwards."""
    machine.run("cp -a /etc/firewalld /root/; systemd-run -q --unit=served python3 -m http.server 8099")
    try:
        yield machine
    finally:
        machine.run(
            "systemctl stop served; rm -rf /etc/firewalld; mv /root/firewalld /etc/; systemctl restart firewalld; firewall-cmd --state"
        )


def comes_in(machine: Machine) -> bool:
    """Whether the service answers somebody outside of the machine."""
    with socket.create_connection(("127.0.0.1", machine.served), 10) as door:
        door.sendall(b"GET / HTTP/1.0\r\n\r\n")
        door.settimeout(5)
        try:
            return door.recv(1) != b""
        except OSError:
            return False


def verdicts(machine: Machine) -> tuple[set[str], set[str]]:
    """Of IPv4 and IPv6 together: what is said of the rules in force, and of those that a start loads."""
    told = machine.statuses(*NOW, *LATER)
    return {told[check] for check in NOW}, {told[check] for check in LATER}


def test_default_zones(served: Machine) -> None:
    assert verdicts(served) == ({"pass"}, {"pass"})
    assert not comes_in(served)
    served.run("firewall-cmd -q --set-default-zone=trusted")
    assert verdicts(served) == ({"fail"}, {"fail"})
    assert comes_in(served)
    served.run("firewall-cmd -q --set-default-zone=drop")
    assert verdicts(served) == ({"pass"}, {"pass"})
    assert not comes_in(served)


def test_zones_of_interfaces_and_targets(served: Machine) -> None:
    served.run("firewall-cmd -q --zone=trusted --change-interface=eth0")
    assert verdicts(served) == ({"fail"}, {"pass"})  # it lasts until the next start only
    assert comes_in(served)
    served.run(
        "firewall-cmd -q --reload; firewall-cmd -q --permanent --zone=public --set-target=ACCEPT; firewall-cmd -q --reload"
    )
    assert verdicts(served) == ({"fail"}, {"fail"})
    assert comes_in(served)


@pytest.mark.parametrize(
    ("option", "four_only"),
    [
        ("--add-rich-rule='rule family=ipv4 source address=0.0.0.0/0 accept'", True),
        ("--add-port=1-65535/tcp", False),
    ],
)
def test_rules_that_let_everyone_in(served: Machine, option: str, four_only: bool) -> None:
    served.run(f"firewall-cmd -q --permanent --zone=public {option}; firewall-cmd -q --reload")
    assert verdicts(served) == (({"fail", "pass"},) * 2 if four_only else ({"fail"},) * 2)
    assert comes_in(served)


def test_rules_that_let_somebody_in(served: Machine) -> None:
    served.run(
        "firewall-cmd -q --permanent --zone=public --add-rich-rule='rule family=ipv4 source address=192.0.2.0/24 accept'"
    )
    served.run("firewall-cmd -q --permanent --zone=public --add-service=https; firewall-cmd -q --reload")
    assert verdicts(served) == ({"pass"}, {"pass"})
    assert not comes_in(served)


def test_a_firewall_that_stopped(served: Machine) -> None:
    assert served.status(LOADED) == "pass"
    served.run("systemctl stop firewalld")
    assert verdicts(served) == ({"fail"}, {"pass"})
    assert comes_in(served)
    served.run("systemctl disable firewalld 2>/dev/null")
    assert served.status(LOADED) == "fail"
    served.run("systemctl enable firewalld 2>/dev/null")
