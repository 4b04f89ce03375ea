"""Who may become root by the rules of sudo: for each account the last rule that matches counts, whomever it names.

A user list, a host list and a list of target users match by their last member that does (``ALL, !alice``; sudoers(5)). Whether
a rule is for this host cannot always be told: it is tried both ways.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from collectors.host.identifiers import Identifiers
from collectors.host.sudoers import Grant

_WHOLE = frozenset(
    {
        *("su", "sudo", "sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh"),
        *("awk", "env", "find", "nsenter", "perl", "python", "python3", "ruby", "vi", "vim", "xargs"),
    }
)
"""Programs that run whatever they are told to, when they may be given any arguments."""
_ROOT = frozenset({"root", "#0", "ALL"})


@dataclass(frozen=True)
class Principal:
    """Somebody whom rules may name: a local account, or anybody whom only a rule tells of."""

    label: str
    """The account's name; or ``ALL``, ``%group``, ``+netgroup``, ``#uid`` for whoever that may be."""
    uid: int | None = None
    groups: frozenset[str] = field(default_factory=frozenset)
    gids: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_root(self) -> bool:
        """Whether it is root already."""
        return self.uid == 0 or self.label in {"root", "#0"}

    def is_named(self, member: str) -> bool:
        """Whether one member of a user list, without its negation, is this one."""
        bare = member.replace('"', "").replace("\\", "")
        if bare in {"ALL", self.label}:
            return True
        if bare.startswith("%#"):
            return bare[2:].isdigit() and int(bare[2:]) in self.gids
        if bare.startswith("%"):
            return bare[1:] in self.groups
        return bare.startswith("#") and bare[1:].isdigit() and int(bare[1:]) == self.uid


@dataclass(frozen=True)
class Host:
    """What is known of this host's name."""

    name: str = ""
    """Empty where it is not known."""
    unclear: bool = True
    """Whether a rule that may be for this host, or for others only, is taken to be for this one."""

    def is_named(self, member: str) -> bool:
        """Whether one member of a host list, without its negation, is this host: by name; addresses and netgroups are unclear."""
        if member == "ALL":
            return True
        if (
            not self.name
            or member.startswith("+")
            or "/" in member
            or ":" in member
            or member.replace(".", "").isdigit()
        ):
            return self.unclear
        if fnmatchcase(self.name.lower(), member.lower()):
            return True
        short = self.name.partition(".")[0].lower()
        if "." not in member:
            return fnmatchcase(short, member.lower())
        alike = "." not in self.name and fnmatchcase(short, member.partition(".")[0].lower())
        return self.unclear if alike else False


def _matched(members: Sequence[str], somebody: Principal | Host) -> bool:
    matched = False
    for member in members:
        bare = member.removeprefix("!")
        if somebody.is_named(bare):
            matched = bare == member
    return matched


def as_root(names: Iterable[str]) -> bool:
    """Whether a list of target users lets somebody be root."""
    given = set(names)
    return bool(given & _ROOT) and not given & {"!root", "!#0"}


def is_whole(command: str) -> bool:
    """Whether a command is as good as all of them: ``ALL``, a folder with a shell in it, or a shell, an editor or su."""
    name, _, arguments = command.partition(" ")
    if command == "ALL" or name in {"/bin/", "/usr/bin/", "/bin/*", "/usr/bin/*"}:
        return True
    return name.rsplit("/", 1)[-1] in _WHOLE and arguments.strip() in {"", "-", "*", "-c *", "root", "- root"}


def standing(grants: Sequence[Grant], somebody: Principal, host: Host) -> list[Grant]:
    """The rules by which somebody becomes root with any command, asked for a password or not: for each command that is as
    good as all of them the rule that decides on it.
    """
    own = [
        grant
        for grant in grants
        if as_root(grant.runas) and _matched(grant.users or (grant.who,), somebody) and _matched(grant.hosts, host)
    ]
    commands = dict.fromkeys(["ALL", *(grant.command for grant in own if is_whole(grant.command))])
    found: dict[Grant, None] = {}
    for command in commands:
        deciding = [grant for grant in own if _is_for(grant.command.removeprefix("!"), command)]
        if deciding and not deciding[-1].command.startswith("!"):
            found[deciding[-1]] = None
    return list(found)


def _is_for(written: str, command: str) -> bool:
    if written in {"ALL", command}:
        return True
    return written.endswith(("/", "/*")) and fnmatchcase(command, written.rstrip("*") + "*")


def principals(grants: Sequence[Grant], identifiers: Identifiers) -> Iterator[Principal]:
    """Every local account but root, and whoever else the rules tell of: members of groups, accounts of a directory."""
    for user in identifiers.users:
        if user.uid != 0:
            yield of_account(user.name, identifiers)
    local = {user.name for user in identifiers.users} | {f"#{user.uid}" for user in identifiers.users}
    named = dict.fromkeys(member for grant in grants for member in grant.users or (grant.who,))
    for member in named:
        if member.startswith("!") or member in local:
            continue
        groups = frozenset({member[1:]} if member.startswith("%") and not member.startswith("%#") else ())
        number = int(member[2:]) if member.startswith("%#") and member[2:].isdigit() else None
        one = Principal(member, groups=groups, gids=frozenset() if number is None else frozenset({number}))
        if not one.is_root:
            yield one


def of_account(name: str, identifiers: Identifiers) -> Principal:
    """A local account with its groups."""
    user = next(one for one in identifiers.users if one.name == name)
    groups = [one for one in identifiers.groups if one.gid == user.gid or name in one.members]
    return Principal(
        name, user.uid, frozenset(one.name for one in groups), frozenset({user.gid, *(one.gid for one in groups)})
    )
