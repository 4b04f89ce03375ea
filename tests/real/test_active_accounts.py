import pytest

from collectors.host.last_login import last_logins
from collectors.readings import Unread
from collectors.transports.local import Shell
from tests.accounts import add, authorize, key
from tests.hosts import Tree

pytestmark = pytest.mark.real

USED = "accounts-with-a-password-are-in-use"
LOCKED = "locked-accounts-are-not-open-by-key"


def test_accounts_that_are_used(tree: Tree) -> None:
    add(tree, "alice", "correct horse")
    assert tree.status(USED, "alice") == "pass"
    tree.run("chage", "--lastday", "2020-01-01", "alice")
    assert tree.status(USED, "alice") == "fail"
    tree.run("lastlog", "--set", "--user", "alice")
    assert tree.status(USED, "alice") == "pass"
    assert tree.status(USED, "root") == "not_applicable"
    assert tree.status(USED, "daemon") == "not_applicable"


def test_a_graphical_login_comes_into_wtmp_only(tree: Tree) -> None:
    add(tree, "alice", "correct horse")
    tree.run("chage", "--lastday", "2020-01-01", "alice")
    record = "import struct, time; print(struct.pack('hi32s4s32s256shhiii4i20s', 7, 1, b'tty2', b'', b'alice', b':0',"
    record += " 0, 0, 0, int(time.time()) - 9000, 0, 0, 0, 0, 0, b'').hex())"
    tree.write("/var/log/wtmp", bytes.fromhex(tree.run("python3", "-c", record).strip()))
    assert tree.status(USED, "alice") == "pass"


def test_without_a_record_of_logins_it_is_unknown(tree: Tree) -> None:
    add(tree, "alice", "correct horse")
    tree.run("chage", "--lastday", "2020-01-01", "alice")
    tree.remove("/usr/bin/lastlog")
    assert tree.status(USED, "alice") == "unknown"


def test_keys_of_expired_accounts(tree: Tree) -> None:
    check = "expired-accounts-have-no-keys"
    add(tree, "alice", "correct horse")
    authorize(tree, "alice", key("A"))
    assert tree.status(check, "alice") == "not_applicable"
    tree.run("chage", "--expiredate", "2020-01-01", "alice")
    assert tree.status(check, "alice") == "fail"
    tree.remove("/home/alice/.ssh")
    assert tree.status(check, "alice") == "pass"


def test_new_accounts(tree: Tree) -> None:
    check = "new-accounts-are-disabled-when-unused"
    assert tree.status(check) == "fail"
    tree.run("useradd", "-D", "--inactive", "30")
    assert tree.status(check) == "pass"


def test_locked_accounts_with_keys(tree: Tree) -> None:
    add(tree, "alice", "correct horse")
    tree.run("usermod", "--lock", "alice")
    assert tree.status(LOCKED, "alice") == "pass"
    authorize(tree, "alice", key("A"))
    assert tree.status(LOCKED, "alice") == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "UsePAM no\n")
    assert tree.status(LOCKED, "alice") == "pass"


def test_accounts_for_keys_only(tree: Tree) -> None:
    add(tree, "alice")
    authorize(tree, "alice", key("A"))
    assert tree.status(LOCKED, "alice") == "fail"
    assert tree.status(LOCKED, "alice", key_only=["alice"]) == "pass"
    tree.run("usermod", "--password", "*", "alice")
    assert tree.status(LOCKED, "alice") == "pass"


def test_a_command_may_know_more_keys(tree: Tree) -> None:
    add(tree, "alice", "correct horse")
    tree.run("usermod", "--lock", "alice")
    tree.write(
        "/etc/ssh/sshd_config.d/a.conf", "AuthorizedKeysCommand /usr/bin/keys\nAuthorizedKeysCommandUser nobody\n"
    )
    assert tree.status(LOCKED, "alice") == "unknown"


def test_a_record_that_cannot_be_read_is_unknown(tree: Tree) -> None:
    add(tree, "alice", "correct horse")
    tree.run("chage", "--lastday", "2020-01-01", "alice")
    tree.path("/var/log/wtmp").chmod(0o600)
    readings = Shell(("chroot", "--userspec=65534:65534", str(tree.root))).read(last_logins.sources)
    assert isinstance(last_logins.outcome(readings), Unread)
    tree.remove("/var/log/lastlog")
    assert tree.status(USED) == "unknown"
