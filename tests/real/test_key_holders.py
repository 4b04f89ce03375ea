"""Keys on a real host beside the organization's roster."""

from pathlib import Path

import pytest

from tests.accounts import add, authorize, key
from tests.hosts import Tree, scan, worst

pytestmark = pytest.mark.real
KNOWN = "every-ssh-key-belongs-to-someone-on-the-roster"
LEFT = "keys-of-people-who-left-open-no-other-account"
PEOPLE_LEFT = "people-who-left-have-no-way-in"


def fingerprint(tree: Tree, letter: str) -> str:
    tree.write("/tmp/key.pub", f"{key(letter)}\n")
    return tree.run("ssh-keygen", "-l", "-f", "/tmp/key.pub").split()[1]


class Firm:
    def __init__(self, tree: Tree, folder: Path) -> None:
        self.tree, self.path = tree, folder / "roster.csv"

    def write(self, *lines: str, header: str = "person,status,accounts,ssh_keys") -> None:
        self.path.write_text("\n".join([header, *lines, ""]))

    def verdict(self, check: str, subject: str | None = None, **settings: object) -> tuple[str, str]:
        return worst(scan(self.tree.transport, check, settings, {"roster": self.path}), subject)

    def status(self, check: str, subject: str | None = None, **settings: object) -> str:
        return self.verdict(check, subject, **settings)[0]


@pytest.fixture
def firm(tree: Tree, tmp_path: Path) -> Firm:
    for name in ("alice", "bob"):
        add(tree, name)
    return Firm(tree, tmp_path)


def test_keys_and_the_roster(firm: Firm) -> None:
    first, second = fingerprint(firm.tree, "A"), fingerprint(firm.tree, "B")
    firm.write(f"Ann Lee,active,alice,{first}")
    assert firm.status(KNOWN) == "not_applicable"
    authorize(firm.tree, "alice", key("A"))
    assert firm.status(KNOWN) == "pass"
    authorize(firm.tree, "bob", key("B"))
    assert firm.status(KNOWN) == "fail"
    assert firm.status(KNOWN, services=[second]) == "pass"
    firm.write(f"Ann Lee,active,alice,{first} {second}")
    assert firm.status(KNOWN) == "pass"
    firm.write(f"Ann Lee,active,alice,{first}", "Bo Ray,active,bob,MD5:aa:bb")
    status, reason = firm.verdict(KNOWN)
    assert (status, "line 3" in reason) == ("unknown", True)
    firm.write("Ann Lee,active,alice", header="person,status,accounts")
    assert "no column ssh_keys" in firm.verdict(KNOWN)[1]


@pytest.mark.parametrize(
    "line", ["AuthorizedKeysCommand /usr/bin/k\nAuthorizedKeysCommandUser nobody", "TrustedUserCAKeys /etc/ssh/ca"]
)
def test_keys_that_no_file_holds(firm: Firm, line: str) -> None:
    firm.write(f"Ann Lee,active,alice,{fingerprint(firm.tree, 'A')}", "Bo Ray,left,bob,")
    authorize(firm.tree, "alice", key("A"))
    firm.tree.write("/etc/ssh/ca", f"{key('C')}\n")
    assert firm.status(PEOPLE_LEFT, "bob") == "pass"
    firm.tree.write("/etc/ssh/sshd_config.d/a.conf", f"{line}\n")
    assert firm.status(KNOWN) == "unknown"
    assert firm.status(LEFT) == "unknown"
    assert firm.status(PEOPLE_LEFT, "bob") == "unknown"


def test_a_key_of_who_left_in_an_account_of_somebody_else(firm: Firm) -> None:
    firm.write("Ann Lee,active,alice,", f"Bo Ray,left,bob,{fingerprint(firm.tree, 'B')}")
    authorize(firm.tree, "alice", key("A"))
    assert firm.status(LEFT) == "pass"
    firm.tree.write("/root/.ssh/authorized_keys", f"{key('B')} laptop\n", mode=0o600)
    assert firm.status(LEFT) == "fail"
    firm.write("Ann Lee,active,alice", "Bo Ray,left,bob", header="person,status,accounts")
    assert firm.status(LEFT) == "pass"  # whose it is cannot be told
    authorize(firm.tree, "bob", key("B"))
    status, _ = firm.verdict(LEFT)  # it stands in the account of who left, too
    assert status == "fail"
    firm.write("Ann Lee,active,alice", "Bo Ray,left,bob", "bo ray,active,", header="person,status,accounts")
    assert firm.status(LEFT) == "pass"
