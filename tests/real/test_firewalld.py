import subprocess
from collections.abc import Iterator

import pytest

from tests.families import ALMA, host_of
from tests.hosts import RunningHost, running, until
from tests.real.test_firewall import outside

pytestmark = pytest.mark.real

IN_FORCE = "firewall-denies-inbound-by-default"
IN_FORCE_6 = "firewall-denies-inbound-over-ipv6"
AT_START = "firewall-is-loaded-at-start"
CONFIGURED = "configured-firewall-denies-inbound-by-default"


@pytest.fixture(scope="module")
def firewalld() -> Iterator[RunningHost]:
    """A host of Red Hat's kin by its name, with an interface to the outside and the real firewalld, which needs a bus."""
    with host_of(ALMA) as tree, running(tree, "firewalld") as host:
        outside(host)
        host.run("sh", "-c", "mkdir -p /run/dbus && dbus-daemon --system --fork")
        host.start("firewalld", "--nofork", "--nopid")
        until(lambda: state(host) == 0)
        yield host


def state(host: RunningHost) -> int:
    return subprocess.run([*host.enter, "firewall-cmd", "--state"], capture_output=True, check=False).returncode


def verdicts(host: RunningHost) -> list[str]:
    return [host.status(check) for check in (IN_FORCE, IN_FORCE_6, CONFIGURED)]


@pytest.mark.parametrize(
    ("zone", "status"), [("public", "pass"), ("trusted", "fail"), ("drop", "pass"), ("block", "pass"), ("home", "pass")]
)
def test_zones(firewalld: RunningHost, zone: str, status: str) -> None:
    firewalld.run("firewall-cmd", f"--set-default-zone={zone}")
    assert verdicts(firewalld) == [status] * 3
    assert firewalld.status(AT_START) == "pass"


def test_an_interface_in_another_zone(firewalld: RunningHost) -> None:
    firewalld.run("firewall-cmd", "--set-default-zone=public")
    firewalld.run("firewall-cmd", "--permanent", "--zone=trusted", "--add-interface=wan0")
    firewalld.run("firewall-cmd", "--reload")
    assert verdicts(firewalld) == ["fail"] * 3
    firewalld.run("firewall-cmd", "--permanent", "--zone=trusted", "--remove-interface=wan0")
    firewalld.run("firewall-cmd", "--reload")
    assert verdicts(firewalld) == ["pass"] * 3


def test_a_zone_whose_target_is_to_accept(firewalld: RunningHost) -> None:
    firewalld.run("firewall-cmd", "--set-default-zone=work")
    assert verdicts(firewalld) == ["pass"] * 3
    firewalld.run("firewall-cmd", "--permanent", "--zone=work", "--set-target=ACCEPT")
    firewalld.run("firewall-cmd", "--reload")
    assert verdicts(firewalld) == ["fail"] * 3
    firewalld.run("firewall-cmd", "--permanent", "--zone=work", "--set-target=default")
    firewalld.run("firewall-cmd", "--set-default-zone=public")
    firewalld.run("firewall-cmd", "--reload")


def test_an_opened_port_is_reachable(firewalld: RunningHost) -> None:
    check = "every-reachable-port-is-on-the-allow-list"
    firewalld.run("firewall-cmd", "--set-default-zone=public")
    firewalld.start("python3", "-m", "http.server", "8123", "--bind", "0.0.0.0")
    until(lambda: ":8123" in firewalld.run("ss", "-ltn"))
    assert firewalld.status(check) == "pass"
    firewalld.run("firewall-cmd", "--add-port=8123/tcp")
    assert firewalld.status(check) == "fail"
    firewalld.run("firewall-cmd", "--remove-port=8123/tcp")
    assert firewalld.status(check) == "pass"


def test_rules_that_firewalld_alone_knows_are_gone_with_it(firewalld: RunningHost) -> None:
    firewalld.run("firewall-cmd", "--set-default-zone=public")
    assert firewalld.status(IN_FORCE) == "pass"
    rules = firewalld.run("nft", "list", "ruleset")
    firewalld.run("nft", "flush", "ruleset")
    assert firewalld.status(IN_FORCE) == "fail"
    assert firewalld.status(CONFIGURED) == "pass"
    firewalld.run("nft", "-f", "-", stdin=rules)  # whichever test comes next finds them
