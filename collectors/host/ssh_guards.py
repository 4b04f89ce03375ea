"""What else than fail2ban keeps addresses from trying passwords at sshd: sshguard, CrowdSec, limits of a packet filter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

_AWK = r"""
/^[ \t]*$/ { next }
FILENAME ~ /ufw\/user6?.rules$/ { if (/^### tuple ### /) { sub(/^### tuple ### /, ""); sub(/ comment=.*/, ""); out($0) } next }
/^[ \t]*#/ { next }
FILENAME ~ /ufw.conf$/ { if (/^ENABLED=/) out(tolower($0)); next }
FILENAME ~ /sshguard.conf$/ { if (/^(BACKEND|LOGREADER|FILES)=./) { sub(/=.*/, ""); out($0) } next }
FILENAME ~ /firewalld/ { if (/<limit /) out("limit"); next }
FILENAME ~ /crowdsec/ { next }
FNR == 1 || /(^|[ \t{])chain[ \t]/ { away = 0 }
/hook[ \t]+(output|forward|postrouting)/ { away = 1 }
/-A (OUTPUT|FORWARD|POSTROUTING) / { next }
!away && /dport/ && /limit|recent|meter/ { out($0) }
"""
_CONFIGURED = excerpt(
    "guards of sshd",
    *("/etc/ufw/ufw.conf", "/etc/ufw/user.rules", "/etc/ufw/user6.rules", "/etc/sshguard/sshguard.conf"),
    *("/etc/sshguard.conf", "/etc/crowdsec/parsers/s01-parse/sshd-logs.yaml", "/etc/crowdsec/scenarios/ssh-bf.yaml"),
    *("/etc/nftables.conf", "/etc/nftables.d/*", "/etc/sysconfig/nftables.conf", "/etc/nftables.nft"),
    *("/etc/iptables/rules.v4", "/etc/iptables/rules.v6", "/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables"),
    "/etc/firewalld/zones/*.xml",
    awk=_AWK,
)
_ONE_SOURCE = re.compile(r"(?<!!) (?:-s|--source|--src-range) ")
"""Of iptables-save: the rule counts only what comes from some addresses."""
_EVERYONE = frozenset({"0.0.0.0/0", "::/0", "any"})
_LOADERS = {
    "/etc/nftables": "nftables.service",
    "/etc/sysconfig/nftables": "nftables.service",
    "/etc/iptables/": "netfilter-persistent.service",
    "/etc/sysconfig/ip": "iptables.service",
    "/etc/firewalld/": "firewalld.service",
}


@dataclass(frozen=True)
class Limit:
    """A rule of a packet filter, as it is stored, that counts new connections to some ports."""

    unit: str
    """The unit that loads it."""
    ports: tuple[str, ...] = ("22",)
    """Numbers, ranges ``20-25`` and names; none where it is not understood which."""
    refuses: bool = True
    """Whether it refuses what is too much; else it accepts what is not, and another rule decides on the rest."""

    def of(self, port: int) -> bool:
        """Whether it counts connections to a port."""
        for one in self.ports:
            first, _, last = one.replace(":", "-").replace("ssh", "22").partition("-")
            if first.isdigit() and int(first) <= port <= int(last or first):
                return True
        return "any" in self.ports


@dataclass(frozen=True)
class SshGuards(Fact):
    """Guards that are configured; whether they are started is not known here."""

    limits: tuple[Limit, ...] = ()
    sshguard: bool = False
    """Whether sshguard is told how to ban and what to read."""
    crowdsec: bool = False
    """Whether CrowdSec knows sshd's messages and the scenario of guessing."""
    unclear: tuple[str, ...] = ()
    """Units that load limits which are not understood here."""


@collector(_CONFIGURED)
def ssh_guards(text: str) -> SshGuards:
    """One line of a stored ruleset that limits; a rule of ufw by the comment in which ufw keeps what it was told."""
    files = by_file(text)
    limits = [*_ufw(files), *(one for path, lines in files.items() for line in lines if (one := _rule(path, line)))]
    guard = {word for path, lines in files.items() if path.endswith("sshguard.conf") for word in lines}
    return SshGuards(
        tuple(limits),
        "BACKEND" in guard and bool(guard & {"LOGREADER", "FILES"}),
        all(f"/etc/crowdsec/{name}" in files for name in ("parsers/s01-parse/sshd-logs.yaml", "scenarios/ssh-bf.yaml")),
        tuple({_unit(path): "" for path, lines in files.items() if "firewalld" in path and lines}),
    )


def _ufw(files: Mapping[str, list[str]]) -> list[Limit]:
    """``ACTION PROTOCOL PORTS TO FROM-PORT FROM ...``: of the rules for everyone the first counts, for each port."""
    if not any("yes" in line for line in files.get("/etc/ufw/ufw.conf", ())):
        return []
    by_family = [_limited(files[path]) for path in ("/etc/ufw/user.rules", "/etc/ufw/user6.rules") if path in files]
    agreed = [one for one in by_family[0] if all(one in other for other in by_family)] if by_family else []
    return [Limit("ufw.service", (port,)) for port in agreed]


def _limited(tuples: list[str]) -> list[str]:
    seen: list[str] = []
    found = []
    for line in tuples:
        action, protocol, ports, _, _, source, *_ = line.split()
        if source not in _EVERYONE or protocol == "udp":
            continue
        for port in ports.split(","):
            if port not in seen and action.removeprefix("route:") == "limit":
                found.append(port)
            seen.append(port)
    return found


def _unit(path: str) -> str:
    return next((unit for start, unit in _LOADERS.items() if path.startswith(start)), "")


def _rule(path: str, line: str) -> Limit | None:
    """A rule of nftables or of iptables-save, where it limits and does more than to log."""
    unit = _unit(path)
    if not unit or "firewalld" in path:
        return None
    named = re.search(r"dports?\s+(?:\{([^}]*)\}|(\S+))", line)
    if named is None:
        return None
    ports = tuple(re.split(r"[\s,]+", (named.group(1) or named.group(2)).strip()))
    # What stands in braces behind a set's name only tells how callers are told apart.
    plain = re.sub(r"(@\S+|meter \S+)\s*\{[^{}]*\}", "", line)
    if re.search(r"saddr\s+(?!!=)", plain) or _ONE_SOURCE.search(line):
        return Limit(unit, ports, refuses=False)
    if re.search(r"-j (?:DROP|REJECT)|\b(?:drop|reject)\b", line):
        over = re.search(r"limit rate over|hitcount|hashlimit-above|connlimit-above", line)
        return Limit(unit, ports, refuses=over is not None)
    return Limit(unit, ports, refuses=False) if re.search(r"-j ACCEPT|\b(?:accept|jump|goto)\b", line) else None
