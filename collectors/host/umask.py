"""The default umask of a login shell."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.login_defs import LOGIN_DEFS, login_defs_text
from collectors.host.shell_starts import SHELL_STARTS, shell_starts
from collectors.sources import Files

INHERITED = 0o022
"""What init gives every process where nothing sets another (systemd.exec(5), "UMask=")."""

_STATEMENT = re.compile(r"(?:^|[;&|]|\bthen\b|\belse\b|\bdo\b)\s*umask\s+(?!-[SHp])([^\s;&|#]+)")
_OPENS = re.compile(r"^\s*(?:if|case|for|while|until|\w+\s*\(\))(?:\s|$)")
_CLOSES = re.compile(r"(?:^|[;\s])(?:fi|esac|done)(?:\s|;|$)|^\s*\}")
_INTERACTIVE_ONLY = ("/etc/bash.bashrc", "/etc/bashrc")


@dataclass(frozen=True)
class DefaultUmask(Fact):
    """The umasks that a login shell of an ordinary user may start with."""

    values: tuple[tuple[str, int], ...]
    """Where each is set (a file, ``pam_umask``, or ``init`` where nothing sets one) and the mask's bits. Several where
    a shell statement stands under a condition."""


@collector(
    LOGIN_DEFS,
    Files(
        "/etc/pam.d/common-session",
        "/etc/pam.d/system-auth",
        "/etc/pam.d/password-auth",
        "/etc/pam.d/postlogin",
        "/etc/pam.d/login",
        "/etc/pam.d/sshd",
        secrets=True,
    ),
    SHELL_STARTS,
)
def default_umask(login_defs: dict[str, str] | None, pam: dict[str, str] | None, shell: str) -> DefaultUmask:
    """``UMASK`` of login.defs holds only through pam_umask(8), whose own ``umask=`` goes first. A shell's start files come
    after: their last statement that stands under no condition wins, and those under a condition may hold beside it.
    ``USERGROUPS_ENAB`` opens the mask only for a group that has the user's own name, which gives nobody else anything.
    """
    values = [_from_pam(login_defs_text(login_defs), pam or {})]
    for path, text in shell_starts(shell).items():
        if path == "/etc/environment":
            continue
        depth = 1 if path in _INTERACTIVE_ONLY else 0
        for line in text.splitlines():
            if line.lstrip().startswith("#"):
                continue
            opened = bool(_OPENS.match(line))
            depth += opened
            for written in _STATEMENT.findall(line):
                found = (path, bits(written))
                values = [*values, found] if depth else [found]
            if _CLOSES.search(line):
                depth -= 1
    return DefaultUmask(tuple(dict.fromkeys(values)))


def _from_pam(login_defs: str, pam: dict[str, str]) -> tuple[str, int]:
    for text in pam.values():
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if len(words) < 3 or words[0].lstrip("-") != "session" or not any("pam_umask.so" in one for one in words):
                continue
            given = [word.partition("=")[2] for word in words if word.startswith("umask=")]
            if given:
                return "pam_umask", bits(given[-1])
            set_to = re.findall(r"^\s*UMASK\s+(\S+)", login_defs, re.MULTILINE)
            return ("pam_umask", bits(set_to[0])) if set_to else ("init", INHERITED)
    return "init", INHERITED


def bits(written: str) -> int:
    """A umask as the shell takes it: octal (``027``) or symbolic (``u=rwx,g=rx,o=``: what stays allowed)."""
    written = written.strip("\"'")
    if re.fullmatch(r"[0-7]{1,4}", written):
        return int(written, 8) & 0o777
    allowed = 0o777 & ~INHERITED
    for clause in written.split(","):
        parsed = re.fullmatch(r"([ugoa]*)=([rwx]*)", clause)
        if not parsed:
            raise ValueError("not a umask")
        mode = sum({"r": 4, "w": 2, "x": 1}[letter] for letter in set(parsed.group(2)))
        for who, shift in (("u", 6), ("g", 3), ("o", 0)):
            if not parsed.group(1) or who in parsed.group(1) or "a" in parsed.group(1):
                allowed = allowed & ~(7 << shift) | mode << shift
    return 0o777 & ~allowed
