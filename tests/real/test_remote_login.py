"""What it takes to come in over SSH: sshd's settings, and PAM with a real module for one-time passwords."""

import random
import subprocess

import pytest

from checks.authentication.ways_in import password_alone
from collectors.host.sshd import Sshd, sshd
from tests import hosts
from tests.hosts import RunningHost, Tree, until
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
        ("PasswordAuthentication no\nMatch User a\n  ChallengeResponseAuthentication yes\n", "fail"),
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


def test_passwords_from_private_networks_only(tree: Tree) -> None:
    with hosts.running(tree, "private") as host:
        own = "/etc/ssh/sshd_config.d/a.conf"
        host.write(own, "PasswordAuthentication no\nMatch Address 192.168.0.0/16\n  PasswordAuthentication yes\n")
        assert host.status(ALONE) == "fail"
        assert host.status(STRANGERS) == "pass"
        host.write(own, "PasswordAuthentication no\nMatch Address 192.0.2.0/24\n  PasswordAuthentication yes\n")
        assert host.status(STRANGERS) == "fail"


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


SETTINGS = (
    *("PasswordAuthentication no", "PasswordAuthentication yes", "KbdInteractiveAuthentication yes", "UsePAM no"),
    *("AuthenticationMethods publickey,password", "AuthenticationMethods password publickey", "AuthenticationMethods any"),
    *("AuthenticationMethods keyboard-interactive", "AuthenticationMethods publickey", "AuthenticationMethods password,password"),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_who_comes_in_by_a_password_alone_is_who_the_real_server_lets_in(tree: Tree, seed: int) -> None:
    dice = random.Random(seed)
    add_alice(tree)
    tree.run("useradd", "-m", "bob")
    tree.run("chpasswd", stdin=f"bob:{OLD}\n")
    tree.write("/usr/local/bin/ask", f"#!/bin/sh\necho {OLD}\n", mode=0o755)
    with hosts.running(tree, "asked") as host:
        for _ in range(8):
            general, of_bob = dice.sample(SETTINGS, 2), dice.sample([one for one in SETTINGS if "PAM" not in one], 2)
            block = "".join(f"  {line}\n" for line in of_bob)
            text = "Port 2022\nMaxStartups 100\n" + "\n".join(general) + f"\nMatch User bob\n{block}"
            host.write("/etc/ssh/sshd_config.d/a.conf", text)
            if "unsatisfied" in host.run("sh", "-c", "/usr/sbin/sshd -t 2>/dev/null || echo unsatisfied"):
                continue  # a server that would not start
            host.start("/usr/sbin/sshd", "-D")
            until(lambda: ":2022 " in host.run("ss", "-Htln"))
            fact = sshd.outcome(host.transport.read(sshd.sources))
            assert isinstance(fact, Sshd)
            open_at = password_alone(fact)
            assert _comes_in(host, "alice") is ("everywhere" in open_at), text
            assert _comes_in(host, "bob") is ("Match User bob" in open_at), text
            host.run("sh", "-c", "kill $(cat /run/sshd.pid)")
            until(lambda: not host.runs("sshd"))  # which removes the file with its number after it has left its port


def _comes_in(host: RunningHost, user: str) -> bool:
    options = ("-p", "2022", "-o", "StrictHostKeyChecking=no", "-o", "NumberOfPasswordPrompts=2")
    asked = ("env", "SSH_ASKPASS=/usr/local/bin/ask", "SSH_ASKPASS_REQUIRE=force")
    command = [*host.enter, *asked, "ssh", *options, f"{user}@127.0.0.1", "true"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
