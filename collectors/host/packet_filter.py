"""A packet filter as chains of rules, and what it answers to a stranger: a new packet from somewhere on the Internet.

The rulesets of nftables and iptables are brought into this one form. A condition that cannot be judged is taken not to
match the stranger: it was written for somebody else.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

_DEEPEST = 64
_NETWORK = re.compile(r"[0-9a-fA-F.:]+/\d+")
_EVERY_PORT = 65535


class Answer(StrEnum):
    """What becomes of a packet."""

    ACCEPT = "accept"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A new packet from an address that no rule names."""

    family: str
    """``ip`` or ``ip6``."""
    protocol: str = "tcp"
    port: int | None = None
    """Destination port; None is one that no rule names."""
    outside: tuple[str, ...] = ()
    """Interfaces that face the Internet: those of the default routes."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a rule asks of a packet."""

    what: str
    """``interface``, ``protocol``, ``family``, ``state``, ``port``, ``source``, ``destination``, or anything else: unknown."""
    values: tuple[str, ...] = ()
    """Any of these matches; a port may be a range ``1024-65535``, an interface end in ``*``."""
    negated: bool = False

    def meets(self, packet: Stranger) -> bool:
        """Whether the stranger's packet matches."""
        match self.what:
            case "interface":
                hit = any(fnmatchcase(name, value) for name in packet.outside for value in self.values)
            case "protocol":
                hit = packet.protocol in self.values
            case "family":
                hit = packet.family in self.values
            case "state":
                hit = "new" in self.values
            case "port":
                hit = _covers(self.values, packet.port)
            case "source":
                hit = _everyone(self.values)
            case "destination":
                hit = "local" in self.values
            case _:
                return False
        return hit is not self.negated


def _covers(values: tuple[str, ...], port: int | None) -> bool:
    """Whether a port, or where it is None every port, is among the values."""
    ranges = []
    for value in values:
        first, _, last = value.partition("-")
        if first.isdigit() and (last or first).isdigit():
            ranges.append((int(first), int(last or first)))
    if port is not None:
        return any(first <= port <= last for first, last in ranges)
    return sum(last - first + 1 for first, last in ranges) >= _EVERY_PORT


def _everyone(values: tuple[str, ...]) -> bool:
    """Whether networks such as ``0.0.0.0/0``, together, are the whole Internet."""
    networks = [ip_network(value, strict=False) for value in values if _NETWORK.fullmatch(value)]
    four = [one for one in networks if isinstance(one, IPv4Network)]
    six = [one for one in networks if isinstance(one, IPv6Network)]
    whole = [one.prefixlen == 0 for one in collapse_addresses(four)]
    return any(whole) or any(one.prefixlen == 0 for one in collapse_addresses(six))


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions, all of which must be met, and what then happens."""

    conditions: tuple[Condition, ...] = ()
    verdict: str = ""
    """``accept``, ``drop`` (a rejection counts as one), ``jump``, ``goto``, ``return``, or nothing (it only counts or logs)."""
    target: str = ""
    """The chain to go to."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of rules. Only base chains have a hook and a policy."""

    family: str
    """``ip``, ``ip6`` or ``inet`` (both)."""
    table: str
    name: str
    hook: str = ""
    policy: str = "accept"
    rules: tuple[Rule, ...] = field(default=())


_INBOUND_HOOKS = ("input", "prerouting")


def inbound_chains(chains: tuple[Chain, ...], family: str) -> tuple[Chain, ...]:
    """The base chains that an inbound packet of a family passes through."""
    return tuple(chain for chain in chains if chain.hook in _INBOUND_HOOKS and chain.family in (family, "inet"))


def denies(chains: tuple[Chain, ...], packet: Stranger) -> bool:
    """Whether the stranger's packet is dropped: by any base chain, since one that accepts leaves it to the next."""
    index = {(chain.family, chain.table, chain.name): chain for chain in chains}
    for chain in inbound_chains(chains, packet.family):
        answer = _walk(chain, packet, index, 0)
        if (answer or Answer(chain.policy)) is Answer.DROP:
            return True
    return False


def _walk(chain: Chain, packet: Stranger, index: dict[tuple[str, str, str], Chain], depth: int) -> Answer | None:
    """What a chain answers; None where the packet falls out of it."""
    if depth > _DEEPEST:
        raise ValueError("chains that jump in a circle")
    for rule in chain.rules:
        if not all(condition.meets(packet) for condition in rule.conditions):
            continue
        match rule.verdict:
            case "accept":
                return Answer.ACCEPT
            case "drop":
                return Answer.DROP
            case "return":
                return None
            case "jump" | "goto":
                answer = _walk(index[chain.family, chain.table, rule.target], packet, index, depth + 1)
                if answer is not None or rule.verdict == "goto":
                    return answer
            case _:
                continue
    return None
