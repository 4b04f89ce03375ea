"""Which keywords of OpenSSH's configuration hold for a name: the first value of each does (ssh_config(5), readconf.c).

Nothing is run. Where a ``Match`` would run a command, or is not understood, and a keyword that matters here depends on it, the host is
unseen with that reason.
"""

import os
import pwd
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from agent.errors import UnreachableError
from agent.ssh.openssh_file import Line, Section, parsed

Faults = Callable[[str], UnreachableError]
"""What is wrong, to an error that tells where."""
_SYSTEM = Path("/etc/ssh/ssh_config")
_ONE_VALUE = frozenset(
    [
        "hostname",
        "port",
        "user",
        "hostkeyalias",
        "identitiesonly",
        "identityagent",
        "connecttimeout",
        "canonicalizehostname",
    ]
)
_MANY_VALUES = frozenset(["userknownhostsfile", "globalknownhostsfile"])
_GATHERED = frozenset(["identityfile", "certificatefile"])
"""Of these all values hold, not only the first."""
_WAY = frozenset(["proxyjump", "proxycommand"])
"""Of these two, the first holds, whichever it is."""
_KNOWN = _ONE_VALUE | _MANY_VALUES | _GATHERED | _WAY
_TOKEN = re.compile(r"%(.?)", re.DOTALL)
_CRITERIA = frozenset(["all", "canonical", "final", "host", "originalhost", "user", "localuser"])
_WORD = re.compile(r'\s*(?:"([^"]*)"|([^\s"=]+))\s*=?')


