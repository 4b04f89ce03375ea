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


def _of_past(tree: Tree, days: int) -> None:
    """Shift what the databases of Debian 13 have of alice into the past."""
    program = (
        "import sqlite3, sys; seconds = int(sys.argv[1]) * 86400\n"
        "last = sqlite3.connect('/var/lib/lastlog/lastlog2.db'); log = sqlite3.connect('/var/lib/wtmpdb/wtmp.db')\n"
        "last.execute('UPDATE Lastlog2 SET Time = Time - ?', [seconds]); last.commit()\n"
        "log.execute('UPDATE wtmp SET Login = Login - ?', [seconds * 1000000]); log.commit()\n"
    )
    tree.run("python3", "-c", program, str(days))


@pytest.mark.parametrize("missing", ["", "lastlog2", "wtmpdb", "lastlog2 wtmpdb"])
def test_debian_13_keeps_databases(trixie: Tree, missing: str) -> None:
    name = "alice-with-quite-a-long-name"
    for account in (name, "bob"):
        add(trixie, account, "correct horse")
        trixie.run("chage", "--lastday", "2020-01-01", account)
    assert trixie.status(USED, name) == "unknown"  # there is no database yet
    trixie.run("su", "--login", "--command", "true", name)
    for program in missing.split():
        trixie.remove(f"/usr/bin/{program}")
    assert trixie.status(USED, name) == "pass"
    assert trixie.verdict(USED, "bob")[0] == "unknown"
    assert "do not go back that far" in trixie.verdict(USED, "bob")[1]
    _of_past(trixie, 100)
    assert trixie.status(USED, name) == "fail"
    assert trixie.status(USED, "bob") == "fail"


def test_a_login_that_only_wtmpdb_has(trixie: Tree) -> None:
    add(trixie, "alice", "correct horse")
    trixie.run("chage", "--lastday", "2020-01-01", "alice")
    trixie.run("su", "--login", "--command", "true", "alice")
    trixie.run("python3", "-c", "import sqlite3; c = sqlite3.connect('/var/lib/lastlog/lastlog2.db');"
               "c.execute('UPDATE Lastlog2 SET Time = 1000000000'); c.commit()")  # fmt: skip
    assert trixie.status(USED, "alice") == "pass"
    trixie.remove("/var/log/wtmp.db")
    assert trixie.status(USED, "alice") == "fail"


def test_databases_that_nothing_here_reads_are_unknown(trixie: Tree) -> None:
    add(trixie, "alice", "correct horse")
    trixie.run("chage", "--lastday", "2020-01-01", "alice")
    trixie.run("su", "--login", "--command", "true", "alice")
    trixie.remove("/usr/bin/lastlog2")
    trixie.remove("/usr/bin/python3")
    status, reason = trixie.verdict(USED)
    assert status == "unknown"
    assert "no program to read it with" in reason
