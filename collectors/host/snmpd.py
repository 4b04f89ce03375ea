"""Net-SNMP's agent: whether a community is one that vendors ship."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# A community is a password: it is compared on the target, and only "default" or "own" leaves it.
_AWK = r"""
BEGIN {
  count = split("public private community cisco snmp snmpd admin default manager monitor read write secret test", names, " ")
  for (i = 1; i <= count; i++) shipped[names[i]]
}
function kind(word) {
  word = tolower(bare(word))
  return word == "" || word in shipped ? "default" : "own"
}
{ sub(/\r$/, ""); key = tolower($1) }
key ~ /^(rocommunity|rwcommunity)6?$/ { out(key " " kind($2) " " ($3 == "" ? "default" : bare($3))) }
key ~ /^(authcommunity)$/ { out((tolower($2) ~ /write/ ? "rwcommunity" : "rocommunity") " " kind($3) " " ($4 == "" ? "default" : bare($4))) }
key ~ /^com2sec6?$/ {
  i = 2
  if ($i == "-Cn") i = 4
  out("com2sec " kind($(i + 2)) " " bare($(i + 1)))
}
key == "agentaddress" { $1 = key; out($0) }
key ~ /^include(file|dir)$/ { $1 = key; out($0) }
"""


@dataclass(frozen=True)
class SnmpAgent(Fact):
    """What snmpd's configuration lets in."""

    communities: tuple[tuple[str, str, bool], ...] = ()
    """For each community: how it was given (``rocommunity``, ``rwcommunity``, ``com2sec``), the source it is for
    (``default`` is everyone), and whether vendors ship it."""
    addresses: tuple[str, ...] = ()
    """What the agent listens on, as written; empty means every address."""

    @property
    def subject(self) -> str:
        """There is one."""
        return "snmpd"

    @property
    def local_only(self) -> bool:
        """Whether the agent listens on the loopback interface or on sockets in the file system only."""
        return bool(self.addresses) and all(_loopback(address) for address in self.addresses)


def _loopback(address: str) -> bool:
    host = address.lower()
    for scheme in ("udp6:", "udp:", "tcp6:", "tcp:"):
        host = host.removeprefix(scheme)
    return host.startswith(("unix:", "/", "127.", "localhost", "[::1]", "::1"))


@collector(
    excerpt(
        "snmpd configuration",
        "/usr/share/snmp/snmpd.conf",
        "/etc/snmp/snmpd.conf",
        "/etc/snmp/snmpd.local.conf",
        "/etc/snmp/snmpd.conf.d/*.conf",
        awk=_AWK,
        programs=("snmpd",),
    )
)
def snmp_agents(text: str) -> tuple[SnmpAgent, ...]:
    """snmpd.conf(5): keywords in any case; what several files say adds up."""
    files = by_file(text)
    if not files:
        return ()
    communities: list[tuple[str, str, bool]] = []
    addresses: list[str] = []
    for lines in files.values():
        for line in lines:
            keyword, *words = line.split()
            if keyword == "agentaddress":
                addresses += [one for one in " ".join(words).replace(",", " ").split() if one]
            elif keyword == "includefile":
                if words[0] not in files and f"/etc/snmp/{words[0]}" not in files:
                    raise LookupError("an include that was not read")
            elif keyword == "includedir":
                if words[0].rstrip("/") != "/etc/snmp/snmpd.conf.d":
                    raise LookupError("an include that was not read")
            else:
                kind, source = words
                communities.append((keyword.rstrip("6"), source, kind == "default"))
    return (SnmpAgent(tuple(dict.fromkeys(communities)), tuple(addresses)),)
