"""The SSH server's effective configuration."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command, Files


@dataclass(frozen=True)
class Sshd(Fact):
    """What ``sshd -T`` says (includes and defaults applied), and what ``Match`` blocks may set instead."""

    settings: tuple[tuple[str, str], ...] = ()
    """Keyword in lower case and value, as ``sshd -T`` prints them; list keywords occur several times."""
    match_settings: tuple[tuple[str, str, str], ...] = ()
    """Criteria of a ``Match`` block, keyword in lower case, value as written."""

    def value(self, keyword: str) -> str:
        """The value outside of ``Match`` blocks, in lower case; empty where this sshd has no such keyword."""
        return next((value.lower() for name, value in self.settings if name == keyword), "")

    def values(self, keyword: str) -> tuple[tuple[str, str], ...]:
        """Where it holds (``everywhere`` or the ``Match`` criteria) and the value there, in lower case."""
        within = tuple(
            (f"Match {where}", value.lower()) for where, name, value in self.match_settings if name == keyword
        )
        return (("everywhere", self.value(keyword)), *within)

    @staticmethod
    def of(**settings: str) -> "Sshd":
        """An example: the given keywords only."""
        return Sshd(settings=tuple(settings.items()))


_LINE = re.compile(r"^\s*(\w+)(?:\s+|\s*=\s*)(.*?)\s*$")


# -G (OpenSSH 9.3 and later) needs neither root nor host keys; where it is not known, what -T said stands.
_EFFECTIVE = Command("sh -c 'sshd -T || sshd -G 2>/dev/null'", needs="sshd", name="sshd -T")


@collector(
    _EFFECTIVE,
    Files("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*.conf"),
)
def sshd(effective: str, files: dict[str, str] | None) -> Sshd:
    """Keywords come in lower case, one to a line. ``Match`` blocks are read from the files, since ``-T`` leaves them out;
    a block ends with its file (sshd_config(5), "Include").
    """
    settings = tuple(
        (name.lower(), value) for name, _, value in (line.partition(" ") for line in effective.splitlines())
    )
    if not settings:
        raise ValueError("sshd -T said nothing")
    return Sshd(settings, tuple(_match_settings(files or {})))


def _match_settings(files: dict[str, str]) -> list[tuple[str, str, str]]:
    found = []
    for text in files.values():
        criteria = ""
        for line in text.splitlines():
            matched = _LINE.match(line)
            if not matched or line.lstrip().startswith("#"):
                continue
            keyword, value = matched.group(1).lower(), matched.group(2).strip('"')
            if keyword == "match":
                criteria = "" if value.lower() == "all" else value
            elif criteria:
                found.append((criteria, keyword, value))
    return found
