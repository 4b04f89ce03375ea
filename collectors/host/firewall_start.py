"""The packet filter that is loaded at start: what is configured, as against what is in force."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import firewalld, iptables_rules, nft_script
from collectors.host.packet_filter import Chain, Stranger, denies, inbound_chains
from collectors.host.units import units
from collectors.sources import KIB, Files


@dataclass(frozen=True)
class Loader:
    """A program that loads rules at start, and what its configuration makes of an inbound packet no rule names."""

    name: str
    """Its unit, e.g. ``nftables``."""
    denies_ipv4: bool = False
    denies_ipv6: bool = False
    filters: bool = True
    """Whether its configuration has a chain for inbound packets with a rule or a policy other than accept."""


@dataclass(frozen=True)
class FirewallStart(Fact):
    """What loads packet filter rules when the system starts."""

    loaders: tuple[Loader, ...] = ()
    """Those that are enabled, with rules; a loader this version cannot read is among ``unreadable``."""
    unreadable: tuple[str, ...] = ()
    """Enabled programs whose configuration language is not understood here, e.g. ``shorewall``."""


_NOT_READ = ("ferm", "shorewall", "shorewall6", "firehol", "arno-iptables-firewall")


@collector(
    *units.sources,
    Files(
        "/etc/nftables.conf",
        "/etc/nftables.d/*",
        "/etc/nftables/*",
        "/etc/sysconfig/nftables.conf",
        "/etc/nftables.nft",
        "/etc/ufw/ufw.conf",
        "/etc/default/ufw",
        "/etc/firewalld/firewalld.conf",
        "/etc/firewalld/zones/*.xml",
        "/etc/firewalld/policies/*.xml",
        "/etc/iptables/rules.v4",
        "/etc/iptables/rules.v6",
        "/etc/iptables/rules-save",
        "/etc/iptables/rules6-save",
        "/etc/sysconfig/iptables",
        "/etc/sysconfig/ip6tables",
        limit=256 * KIB,
    ),
)
def firewall_start(listing: str, files: dict[str, str] | None) -> FirewallStart:
    """The units that a boot starts, and the configuration that each of them loads."""
    enabled = units.parse(listing).enabled
    loaders = [read(files or {}) for name, read in _LOADERS.items() if f"{name}.service" in enabled]
    return FirewallStart(
        tuple(loader for loader in loaders if loader is not None and loader.filters),
        tuple(name for name in _NOT_READ if f"{name}.service" in enabled),
    )


def _from_chains(name: str, chains: tuple[Chain, ...]) -> Loader:
    def denied(family: str) -> bool:
        return all(denies(chains, Stranger(family, protocol)) for protocol in ("tcp", "udp"))

    inbound = {*inbound_chains(chains, "ip"), *inbound_chains(chains, "ip6")}
    filters = any(chain.rules or chain.policy == "drop" for chain in inbound)
    return Loader(name, denied("ip"), denied("ip6"), filters)


def _nftables(files: dict[str, str]) -> Loader | None:
    for start in ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf", "/etc/nftables.nft"):
        if start in files:
            return _from_chains("nftables", nft_script.chains(files, start))
    return None


def _saved(name: str, four: tuple[str, ...], six: tuple[str, ...]) -> Callable[[dict[str, str]], Loader | None]:
    def read(files: dict[str, str]) -> Loader | None:
        chains: list[Chain] = []
        for paths, family in ((four, "ip"), (six, "ip6")):
            for path in paths:
                chains += iptables_rules.chains(files.get(path, ""), family)
        return _from_chains(name, tuple(chains)) if chains else None

    return read


def _assigned(text: str) -> dict[str, str]:
    """``NAME=value`` lines of a shell file; the last one counts."""
    found = re.findall(r"^\s*(\w+)=[\"']?([^\"'\s#]*)", text, re.MULTILINE)
    return {name.lower(): value.lower() for name, value in found}


def _ufw(files: dict[str, str]) -> Loader | None:
    """It sources both files; with ``IPV6=no`` it drops all of IPv6 but loopback (ufw-framework(8))."""
    settings = _assigned(files.get("/etc/default/ufw", "")) | _assigned(files.get("/etc/ufw/ufw.conf", ""))
    if settings.get("enabled") != "yes":
        return None
    policy = settings["default_input_policy"]
    if policy not in ("accept", "drop", "reject"):
        raise ValueError("an input policy that ufw does not know")
    denied = policy != "accept"
    return Loader("ufw", denied, denied or settings.get("ipv6", "no") != "yes")


def _firewalld(files: dict[str, str]) -> Loader:
    four, six = firewalld.accepted(files)
    return Loader("firewalld", not four, not six)


_LOADERS: dict[str, Callable[[dict[str, str]], Loader | None]] = {
    "nftables": _nftables,
    "ufw": _ufw,
    "firewalld": _firewalld,
    "netfilter-persistent": _saved("netfilter-persistent", ("/etc/iptables/rules.v4",), ("/etc/iptables/rules.v6",)),
    "iptables": _saved("iptables", ("/etc/sysconfig/iptables", "/etc/iptables/rules-save"), ()),
    "ip6tables": _saved("ip6tables", (), ("/etc/sysconfig/ip6tables", "/etc/iptables/rules6-save")),
}
