import pytest

from tests.hosts import Tree

pytestmark = pytest.mark.real


def test_empty_passwords_over_ssh(tree: Tree) -> None:
    check = "sshd-refuses-empty-passwords"
    assert tree.status(check) == "pass"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "PermitEmptyPasswords yes\n")
    assert tree.status(check) == "fail"
