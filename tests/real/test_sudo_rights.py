"""Who becomes root by sudo, beside sudo itself: sudoers that are made up at random, and what it then lets people do."""

import random

import pytest

from collectors.host.identifiers import Identifiers, identifiers
from collectors.host.sudo import Sudo, sudo
from collectors.host.sudo_rights import Host, of_account
from tests.accounts import add
from tests.hosts import RunningHost

pytestmark = pytest.mark.real
PEOPLE = ("alice", "bob", "carol")
WHO = (
    *("alice", "bob", "%staff", "%ops", "#1000", "#1002", "%#50", "ALL", "ALL, !alice", "alice, bob", "TEAM", "!TEAM"),
    *("ALL, !%staff", "%nobody-has-it", "+netgroup", "ALL, !TEAM, carol"),
)
HOSTS = (
    "ALL",
    "ALL",
    "target",
    "targe?",
    "other",
    "ALL, !target",
    "!other",
    "ALL, !other",
    "HERE",
    "WEB",
    "target, WEB",
)
RUNAS = ("(ALL)", "(root)", "", "(ALL:ALL)", "(daemon)", "(ALL, !root)", "(#0)", "(ADMINS)")
COMMANDS = ("ALL", "ALL", "!ALL", "/bin/ls", "!/bin/ls", "EVERY", "!EVERY")
TAGS = ("", "NOPASSWD: ", "PASSWD: ", "NOPASSWD: SETENV: ")
ALIASES = """User_Alias TEAM = bob, %ops
Host_Alias HERE = target : WEB = web1, web2
Runas_Alias ADMINS = root, daemon
Cmnd_Alias EVERY = /bin/ls, ALL
"""


def _rules(dice: random.Random) -> str:
    lines = []
    for _ in range(dice.randint(1, 5)):
        commands = [f"{dice.choice(TAGS)}{dice.choice(COMMANDS)}" for _ in range(dice.randint(1, 2))]
        line = f"{dice.choice(WHO)} {dice.choice(HOSTS)} = {dice.choice(RUNAS)} {', '.join(commands)}"
        lines.append(line)
    return ALIASES + "\n".join(lines) + "\n"


@pytest.fixture
def people(host: RunningHost) -> RunningHost:
    """A host called target, with three accounts and their groups."""
    host.write("/etc/hostname", "target\n")
    host.run("groupadd", "ops")
    for name, options in (("alice", ("staff",)), ("bob", ()), ("carol", ("ops", "staff"))):
        add(host, name, "correct horse", *(("--groups", ",".join(options)) if options else ()))
    return host


# As root, sudo tells whether somebody may; as that person and without a terminal, whether a password is asked.
_ASK = """
for name in alice bob carol; do
  if sudo -l -U $name /usr/bin/id >/dev/null 2>&1; then may=yes; else may=no; fi
  if runuser -u $name -- sudo -n /usr/bin/id >/dev/null 2>&1 </dev/null; then unasked=yes; else unasked=no; fi
  echo $name $may $unasked
done
"""


@pytest.mark.parametrize("seed", range(4))
def test_rights_are_those_of_sudo(people: RunningHost, seed: int) -> None:
    dice = random.Random(seed)
    main = people.read("/etc/sudoers").partition("# User privilege")[0]
    for _ in range(20):
        rules = _rules(dice)
        people.write("/etc/sudoers", f"{main}root ALL=(ALL:ALL) ALL\n{rules}", mode=0o440)
        people.run("visudo", "--check")
        said = {line.split()[0]: line.split()[1:] for line in people.run("sh", "-c", _ASK).splitlines()}
        readings = people.transport.read([*sudo.sources, *identifiers.sources])
        fact, known = sudo.outcome(readings), identifiers.outcome(readings)
        assert isinstance(fact, Sudo)
        assert isinstance(known, Identifiers)
        host = Host("target", unclear=False)
        unasked = fact.without_password(known, host)
        for name in PEOPLE:
            may = fact.becoming_root(of_account(name, known), host)
            assert said[name] == ["yes" if may else "no", "yes" if name in unasked else "no"], f"{name}:\n{rules}"
