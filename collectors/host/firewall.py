"""The packet filter that is in force, as the running kernel lists it."""

import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import iptables_rules, nft_ruleset
from collectors.host.packet_filter import Chain, Stranger, denies, inbound_chains
from collectors.sources import KIB, Command, File

_FAMILY_NAMES = {"ip": "IPv4", "ip6": "IPv6"}


@dataclass(frozen=True)
class Firewall(Fact):
    """The rules in force, and what they answer to a packet from the Internet."""

    chains: tuple[Chain, ...] = ()
    """Of nftables, or of iptables where nftables cannot tell; all that a packet passes through."""
    outside: tuple[str, ...] = ()
    """Interfaces of the default routes, in the order of the routing tables."""
    ipv6: bool = True
    """Whether the kernel speaks IPv6 on any interface."""
    partial: bool = False
    """Whether there may be tables of nftables that could not be listed, since ``nft`` is not installed."""

    def denies(self, family: str, port: int | None = None, protocol: str = "tcp") -> bool:
        """Whether a new packet of ``ip`` or ``ip6`` to a port (None: one no rule names) is dropped."""
        return denies(self.chains, Stranger(family, protocol, port, self.outside))

    def denies_by_default(self, family: str) -> bool:
        """Whether what no rule names is dropped, over TCP and UDP."""
        return all(self.denies(family, protocol=protocol) for protocol in ("tcp", "udp"))

    @property
    def enabled(self) -> bool:
        """Whether inbound packets are denied by default in every family that is spoken."""
        return self.denies_by_default("ip") and (not self.ipv6 or self.denies_by_default("ip6"))

    def entries(self, family: str) -> str:
        """The base chains that an inbound packet meets, for people."""
        chains = inbound_chains(self.chains, family)
        return ", ".join(f"{one.family} {one.table} {one.name} (policy {one.policy})" for one in chains) or "none"


# Without CAP_NET_ADMIN (bit 12) some versions list an empty ruleset instead of failing, so the right is looked at first.
# The rules that iptables-nft writes show their matches only to iptables-save. Tables of the old kernel interface
# ("legacy") are invisible to both and are named in /proc/net/ip_tables_names; asking for one that is not there would load it.
_LISTING = r"""
right=
while read -r key value; do
  if [ "$key" = CapEff: ]; then right=$value; fi
done </proc/self/status
case $right in
  *[13579bdf]???) ;;
  *) echo "the packet filter is listed for root only (CAP_NET_ADMIN): run as root" >&2; exit 1 ;;
esac
save() { echo "== $1"; shift; "$@" || exit 1; }
seen= saves=
if command -v nft >/dev/null; then
  rules=$(nft -j -s -t list ruleset 2>/dev/null) || rules=$(nft -j list ruleset) || exit 1
  printf "== nft\n%s\n" "$rules"
  seen=1
  case $rules in *\"xt\"*) saves=1 ;; esac
else
  saves=1
  if [ ! -d /sys/module ] || [ -e /sys/module/nf_tables ]; then echo "== unlisted"; fi
fi
for six in "" 6; do
  if [ "$saves" ] && command -v "ip${six}tables-save" >/dev/null; then
    save "ip${six}tables" "ip${six}tables-save"
    seen=1
  fi
  names=/proc/net/ip${six}_tables_names
  [ -e "$names" ] || continue
  tables=" "
  while read -r table; do tables="$tables$table "; done <"$names" || exit 1
  case $tables in *" filter "*) ;; *) continue ;; esac
  if command -v "ip${six}tables-legacy-save" >/dev/null; then
    save "ip${six}tables-legacy" "ip${six}tables-legacy-save"
  elif [ -z "$saves" ] || case $("ip${six}tables-save" --version) in *nf_tables*) ;; *) false ;; esac; then
    echo "no program to list the legacy ip${six}tables rules with" >&2; exit 1
  fi
done
if [ -z "$seen" ]; then
  if [ ! -d /sys/module ] || [ -e /sys/module/nf_tables ] || [ -e /proc/net/ip_tables_names ]; then
    echo "neither nft nor iptables is installed to list the packet filter with" >&2; exit 1
  fi
  echo "== none"
fi
"""
_SECTION = re.compile(r"^== (\S+)\n", re.MULTILINE)


@collector(
    Command(shlex.join(["sh", "-c", _LISTING]), name="packet filter rules", limit=2048 * KIB, live=True),
    File("/proc/net/route"),
    File("/proc/net/ipv6_route", limit=1024 * KIB),
    File("/proc/net/if_inet6"),
)
def firewall(rules: str, routes: str | None, routes6: str | None, addresses6: str | None) -> Firewall:
    """``/proc/net/route`` (proc_net(5)): a header, then interface and destination in hexadecimal; the IPv6 tables have no
    header and the interface last.
    """
    pieces = _SECTION.split(rules)
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if not sections:
        raise ValueError("no section")
    outside = [line.split()[0] for line in (routes or "").splitlines()[1:] if _is_default(line.split(), (1, 7))]
    outside += [line.split()[-1] for line in (routes6 or "").splitlines() if _is_default(line.split(), (0, 1))]
    spoken = any(_interface(line.split()) != "lo" for line in (addresses6 or "").splitlines() if line.strip())
    away = tuple(dict.fromkeys(name for name in outside if name != "lo"))
    return Firewall(_chains(sections), away, spoken, "unlisted" in sections)


def _interface(fields: list[str]) -> str:
    """Of a line of if_inet6: an address of 16 bytes in hexadecimal, four numbers, the interface."""
    if len(fields) != 6 or len(bytes.fromhex(fields[0])) != 16:
        raise ValueError("not an IPv6 address of an interface")
    return fields[-1]


def _is_default(fields: list[str], columns: tuple[int, int]) -> bool:
    """Whether destination and mask (or prefix length) are all zeros."""
    return all(not fields[column].strip("0") for column in columns)


def _chains(sections: dict[str, str]) -> tuple[Chain, ...]:
    """Of a table that iptables-save shows, its listing is the better one."""
    chains: list[Chain] = []
    for name, family in (("iptables", "ip"), ("ip6tables", "ip6")):
        if name in sections:
            chains += iptables_rules.chains(sections[name], family)
        if f"{name}-legacy" in sections:
            legacy = iptables_rules.chains(sections[f"{name}-legacy"], family)
            chains += (Chain(one.family, "legacy", one.name, one.hook, one.policy, one.rules) for one in legacy)
    saved = {(one.family, one.table) for one in chains}
    if "nft" in sections:
        chains += (one for one in nft_ruleset.chains(sections["nft"]) if (one.family, one.table) not in saved)
    return tuple(chains)
