"""The grammar of sudoers(5), as far as it decides who is asked for a password.

Comments go first, then continued lines are joined; includes stand where they are written. What is not understood raises.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_DEEPEST = 16
_UID = re.compile(r"#-?\d+")
_INCLUDE = re.compile(r"[@#](include|includedir)\s+(.+)")
_DEFAULTS = re.compile(r"Defaults(?:([@:!>])\s*((?:[^\s,]+)(?:\s*,\s*[^\s,]+)*))?\s+(.+)")
_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.+)")
_TAG = re.compile(r"\b((?:NO)?(?:PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT))\s*:")
_DIGEST = re.compile(r"\bsha(?:224|256|384|512):\s*[A-Za-z0-9+/=]+\s*(?:,\s*(?=sha\d+:))?")
_PREFIX = re.compile(
    r"\s*(?:\{(?P<tag>[A-Z_]+)\}|\((?P<runas>[^)]*)\)|"
    r"(?P<option>ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER)\s*=\s*(?:\"[^\"]*\"|\S+))\s*"
)


@dataclass(frozen=True)
class Grant:
    """One command of a user specification, for one of its users."""

    who: str
    """A user, ``%group``, ``+netgroup``, ``#uid`` or ``ALL``; user aliases are resolved."""
    hosts: tuple[str, ...] = ("ALL",)
    runas: tuple[str, ...] = ("root",)
    """Users it may be run as."""
    command: str = "ALL"
    """Command aliases are resolved; a command that the rule takes away begins with ``!``."""
    password: bool = True
    """Whether the rule leaves it to sudo to ask for a password; ``NOPASSWD`` does not."""
    place: str = "/etc/sudoers"
    """The file."""
    users: tuple[str, ...] = ()
    """The whole user list of the rule, of which the last member that matches counts; empty where it is only ``who``."""


@dataclass(frozen=True)
class Default:
    """One parameter of a ``Defaults`` line."""

    name: str
    value: str = ""
    on: bool = True
    """False for ``!name``."""
    scope: str = ""
    """``:``, ``@``, ``!`` or ``>`` for some users, hosts, commands or target users; empty: for all."""
    of: tuple[str, ...] = ()
    """Those users, hosts, commands or target users."""
    place: str = "/etc/sudoers"


@dataclass
class Policy:
    """Everything that was read, in the order in which sudo reads it. ``unseen`` are included paths that were not read."""

    grants: list[Grant] = field(default_factory=list)
    defaults: list[Default] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    aliases: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Kind (``User`` ...) and name to members."""


def read(files: dict[str, str], main: str = "/etc/sudoers") -> Policy:
    """Read the main file and what it includes. Aliases may be used before they are defined, so they are gathered first."""
    policy = Policy()
    lines = list(_lines(files, main, policy.unseen, 0))
    for _, line in lines:
        if alias := _ALIAS.fullmatch(line):
            _define("Cmnd" if alias.group(1) == "Cmd" else alias.group(1), alias.group(2), policy.aliases)
    for place, line in lines:
        if not _ALIAS.fullmatch(line):
            if default := _DEFAULTS.fullmatch(line):
                policy.defaults.extend(_defaults(default, policy, place))
            else:
                policy.grants.extend(_grants(line, policy, place))
    return policy


def _lines(files: dict[str, str], place: str, unseen: list[str], depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise ValueError("includes go too deep")
    for line in _logical(files[place]):
        include = _INCLUDE.fullmatch(line)
        if include is None:
            yield place, line
            continue
        path = include.group(2).strip().strip('"').replace("\\ ", " ").rstrip("/")
        if not path.startswith("/"):
            path = f"{place.rsplit('/', 1)[0]}/{path}"
        if include.group(1) == "includedir":
            if path != "/etc/sudoers.d":
                unseen.append(path)
            for one in sorted(name for name in files if name.rsplit("/", 1)[0] == path and is_read(name)):
                yield from _lines(files, one, unseen, depth + 1)
        elif path in files:
            yield from _lines(files, path, unseen, depth + 1)
        else:
            unseen.append(path)


def is_read(path: str) -> bool:
    """Whether sudo reads a file of an included folder: it skips names with a dot and those that end in ``~``."""
    name = path.rsplit("/", 1)[-1]
    return "." not in name and not name.endswith("~")


def _logical(text: str) -> Iterator[str]:
    """Lines without comments, continued ones joined; includes that begin with ``#`` are no comments."""
    joined = ""
    for raw in text.splitlines():
        line = raw if _INCLUDE.fullmatch(raw.strip()) and not joined else _uncommented(raw)
        if line.rstrip().endswith("\\") and not line.rstrip().endswith("\\\\"):
            joined += line.rstrip()[:-1] + " "
            continue
        joined = (joined + line).strip()
        if joined:
            yield joined
        joined = ""
    if joined.strip():
        yield joined.strip()


