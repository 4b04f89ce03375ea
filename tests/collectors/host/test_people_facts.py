import pytest

from collectors.host.host_name import HostName, host_name
from collectors.host.identifiers import Identifiers
from collectors.host.sudo import Sudo
from collectors.host.sudo_rights import Host, principals
from collectors.host.sudoers import Default, Grant
from collectors.organization.roster import Person, Roster
from collectors.readings import Absent, Text, Unread


@pytest.mark.parametrize(
    "text", ["", "\n", "# only a comment\n", "two words\n", "evil\x1b[2J\n", "-x\n", "x" * 300, "häuschen\n"]
)
def test_a_name_that_is_no_name_is_not_understood(text: str) -> None:
    assert isinstance(host_name.outcome({"file:/etc/hostname": Text(text)}), Unread)


def test_the_name_of_the_host() -> None:
    assert host_name.outcome({"file:/etc/hostname": Text("\n# set by us\n web_1.example.com \nother\n")}) == HostName(
        "web_1.example.com"
    )
    assert isinstance(host_name.outcome({"file:/etc/hostname": Absent("no")}), Absent)


@pytest.mark.parametrize(
    ("sudo", "who"),
    [
        (Sudo((Grant("a"), Grant("b", password=False))), ["a", "b"]),
        (Sudo((Grant("a"), Grant("a", command="!ALL"))), []),
        (Sudo((Grant("a", runas=("ALL",)), Grant("a", command="!ALL"))), []),
        (Sudo((Grant("a"), Grant("a", runas=("app",), command="!ALL"))), ["a"]),
        (Sudo((Grant("a", command="!ALL"), Grant("a"))), ["a"]),
        (Sudo((Grant("a", command="/bin/bash"),)), ["a"]),
        (Sudo((Grant("a", runas=("app",)), Grant("b", command="/bin/ls"))), []),
        (Sudo((Grant("ALL"), Grant("a")), (Default("targetpw"),)), ["a"]),
        (Sudo((Grant("ALL"),), (Default("rootpw"), Default("rootpw", on=False))), ["ALL"]),
        (Sudo((Grant("ALL"),), (Default("rootpw", scope=":", of=("b",)),)), ["ALL"]),
        (Sudo((Grant("ALL", users=("ALL", "!b")), Grant("b", command="/bin/ls"))), ["ALL"]),
    ],
)
def test_rules_of_everything(sudo: Sudo, who: list[str]) -> None:
    people = principals(sudo.grants, Identifiers())
    assert [one.label for one in people if sudo.becoming_root(one, Host())] == who


def test_whose_an_account_and_a_machine_are() -> None:
    ann, again = (
        Person("Ann Lee", accounts=("ALee",), devices=("web.example.com", "lap")),
        Person("ann  lee", active=False),
    )
    roster = Roster((ann, again, Person("Bo", accounts=("bo",))))
    assert roster.holders("alee") == (ann, again)
    assert roster.holders("ann") == ()
    for name in ("web", "WEB.example.com.", "lap.example.org", "lap"):
        assert roster.keepers(name) == (ann,), name
    for name in ("web.example.org", "la", "laptop", "example.com"):
        assert roster.keepers(name) == (), name
