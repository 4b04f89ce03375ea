import pytest

from tests.accounts import add
from tests.hosts import Tree

pytestmark = pytest.mark.real

ASKS = "sudo-asks-for-a-password"
AUTHENTICATES = "sudo-authenticates-everyone"


def test_home_directories(tree: Tree) -> None:
    check = "home-directories-are-private"
    assert tree.status(check) == "pass"
    add(tree, "alice")
    assert tree.status(check, "alice") == "fail"
    tree.path("/home/alice").chmod(0o750)
    assert tree.status(check, "alice") == "pass"
    assert tree.status(check, "alice", most="0700") == "fail"
    tree.run("useradd", "--no-create-home", "bob")
    assert tree.status(check) == "pass"


def test_rules_without_password(tree: Tree) -> None:
    assert tree.status(ASKS) == "pass"
    tree.write("/etc/sudoers.d/ops", "alice ALL=(ALL) \\\n  NOPASSWD: ALL # because\n", mode=0o440)
    tree.run("visudo", "--check")
    assert tree.status(ASKS) == "fail"
    assert tree.status(ASKS, allowed=["alice"]) == "pass"


@pytest.mark.parametrize("name", ["ops.conf", "ops~"])
def test_files_that_sudo_skips(tree: Tree, name: str) -> None:
    tree.write(f"/etc/sudoers.d/{name}", "alice ALL=(ALL) NOPASSWD: ALL\nDefaults !authenticate\n", mode=0o440)
    assert tree.status(ASKS) == "pass"
    assert tree.status(AUTHENTICATES) == "pass"


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ("# alice ALL=(ALL) NOPASSWD: ALL", "pass"),
        ("alice ALL=(root) NOPASSWD: /usr/bin/rsync, PASSWD: ALL", "pass"),
        ("alice ALL=(root) NOPASSWD: /usr/bin/rsync, ALL", "fail"),
        ("alice ALL = /usr/bin/id : web1 = NOPASSWD: ALL", "pass"),  # that is another host
        ("alice ALL = /usr/bin/id : 10.0.0.0/8 = NOPASSWD: ALL", "unknown"),
        ("alice +servers = NOPASSWD: ALL", "unknown"),
        ("ALL, !root ALL = NOPASSWD: ALL", "fail"),
        ("%staff ALL=(ALL) NOPASSWD: ALL\nALL ALL=(ALL) ALL", "pass"),
        ("alice ALL=(postgres) NOPASSWD: ALL", "pass"),
        ("alice ALL=(ALL) NOPASSWD: ALL\nalice ALL=(ALL) ALL", "pass"),
        ("alice ALL=(ALL) ALL\nalice ALL=(ALL) NOPASSWD: ALL", "fail"),
        ("OPS ALL=NOPASSWD: EVERY\nUser_Alias OPS = alice, %ops : WEB = bob\nCmnd_Alias EVERY = /bin/ls, ALL", "fail"),
        ("%#1000 ALL=(ALL:ALL) NOPASSWD:SETENV: ALL", "fail"),
        ("root ALL=(ALL) NOPASSWD: ALL", "pass"),
        ("alice ALL=NOPASSWD: sha256:Y7ZRr8EuJEJQdq9MNVjV8ABA7CGV4mJZ7h7eRi0hzBA= /usr/bin/id a\\:b\\,c", "pass"),
    ],
)
def test_rules(tree: Tree, rules: str, status: str) -> None:
    tree.write("/etc/sudoers.d/ops", rules + "\n", mode=0o440)
    tree.run("visudo", "--check")
    assert tree.status(ASKS) == status


def test_rules_of_a_folder_that_is_not_included(tree: Tree) -> None:
    tree.write("/etc/sudoers.d/ops", "alice ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)
    tree.replace("/etc/sudoers", "@includedir /etc/sudoers.d", "# nothing more")
    assert tree.status(ASKS) == "pass"


def test_rules_that_were_not_read(tree: Tree) -> None:
    tree.append("/etc/sudoers", "#include /srv/rules\n")
    assert tree.status(ASKS) == "unknown"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Defaults !authenticate", "fail"),
        ("Defaults env_reset, !authenticate", "fail"),
        ("Defaults:alice !authenticate", "fail"),
        ("Defaults !authenticate\nDefaults authenticate", "pass"),
        ("Defaults!/usr/bin/id !authenticate", "pass"),
        ("Defaults exempt_group=staff", "fail"),
    ],
)
def test_defaults(tree: Tree, line: str, status: str) -> None:
    assert tree.status(AUTHENTICATES) == "pass"
    tree.write("/etc/sudoers.d/ops", line + "\n", mode=0o440)
    tree.run("visudo", "--check")
    assert tree.status(AUTHENTICATES) == status


def test_without_sudo(tree: Tree) -> None:
    tree.remove("/usr/bin/sudo")
    assert tree.status(ASKS) == "not_applicable"
