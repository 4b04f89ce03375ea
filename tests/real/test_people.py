"""Accounts of real hosts beside the organization's roster."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.accounts import add, authorize, key
from tests.hosts import Tree, scan, worst

pytestmark = pytest.mark.real

LEFT = "people-who-left-have-no-way-in"
KNOWN = "every-enabled-account-belongs-to-someone-on-the-roster"
ADMINS = "administrators-are-on-the-rosters-admin-list"
OWNER = "someone-on-the-roster-answers-for-this-machine"
TRAINED = "who-answers-for-this-machine-is-trained"


def ago(days: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=days)


HEADER = "person,status,start,end,admin,devices,accounts\n"


def roster() -> str:
    """As of today, which may be another day than the one on which the tests were collected."""
    return f"""{HEADER}Ann Lee,active,2015-01-01,,yes,laptop-7,"alice, alice-adm"
Bo Ray,active,2016-01-01,,no,,bob
Cy Poe,left,2016-01-01,{ago(30)},no,,carol
Di Fox,active,2016-01-01,{ago(0)},no,,dave
"""


class Firm:
    """A host, and the registers of its organization."""

    def __init__(self, tree: Tree, folder: Path) -> None:
        self.tree = tree
        self.folder = folder
        self.paths: dict[str, Path] = {}

    def write(self, name: str, text: str) -> None:
        self.paths[name] = self.folder / f"{name}.csv"
        self.paths[name].write_text(text)

    def verdict(self, check: str, subject: str | None = None, **settings: Any) -> tuple[str, str]:
        return worst(scan(self.tree.transport, check, settings, self.paths), subject)

    def status(self, check: str, subject: str | None = None, **settings: Any) -> str:
        return self.verdict(check, subject, **settings)[0]


@pytest.fixture
def firm(tree: Tree, tmp_path: Path) -> Firm:
    return Firm(tree, tmp_path)


@pytest.mark.parametrize("check", [LEFT, KNOWN, ADMINS, OWNER, TRAINED])
def test_without_a_roster_nothing_is_known_of_people(firm: Firm, check: str) -> None:
    status, reason = firm.verdict(check)
    assert status == "unknown"
    assert "add registers.roster" in reason


@pytest.mark.parametrize("check", [LEFT, KNOWN, ADMINS, OWNER, TRAINED])
def test_a_roster_without_the_column_does_not_tell(firm: Firm, check: str) -> None:
    add(firm.tree, "carol", "correct horse", "--groups", "sudo")
    firm.write("roster", "person,status\nCy Poe,left\n")
    firm.write("training", "person,course,date\n")
    status, reason = firm.verdict(check)
    assert status == "unknown"
    assert "has no column" in reason


def test_people_who_left(firm: Firm) -> None:
    firm.write("roster", roster())
    add(firm.tree, "alice", "correct horse")
    add(firm.tree, "dave", "correct horse")
    assert firm.status(LEFT, "alice") == "pass"
    assert firm.status(LEFT, "dave") == "pass"  # it is the last day
    assert firm.status(LEFT, "root") == "not_applicable"
    add(firm.tree, "carol")
    assert firm.status(LEFT, "carol") == "pass"
    firm.tree.run("chpasswd", stdin="carol:correct horse\n")
    status, reason = firm.verdict(LEFT, "carol")
    assert (status, reason) == ("fail", "its person has left, but it can still be entered")
    firm.tree.run("usermod", "--lock", "carol")
    assert firm.status(LEFT, "carol") == "pass"
    authorize(firm.tree, "carol", key("A"))  # locking alone does not keep sshd from taking a key
    assert firm.status(LEFT, "carol") == "fail"
    firm.tree.run("usermod", "--shell", "/usr/sbin/nologin", "carol")  # forwarding of ports needs no shell
    assert firm.status(LEFT, "carol") == "fail"
    firm.tree.run("usermod", "--expiredate", "1", "carol")
    assert firm.status(LEFT, "carol") == "pass"


def test_a_last_day_that_has_passed_counts_whatever_the_status_says(firm: Firm) -> None:
    add(firm.tree, "dave", "correct horse")
    firm.write("roster", roster().replace(str(ago(0)), str(ago(2))))
    assert firm.status(LEFT, "dave") == "fail"
    firm.write("roster", roster().replace(str(ago(0)), str(ago(2))) + f"di fox,active,{ago(1)},,no,,\n")
    assert firm.status(LEFT, "dave") == "pass"  # came back
    firm.write("roster", roster().replace(str(ago(0)), str(ago(2))) + "Di Fox,active,yesterday,,no,,\n")
    status, reason = firm.verdict(LEFT, "dave")
    assert status == "unknown"
    assert "register roster, line 6" in reason


def test_a_person_who_is_still_to_come_has_not_left(firm: Firm) -> None:
    add(firm.tree, "erin", "correct horse")
    firm.write("roster", f"{HEADER}Erin Orr,active,{ago(-20)},,no,,erin\n")
    assert firm.status(LEFT, "erin") == "pass"


def test_a_command_may_know_a_key_of_who_left(firm: Firm) -> None:
    firm.write("roster", roster())
    add(firm.tree, "carol")
    firm.tree.write(
        "/etc/ssh/sshd_config.d/a.conf", "AuthorizedKeysCommand /usr/bin/keys\nAuthorizedKeysCommandUser nobody\n"
    )
    assert firm.status(LEFT, "carol") == "unknown"
    firm.tree.run("usermod", "--expiredate", "1", "carol")
    assert firm.status(LEFT, "carol") == "pass"


def test_accounts_and_the_roster(firm: Firm) -> None:
    firm.write("roster", roster())
    assert firm.status(KNOWN) == "not_applicable"
    add(firm.tree, "alice", "correct horse")
    assert firm.status(KNOWN) == "pass"
    add(firm.tree, "erin")
    assert firm.status(KNOWN, "erin") == "not_applicable"
    authorize(firm.tree, "erin", key("A"))
    assert firm.status(KNOWN, "erin") == "fail"
    assert firm.status(KNOWN, "erin", services=("er*",)) == "not_applicable"
    firm.write("roster", f"{roster()}Erin Orr,perhaps,,,no,,erin\n")
    assert firm.status(KNOWN, "erin") == "unknown"
    firm.write("roster", f"{roster()}Erin Orr,active,,,no,,Erin\n")
    assert firm.status(KNOWN, "erin") == "pass"
    add(firm.tree, "svc-backup", "correct horse")
    add(firm.tree, "printer", "correct horse", "--system")
    assert firm.status(KNOWN) == "pass"


def test_administrators(firm: Firm) -> None:
    firm.write("roster", roster())
    add(firm.tree, "alice", "correct horse", "--groups", "sudo")
    add(firm.tree, "bob", "correct horse")
    assert firm.status(ADMINS, "alice") == "pass"
    assert firm.status(ADMINS, "bob") == "not_applicable"
    assert firm.status(ADMINS, "root") == "not_applicable"
    firm.tree.run("usermod", "--append", "--groups", "sudo", "bob")
    assert firm.status(ADMINS, "bob") == "fail"
    firm.tree.run("gpasswd", "--delete", "bob", "sudo")
    assert firm.status(ADMINS, "bob") == "not_applicable"
    firm.tree.write("/etc/sudoers.d/bob", "User_Alias DESK = bob\nDESK ALL=(ALL:ALL) ALL\n", mode=0o440)
    firm.tree.run("visudo", "--check")
    assert firm.status(ADMINS, "bob") == "fail"
    firm.tree.write("/etc/sudoers.d/bob", "bob ALL=(ALL:ALL) /usr/bin/rsync\n", mode=0o440)
    assert firm.status(ADMINS, "bob") == "not_applicable"
    firm.tree.append("/etc/sudoers", "@include /etc/elsewhere\n")
    assert firm.status(ADMINS, "bob") == "unknown"


@pytest.mark.parametrize("group", ["docker", "lxd", "disk", "shadow"])
def test_groups_that_are_as_good_as_root(firm: Firm, group: str) -> None:
    firm.write("roster", roster())
    firm.tree.run("groupadd", "--force", "--system", group)
    add(firm.tree, "bob", "correct horse", "--groups", group)
    assert firm.status(ADMINS, "bob") == "fail"
    assert firm.status(ADMINS, "bob", groups=("sudo",)) == "not_applicable"


def test_rules_for_other_hosts_and_the_last_that_matches(firm: Firm) -> None:
    firm.write("roster", roster())
    firm.tree.write("/etc/hostname", "laptop-7\n")
    add(firm.tree, "bob", "correct horse", "--groups", "staff")
    for rules, status in (
        ("bob web1=(ALL) ALL", "not_applicable"),
        ("bob laptop-7=(ALL) ALL", "fail"),
        ("bob 10.1.0.0/16=(ALL) ALL", "unknown"),
        ("bob ALL=(ALL) ALL\n%staff ALL=(ALL) !ALL", "not_applicable"),
        ("ALL, !%staff ALL=(ALL) ALL", "not_applicable"),
        ("%#50 ALL=(ALL) ALL", "fail"),
    ):
        firm.tree.write("/etc/sudoers.d/bob", f"{rules}\n", mode=0o440)
        firm.tree.run("visudo", "--check")
        assert firm.status(ADMINS, "bob") == status, rules


def test_administrators_by_doas(equipped: Tree, tmp_path: Path) -> None:
    firm = Firm(equipped, tmp_path)
    firm.write("roster", roster())
    add(equipped, "bob", "correct horse")
    equipped.write("/etc/doas.conf", "permit persist bob\n", mode=0o400)
    assert firm.status(ADMINS, "bob") == "fail"
    equipped.write("/etc/doas.conf", "permit persist bob cmd /usr/bin/id\n", mode=0o400)
    assert firm.status(ADMINS, "bob") == "not_applicable"


def test_an_administrator_who_is_not_on_the_roster(firm: Firm) -> None:
    firm.write("roster", roster())
    add(firm.tree, "toor", "correct horse", "--non-unique", "--uid", "0")
    assert firm.status(ADMINS, "toor") == "fail"
    assert firm.status(KNOWN, "toor") == "fail"
    firm.write("roster", roster().replace("alice-adm", "toor"))
    assert firm.status(ADMINS, "toor") == "pass"
    firm.write("roster", roster().replace("alice-adm", "toor").replace("01,,yes", f"01,{ago(1)},yes"))
    assert firm.status(ADMINS, "toor") == "fail"
    assert firm.status(LEFT, "toor") == "fail"


def test_machines_and_their_people(firm: Firm) -> None:
    firm.write("roster", roster())
    firm.write("training", f"person,course,date\nAnn Lee,Basics,{ago(400)}\n")
    firm.tree.write("/etc/hostname", "# the name\nLaptop-7.example.com\n")
    assert firm.status(OWNER) == "pass"
    assert firm.status(TRAINED) == "fail"
    assert firm.status(TRAINED, months=24) == "pass"
    firm.write("training", f"person,course,date\nAnn Lee,Basics,{ago(40)}\n")
    assert firm.status(TRAINED) == "pass"
    firm.tree.write("/etc/hostname", "laptop-77\n")
    assert firm.status(OWNER) == "fail"
    assert firm.status(TRAINED) == "not_applicable"
    firm.tree.remove("/etc/hostname")
    assert firm.status(OWNER) == "unknown"
    assert firm.status(TRAINED) == "unknown"
    firm.tree.write("/etc/hostname", "\n")
    assert firm.status(OWNER) == "unknown"