def _uncommented(line: str) -> str:
    """A ``#`` begins a comment unless it is quoted, escaped, or a user or group id (which follows no word)."""
    quoted = False
    for index, mark in enumerate(line):
        if index and line[index - 1] == "\\":
            continue
        if mark == '"':
            quoted = not quoted
        elif mark == "#" and not quoted:
            before = line[index - 1] if index else " "
            if not (_UID.match(line, index) and before in " \t,(:!%>="):
                return line[:index]
    return line


def _split(text: str, separator: str) -> list[str]:
    """Split at a separator that is not escaped, quoted, or in parentheses."""
    parts = [""]
    quoted, depth = False, 0
    for index, mark in enumerate(text):
        escaped = index > 0 and text[index - 1] == "\\"
        if mark == '"' and not escaped:
            quoted = not quoted
        depth += 0 if quoted or escaped else (mark == "(") - (mark == ")")
        if mark == separator and not (quoted or escaped or depth):
            parts.append("")
        else:
            parts[-1] += mark
    return [part.strip() for part in parts]


def _define(kind: str, text: str, aliases: dict[tuple[str, str], list[str]]) -> None:
    for definition in _split(_DIGEST.sub("", text), ":"):
        name, equals, members = definition.partition("=")
        if not equals:
            raise ValueError("an alias without members")
        aliases[kind, name.strip()] = [member for member in _split(members, ",") if member]


def _resolved(kind: str, names: list[str], policy: Policy, depth: int = 0) -> Iterator[str]:
    """Members in place of aliases; a negated alias negates its members."""
    if depth > _DEEPEST:
        raise ValueError("aliases go round in circles")
    for name in names:
        bare = name.lstrip("! ")
        negated = name[: len(name) - len(bare)].count("!") % 2 == 1
        members = policy.aliases.get((kind, bare))
        if members is None:
            yield f"!{bare}" if negated else bare
            continue
        for member in _resolved(kind, members, policy, depth + 1):
            yield (member[1:] if member.startswith("!") else f"!{member}") if negated else member


def _defaults(found: re.Match[str], policy: Policy, place: str) -> Iterator[Default]:
    scope, names, parameters = found.group(1) or "", found.group(2) or "", found.group(3)
    kind = {":": "User", "@": "Host", "!": "Cmnd", ">": "Runas"}.get(scope, "")
    of = tuple(_resolved(kind, _split(names, ","), policy)) if scope else ()
    for parameter in _split(parameters, ","):
        name, _, value = parameter.partition("=")
        bare = name.lstrip("! \t")
        negated = name[: len(name) - len(bare)].count("!") % 2 == 1
        yield Default(bare.rstrip("+- \t"), value.strip().strip('"'), not negated, scope, of, place)


def _grants(line: str, policy: Policy, place: str) -> Iterator[Grant]:
    marked = _TAG.sub(r"{\1} ", _DIGEST.sub("", line))
    segments = _split(marked, ":")
    users: list[str] = []
    for index, segment in enumerate(segments):
        left, equals, commands = segment.partition("=")
        if not equals or not commands.strip():
            raise ValueError("a line of sudoers is not understood")
        words = re.split(r"(?<!\\)\s+", re.sub(r"\s*,\s*", ",", left.strip()))
        if index == 0:
            if len(words) < 2:
                raise ValueError("a rule without host")
            users = list(_resolved("User", _split(" ".join(words[:-1]), ","), policy))
        hosts = tuple(_resolved("Host", words[-1].split(","), policy))
        for who in users:
            for runas, command, password in _commands(commands, policy):
                yield Grant(who, hosts, runas, command, password, place, tuple(users) if len(users) > 1 else ())


def _commands(text: str, policy: Policy) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    """Target users, command, and whether a password is asked for. Tags and target users hold for the commands after them."""
    password = True
    runas: tuple[str, ...] = ("root",)
    for spec in _split(text, ","):
        command = spec
        while prefix := _PREFIX.match(command):
            if prefix["tag"] in {"PASSWD", "NOPASSWD"}:
                password = prefix["tag"] == "PASSWD"
            elif prefix["runas"] is not None:
                users = prefix["runas"].split(":", 1)[0].strip()
                runas = tuple(_resolved("Runas", _split(users, ","), policy)) if users else ()
            command = command[prefix.end() :]
        for one in _resolved("Cmnd", [command.strip()], policy):
            if not one:
                raise ValueError("a rule without command")
            yield runas, one, password
