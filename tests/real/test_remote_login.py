"""What it takes to come in over SSH: sshd's settings, and PAM with a real module for one-time passwords."""

import pytest

from tests import hosts
from tests.hosts import RunningHost, Tree
from tests.real.real_pam import OLD, add_alice, lets_in

pytestmark = pytest.mark.real
ALONE = "ssh-logins-need-a-key-or-a-second-factor"
_YES = "PasswordAuthentication yes\n"
_ANY = "Match Group b\n  AuthenticationMethods any\n"
STRANGERS = "strangers-cannot-try-passwords-at-sshd"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("", "fail"),
        ("PasswordAuthentication no\n", "pass"),
        ("PasswordAuthentication no\nKbdInteractiveAuthentication yes\n", "fail"),
        ("PasswordAuthentication no\nKbdInteractiveAuthentication yes\nUsePAM no\n", "pass"),
        ("AuthenticationMethods publickey,password\n", "pass"),
        ("AuthenticationMethods publickey password\n", "fail"),
        ("AuthenticationMethods publickey keyboard-interactive:pam\n", "pass"),  # the latter is off
        ("PasswordAuthentication no\nMatch Address 10.0.0.0/8\n  PasswordAuthentication yes\n", "fail"),
        ("Match User backup\n  AuthenticationMethods publickey\n", "fail"),
        ("AuthenticationMethods publickey\nMatch User backup\n  PasswordAuthentication yes\n", "pass"),
        (
            f"PasswordAuthentication no\nMatch User a\n  {_YES}  AuthenticationMethods publickey\n{_ANY}",
            "unknown",
        ),
        ("ListenAddress 127.0.0.1\nListenAddress ::1\n", "not_applicable"),
        ("ListenAddress 127.0.0.1\nListenAddress 192.0.2.1\n", "fail"),
    ],
)
def test_settings_of_sshd(tree: Tree, lines: str, status: str) -> None:
    tree.write("/etc/ssh/sshd_config.d/a.conf", lines)
    tree.run("/usr/sbin/sshd", "-t")
    assert tree.status(ALONE) == status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("auth required pam_google_authenticator.so", "pass"),
        ("auth requisite pam_google_authenticator.so", "pass"),
        ("auth required pam_google_authenticator.so nullok", "unknown"),
        ("auth optional pam_google_authenticator.so", "fail"),
        ("auth sufficient pam_google_authenticator.so", "fail"),
        ("auth required pam_oath.so", "unknown"),  # it is not installed, and so nobody comes in
        ("auth required pam_exec.so /usr/local/bin/ask", "unknown"),
        ("auth optional pam_exec.so /usr/local/bin/note", "fail"),
    ],
)
def test_a_second_factor_in_pam(equipped: Tree, line: str, status: str) -> None:
    add_alice(equipped)
    equipped.write("/etc/pam.d/sshd", equipped.read("/etc/pam.d/sshd") + f"{line}\n")
    assert (status != "pass" and "oath" not in line) or not lets_in(equipped, OLD, "sshd")
    assert equipped.status(ALONE) == status


def test_a_password_comes_in_without_a_second_factor(equipped: Tree) -> None:
    add_alice(equipped)
    assert lets_in(equipped, OLD, "sshd")
    assert equipped.status(ALONE) == "fail"
    equipped.write("/etc/ssh/sshd_config.d/a.conf", "UsePAM no\n")
    equipped.append("/etc/pam.d/sshd", "auth required pam_google_authenticator.so\n")
    assert equipped.status(ALONE) == "fail"  # sshd does not ask PAM


def test_the_packet_filter(tree: Tree) -> None:
    assert tree.status(STRANGERS) == "unknown"
    with hosts.running(tree, "filtered") as host:
        assert host.status(STRANGERS) == "fail"
        _load(host, "tcp dport 22 ip saddr 192.0.2.0/24 accept")
        assert host.status(STRANGERS) == "pass"
        assert host.status(ALONE) == "fail"
        _load(host, "tcp dport 22 accept")
        assert host.status(STRANGERS) == "fail"
        host.write("/etc/ssh/sshd_config.d/a.conf", "PasswordAuthentication no\n")
        assert host.status(STRANGERS) == "pass"


def _load(host: RunningHost, rule: str) -> None:
    chain = "chain input { type filter hook input priority 0; policy drop;"
    host.run("nft", "-f", "-", stdin=f"flush ruleset\ntable inet filter {{ {chain} {rule}\n}}\n}}\n")
