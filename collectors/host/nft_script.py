"""nftables' own language (nft(8)) as chains of rules, as far as a default policy needs it.

A rule whose conditions are not understood has an unknown condition, which matches no stranger. Variables are not resolved.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from collectors.host.packet_filter import Chain, Condition, Rule

_TOKEN = re.compile(r'"[^"]*"|[{};\n,]|[^\s{};,"]+')
_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*')
_INCLUDE = re.compile(r'^\s*include\s+"([^"]+)"', re.MULTILINE)
_FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")
_HOOK = re.compile(r"type (\w+) hook (\w+)")
_POLICY = re.compile(r"policy (accept|drop)")
_VERDICTS = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return"}
_NEUTRAL = re.compile(
    r'\b(counter( packets \d+ bytes \d+)?|log( (prefix "[^"]*"|level \w+|group \d+|flags \w+))*)(?=\s|$)|\bcomment "[^"]*"'
)
_DEEPEST = 8


def chains(files: dict[str, str], start: str) -> tuple[Chain, ...]:
    """The chains that loading ``start`` makes; ``files`` holds it and all that it includes (``KeyError`` where not)."""
    tokens = _TOKEN.findall(_COMMENT.sub(lambda found: found.group(1) or "", _included(files, start, 0)))
    found: dict[tuple[str, str, str], Chain] = {}
    for head, body in _statements(tokens):
        words = head.split()
        if words[:2] == ["flush", "ruleset"]:
            found.clear()
        if words[:1] == ["add"]:
            words = words[1:]
        if words[:1] == ["table"] and body is not None:
            *family, table = words[1:]
            _table((family or ["ip"])[0], table, body, found)
        elif words[:1] in (["chain"], ["rule"]):
            raise ValueError("written as single commands")
    return tuple(found.values())


def _included(files: dict[str, str], path: str, depth: int) -> str:
    if depth > _DEEPEST:
        raise ValueError("files that include each other")

    def text_of(matched: re.Match[str]) -> str:
        pattern = matched.group(1)
        pattern = pattern if pattern.startswith("/") else f"/etc/{pattern.removeprefix('./')}"
        within = [name for name in files if fnmatchcase(name, pattern)]
        if not within and not any(mark in pattern for mark in "*?["):
            raise KeyError(pattern)
        return "\n".join(_included(files, name, depth + 1) for name in within)

    return _INCLUDE.sub(text_of, files[path])


def _statements(tokens: list[str]) -> Iterator[tuple[str, list[str] | None]]:
    """Head and, where braces follow it, the tokens inside of them; a statement ends at a line end or a semicolon."""
    head: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token == "{":  # noqa: S105 - a brace
            depth, begun = 1, position
            while depth:
                depth += {"{": 1, "}": -1}.get(tokens[position], 0)
                position += 1
            yield " ".join(head), tokens[begun : position - 1]
            head = []
        elif token in ("\n", ";"):
            if head:
                yield " ".join(head), None
            head = []
        else:
            head.append(token)
    if head:
        yield " ".join(head), None


def _table(family: str, table: str, body: list[str], found: dict[tuple[str, str, str], Chain]) -> None:
    for head, inside in _statements(body):
        words = head.split()
        if words[:1] == ["chain"] and inside is not None and family in _FAMILIES:
            made = _chain(family, table, words[1], inside)
            before = found.get((family, table, words[1]))
            if before is not None:  # a chain may be opened twice, and then grows
                hook, policy = (made.hook, made.policy) if made.hook else (before.hook, before.policy)
                made = Chain(family, table, words[1], hook, policy, (*before.rules, *made.rules))
            found[family, table, words[1]] = made


def _chain(family: str, table: str, name: str, body: list[str]) -> Chain:
    hook, policy = "", "accept"
    rules = []
    for line in _lines(body):
        if matched := _HOOK.match(line):
            hook = matched.group(2) if matched.group(1) == "filter" else ""
        elif matched := _POLICY.match(line):
            policy = matched.group(1)
        else:
            rules.append(_rule(line))
    return Chain(family, table, name, hook, policy, tuple(rules))


def _lines(tokens: list[str]) -> Iterator[str]:
    """The statements of a chain; braces are sets here, and belong to their statement."""
    line: list[str] = []
    depth = 0
    for token in tokens:
        depth += {"{": 1, "}": -1}.get(token, 0)
        if token in ("\n", ";") and depth == 0:
            if line:
                yield " ".join(line)
            line = []
        elif token != "\n":  # noqa: S105 - a line end
            line.append(token)
    if line:
        yield " ".join(line)


def _rule(line: str) -> Rule:
    rest = " ".join(_NEUTRAL.sub(" ", line).split())
    conditions: list[Condition] = []
    matched = re.search(r"(?:^|\s)(accept|drop|return|reject(?: with .*)?|(?:jump|goto) (\S+))$", rest)
    verdict, target = "", ""
    if matched and "vmap" not in rest:
        word = matched.group(1).split()[0]
        verdict, target = _VERDICTS.get(word, word), matched.group(2) or ""
        rest = rest[: matched.start()].strip()
    if rest:
        conditions = _conditions(rest)
    return Rule(tuple(conditions), verdict, target)


_VALUE = r"(?P<not>!= |== )?(?P<value>\{[^}]*\}|\S+(?: , \S+)*)"
_KNOWN = (
    ("interface", re.compile(rf"(?:meta )?iif(?:name)? {_VALUE}")),
    ("state", re.compile(rf"ct state {_VALUE}")),
    ("protocol", re.compile(rf"(?:meta l4proto|ip protocol|ip6 nexthdr) {_VALUE}")),
    ("family", re.compile(rf"meta nfproto {_VALUE}")),
    ("port", re.compile(rf"(?P<implied>tcp|udp|th) dport {_VALUE}")),
    ("source", re.compile(rf"(?P<implied>ip|ip6) saddr {_VALUE}")),
)


def _conditions(text: str) -> list[Condition]:
    """Those that are understood; whatever else is asked is unknown."""
    conditions: list[Condition] = []
    rest = text
    while rest:
        known = ((name, pattern.match(rest)) for name, pattern in _KNOWN)
        what, matched = next((one for one in known if one[1]), ("", None))
        if matched is None:
            return [*conditions, Condition("unknown")]
        groups = matched.groupdict()
        implied = groups.get("implied")
        if implied in ("tcp", "udp"):
            conditions.append(Condition("protocol", (implied,)))
        elif implied in ("ip", "ip6"):
            conditions.append(Condition("family", (implied,)))
        values = tuple(re.findall(r'[^\s{},"]+', groups["value"]))
        if what == "family":
            values = tuple({"ipv4": "ip", "ipv6": "ip6"}.get(value, value) for value in values)
        conditions.append(Condition(what, values, (groups["not"] or "").startswith("!=")))
        rest = rest[matched.end() :].strip()
    return conditions
