"""What the rules of the table make of the keys that were read of one service."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.host.service_table import Entry, Rule, Unset

_LOCAL_NAMES = {"localhost", "_local_", "ip6-localhost", "localhost.localdomain", "localhost4", "localhost6"}
_EVERYWHERE = {"", "*", "0", "+", "_site_", "_global_"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether one has to log in, and who gets that far; the fields are those of ``Service``."""

    login: bool | None = True
    default: bool = False
    network: tuple[str, ...] = ()
    unclear: str = ""
    why: str = ""


def judged(entry: Entry, read: Mapping[str, list[str]]) -> Judgement:
    """What an entry's rules make of what was read, by key."""
    version = version_of(read.get("@version", []))
    values = dict(read)
    for key in dict.fromkeys(one.key for one in entry.unset):
        if key not in values:
            values[key] = _default([one for one in entry.unset if one.key == key], version)
    means, why = entry.otherwise, entry.otherwise_why
    for rule in entry.rules:
        holds = _holds(rule, values, version)
        if holds is None:
            return Judgement(login=None, unclear=_doubt(rule, values))
        if holds:
            means, why = rule.means, rule.why
            break
    if means == "default":
        return Judgement(login=False, default=True, why=why)
    return _reached(entry, values, version, means, why)


def _reached(entry: Entry, values: dict[str, list[str]], version: tuple[int, ...], means: str, why: str) -> Judgement:
    """Who gets to a service that asks, or not, as its rules say."""
    network, local, doubt = [], [], False
    for address in _addresses(entry, values, version):
        state = _asks(entry, address, means)
        beyond = beyond_loopback(address)
        if state == "login":
            continue
        if beyond is False:
            local.append(state)
        elif beyond and state == "open":
            network.append(address or "*")
        else:
            doubt = True
    if network:
        return Judgement(login=False, network=tuple(network), why=why)
    if doubt and means == "unclear":
        return Judgement(login=None, unclear=why)
    if doubt:
        return Judgement(
            login=None, unclear="it asks for no login, and the configuration does not tell who can reach it"
        )
    return Judgement(login=(None if "unclear" in local else False) if local else True, why=why)


def _asks(entry: Entry, address: str, means: str) -> str:
    """What whoever comes to this address meets; its scheme may settle it."""
    scheme = address.partition("://")[0] if "://" in address else ""
    if scheme in entry.open_schemes:
        return "open"
    return "login" if scheme in entry.login_schemes else means


def _doubt(rule: Rule, values: dict[str, list[str]]) -> str:
    asked = [key for key in (*rule.all, *rule.any) if "?" in values.get(key, [])]
    if asked:
        return f"what {asked[0]} means was not understood, or depends on a version that was not seen"
    return "it depends on a version that was not seen"


def version_of(told: list[str]) -> tuple[int, ...]:
    """The lowest of those that were seen: of two installed ones it is not known which runs."""
    found = []
    for one in told:
        number = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", one) or re.search(r"-(\d+(?:\.\d+)*)", one)
        if number:
            found.append(_number(number.group(1)))
    return min(found, default=())


def _within(since: str, before: str, version: tuple[int, ...]) -> bool | None:
    if not since and not before:
        return True
    if not version:
        return None
    return (not since or version >= _number(since)) and (not before or version < _number(before))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _default(means: list[Unset], version: tuple[int, ...]) -> list[str]:
    """What an unset key means in this version; ``?`` where the version decides and was not seen."""
    for one in means:
        within = _within(one.since, one.before, version)
        if within is None:
            return ["?"]
        if within:
            return [one.value]
    return []


def _holds(rule: Rule, values: dict[str, list[str]], version: tuple[int, ...]) -> bool | None:
    """Whether all conditions hold; None where that was not understood."""
    told: list[bool | None] = [_within(rule.since, rule.before, version)]
    told += [_matches(words, values.get(key, [])[-1:]) for key, words in rule.all.items()]
    told += [_matches(words, values.get(key, [])) for key, words in rule.any.items()]
    if False in told:
        return False
    return None if None in told else True


def _matches(words: tuple[str, ...], values: list[str]) -> bool | None:
    if not values:
        return "unset" in words
    found = False
    for value in values:
        for word in words:
            if word == "set":
                found = found or value not in ("", "empty", "published")
            elif word.startswith("!"):
                found = found or (value not in ("", "?") and value.lower() != word[1:].lower())
            else:
                found = found or value.lower() == word.lower()
    return None if not found and "?" in values else found


def _addresses(entry: Entry, values: dict[str, list[str]], version: tuple[int, ...]) -> list[str]:
    """Every address that is listened on: of each chain of keys, what the first that is set says. ``?`` is any."""
    for rule in entry.reach:
        holds = _holds(rule, values, version)
        if holds is None:
            return ["?"]
        if holds:
            return {"nowhere": ["/"], "loopback": ["127.0.0.1"], "everywhere": ["*"]}[rule.means]
    found = []
    for chain in entry.listen:
        for key in chain:
            if values.get(key):
                found += [word.strip() for value in values[key] for word in value.split(",")]
                break
    return list(dict.fromkeys(found)) or ["?" if entry.listen else "*"]


def beyond_loopback(address: str) -> bool | None:
    """Whether other machines reach an address; None where it is a name, or was not understood."""
    rest = address.partition("://")[2] if "://" in address else address
    port = re.fullmatch(r"(\d+)(?: +(\S+))?", rest)
    if port:  # a listener of Mosquitto, or a port alone
        rest = port.group(2) or ("/" if port.group(1) == "0" else "*")
        if rest.startswith("/"):
            return False
    if rest.startswith(("/", "unix:")):
        return False
    rest = rest.partition("/")[0]
    named = re.fullmatch(r"\[([^\]]*)\](?::\d+)?|([^:]*)(?::\d*)?|([0-9a-fA-F:.]*)", rest)
    if not named:
        return None
    host = next((one for one in named.groups() if one is not None), "").lower()
    if host in _EVERYWHERE:
        return True
    if host in _LOCAL_NAMES:
        return False
    try:
        named_address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = named_address.ipv4_mapped if isinstance(named_address, ipaddress.IPv6Address) else None
    return not (mapped or named_address).is_loopback
