"""The sections of proftpd.conf(5): which servers there are, and what holds in each."""

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from collectors.host.loopback import is_loopback

_SWITCH = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}
_TLS_REQUIRED = _SWITCH | {
    "auth+data": True,
    "ctrl+data": True,
    "ctrl": False,
    "auth": False,
    "data": False,
    "!data": False,
    "auth+!data": False,
    "ctrl+!data": False,
}
_MATTERS = ("tlsengine", "tlsrequired", "sftpengine", "anonymous", "virtualhost")


@dataclass
class ProftpdHost:
    """One server: the main one, or a ``<VirtualHost>``."""

    address: str = ""
    """Of a virtual host; empty for the main server."""
    said: dict[str, str] = field(default_factory=dict)
    anonymous: bool = False

    def _switch(self, name: str) -> bool:
        return _SWITCH[self.said.get(name, "off")]

    @property
    def encrypted(self) -> bool:
        """Whether it is SSH's file transfer, or takes logins and files over TLS only."""
        required = _TLS_REQUIRED[self.said.get("tlsrequired", "off")]
        return self._switch("sftpengine") or (self._switch("tlsengine") and required)

    @property
    def local_only(self) -> bool:
        """Whether it binds to addresses of this machine only; without ``SocketBindTight`` it binds to all."""
        addresses = (self.address or self.said.get("defaultaddress", "")).split()
        return self._switch("socketbindtight") and bool(addresses) and all(is_loopback(one) for one in addresses)


class _Reading:
    """What is known while the lines are read."""

    def __init__(self, lines: list[str]) -> None:
        self.loaded = {line.split()[1] for line in lines if line.startswith("loadmodule ")}
        self.main = ProftpdHost()
        self.everywhere = ProftpdHost()
        self.virtual: list[ProftpdHost] = []
        self.server = self.main
        self.contexts: list[str] = []
        self.guests_closed = False

    @property
    def skipped(self) -> bool:
        """Whether a condition around this place may not hold; a module that is built in cannot be told."""
        conditions = [one.partition(" ") for one in self.contexts if one.startswith(("ifmodule", "ifdefine"))]
        return any(kind != "ifmodule" or what.strip() not in self.loaded for kind, _, what in conditions)

    def inside(self, *kinds: str) -> bool:
        """Whether this place is in a section of one of these kinds."""
        return any(one.startswith(kinds) for one in self.contexts)

    def opened(self, section: str) -> None:
        """``<section ...>``."""
        word, _, rest = section.partition(" ")
        if self.skipped and word in _MATTERS:
            raise LookupError("a condition that may not hold")
        self.contexts.append(section)
        if word == "virtualhost":
            self.server = ProftpdHost(rest.strip())
            self.virtual.append(self.server)
        elif word == "global":
            self.server = self.everywhere
        elif word == "anonymous":
            self.guests_closed = False

    def closed(self, name: str) -> None:
        """``</name>``."""
        section = self.contexts.pop()
        if section.split()[0] != name:
            raise ValueError("a section that does not close")
        if name == "anonymous":
            self.server.anonymous |= not self.guests_closed
        elif name in ("virtualhost", "global"):
            self.server = self.main

    def directive(self, word: str, value: str) -> None:
        """A line that is no section."""
        if self.skipped:
            if word in _MATTERS:
                raise LookupError("a condition that may not hold")
        elif self.inside("anonymous"):
            login = any(one.startswith("limit") and "login" in one.split() for one in self.contexts)
            asks = word == "anonrequirepassword" and _SWITCH[value]
            self.guests_closed |= asks or (word == "denyall" and login)
        elif not self.inside("limit", "directory"):
            self.server.said[word] = value


def proftpd_hosts(start: str, files: dict[str, list[str]]) -> list[ProftpdHost]:
    """Every server of a configuration; what stands in a server goes before <Global>. The lines are in lower case, but for
    paths.
    """
    lines = _whole(start, files, ())
    reading = _Reading(lines)
    for line in lines:
        if line.startswith("</"):
            reading.closed(line[2:].rstrip("> "))
        elif line.startswith("<"):
            reading.opened(line[1:].rstrip("> ").strip())
        else:
            word, _, value = line.partition(" ")
            reading.directive(word, value.strip())
    if reading.contexts:
        raise ValueError("a section that does not close")
    hosts = [reading.main, *reading.virtual]
    for host in hosts:
        host.said = reading.everywhere.said | host.said
        host.anonymous |= reading.everywhere.anonymous
    return hosts


def _whole(path: str, files: dict[str, list[str]], above: tuple[str, ...]) -> list[str]:
    """A file's lines, with those of the files that it includes; a folder stands for its files."""
    if path in above or path not in files:
        raise LookupError("an include that was not read")
    lines: list[str] = []
    for line in files[path]:
        lines.append(line)
        word, _, place = line.partition(" ")
        if word != "include":
            continue
        folder = place.rstrip("/") == "/etc/proftpd/conf.d"
        pattern = "/etc/proftpd/conf.d/*" if folder else place
        named = sorted(one for one in files if fnmatchcase(one, pattern) and one != path)
        if not named and not (re.search(r"[*?]", pattern) and pattern.startswith("/etc/proftpd/")):
            raise LookupError("an include that was not read")
        for one in named:
            lines += _whole(one, files, (*above, path))
    return lines
