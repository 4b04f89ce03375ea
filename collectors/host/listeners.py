"""Sockets that wait for someone to call."""

import ipaddress
import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command

_SCRIPT = """if command -v ss >/dev/null 2>&1; then exec ss -Htulpn; fi
for kind in tcp tcp6 udp udp6; do
  [ "$kind" = tcp ] || [ -e "/proc/net/$kind" ] || continue
  echo "/proc/net/$kind"
  cat "/proc/net/$kind" || exit 1
done
"""
_WAITS = {"tcp": "0A", "udp": "07"}
"""State of a listening socket in /proc/net: TCP_LISTEN; for UDP, TCP_CLOSE means not connected (net/tcp_states.h)."""


@dataclass(frozen=True)
class Listener:
    """One socket."""

    protocol: str
    """``tcp`` or ``udp``."""
    address: str
    """``0.0.0.0``, ``::`` and ``*`` mean every address."""
    port: int
    process: str = ""
    """Name of the program; empty where the reader may not see it."""
    interface: str = ""
    """The one it is bound to, where it is."""

    @property
    def beyond_loopback(self) -> bool:
        """Whether other machines can reach it, as far as its address goes."""
        if self.interface == "lo":
            return False
        if self.address == "*":
            return True
        address = ipaddress.ip_address(self.address)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return not (mapped or address).is_loopback

    @property
    def name(self) -> str:
        """Protocol and port: ``tcp/22``."""
        return f"{self.protocol}/{self.port}"


@dataclass(frozen=True)
class Listeners(Fact):
    """Every TCP socket that listens, and every UDP socket that is not tied to one partner."""

    sockets: tuple[Listener, ...] = ()

    @property
    def exposed(self) -> tuple[Listener, ...]:
        """Those that other machines can reach, as far as their address goes; a firewall is not looked at."""
        return tuple(one for one in self.sockets if one.beyond_loopback)


@collector(Command(f"sh -c '{_SCRIPT}'", needs="sh", name="ss -Htulpn", live=True))
def listeners(text: str) -> Listeners:
    """Lines of ss(8), or the tables of proc(5) under their names where ss is not installed."""
    sockets: list[Listener] = []
    table = ""
    for line in text.splitlines():
        if line.startswith("/proc/net/"):
            table = line.removeprefix("/proc/net/").strip()
        elif line.strip():
            found = _from_table(table, line.split()) if table else _from_ss(line.split(None, 6))
            sockets += [found] if found else []
    return Listeners(tuple(dict.fromkeys(sockets)))


def _from_ss(fields: list[str]) -> Listener | None:
    protocol, state, _, _, local, *rest = fields
    if protocol not in ("tcp", "udp") or state not in ("LISTEN", "UNCONN"):
        raise ValueError("not a line of ss")
    host, _, port = local.rpartition(":")
    address, _, interface = host.partition("%")
    bracketed = address.removeprefix("[").removesuffix("]")
    address, _, within = bracketed.partition("%")
    interface = (interface or within).removesuffix("]")
    if address != "*":
        ipaddress.ip_address(address)
    program = re.search(r'users:\(\("([^"]*)"', rest[-1]) if rest else None
    return Listener(protocol, address, int(port), program.group(1) if program else "", interface)


def _from_table(table: str, fields: list[str]) -> Listener | None:
    if fields[0] == "sl":
        return None
    protocol = table.removesuffix("6")
    if fields[3] != _WAITS[protocol]:
        return None
    raw, _, port = fields[1].partition(":")
    return Listener(protocol, address_of(raw), int(port, 16))


def address_of(raw: str) -> str:
    """The kernel prints words of 32 bits in the machine's order: little-endian on all but s390x."""
    words = [bytes.fromhex(raw[start : start + 8])[::-1] for start in range(0, len(raw), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
