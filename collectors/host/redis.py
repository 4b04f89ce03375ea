"""Redis and its heirs: who may reach the server, and whether it asks for a password."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# A password is told from none, and the words of an ACL that carry one (they begin with > < # !) stay where they are.
_AWK = r"""
{ key = tolower($1) }
key ~ /^(bind|port|tls-port|protected-mode|aclfile|include)$/ { $1 = key; out($0) }
key == "requirepass" { out(key " " (bare($2) == "" ? "empty" : "set")) }
key == "user" {
  line = "user " $2
  for (i = 3; i <= NF; i++) {
    if ($i ~ /^(on|off|nopass|resetpass|reset)$/) line = line " " $i
    else if ($i ~ /^[>#]/) line = line " password"
  }
  out(line)
}
"""

_VERSION = r"""printf "version\t%s\n" "$({ redis-server --version || valkey-server --version; } 2>/dev/null |
  sed -n "s/.*v=\([0-9.]*\).*/\1/p")" """


@dataclass(frozen=True)
class RedisServer(Fact):
    """One server's configuration file, with what it includes."""

    path: str
    addresses: tuple[str, ...] = ()
    """Addresses it binds to, without the ``-`` that only allows one to be missing; empty where none is named, which
    means all."""
    listens: bool = True
    """Whether it has a TCP port at all."""
    protected: bool = True
    """``protected-mode``, which is on unless it is turned off."""
    password: bool = False
    """Whether every user must give a password (``requirepass``, or an ACL without ``nopass``) or is off."""
    version: tuple[int, ...] = ()
    """Of the installed server."""

    @property
    def subject(self) -> str:
        """The configuration file."""
        return self.path

    @property
    def local_only(self) -> bool:
        """Whether only this machine can reach it, by its addresses."""
        return not self.listens or (bool(self.addresses) and all(_loopback(one) for one in self.addresses))

    @property
    def refuses_strangers(self) -> bool:
        """Whether protected mode turns away other machines. Before version 7 it did nothing once addresses were named."""
        return self.protected and not self.password and (not self.addresses or self.version >= (7,))


def _loopback(address: str) -> bool:
    return address.startswith("127.") or address in ("::1", "localhost")


@collector(
    excerpt(
        "redis configuration",
        "/etc/redis/*.conf",
        "/etc/redis/*.acl",
        "/etc/redis/*/*.conf",
        "/etc/redis.conf",
        "/etc/valkey/*.conf",
        "/etc/valkey/*.acl",
        awk=_AWK,
        programs=("redis-server", "valkey-server"),
        first=_VERSION,
    )
)
def redis_servers(text: str) -> tuple[RedisServer, ...]:
    """redis.conf: the last of a keyword wins; ``include`` stands for the other file's lines. Sentinels hold no data."""
    files = by_file(text)
    version = tuple(int(part) for part in "".join(files.pop("version", [])).split(".") if part)
    included = {
        path
        for own, lines in files.items()
        for line in lines
        if line.startswith("include ")
        for path in files
        if path != own and fnmatchcase(path, _bare(line.split()[1]))
    }
    return tuple(
        _server(path, _whole(path, files, ()), files, version)
        for path in files
        if path.endswith(".conf") and path not in included and "sentinel" not in path
    )


def _bare(word: str) -> str:
    return word.strip("\"'")


def _whole(path: str, files: dict[str, list[str]], above: tuple[str, ...]) -> list[list[str]]:
    """A file's lines in words, includes put in."""
    if path in above or path not in files:
        raise LookupError("an include that was not read")
    lines: list[list[str]] = []
    for line in files[path]:
        words = [_bare(word) for word in line.split()]
        if words[0] == "include":
            named = [one for one in files if fnmatchcase(one, words[1])]
            if not named and "*" not in words[1]:
                raise LookupError("an include that was not read")
            for one in named:
                lines += _whole(one, files, (*above, path))
        else:
            lines.append(words)
    return lines


def _server(path: str, lines: list[list[str]], files: dict[str, list[str]], version: tuple[int, ...]) -> RedisServer:
    last = {words[0]: words[1:] for words in lines}
    users = [words[1:] for words in lines if words[0] == "user"]
    acl = last.get("aclfile", [""])[0]
    if acl:
        if acl not in files:
            raise LookupError("an aclfile that was not read")
        users += [words[1:] for words in _whole(acl, files, ()) if words[0] == "user"]
    password = last.get("requirepass", ["empty"])[0] == "set"
    protected = last.get("protected-mode", ["yes"])[0].lower() != "no"
    for name, *flags in users:
        if name == "default":
            password = _asks(flags)
    if not all(_asks(flags) for name, *flags in users if name != "default"):
        # Whoever gives this name is in; protected mode looks at the default user only.
        password, protected = False, protected and not password
    addresses = tuple(one.lstrip("-") for one in last.get("bind", []) if one)
    return RedisServer(
        path=path,
        addresses=() if any(re.fullmatch(r"\*|::\*", one) for one in addresses) and len(addresses) == 1 else addresses,
        listens=last.get("port", ["6379"])[0] != "0" or last.get("tls-port", ["0"])[0] != "0",
        protected=protected,
        password=password,
        version=version,
    )


def _asks(flags: list[str]) -> bool:
    """Whether a user with these ACL words cannot come in without a password; they are applied in order."""
    on, free = False, False
    for flag in flags:
        match flag:
            case "on":
                on = True
            case "off":
                on = False
            case "nopass":
                free = True
            case "resetpass" | "reset" | "password":
                free = False
                on = on and flag != "reset"
    return not (on and free)
