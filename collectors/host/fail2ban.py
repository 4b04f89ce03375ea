"""Fail2ban's jails for the SSH server, as fail2ban puts its configuration together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.sources import Mode, Stat

# What is given to an action may hold keys of web services: only the action's name leaves the target.
_AWK = r"""
/^[ \t]*($|[#;])/ { next }
/^\[/ { out($0); kept = 0; next }
/^[ \t]/ { if (kept) out("+" $0); next }
{
  key = $0; sub(/[ \t]*[=:].*/, "", key); key = tolower(key)
  if (key ~ /^(ban)?action(_allports)?$/) {
    every = /type=.?allports/ ? "-allports" : ""
    sub(/\[.*/, ""); out($0 every); kept = 0; next
  }
  kept = key ~ /^(enabled|filter|backend|logpath|mode|maxretry|ignoreip|port|before|after)$/ || key ~ /_(log|backend)$/ || key ~ /^syslog_/
  if (kept) out($0)
}
"""
_JAILS = excerpt(
    "fail2ban jails",
    *("/etc/fail2ban/jail.conf", "/etc/fail2ban/jail.d/*.conf", "/etc/fail2ban/jail.local"),
    *("/etc/fail2ban/jail.d/*.local", "/etc/fail2ban/paths-*.conf", "/etc/fail2ban/paths-*.local"),
    awk=_AWK,
    needs="fail2ban-server",
)
_OPTION = re.compile(r"([^=:]*?)\s*[=:]\s*(.*)")
_REFERENCE = re.compile(r"%\(([^)]+)\)s")
_DEEPEST = 20
_HOME = "/etc/fail2ban/"


@dataclass(frozen=True)
class Jail:
    """One jail that is enabled and uses a filter for sshd."""

    name: str = "sshd"
    backend: str = "systemd"
    """How it follows the log: ``systemd`` reads the journal, all others read files."""
    logs: tuple[str, ...] = ()
    """Paths or patterns of the files that it reads."""
    attempts: int = 5
    """Failed ones after which an address is banned (``maxretry``)."""
    ignores: tuple[str, ...] = ()
    """Addresses that it never bans."""
    ports: tuple[str, ...] = ("ssh",)
    """What a banned address no longer reaches: numbers, names, ranges ``0:65535``."""
    action: str = "iptables-multiport"
    """The program that bans, by fail2ban's name for it; empty where the jail has one that was not understood."""

    @property
    def ignores_everyone(self) -> bool:
        """Whether it bans no address at all."""
        return any(one.endswith("/0") for one in self.ignores)

    def shuts(self, port: int) -> bool | None:
        """Whether a banned address no longer reaches a port; None where the action is not understood."""
        ranges = [re.fullmatch(r"(\w+)(?:[:-](\w+))?", word) for word in self.ports]
        numbers = [(_number(one[1]), _number(one[2] or one[1])) for one in ranges if one]
        if "allports" in self.action or any(first <= port <= last for first, last in numbers):
            return True
        return False if self.action else None


@dataclass(frozen=True)
class Fail2ban(Fact):
    """fail2ban's jails for sshd."""

    jails: tuple[Jail, ...] = ()
    reads_journal: bool = True
    """Whether Python's module for the journal was found, without which the backend ``systemd`` does not start."""


@collector(
    _JAILS,
    Stat(
        *("/usr/lib/python3/dist-packages/systemd/journal.py", "/usr/lib/python3*/site-packages/systemd/journal.py"),
        "/usr/lib64/python3*/site-packages/systemd/journal.py",
    ),
)
def fail2ban(text: str, journal: tuple[Mode, ...] | None) -> Fail2ban:
    """jail.conf(5): the main file, its folder, then the same with ``.local``; the last value of an option counts."""
    files = by_file(text)
    if f"{_HOME}jail.conf" not in files and f"{_HOME}jail.local" not in files:
        raise ValueError("fail2ban has no jail.conf")
    settings = _Settings(files)
    jails = tuple(jail for name in settings.sections if (jail := _jail(name, settings)) is not None)
    return Fail2ban(jails, bool(journal))


def _jail(name: str, settings: "_Settings") -> Jail | None:
    if settings.value(name, "enabled", "false").lower() not in {"1", "on", "true", "yes"}:
        return None
    applied = settings.value(name, "filter", "")
    if not applied.startswith("sshd"):
        return None
    logs = tuple(
        re.sub(r" (?:head|tail)$", "", line) for line in settings.value(name, "logpath", "").split("\n") if line
    )
    return Jail(
        name,
        settings.value(name, "backend", "auto"),
        logs,
        int(settings.value(name, "maxretry", "5")),
        tuple(settings.value(name, "ignoreip", "").replace(",", " ").split()),
        tuple(settings.value(name, "port", "0:65535").replace(",", " ").split()),
        _action(name, settings),
    )


def _action(name: str, settings: "_Settings") -> str:
    """The action's name where it is the usual one or plainly written; empty where it is put together otherwise."""
    written = settings.raw(name, "action")
    if re.fullmatch(r"%\(action_\w*\)s", written) and "xarf" not in written and not re.search(r"cf|abuse", written):
        return settings.value(name, "banaction", "iptables-multiport")
    return written if re.fullmatch(r"[\w-]+", written) else ""


def _number(word: str) -> int:
    """A port by its number or name; one that has another name matches none."""
    return int(word) if word.isdigit() else {"ssh": 22}.get(word, -1)


class _Settings:
    """All files of jail.conf merged: section to option to value, not yet interpolated."""

    def __init__(self, files: dict[str, list[str]]) -> None:
        self.sections: dict[str, dict[str, str]] = {}
        self.defaults: dict[str, str] = {}
        for path in _read_order(files):
            for section, option, value in _options(files[path]):
                into = self.defaults if section == "DEFAULT" else self.sections.setdefault(section, {})
                if section != "INCLUDES":
                    into[option] = value
        self.sections.pop("INCLUDES", None)

    def raw(self, section: str, option: str) -> str:
        """An option as it is written; empty where it is not."""
        return self.sections[section].get(option, self.defaults.get(option, ""))

    def value(self, section: str, option: str, otherwise: str) -> str:
        """An option of a section, of the defaults, or what fail2ban takes; references resolved."""
        written = self.sections[section].get(option, self.defaults.get(option))
        return otherwise if written is None else self._resolved(section, written, 0)

    def _resolved(self, section: str, text: str, depth: int) -> str:
        if depth > _DEEPEST:
            raise ValueError("options refer to each other")

        def named(found: re.Match[str]) -> str:
            name = found.group(1)
            if name == "__name__":
                return section
            where, slash, option = name.rpartition("/")
            if slash and where.lower() == "default":
                return self._resolved(section, self.defaults[option], depth + 1)
            if slash:
                return self._resolved(section, self.sections[where][option], depth + 1)
            own = self.sections[section].get(name, self.defaults.get(name))
            if own is None:
                raise ValueError("an option refers to one that was not read")
            return self._resolved(section, own, depth + 1)

        return _REFERENCE.sub(named, text)


def _read_order(files: dict[str, list[str]]) -> list[str]:
    """The order in which fail2ban reads: a file's ``before``, the file, its ``after``."""
    of_folder = sorted(path for path in files if path.startswith(f"{_HOME}jail.d/"))
    first = [f"{_HOME}jail.conf", *(path for path in of_folder if path.endswith(".conf"))]
    then = [f"{_HOME}jail.local", *(path for path in of_folder if path.endswith(".local"))]
    return [one for path in [*first, *then] if path in files for one in _with_included(files, path, ())]


def _with_included(files: dict[str, list[str]], path: str, seen: tuple[str, ...]) -> Iterator[str]:
    named: dict[str, str] = {option: value for section, option, value in _options(files[path]) if section == "INCLUDES"}
    for option in ("before", "after"):
        if option == "after":
            yield path
        for name in filter(None, named.get(option, "").split("\n")):
            whole = name if name.startswith("/") else f"{path.rsplit('/', 1)[0]}/{name}"
            for one in (whole, whole.rpartition(".")[0] + ".local"):
                if one in files and one not in seen and one != path:
                    yield from _with_included(files, one, (*seen, path))
            if whole not in files and not whole.startswith(f"{_HOME}paths-"):
                raise ValueError("fail2ban includes a file that was not read")


def _options(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Section, option and value; a value that goes on has one line for each of its lines."""
    section = option = value = ""
    for line in [*lines, "[]"]:
        text = re.sub(r"\s;.*", "", line)
        if text.startswith("+"):
            value += "\n" + text[1:].strip()
            continue
        if option:
            yield section, option, value
        option = ""
        if text.startswith("["):
            section = text.strip()[1:].partition("]")[0]
        else:
            found = _OPTION.fullmatch(text.strip())
            if found is None:
                raise ValueError("a line of fail2ban's configuration is not understood")
            option, value = found.group(1).strip().lower(), found.group(2).strip()
