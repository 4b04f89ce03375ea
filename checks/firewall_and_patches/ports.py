"""17.04(6), the half about firewall protection: what it lets in."""

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, passed, unknown
from collectors.host.firewall import Firewall
from collectors.host.listeners import Listener, Listeners
from collectors.host.packet_filter import Chain, Condition, Rule

_SSH = Rule((Condition("protocol", ("tcp",)), Condition("port", ("22",))), "accept")
_ONLY_SSH = Firewall((Chain("inet", "filter", "input", "input", "drop", (_SSH,)),))
_EVERY = "0.0.0.0"  # noqa: S104 - an example
_DATABASE = Listeners((Listener("tcp", _EVERY, 22), Listener("tcp", "::", 5432, "postgres")))


def _on(port: int, *, protocol: str = "tcp", address: str = _EVERY) -> Listeners:
    return Listeners((Listener(protocol, address, port),))


@check(
    "17.04(6)",
    facet="firewall",
    severity=MEDIUM,
    passes=[
        (_on(22), Firewall()),
        (_DATABASE, _ONLY_SSH),
        (_on(5432, address="127.0.0.1"), Firewall()),
        (Listeners(), Firewall()),
        given(_DATABASE, Firewall(), allowed=("tcp/22", "tcp/5400-5500")),
    ],
    fails=[
        (_DATABASE, Firewall()),
        (_on(53, protocol="udp"), Firewall()),
        given(_on(22), _ONLY_SSH, allowed=("443",)),
    ],
)
def every_reachable_port_is_on_the_allow_list(
    listeners: Listeners,
    firewall: Firewall,
    *,
    allowed: tuple[str, ...] = ("22", "80", "443", "udp/68", "udp/546"),
) -> Verdict:
    """Only ports of the allow list are open to a stranger: listened on beyond loopback, and let in by the packet filter.

    Why: a firewall is up to date when what it lets in is what somebody decided to offer.
    Fix: stop the service, bind it to loopback, or close its port in the firewall; or add the port to `allowed`.
    Settings:
        allowed: ports or ranges, `443`, `tcp/8000-8100` or `udp/53`; without a protocol both are meant. By default SSH, the
            web, and what a DHCP client listens on.
    """
    ranges = [_range(one) for one in allowed]
    reachable = {one.name: one for one in listeners.exposed if _let_in(firewall, one)}
    unexpected = {
        name: one
        for name, one in reachable.items()
        if not any(one.protocol in protocols and one.port in ports for protocols, ports in ranges)
    }
    if unexpected and firewall.partial:
        return unknown(
            "ports are open as far as iptables shows, and nft is not installed to list the rules of nftables"
        )
    if unexpected:
        told = [f"{name} ({one.process})" if one.process else name for name, one in sorted(unexpected.items())]
        return failed(f"{len(told)} open ports are not on the allow list", unexpected=told, reachable=len(reachable))
    return passed(reachable=sorted(reachable))


def _let_in(firewall: Firewall, one: Listener) -> bool:
    """By IPv4 or IPv6; ``::`` and ``*`` take callers of both."""
    families = ["ip6"] if ":" in one.address and one.address != "::" else ["ip"]
    if one.address in ("::", "*") and firewall.ipv6:
        families.append("ip6")
    return any(not firewall.denies(family, one.port, one.protocol) for family in families)


def _range(written: str) -> tuple[tuple[str, ...], range]:
    protocol, slash, ports = written.rpartition("/")
    first, _, last = ports.partition("-")
    return ((protocol,) if slash else ("tcp", "udp")), range(int(first), int(last or first) + 1)
