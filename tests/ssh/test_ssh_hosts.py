"""That the hosts of ``tests.ssh_hosts`` are what the tests of the transport take them for."""

import subprocess

import pytest

from tests.ssh_hosts import SUDO, USER, can_connect, join, network, ssh_host

pytestmark = pytest.mark.real


def ssh(*words: str) -> str:
    """With OpenSSH's own client."""
    return subprocess.run(["ssh", *words], capture_output=True, text=True, check=True).stdout


def test_a_host_lets_in_who_has_its_key_and_is_known_by_its_own() -> None:
    with ssh_host("bookworm", sudoers=SUDO, port=2222) as host:
        told = ("-F", "none", "-i", str(host.key), "-o", f"UserKnownHostsFile={host.known_hosts}", "-p", "2222")
        strict = (*told, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes")
        assert ssh(*strict, f"{USER}@{host.address}", "id", "-un") == f"{USER}\n"
        assert ssh(*strict, f"{USER}@{host.address6}", "sudo", "-n", "id", "-un") == "root\n"
        assert ssh(*strict, f"root@{host.address}", "id", "-un") == "root\n"
        assert f"Accepted publickey for {USER}" in host.log()


def test_a_network_that_is_not_reachable_is_reached_from_its_hosts_alone() -> None:
    with network(reachable=False) as hidden, ssh_host(on=hidden) as inner, ssh_host() as bastion:
        join(bastion, hidden)
        assert not can_connect(inner.address)
        assert can_connect(bastion.address)
        said = bastion.running.run("bash", "-c", f"exec 3<>/dev/tcp/{inner.address}/22; head -c 7 <&3")
        assert said == "SSH-2.0"


def test_nothing_is_left_behind() -> None:
    with network() as own, ssh_host(on=own):
        assert own.bridge in interfaces()
    assert own.bridge not in interfaces()


def interfaces() -> str:
    return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
