"""The directory server slapd (OpenLDAP): where it listens, and whether it insists on encryption."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.loopback import is_loopback

# The configuration also has the hash of the administrator's password: only these attributes leave the target.
_AWK = r"""
{ sub(/\r$/, "") }
/^[ \t]*(#|$)/ { next }
FILENAME ~ /default|sysconfig/ {
  if (/^[ \t]*(SLAPD_SERVICES|SLAPD_URLS)=/) { sub(/^[^=]*=/, ""); out("urls " bare($0)) }
  else if (/^[ \t]*SLAPD_CONF=["\047]?[^"\047 \t]/ || /^[ \t]*SLAPD_OPTIONS=.*-[hfF]/) out("options other")
  next
}
FILENAME ~ /\.conf$/ {
  key = tolower($1)
  if (key == "include" && $2 ~ /\.schema["\047]?$/) next
  if (key ~ /^(security|database|include)$/) { $1 = key; out($0) }
  next
}
FNR == 1 || /^[^ ]/ { kept = /^(olcSecurity|olcDatabase):/ }
kept { if (/^ /) out("more " substr($0, 2)); else { sub(/^olcSecurity: */, "security "); sub(/^olcDatabase: */, "database "); out($0) } }
"""
_OWN = re.compile(r"(\{-?\d+\})?(frontend|config|monitor)")


@dataclass(frozen=True)
class Slapd(Fact):
    """The server."""

    urls: tuple[str, ...] = ("ldap:///",)
    """Where it listens."""
    bits: int = 0
    """How strong the encryption of every operation must be, at least; 0 where it takes them in clear."""

    @property
    def in_clear(self) -> tuple[str, ...]:
        """Where other machines reach it without TLS from the start."""
        return tuple(url for url in self.urls if url.startswith("ldap://") and not is_loopback(_host(url)))


def _host(url: str) -> str:
    return re.sub(r":\d*$", "", url.split("://", 1)[1].split("/", maxsplit=1)[0]).strip("[]")


@collector(
    excerpt(
        "slapd configuration",
        "/etc/ldap/slapd.d/*.ldif",
        "/etc/ldap/slapd.d/*/*.ldif",
        "/etc/openldap/slapd.d/*.ldif",
        "/etc/openldap/slapd.d/*/*.ldif",
        "/etc/ldap/slapd.conf",
        "/etc/openldap/slapd.conf",
        "/etc/default/slapd",
        "/etc/sysconfig/slapd",
        awk=_AWK,
        needs="slapd",
    )
)
def slapd(text: str) -> Slapd:
    """slapd-config(5) and slapd.conf(5): a folder of LDIF goes before the file. ``ssf`` and ``tls`` count, for the whole server or
    for every database that holds entries; a database can only ask for more than the server.
    """
    files = by_file(text)
    started = [line for path, lines in files.items() if "/default/" in path or "/sysconfig/" in path for line in lines]
    if "options other" in started:
        raise LookupError("it is started with another configuration")
    urls = [line.removeprefix("urls ").split() for line in started if line.startswith("urls ")]
    folder = [lines for path, lines in files.items() if "/slapd.d/" in path]
    whole = folder or [lines for path, lines in files.items() if path.endswith("/slapd.conf")]
    if not whole:
        raise LookupError("no configuration where it is expected")
    server, databases = 0, []
    for line in (line for lines in whole for line in _sections(lines)):
        name, bits = line
        if name == "" or name.endswith("frontend"):
            server = max(server, bits)
        elif not _OWN.fullmatch(name):
            databases.append(bits)
    everywhere = max(server, min(databases, default=0))
    return Slapd(tuple(urls[-1]) if urls and urls[-1] else ("ldap:///",), everywhere)


def _sections(lines: Iterable[str]) -> Iterable[tuple[str, int]]:
    """Name of a database, or nothing for the server, and the bits that it asks for. An LDIF has one section."""
    joined: list[str] = []
    for line in lines:
        if line.startswith("more "):
            joined[-1] += line.removeprefix("more ")
        else:
            joined.append(line)
    name, bits = "", 0
    for line in joined:
        word, _, value = line.partition(" ")
        match word:
            case "database":
                if bits or name:
                    yield name, bits
                name, bits = value.strip(), 0
            case "security":
                asked = dict(one.split("=", 1) for one in value.lower().split())
                bits = max(bits, int(asked.get("ssf", "0")), int(asked.get("tls", "0")))
            case _:
                raise LookupError("an include, or a line that the script does not print")
    yield name, bits
