"""doas beside the real one, which tells by -C what it would do; and rules of polkit."""

import random

import pytest

from collectors.host.doas import Doas, doas
from collectors.host.identifiers import Identifiers, identifiers
from collectors.host.sudo_rights import of_account
from tests.accounts import add
from tests.hosts import Tree

pytestmark = pytest.mark.real
ASKS = "doas-asks-for-a-password"
POLKIT = "polkit-rules-that-ask-no-password-are-known"
PEOPLE = ("alice", "bob")


def test_without_doas(tree: Tree) -> None:
    tree.write("/etc/doas.conf", "permit nopass alice\n", mode=0o400)
    assert tree.status(ASKS) == "not_applicable"


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ("permit persist :staff", "pass"),
        ("permit nopass :staff", "fail"),
        ("permit nopass alice cmd /usr/bin/id", "pass"),
        ("permit nopass alice as daemon", "pass"),
        ("permit nopass alice as root cmd sh", "fail"),
        ("permit nopass alice # so\ndeny alice", "pass"),
        ("permit alice\npermit nopass keepenv setenv { A=geheim } \\\n :staff", "fail"),
        ("# permit nopass alice", "pass"),
        ("permit nopass root", "pass"),
    ],
)
def test_rules(equipped: Tree, rules: str, status: str) -> None:
    add(equipped, "alice", "", "--groups", "staff")
    equipped.write("/etc/doas.conf", rules + "\n", mode=0o400)
    equipped.run("doas", "-C", "/etc/doas.conf")
    assert equipped.status(ASKS) == status
    assert "geheim" not in str(equipped.transport.read(doas.sources))


def test_what_doas_refuses_or_does_not_understand(equipped: Tree) -> None:
    add(equipped, "alice")
    equipped.write("/etc/doas.conf", "permit nopass alice\n", mode=0o666)
    assert "writable" in equipped.run("sh", "-c", "runuser -u alice -- doas id 2>&1 || true")
    assert equipped.status(ASKS) == "pass"
    equipped.write("/etc/doas.conf", "permit nopass alice\n", mode=0o600)
    assert equipped.run("runuser", "-u", "alice", "--", "doas", "id", "-u").strip() == "0"
    assert equipped.status(ASKS) == "fail"
    equipped.write("/etc/doas.conf", "allow alice\n", mode=0o600)
    assert equipped.status(ASKS) == "unknown"


def test_rights_are_those_of_doas(equipped: Tree) -> None:
    add(equipped, "alice", "", "--groups", "staff,users")
    add(equipped, "bob", "", "--groups", "users")
    dice = random.Random(7)
    who = ("alice", "bob", ":staff", ":users", "1000", "1001", ":50", ":nobody-has-it")
    rest = ("", "", "as root", "as daemon", "as 0", "cmd /bin/ls", "cmd /bin/ls args -l", "as root cmd /bin/ls")
    for _ in range(60):
        lines = []
        for _ in range(dice.randint(1, 4)):
            action = dice.choice(("permit", "permit nopass", "permit persist", "permit nolog nopass", "deny"))
            lines.append(f"{action} {dice.choice(who)} {dice.choice(rest)}")
        rules = "\n".join(lines) + "\n"
        equipped.write("/etc/doas.conf", rules, mode=0o644)
        ask = "for name in alice bob; do runuser -u $name -- doas -C /etc/doas.conf /usr/bin/env || true; done"
        said = equipped.run("sh", "-c", ask).splitlines()
        readings = equipped.transport.read([*doas.sources, *identifiers.sources])
        fact, known = doas.outcome(readings), identifiers.outcome(readings)
        assert isinstance(fact, Doas)
        assert isinstance(known, Identifiers)
        found = [fact.becoming_root(of_account(name, known)) for name in PEOPLE]
        told = ["deny" if rule is None else "permit" if rule.password else "permit nopass" for rule in found]
        assert told == said, rules


def test_rules_of_polkit(tree: Tree) -> None:
    assert tree.status(POLKIT) == "pass"
    rule = 'polkit.addRule(function(action, subject) {\n  if (subject.isInGroup("wheel")) {\n    return polkit.Result.%s;\n'
    path = "/etc/polkit-1/rules.d/50-a.rules"
    tree.write(path, rule % "AUTH_ADMIN" + "  }\n});\n")
    assert tree.status(POLKIT) == "pass"
    tree.write(path, rule % "YES" + "  }\n});\n")
    assert tree.status(POLKIT) == "unknown"
    assert tree.status(POLKIT, known=[path]) == "pass"
    assert tree.status(POLKIT, known=["/etc/polkit-1/rules.d/other.rules"]) == "fail"
    tree.remove(path)
    tree.write("/etc/polkit-1/localauthority/50-local.d/a.pkla", "[a]\nIdentity=unix-group:x\nResultActive=yes\n")
    assert tree.status(POLKIT) == "unknown"
