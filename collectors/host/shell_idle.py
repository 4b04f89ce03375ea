"""When an idle shell ends itself: ``TMOUT`` in the files that every login shell reads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.shell_starts import SHELL_STARTS, shell_starts

# An assignment, alone or behind export, readonly, declare or typeset, or as the default in ${TMOUT:=...}.
_ASSIGNED = re.compile(r"(?<![\w$-])TMOUT=[\"']?([^\s;\"'&|)]*)|\$\{TMOUT:?=([^}]*)\}")
_READONLY = re.compile(r"\b(?:readonly|(?:declare|typeset)\s+-\w*r\w*)\b[^;&|]*\bTMOUT\b")
_UNSET = re.compile(r"\bunset\b[^;&|]*\bTMOUT\b")
_OPENS = re.compile(r"^(?:if|case|for|while|until)\b|.*\{\s*$")
_CLOSES = re.compile(r"^(?:fi|esac|done|\})(?:\s|;|$)")


@dataclass(frozen=True)
class ShellIdle(Fact):
    """The TMOUT that a login shell ends up with (bash, ksh and mksh heed it; dash does not)."""

    seconds: int = 0
    """After which an idle shell ends; 0 is never."""
    fixed: bool = False
    """Whether it is read-only, so that a person cannot change it."""
    conditional: bool = False
    """Whether it stands inside a condition, which cannot be judged from here."""
    where: str = ""
    """The file that says so."""


@collector(SHELL_STARTS)
def shell_idle(told: str) -> ShellIdle:
    """Read in the order in which a login shell does: the environment, then /etc/profile with what it reads at that place.

    The last assignment counts, until one is read-only.
    """
    files = shell_starts(told)
    idle = ShellIdle()
    for path, line, conditional in _lines(files, "/etc/environment", set()):
        idle = _after(idle, path, line, conditional)
    for path, line, conditional in _lines(files, "/etc/profile", set()):
        idle = _after(idle, path, line, conditional)
    return idle


def _lines(files: Mapping[str, str], path: str, read: set[str]) -> Iterator[tuple[str, str, bool]]:
    """Path, line, and whether it is in a condition; a file that a line reads stands in its place, once."""
    depth = 0
    for raw in files.get(path, "").splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        if _CLOSES.match(line):
            depth -= 1
        opens = bool(_OPENS.match(line))
        closed = opens and re.search(r"\b(?:fi|esac|done)\b\s*$|\}\s*$", line) is not None
        yield path, line, depth > 0 or opens or bool(re.search(r"&&|\|\|", line.partition("TMOUT=")[0]))
        for other in _read_by(line, files):
            if other not in read:
                read.add(other)
                yield from _lines(files, other, read)
        if opens and not closed:
            depth += 1


def _read_by(line: str, files: Mapping[str, str]) -> list[str]:
    if "/etc/profile.d" in line and "*" in line:
        return sorted(path for path in files if path.startswith("/etc/profile.d/"))
    found = re.search(r"(?:^|[\s;&])(?:\.|source)\s+(/etc/[\w./-]+)", line)
    return [found.group(1)] if found and found.group(1) in files else []


def _after(idle: ShellIdle, path: str, line: str, conditional: bool) -> ShellIdle:
    if "TMOUT" not in line:
        return idle
    if not idle.fixed:
        if _UNSET.search(line):
            idle = ShellIdle(conditional=conditional and idle.seconds > 0, where=path)
        for plain, default in _ASSIGNED.findall(line):
            value = plain or default
            if default and idle.seconds:
                continue
            idle = ShellIdle(int(value) if value else 0, idle.fixed, conditional, path)
    fixed = idle.fixed or bool(_READONLY.search(line))
    return ShellIdle(idle.seconds, fixed, idle.conditional, idle.where)
