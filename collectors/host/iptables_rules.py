"""What ``iptables-save`` prints (iptables-save(8)), as chains of rules."""

import shlex
from collections.abc import Collection, Iterator

from collectors.host.packet_filter import Chain, Condition, Rule

_UNKNOWN = Condition("unknown")
_KNOWN_MODULES = frozenset({"tcp", "udp", "state", "conntrack", "comment", "multiport", "addrtype"})
_VERDICTS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return"}
_FREE_TEXT = ("--comment", "--log-prefix", "--nflog-prefix")
"""Options whose argument may look like another option."""
_EVERYWHERE = ("0.0.0.0/0", "::/0")


def chains(saved: str, family: str) -> tuple[Chain, ...]:
    """The chains of table ``filter``; ``family`` is ``ip`` for iptables and ``ip6`` for ip6tables."""
    policies: dict[str, str] = {}
    rules: dict[str, list[Rule]] = {}
    table = ""
    for raw in saved.splitlines():
        line = raw.strip()
        if line.startswith("*"):
            table = line[1:]
        elif table != "filter" or not line or line.startswith("#") or line == "COMMIT":
            continue
        elif line.startswith(":"):
            name, policy = line[1:].split()[:2]
            policies[name] = policy
        else:
            words = shlex.split(line.partition("]")[2] if line.startswith("[") else line)
            if words[0] != "-A":
                raise ValueError("a line that is no rule")
            rules.setdefault(words[1], []).append(_rule(words[2:], policies))
    return tuple(
        Chain(
            family,
            "filter",
            name,
            hook="input" if name == "INPUT" else "",
            policy="drop" if policy == "DROP" else "accept",
            rules=tuple(rules.get(name, ())),
        )
        for name, policy in policies.items()
    )


def _rule(words: list[str], known: Collection[str]) -> Rule:
    """``known`` are the table's chains; a target that is none of them is the kernel's, and decides nothing."""
    conditions: list[Condition] = []
    for option, arguments, negated in _options(words):
        if option in ("-j", "-g", "--jump", "--goto"):
            target = arguments[0]
            if target in _VERDICTS:
                return Rule(tuple(conditions), _VERDICTS[target])
            if target not in known:
                return Rule(tuple(conditions))
            return Rule(tuple(conditions), "goto" if option in ("-g", "--goto") else "jump", target)
        conditions.extend(_conditions(option, arguments, negated=negated))
    return Rule(tuple(conditions))


def _options(words: list[str]) -> Iterator[tuple[str, list[str], bool]]:
    """Option, its arguments, and whether a ``!`` stands before it."""
    negated = False
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "!":
            negated = True
            continue
        free = word in _FREE_TEXT
        arguments = words[position : position + 1] if free else []
        position += len(arguments)
        while not free and position < len(words) and not words[position].startswith("-") and words[position] != "!":
            arguments.append(words[position])
            position += 1
        yield word, arguments, negated
        negated = False


def _conditions(option: str, arguments: list[str], *, negated: bool) -> list[Condition]:
    value = arguments[0] if arguments else ""
    match option:
        case "-m" | "--match":
            return [] if value in _KNOWN_MODULES else [_UNKNOWN]
        case "--comment":
            return []
        case "-i" | "--in-interface":
            return [Condition("interface", (value.replace("+", "*"),), negated)]
        case "-p" | "--protocol":
            return [] if value == "all" else [Condition("protocol", (value,), negated)]
        case "-s" | "--source":
            return [] if value in _EVERYWHERE else [Condition("source", (value,), negated)]
        case "-d" | "--destination":
            return [] if value in _EVERYWHERE else [_UNKNOWN]
        case "--ctstate" | "--state":
            return [Condition("state", tuple(value.lower().split(",")), negated)]
        case "--dport" | "--dports" | "--destination-port":
            return [Condition("port", tuple(value.replace(":", "-").split(",")), negated)]
        case "--dst-type":
            return [Condition("destination", tuple(value.lower().split(",")), negated)]
        case _:
            return [_UNKNOWN]
