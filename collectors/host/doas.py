"""What doas lets people do, and whether it asks them for a password (doas.conf(5))."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.identifiers import Identifiers
from collectors.host.sudo_rights import Principal, is_whole, of_account
from collectors.sources import Mode, Stat

# What setenv sets, and what a command must be given, may be secrets.
_AWK = r"""
FILENAME ~ /alpine-release$/ { next }
{ line = line $0 }
/\\$/ { sub(/\\$/, " ", line); next }
{
  gsub(/setenv[ \t]*\{.*\}/, " ", line); sub(/#.*/, "", line)
  if (line ~ /[ \t]args[ \t]+[^ \t]/) sub(/[ \t]args[ \t].*/, " args given", line)
  if (line ~ /[^ \t]/) out(line)
  line = ""
}
"""
_RULES = excerpt("rules of doas", "/etc/doas.conf", "/etc/doas.d/*.conf", "/etc/alpine-release", awk=_AWK, needs="doas")
_OPTIONS = frozenset({"nopass", "nolog", "persist", "keepenv"})
_WORD = re.compile(r'"[^"]*"|[^\s"]+')
_MAIN = "/etc/doas.conf"


@dataclass(frozen=True)
class Permit:
    """One rule."""

    who: str
    """A user, ``:group``, or the number of either."""
    allows: bool = True
    """False for ``deny``."""
    password: bool = True
    """Whether a password is asked for; ``nopass`` asks for none, ``persist`` not every time."""
    target: str = ""
    """The user it may be run as; empty: any."""
    command: str = "ALL"
    """With `` args`` where it takes no arguments, `` args given`` where only certain ones."""
    place: str = _MAIN

    def is_for(self, somebody: Principal) -> bool:
        """Whether it names an account, or a group of it."""
        name = self.who.removeprefix(":")
        if self.who.startswith(":"):
            return name in somebody.groups or (name.isdigit() and int(name) in somebody.gids)
        return name == somebody.label or (name.isdigit() and int(name) == somebody.uid)


@dataclass(frozen=True)
class Doas(Fact):
    """The rules of doas, in their order: of those that match, the last counts."""

    rules: tuple[Permit, ...] = ()
    refused: bool = False
    """Whether doas refuses its configuration, because others than root may write it."""

    def becoming_root(self, somebody: Principal) -> Permit | None:
        """The rule by which somebody becomes root with any command; one without a password before one with."""
        own = [rule for rule in self.rules if rule.target in {"", "root", "0"} and rule.is_for(somebody)]
        commands = dict.fromkeys(["ALL", *(rule.command for rule in own if _is_whole(rule.command))])
        found = []
        for command in commands:
            deciding = [rule for rule in own if rule.command in {"ALL", command}]
            if deciding and deciding[-1].allows and not self.refused:
                found.append(deciding[-1])
        return min(found, key=lambda rule: rule.password, default=None)

    def without_password(self, identifiers: Identifiers) -> dict[str, Permit]:
        """Who becomes root with any command, unasked, and by which rule; root itself is left out."""
        found = {}
        for somebody in _somebodies(self.rules, identifiers):
            rule = self.becoming_root(somebody)
            if rule is not None and not rule.password:
                found[somebody.label] = rule
        return found


def _is_whole(command: str) -> bool:
    return is_whole(command.removesuffix(" args"))


def _somebodies(rules: tuple[Permit, ...], identifiers: Identifiers) -> Iterator[Principal]:
    for user in identifiers.users:
        if user.uid != 0:
            yield of_account(user.name, identifiers)
    local = {user.name for user in identifiers.users} | {str(user.uid) for user in identifiers.users} | {"root", "0"}
    for who in dict.fromkeys(rule.who for rule in rules):
        if who.startswith(":"):
            name = who[1:]
            yield Principal(who, None, frozenset({name}), frozenset({int(name)} if name.isdigit() else ()))
        elif who not in local:
            yield Principal(who, int(who) if who.isdigit() else None)


@collector(_RULES, Stat(_MAIN))
def doas(text: str, modes: tuple[Mode, ...] | None) -> Doas:
    """Only Alpine's doas reads a folder as well."""
    files = by_file(text)
    read = [path for path in files if path == _MAIN or ("doas.d" in path and "/etc/alpine-release" in files)]
    rules = tuple(_rule(line, path) for path in read for line in files[path])
    refused = any(mode.permissions & 0o022 or mode.uid != 0 for mode in modes or ())
    return Doas(rules, refused)


def _rule(line: str, place: str) -> Permit:
    words = _WORD.findall(line.replace("\\", ""))
    action, options = words.pop(0), set()
    if action not in {"permit", "deny"}:
        raise ValueError("a line of doas.conf is not understood")
    while words and words[0] in _OPTIONS:
        options.add(words.pop(0))
    who = words.pop(0).strip('"')
    target, command = "", "ALL"
    if words[:1] == ["as"]:
        target, words = words[1].strip('"'), words[2:]
    if words[:1] == ["cmd"]:
        command, words = words[1].strip('"'), words[2:]
        command, words = " ".join([command, *words]), []
    if words:
        raise ValueError("a line of doas.conf is not understood")
    return Permit(who, action == "permit", "nopass" not in options, target, command, place)
