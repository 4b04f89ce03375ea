"""What the configuration of OpenSSH's client says about a host: the weakest of all settings (ssh_config(5)).

The first value of a keyword is the one that holds. What would run a command is not done, and where that may change how a host is
reached, the host is unseen with that reason: a ``ProxyCommand``, and a ``Match exec`` over a keyword that matters here.
``StrictHostKeyChecking`` is not looked at: an unknown key is always refused.
"""

import os
import pwd
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from agent.errors import UnreachableError
from agent.ssh.openssh_file import Line, Section, parsed
from agent.ssh.settings import SshSettings, address

Faults = Callable[[str], UnreachableError]
"""What is wrong, to an error that tells where."""
_NONE = "none"
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
_DURATION = re.compile(r"(?:\d{1,9}[smhdw]?)+", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
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


def is_none(config_file: Path | None) -> bool:
    """Whether no configuration of OpenSSH is to be looked at: paths of the configuration have a folder before them."""
    return config_file is not None and config_file.name == _NONE


def settings_for(name: str, config_file: Path | None, *, user: str = "", port: int | None = None) -> SshSettings:
    """What the configuration of OpenSSH says about a host of this name, for somebody who gives this account and port himself.

    ``config_file``: the only file to look at; the user's and the system's where nothing is given, none where it is called
    ``none``. ``UnreachableError`` where the host cannot be reached as it says there.
    """
    if is_none(config_file):
        return SshSettings()
    found = options_for(name, config_file, user=user, port=port)
    _refuse_what_is_not_followed(found)
    account = user or found.one("user")
    number = port or _port(found)
    tokens = _tokens(found, account, number)
    keys = _keys(found, tokens)
    return SshSettings(
        host=found.hostname,
        port=number,
        user=account,
        key_files=keys,
        agent=False if _says_yes(found, "identitiesonly") or found.one("identityagent") == _NONE else None,
        known_hosts=_known_hosts(found, tokens),
        known_as=found.one("hostkeyalias"),
        jump=_jump(found, tokens, config_file),
        connect_seconds=_seconds(found),
    )


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
                return _is_listed(self.found.one("user") or _own_name(), argument)
            case _:
                return _is_listed(_own_name(), argument)


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


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _hostname(found: Options) -> str:
    """What is connected to; names in lower case, as they are known."""
    given = found.one("hostname")
    if not given:
        return found.name.lower()
    return _filled(given, {"h": found.name}, lambda what: found.fault("hostname", what)).lower()


def _refuse_what_is_not_followed(found: Options) -> None:
    if found.one("proxycommand") and found.one("proxycommand").lower() != _NONE:
        raise found.fault(
            "proxycommand",
            "ProxyCommand would run a command, which is never done; use ProxyJump, or name a jump host under ssh.jump",
        )
    if found.one("canonicalizehostname").lower() not in {"", "no", "false"}:
        raise found.fault(
            "canonicalizehostname",
            "CanonicalizeHostname asks the network what a host is called, which is not done; name hosts in full and set it to no",
        )


def _says_yes(found: Options, keyword: str) -> bool:
    return found.one(keyword).lower() in {"yes", "true"}


def _port(found: Options) -> int | None:
    given = found.one("port")
    if not given:
        return None
    try:
        number = int(given) if given.isascii() and given.isdigit() else socket.getservbyname(given)
    except OSError:
        number = 0
    if not 0 < number < 65536:
        raise found.fault("port", f"{given!r} is no port")
    return number


def _seconds(found: Options) -> float | None:
    """A time as sshd_config(5), TIME FORMATS, has it; None where nothing is given, or ``none``."""
    given = found.one("connecttimeout")
    if not given or given.lower() == _NONE:
        return None
    if not _DURATION.fullmatch(given):
        raise found.fault("connecttimeout", f"{given!r} is no time")
    parts = re.findall(r"(\d+)([a-z]?)", given.lower())
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts)) or None


def _tokens(found: Options, user: str, port: int | None) -> dict[str, str]:
    """What the letters after ``%`` stand for (ssh_config(5), TOKENS); what is missing here is refused where it is used."""
    own = socket.gethostname()
    return {
        "d": str(Path.home()),
        "h": found.hostname,
        "i": str(os.getuid()),
        "k": found.one("hostkeyalias") or found.name,
        "L": own.partition(".")[0],
        "l": own,
        "n": found.name,
        "p": str(port or 22),
        "r": user or _own_name(),
        "u": _own_name(),
    }


def _filled(text: str, tokens: Mapping[str, str], fault: Faults) -> str:
    """The text with the tokens filled in."""

    def value(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        if found[1] not in tokens:
            raise fault(f"%{found[1]} in {text!r} is not understood")
        return tokens[found[1]]

    return _TOKEN.sub(value, text)


def _path(text: str, tokens: Mapping[str, str], fault: Faults) -> Path:
    """A file: ``~``, tokens and variables of the environment filled in."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise fault(f"the environment variable {found[1]} is not set")
        return os.environ[found[1]]

    return Path(_VARIABLE.sub(value, _filled(text, tokens, fault))).expanduser()


def _keys(found: Options, tokens: Mapping[str, str]) -> tuple[Path, ...]:
    """The private keys. A certificate is only taken from beside its key."""

    def fault(what: str) -> UnreachableError:
        return found.fault("identityfile", what)

    named = found.values.get("identityfile", ())
    keys = tuple(_path(one, tokens, fault) for one in named if one.lower() != _NONE)
    for certificate in found.values.get("certificatefile", ()):
        if certificate.lower() == _NONE:
            continue
        path = _path(certificate, tokens, lambda what: found.fault("certificatefile", what))
        if path not in [key.with_name(f"{key.name}-cert.pub") for key in keys]:
            raise found.fault(
                "certificatefile",
                f"the certificate {path} is not beside its key; call it KEY-cert.pub and name the key with IdentityFile",
            )
    return keys


def _known_hosts(found: Options, tokens: Mapping[str, str]) -> tuple[Path, ...]:
    """The files of known keys, where any is named: those that are there, as OpenSSH does; all where none is."""
    files: list[Path] = []
    usual = {
        "userknownhostsfile": ("~/.ssh/known_hosts", "~/.ssh/known_hosts2"),
        "globalknownhostsfile": ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"),
    }
    if _MANY_VALUES.isdisjoint(found.values):
        return ()
    named: list[Path] = []
    for keyword, otherwise in usual.items():
        for one in found.values.get(keyword, otherwise):
            if one.lower() != _NONE:
                files.append(_path(one, tokens, lambda what, of=keyword: found.fault(of, what)))  # type: ignore[misc]
                named += files[-1:] if keyword in found.values else []
    return tuple(one for one in files if one.exists()) or tuple(named) or (Path(os.devnull),)


def _jump(found: Options, tokens: Mapping[str, str], config_file: Path | None) -> tuple[str, ...]:
    """The machines on the way, the nearest first, each with the account there; ``none`` where it says so."""
    given = found.one("proxyjump")
    if not given:
        return ()
    if given.lower() == _NONE:
        return (_NONE,)
    hops = []
    for hop in given.split(","):
        text = _filled(hop.strip(), tokens, lambda what: found.fault("proxyjump", what))
        text = text.removeprefix("ssh://").rstrip("/") if text.startswith("ssh://") else text
        try:
            parts = address(text)
            if not parts.user:  # its own, and not the host's, as `ssh -J` has it
                text = f"{options_for(parts.host, config_file).one('user') or _own_name()}@{text}"
            address(text)
        except ValueError as fault:
            raise found.fault("proxyjump", str(fault)) from fault
        hops.append(text)
    return tuple(hops)
