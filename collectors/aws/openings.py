"""What rules about incoming packets let in from everybody. Pure.

Everybody is at least half of all addresses, by whatever rules together: `0.0.0.0/0` as well as `0.0.0.0/1` beside
`128.0.0.0/1`, all of it but a few networks, or a prefix list that adds up to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network

ALL = "all"
PORTS = range(65536)
_Span = tuple[int, int]
_SPACES: Mapping[int, _Span] = {4: (0, 2**32), 6: (1 << 125, 2 << 125)}
"""First address and the one after the last; of IPv6 the public ones, ``2000::/3``."""
EVERYTHING = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class PacketRule:
    """A rule about TCP or UDP (or ``all`` protocols) that comes in."""

    protocol: str
    first: int
    last: int
    """Of the ports."""
    origin: str
    """A network, or the id of a prefix list."""
    allow: bool = True

    def __post_init__(self) -> None:
        """``ValueError`` or ``TypeError`` where it is no such rule."""
        if not PORTS[0] <= self.first <= self.last <= PORTS[-1]:
            raise ValueError("no range of ports")
        if not self.origin.startswith("pl-"):
            ip_network(self.origin, strict=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """Ports that everybody reaches."""

    protocol: str
    first: int
    last: int
    version: int = 4
    """Of the Internet Protocol."""


def openings(rules: Sequence[PacketRule], lists: Mapping[str, Sequence[str]]) -> tuple[Opening, ...]:
    """What the rules let in from everybody; the first that fits a packet decides. ``lists`` are the networks of prefix
    lists, by id; one that is not among them holds none.
    """
    found: list[Opening] = []
    for version, space in _SPACES.items():
        wide = [
            (rule, span)
            for rule in rules
            for network in lists.get(rule.origin, () if rule.origin.startswith("pl-") else (rule.origin,))
            if (span := _span(network, version))
        ]
        if 2 * sum(end - start for rule, (start, end) in wide if rule.allow) < space[1] - space[0]:
            continue  # not everybody, whatever the ports
        for protocol in ("tcp", "udp"):
            about = [(rule, span) for rule, span in wide if rule.protocol in (protocol, ALL)]
            found += [Opening(protocol, first, last, version) for first, last in _open_ports(about, space)]
    return tuple(found)


def from_everybody(networks: Sequence[str]) -> bool:
    """Whether networks together are everybody. ``ValueError`` where one is none."""
    rules = [PacketRule(ALL, PORTS[0], PORTS[-1], network) for network in networks]
    return bool(openings(rules, {}))


def _open_ports(rules: Sequence[tuple[PacketRule, _Span]], space: _Span) -> Iterator[_Span]:
    """First and last of each range of ports."""
    edges = sorted({edge for rule, _ in rules for edge in (rule.first, rule.last + 1)})
    begun: int | None = None
    for edge in edges:
        here = [(rule.allow, span) for rule, span in rules if rule.first <= edge <= rule.last]
        is_open = _lets_everybody_in(here, space)
        if begun is not None and not is_open:
            yield begun, edge - 1
        begun = (edge if begun is None else begun) if is_open else None


def _lets_everybody_in(rules: Iterable[tuple[bool, _Span]], space: _Span) -> bool:
    undecided = [space]
    let_in = 0
    for allow, (start, end) in rules:
        left = []
        for first, after in undecided:
            inside = max(0, min(after, end) - max(first, start))
            if not inside:
                left.append((first, after))
                continue
            let_in += inside if allow else 0
            left += [part for part in ((first, max(first, start)), (min(after, end), after)) if part[0] < part[1]]
        undecided = left
    return 2 * let_in >= space[1] - space[0]


@lru_cache(4096)
def _span(network: str, version: int) -> _Span | None:
    """The addresses of a network, as far as they are of this version."""
    understood = ip_network(network, strict=False)
    if understood.version != version:
        return None
    first = int(understood.network_address)
    start, end = max(first, _SPACES[version][0]), min(first + understood.num_addresses, _SPACES[version][1])
    return (start, end) if start < end else None
