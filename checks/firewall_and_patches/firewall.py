"""17.04(6), the half about firewall protection: what is in force, and what is loaded at start."""

from checks.check import check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.firewall import Firewall
from collectors.host.firewall_start import FirewallStart, Loader
from collectors.host.packet_filter import Chain, Condition, Rule

_LOOPBACK = Rule((Condition("interface", ("lo",)),), "accept")
_SSH = Rule((Condition("protocol", ("tcp",)), Condition("port", ("22",))), "accept")
_EVERYTHING = Rule((), "accept")
_UNLISTED = "the rules that iptables shows do not deny it, and nft is not installed to list those of nftables"


def _input(family: str, policy: str, *rules: Rule) -> Chain:
    return Chain(family, "filter", "input", "input", policy, rules)


@check(
    "17.04(6)",
    facet="firewall",
    severity=HIGH,
    passes=[
        Firewall((_input("inet", "drop", _LOOPBACK, _SSH),)),
        Firewall((_input("ip", "accept", _SSH, Rule((), "drop")),)),
    ],
    fails=[
        Firewall(),
        Firewall((_input("inet", "accept", _SSH),)),
        Firewall((_input("inet", "drop", _LOOPBACK, _EVERYTHING),)),
        Firewall((_input("ip6", "drop"),)),
    ],
)
def firewall_denies_inbound_by_default(firewall: Firewall) -> Verdict:
    """The packet filter in force drops inbound IPv4 packets that no rule allows.

    Why: a firewall protects what its owner forgot; one that lets in whatever it does not name protects nothing but that.
    Fix: give the input chain `policy drop` after rules for loopback, established connections and the ports you offer; or
    `ufw default deny incoming && ufw enable`; or firewalld with a default zone other than `trusted`.
    """
    chains = firewall.entries("ip")
    if firewall.denies_by_default("ip"):
        return passed(input_chains=chains)
    if firewall.partial:
        return unknown(_UNLISTED)
    if not firewall.chains:
        return failed("no packet filter rule is in force", input_chains=chains)
    return failed("an inbound packet that no rule names is let in", input_chains=chains)


@check(
    "17.04(6)",
    facet="firewall",
    severity=HIGH,
    passes=[Firewall((_input("inet", "drop", _SSH),)), Firewall((_input("ip", "drop"), _input("ip6", "drop")))],
    fails=[Firewall((_input("ip", "drop"),)), Firewall((_input("ip", "drop"), _input("ip6", "accept")))],
    not_applicable=[Firewall((_input("ip", "drop"),), ipv6=False)],
)
def firewall_denies_inbound_over_ipv6(firewall: Firewall) -> Verdict:
    """The packet filter in force drops inbound IPv6 packets that no rule allows.

    Why: a service that listens on both is reached around an IPv4-only firewall.
    Fix: write the rules in a table of family `inet`, or repeat them with ip6tables; with ufw set `IPV6=yes`.
    """
    if not firewall.ipv6:
        return not_applicable("no interface has an IPv6 address")
    chains = firewall.entries("ip6")
    if firewall.denies_by_default("ip6"):
        return passed(input_chains=chains)
    if firewall.partial:
        return unknown(_UNLISTED)
    return failed("an inbound IPv6 packet that no rule names is let in", input_chains=chains)


_UFW = Loader("ufw", denies_ipv4=True, denies_ipv6=True)
_FOUR_ONLY = Loader("netfilter-persistent", denies_ipv4=True)
_OPEN = Loader("nftables")


@check(
    "17.04(6)",
    facet="firewall",
    severity=MEDIUM,
    passes=[FirewallStart((_UFW,)), FirewallStart((), ("shorewall",))],
    fails=[FirewallStart()],
)
def firewall_is_loaded_at_start(start: FirewallStart) -> Verdict:
    """A service that loads packet filter rules is enabled and has rules to load.

    Why: rules that were typed in protect until the next restart.
    Fix: write the rules to /etc/nftables.conf and `systemctl enable nftables`; or `ufw enable`; or `systemctl enable
    firewalld`; or save them with netfilter-persistent. A script of your own that loads rules is not seen here: waive it.
    """
    names = [loader.name for loader in start.loaders] + list(start.unreadable)
    if names:
        return passed(loaded_by=names)
    return failed("no known service that loads packet filter rules is enabled with rules", loaded_by="none")


@check(
    "17.04(6)",
    facet="firewall",
    severity=HIGH,
    passes=[FirewallStart((_UFW,)), FirewallStart((_OPEN, _UFW))],
    fails=[FirewallStart((_OPEN,)), FirewallStart((Loader("ufw", denies_ipv6=True),))],
    not_applicable=[FirewallStart()],
)
def configured_firewall_denies_inbound_by_default(start: FirewallStart) -> Verdict:
    """The packet filter rules that are loaded at start drop inbound IPv4 packets that no rule allows.

    Why: what is in force now is judged apart; this is what will be in force after the next restart.
    Fix: `policy drop` in the input chain of /etc/nftables.conf, `ufw default deny incoming`, or `:INPUT DROP` in the saved
    iptables rules.
    """
    return _configured(start, [loader.name for loader in start.loaders if loader.denies_ipv4], "IPv4")


@check(
    "17.04(6)",
    facet="firewall",
    severity=HIGH,
    passes=[FirewallStart((_UFW,))],
    fails=[FirewallStart((_FOUR_ONLY,))],
    not_applicable=[FirewallStart()],
)
def configured_firewall_covers_ipv6(start: FirewallStart) -> Verdict:
    """The packet filter rules that are loaded at start drop inbound IPv6 packets that no rule allows.

    Why: a service that listens on both is reached around an IPv4-only firewall.
    Fix: use a table of family `inet` in /etc/nftables.conf, `IPV6=yes` with ufw, or save rules for ip6tables as well.
    """
    return _configured(start, [loader.name for loader in start.loaders if loader.denies_ipv6], "IPv6")


def _configured(start: FirewallStart, denying: list[str], family: str) -> Verdict:
    if denying:
        return passed(denied_by=denying)
    if start.unreadable:
        return unknown(f"the configuration of {', '.join(start.unreadable)} is not understood")
    if not start.loaders:
        return not_applicable("nothing is loaded at start; firewall-is-loaded-at-start judges that")
    loaded = [loader.name for loader in start.loaders]
    return failed(f"an inbound {family} packet that no rule names is let in after a restart", loaded_by=loaded)
