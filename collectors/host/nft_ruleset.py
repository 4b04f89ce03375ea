"""nftables' JSON listing (libnftables-json(5)) as chains of rules."""

import json
from typing import Any

from collectors.host.packet_filter import Chain, Condition, Rule

_UNKNOWN = Condition("unknown")
_VERDICTS = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return"}
_NEUTRAL = frozenset(
    {"counter", "log", "mangle", "set", "map", "notrack", "ct helper", "ct timeout", "last", "comment"}
)
_TRANSPORTS = {"tcp": "tcp", "udp": "udp", "sctp": "sctp", "dccp": "dccp", "udplite": "udplite"}
_NETWORKS = ("ip", "ip6")
_FAMILIES = {"ipv4": "ip", "ipv6": "ip6", "ip": "ip", "ip6": "ip6"}
_XT_VERDICTS = {"REJECT": "drop", "DROP": "drop", "ACCEPT": "accept"}
_XT_NEUTRAL = frozenset({"LOG", "NFLOG", "ULOG", "AUDIT", "MARK", "CONNMARK", "comment"})


def chains(listing: str) -> tuple[Chain, ...]:
    """Every chain of the families ip, ip6 and inet, with its rules."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    rules: dict[tuple[str, str, str], list[Rule]] = {}
    for item in json.loads(listing)["nftables"]:
        if "chain" in item:
            chain = item["chain"]
            found[chain["family"], chain["table"], chain["name"]] = chain
        elif "rule" in item:
            rule = item["rule"]
            place = (rule["family"], rule["table"], rule["chain"])
            rules.setdefault(place, []).extend(_rules(rule["expr"]))
    return tuple(
        Chain(
            *place,
            hook=chain.get("hook", "") if chain.get("type", "filter") == "filter" else "",
            policy=chain.get("policy", "accept"),
            rules=tuple(rules.get(place, ())),
        )
        for place, chain in found.items()
        if place[0] in ("ip", "ip6", "inet")
    )


def _rules(expressions: list[dict[str, Any]]) -> list[Rule]:
    """One rule, or for a verdict map one for each of its elements."""
    conditions: list[Condition] = []
    for expression in expressions:
        (name, what), *_ = expression.items()
        if name in _VERDICTS:
            return [Rule(tuple(conditions), _VERDICTS[name])]
        if name in ("jump", "goto"):
            return [Rule(tuple(conditions), name, what["target"])]
        if name == "vmap":
            return _verdict_map(what, conditions)
        if name == "xt":
            verdict = _XT_VERDICTS.get(what["name"], "") if what and what["type"] == "target" else ""
            if verdict:
                return [Rule(tuple(conditions), verdict)]
            if not what or what["name"] not in _XT_NEUTRAL:
                conditions.append(_UNKNOWN)
        elif name == "match":
            conditions.extend(_compare(what["left"], what["op"], what["right"]))
        elif name not in _NEUTRAL:
            conditions.append(_UNKNOWN)
    return [Rule(tuple(conditions))]


def _verdict_map(vmap: dict[str, Any], before: list[Condition]) -> list[Rule]:
    data = vmap["data"]
    if not isinstance(data, dict):  # a named map, whose elements are listed elsewhere
        return [Rule((*before, _UNKNOWN))]
    rules = []
    for key, verdict in data["set"]:
        (name, what), *_ = verdict.items()
        conditions = (*before, *_compare(vmap["key"], "==", key))
        target = what["target"] if name in ("jump", "goto") else ""
        rules.append(Rule(conditions, _VERDICTS.get(name, name if target else ""), target))
    return rules


def _compare(left: Any, operator: str, right: Any) -> list[Condition]:
    """The conditions that a comparison stands for; some imply a protocol or a family as well."""
    if operator not in ("==", "!=", "in") or not isinstance(left, dict):
        return [_UNKNOWN]
    negated = operator == "!="
    values = _values(right)
    if "meta" in left:
        return _meta(left["meta"]["key"], values, negated=negated)
    if "ct" in left and left["ct"].get("key") == "state":
        return [Condition("state", values, negated)]
    if "fib" in left and left["fib"].get("result") == "type" and "daddr" in left["fib"].get("flags", ()):
        return [Condition("destination", values, negated)]
    if "payload" in left and "protocol" in left["payload"]:
        return _payload(left["payload"]["protocol"], left["payload"]["field"], values, negated=negated)
    return [_UNKNOWN]


def _meta(key: str, values: tuple[str, ...], *, negated: bool) -> list[Condition]:
    match key:
        case "iif" | "iifname":
            return [Condition("interface", values, negated)]
        case "l4proto":
            return [Condition("protocol", values, negated)]
        case "nfproto" | "protocol":
            return [Condition("family", tuple(_FAMILIES.get(value, value) for value in values), negated)]
        case _:
            return [_UNKNOWN]


def _payload(protocol: str, field: str, values: tuple[str, ...], *, negated: bool) -> list[Condition]:
    implied: list[Condition] = []
    if protocol in _NETWORKS:
        implied = [Condition("family", (protocol,))]
    elif protocol in _TRANSPORTS or protocol.startswith("icmp"):
        implied = [Condition("protocol", (protocol,))]
    match field:
        case "dport":
            return [*implied, Condition("port", values, negated)]
        case "saddr":
            return [*implied, Condition("source", values, negated)]
        case "protocol" | "nexthdr":
            return [*implied, Condition("protocol", values, negated)]
        case _:
            return [*implied, _UNKNOWN]


def _values(right: Any) -> tuple[str, ...]:
    """Scalars, lists, sets, ranges and prefixes as strings; a named set as its name, which matches nothing."""
    if isinstance(right, list):
        return tuple(value for one in right for value in _values(one))
    if isinstance(right, dict):
        if "set" in right:
            return _values(right["set"])
        if "range" in right:
            first, last = right["range"]
            return (f"{first}-{last}",)
        if "prefix" in right:
            return (f"{right['prefix']['addr']}/{right['prefix']['len']}",)
        return ("?",)
    return (str(right),)