@dataclass
class Options:
    """What holds for a name, as the files say it: tokens are not filled in, but for those of the host name."""

    name: str
    hostname: str = ""
    """What is connected to."""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By keyword, in lower case."""
    places: dict[str, Line] = field(default_factory=dict)
    """Where the first value stands."""

    def one(self, keyword: str) -> str:
        """The value of a keyword that has one; empty where nothing is said."""
        return next(iter(self.values.get(keyword, ())), "")

    def fault(self, keyword: str, what: str) -> UnreachableError:
        """A value that cannot be followed."""
        return UnreachableError(f"{self.places[keyword].place}: {what}")


def options_for(name: str, config_file: Path | None, *, user: str = "", port: int | None = None) -> Options:
    """The keywords that matter here, as they hold for a name."""
    found = Options(name)
    if user:
        found.values["user"] = (user,)
    if port:
        found.values["port"] = (str(port),)
    asking = _Asking(found)
    asking.go_through(_sections(name, config_file))
    found.hostname = _hostname(found)
    if asking.has_final:
        asking.final = True
        asking.go_through(_sections(found.hostname, config_file))
    for reason in asking.doubts.values():
        raise UnreachableError(reason)
    return found


def _sections(name: str, config_file: Path | None) -> list[Section]:
    if config_file is not None:
        return list(parsed(config_file, user=True, usual=False).about(name))
    own = parsed(Path.home() / ".ssh/config", user=True, usual=True)
    return [*own.about(name), *parsed(_SYSTEM, user=False, usual=True).about(name)]


class _Asking:
    """Goes through sections in order: what a condition says may depend on the values that hold already."""

    def __init__(self, found: Options) -> None:
        self.found = found
        self.final = False
        """Whether this is the second time, for what only holds then: ``Host`` is then about what is connected to."""
        self.has_final = False
        self.doubts: dict[str, str] = {}
        """By keyword, why it is not known whether a value of it holds."""

    def go_through(self, sections: Sequence[Section]) -> None:
        """Take what holds."""
        for section in sections:
            holds, doubt = self._holds(section.conditions)
            for line in section.lines if holds else ():
                if line.keyword in _KNOWN:
                    self._take(line, doubt)

    def _take(self, line: Line, doubt: str) -> None:
        keyword, values = line.keyword, self.found.values
        if keyword in _WAY and not _WAY.isdisjoint(values):
            return
        if keyword in values and keyword not in _GATHERED:
            return
        if doubt:
            self.doubts.setdefault(
                keyword, f"{doubt}, and {keyword} on line {line.place.rpartition(':')[2]} depends on it"
            )
            return
        words = (line.rest,) if keyword == "proxycommand" else line.words
        if not words or not words[0]:
            raise UnreachableError(f"{line.place}: {keyword} has no value")
        self.found.places.setdefault(keyword, line)
        if keyword in _GATHERED:
            values[keyword] = tuple(dict.fromkeys((*values.get(keyword, ()), words[0])))
        else:
            values[keyword] = words if keyword in _MANY_VALUES else words[:1]

    def _holds(self, conditions: Sequence[Line]) -> tuple[bool, str]:
        """Whether all conditions do; and why that is not sure, where it is not."""
        doubts = []
        for condition in conditions:
            if condition.keyword == "host":
                holds, doubt = _is_named(self.found.hostname if self.final else self.found.name, condition.words), ""
            else:
                holds, doubt = self._matches(condition)
            if not holds:
                return False, ""
            doubts.append(doubt)
        return True, next(filter(None, doubts), "")

    def _matches(self, condition: Line) -> tuple[bool, str]:
        """``Match``: all of its criteria must hold; the first that is not understood is only asked for if all others do."""
        words = [quoted or plain for quoted, plain in _WORD.findall(condition.rest)]
        if not words:
            raise UnreachableError(f"{condition.place}: Match has no criteria")
        holds, doubt = True, ""
        at = 0
        while at < len(words):
            word = words[at].lower()
            if word.startswith("#"):
                break
            negated, criterion = word.startswith("!"), word.removeprefix("!")
            at += 1 if criterion in {"all", "canonical", "final"} else 2
            if criterion not in _CRITERIA:
                if holds:
                    what = "would run a command, which is never done" if criterion == "exec" else "is not understood"
                    doubt = doubt or f"{condition.place}: Match {criterion} {what}"
                if criterion == "exec":
                    break  # the rest may be words of the command
                continue
            argument = words[at - 1] if at <= len(words) else ""
            holds = holds and self._holds_one(criterion, argument) is not negated
        return holds, doubt if holds else ""

    def _holds_one(self, criterion: str, argument: str) -> bool:
        match criterion:
            case "all":
                return True
            case "canonical" | "final":
                self.has_final = self.has_final or criterion == "final"
                return self.final
            case "host":
                return _is_listed(
                    (self.found.hostname if self.final else _hostname(self.found)).lower(), argument.lower()
                )
            case "originalhost":
                return _is_listed(self.found.name.lower(), argument.lower())
            case "user":
                return _is_listed(self.found.one("user") or own_name(), argument)
            case _:
                return _is_listed(own_name(), argument)


def _fits(pattern: str, name: str) -> bool:
    """``*`` and ``?`` only: ``[`` is an ordinary character."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _is_named(name: str, patterns: Sequence[str]) -> bool:
    """``Host``: one that is negated and fits outweighs all others."""
    if any(one.startswith("!") and _fits(one[1:], name) for one in patterns):
        return False
    return any(_fits(one, name) for one in patterns if not one.startswith("!"))


def _is_listed(name: str, patterns: str) -> bool:
    return _is_named(name, patterns.split(","))


def own_name() -> str:
    """The account that runs this, as the system calls it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _hostname(found: Options) -> str:
    """What is connected to; names in lower case, as they are known."""
    given = found.one("hostname")
    if not given:
        return found.name.lower()
    return filled(given, {"h": found.name}, lambda what: found.fault("hostname", what)).lower()


def filled(text: str, tokens: Mapping[str, str], fault: Faults) -> str:
    """The text with the tokens filled in."""

    def value(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        if found[1] not in tokens:
            raise fault(f"%{found[1]} in {text!r} is not understood")
        return tokens[found[1]]

    return _TOKEN.sub(value, text)
