"""What is exported over NFS, and to whom."""

import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Files

_EVERYONE = frozenset({"", "*", "0.0.0.0/0", "::/0", "0.0.0.0/0.0.0.0"})
_CLIENT = re.compile(r"([^()]*)(?:\(([^()]*)\))?")


@dataclass(frozen=True)
class NfsExport(Fact):
    """One folder for one kind of client, as exports(5) understands its line."""

    path: str
    client: str
    """Host name, network or pattern; ``*`` where everyone is meant."""
    options: tuple[str, ...] = ()
    """In lower case, the line's defaults first."""

    @property
    def subject(self) -> str:
        """The folder and its clients."""
        return f"{self.path} to {self.client}"

    @property
    def to_everyone(self) -> bool:
        """Whether any address may mount it without proving who it is (Kerberos does prove it)."""
        flavours = [
            flavour for option in self.options if option.startswith("sec=") for flavour in option[4:].split(":")
        ]
        kerberos = bool(flavours) and all(flavour.startswith("krb5") for flavour in flavours)
        return self.client == "*" and not kerberos

    @property
    def writable(self) -> bool:
        """``rw`` was given; the default is ``ro``, and the last one wins."""
        return self._last("rw", "ro")

    @property
    def keeps_root(self) -> bool:
        """Whether the client's root is root here: ``no_root_squash``, or who is squashed is made user 0."""
        if "anonuid=0" in self.options:
            return True
        return self._last("no_root_squash", "root_squash") and "all_squash" not in self.options

    def _last(self, yes: str, no: str) -> bool:
        said = [option for option in self.options if option in (yes, no)]
        several = sum(option.startswith("sec=") for option in self.options) > 1
        return yes in said if several else bool(said) and said[-1] == yes


@collector(Files("/etc/exports", "/etc/exports.d/*.exports"))
def nfs_exports(files: dict[str, str]) -> tuple[NfsExport, ...]:
    """exports(5): a line continues after a backslash; ``-options`` are defaults for what follows; a client without a name
    is everyone, so that ``host (rw)`` gives everyone what was meant for the host.
    """
    found: list[NfsExport] = []
    for text in files.values():
        for line in re.sub(r"\\\n", " ", text).splitlines():
            words = shlex.split(line, comments=True)
            if words:
                found += _line(words[0], words[1:])
    return tuple(dict.fromkeys(found))


def _line(path: str, words: list[str]) -> list[NfsExport]:
    if not path.startswith("/"):
        raise ValueError("an export is an absolute path")
    defaults: list[str] = []
    exports = []
    for word in words if any(not word.startswith("-") for word in words) else [*words, ""]:
        if word.startswith("-"):
            defaults = word[1:].lower().split(",")
            continue
        parsed = _CLIENT.fullmatch(word)
        if not parsed:
            raise ValueError("not a client of an export")
        client = "*" if parsed.group(1) in _EVERYONE else parsed.group(1)
        own = [option.strip().lower() for option in (parsed.group(2) or "").split(",") if option.strip()]
        exports.append(NfsExport(path, client, (*defaults, *own)))
    return exports
