import pytest

from tests.hosts import Tree

pytestmark = pytest.mark.real


def test_empty_passwords_over_ssh(tree: Tree) -> None:
    check = "sshd-refuses-empty-passwords"
    assert tree.status(check) == "pass"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "PermitEmptyPasswords yes\n")
    assert tree.status(check) == "fail"


def test_root_with_a_password(tree: Tree) -> None:
    check = "root-does-not-log-in-over-ssh-with-a-password"
    assert tree.status(check) == "pass"
    assert tree.status(check, keys_allowed=False) == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "PermitRootLogin yes\n")
    tree.write("/etc/ssh/sshd_config.d/b.conf", "PermitRootLogin no\n")  # the first counts
    assert tree.status(check) == "fail"
    tree.write("/etc/ssh/sshd_config.d/c.conf", "PasswordAuthentication no\n")
    assert tree.status(check) == "pass"
    tree.write("/etc/ssh/sshd_config.d/d.conf", "Match Address 10.0.0.0/8\n  PasswordAuthentication yes\n")
    assert tree.status(check) == "fail"


def test_passwords_pass_through_pam(tree: Tree) -> None:
    check = "sshd-asks-pam-about-passwords"
    assert tree.status(check) == "pass"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "UsePAM no\n")
    assert tree.status(check) == "fail"
    tree.append("/etc/ssh/sshd_config.d/a.conf", "PasswordAuthentication no\n")
    assert tree.status(check) == "pass"


def test_attempts_in_a_connection(tree: Tree) -> None:
    check = "sshd-allows-few-attempts-in-a-connection"
    assert tree.status(check) == "pass"
    assert tree.status(check, most=4) == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "MaxAuthTries 40\n")
    assert tree.status(check) == "fail"


def test_logins_under_way(tree: Tree) -> None:
    check = "sshd-limits-logins-that-are-under-way"
    assert tree.status(check) == "pass"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "LoginGraceTime 0\n")
    assert tree.status(check) == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "LoginGraceTime 1m\nMaxStartups 500\n")
    assert tree.status(check) == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "LoginGraceTime 1m\nMaxStartups 10:30:60\n")
    assert tree.status(check) == "pass"


def test_dead_and_idle_sessions(tree: Tree) -> None:
    check = "sshd-ends-sessions-that-are-dead-or-idle"
    assert tree.status(check) == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "ClientAliveInterval 5m\n")
    assert tree.status(check) == "pass"
    tree.append("/etc/ssh/sshd_config.d/a.conf", "ClientAliveCountMax 0\n")
    assert tree.status(check) == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "ChannelTimeout session:*=10m\n")
    assert tree.status(check) == "pass"
