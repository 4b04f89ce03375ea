import pytest

from collectors.host.access_lists import access_lists
from collectors.readings import Unread
from collectors.transports.local import Shell
from tests.accounts import add
from tests.hosts import Tree

pytestmark = pytest.mark.real
CHECK = "no-access-list-opens-private-files"
GROUPS = "no-group-has-a-password"


def _readable(tree: Tree, path: str) -> bool:
    return "cannot" not in tree.run(
        "runuser", "-u", "alice", "--", "sh", "-c", f"head -c1 {path} >/dev/null || echo cannot"
    )


@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/gshadow-", "/etc/ssh/ssh_host_rsa_key", "/var/log/auth.log"])
def test_an_access_list_opens_what_the_mode_hides(equipped: Tree, path: str) -> None:
    add(equipped, "alice")
    equipped.write("/var/log/auth.log", "x", mode=0o640)
    equipped.write("/etc/gshadow-", "x", mode=0o640)
    assert equipped.status(CHECK) == "pass"
    assert not _readable(equipped, path)
    equipped.run("setfacl", "-m", "u:alice:r", path)
    assert _readable(equipped, path)
    assert equipped.status(CHECK) == "fail"
    assert equipped.status(CHECK, allowed=[f"user:alice:{path}", "group:adm:/var/log/*"]) == "pass"
    equipped.run("setfacl", "-m", "m::-", path)  # the mask takes it away
    assert not _readable(equipped, path)
    assert equipped.status(CHECK) == "pass"


def test_homes(equipped: Tree) -> None:
    add(equipped, "alice")
    add(equipped, "bob")
    equipped.path("/home/bob").chmod(0o700)
    assert equipped.status(CHECK) == "pass"
    equipped.run("setfacl", "-m", "u:alice:rx", "/home/bob")
    assert equipped.status(CHECK) == "fail"
    equipped.run("setfacl", "-b", "/home/bob")
    equipped.run("setfacl", "-d", "-m", "u:alice:rx", "/home/bob")
    assert equipped.status(CHECK) == "fail"


def test_the_journal_as_systemd_opens_it(equipped: Tree) -> None:
    equipped.path("/var/log/journal").mkdir(exist_ok=True)
    equipped.run("setfacl", "-m", "g:adm:rx,d:g:adm:rx", "/var/log/journal")
    assert equipped.status(CHECK) == "pass"


def test_without_getfacl(equipped: Tree) -> None:
    add(equipped, "alice")
    equipped.remove("/usr/bin/getfacl")
    assert equipped.status(CHECK) == "pass"
    equipped.run("setfacl", "-m", "u:alice:rw", "/etc/shadow")
    assert equipped.status(CHECK) == "fail"  # Python reads what ls marks
    equipped.run("setfacl", "-m", "m::-", "/etc/shadow")
    assert equipped.status(CHECK) == "pass"
    equipped.run("setfacl", "-d", "-m", "u:alice:x", "/home/alice")
    assert equipped.status(CHECK) == "fail"


def test_without_getfacl_and_python(equipped: Tree) -> None:
    equipped.remove("/usr/bin/getfacl")
    equipped.remove("/usr/bin/python3")
    status, reason = equipped.verdict(CHECK)
    assert status == "unknown"  # the journal's list, which the journal's package made
    assert "getfacl is not installed" in reason
    equipped.run("setfacl", "-b", "/var/log/journal")
    assert equipped.status(CHECK) == "pass"
    equipped.write("/usr/bin/ls", '#!/bin/sh\necho "BusyBox v1.35.0"\n', mode=0o755)
    assert equipped.status(CHECK) == "unknown"


def test_folders_that_may_not_be_listed(equipped: Tree) -> None:
    equipped.path("/var/log/audit").chmod(0o700)
    readings = Shell(("chroot", "--userspec=65534:65534", str(equipped.root))).read(access_lists.sources)
    assert isinstance(access_lists.outcome(readings), Unread)


def test_passwords_of_groups(tree: Tree) -> None:
    add(tree, "alice")
    assert tree.status(GROUPS) == "pass"
    tree.run("groupmod", "--password", tree.run("openssl", "passwd", "-6", "geheim").strip(), "staff")
    assert tree.status(GROUPS) == "fail"
    assert "staff" in tree.findings(GROUPS)[0].verdict.observed["groups"]
    tree.run("gpasswd", "--restrict", "staff")
    assert tree.status(GROUPS) == "pass"
    tree.run("groupmod", "--password", tree.run("openssl", "passwd", "-1", "geheim").strip(), "users")
    assert "md5" in tree.findings(GROUPS)[0].verdict.observed["groups"]
    tree.run("gpasswd", "--remove-password", "users")
    assert tree.status(GROUPS) == "pass"
