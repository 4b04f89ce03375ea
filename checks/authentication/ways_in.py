"""By which ways sshd lets people in: what its settings mean together, everywhere and in each ``Match`` block."""

import ipaddress
from collections.abc import Iterator

from collectors.host.sshd import Sshd, scope
from collectors.host.units import Units

_OLD_NAME = "challengeresponseauthentication"
"""What KbdInteractiveAuthentication was called before OpenSSH 8.7."""
_SOCKETS = ("ssh.socket", "sshd.socket")


def password_alone(sshd: Sshd) -> tuple[str, ...]:
    """Where a password alone opens a session: ``everywhere``, or the criteria of ``Match`` blocks."""
    return tuple(where for where, settings in _contexts(sshd) if _by_password(settings))


_PRIVATE = [
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128")
]


def private_only(where: str) -> bool:
    """Whether a ``Match`` block, by its criteria, holds only for who comes from private networks."""
    words = where.removeprefix("Match ").split()
    lists = [value for name, value in zip(words[::2], words[1::2], strict=False) if name.lower() == "address"]
    return any(all(_is_private(one) for one in value.split(",")) for value in lists)


def _is_private(written: str) -> bool:
    try:
        network = ipaddress.ip_network(written, strict=False)
    except ValueError:
        return False  # a pattern, or one that is left out
    return any(network.version == one.version and network.subnet_of(one) for one in _PRIVATE)  # type: ignore[arg-type]


def blocks_may_open_together(sshd: Sshd) -> bool:
    """Whether several ``Match`` blocks that hold for one login might let in by a password alone what each does not."""
    contexts = [settings for where, settings in _contexts(sshd) if not where.startswith("unit ")]
    names = {name for settings in contexts for name in settings}
    every = {name: [settings.get(name, "") for settings in contexts] for name in names}
    passwords = [*every.get("passwordauthentication", [""]), "no"]
    keyboards = [value for name in ("kbdinteractiveauthentication", _OLD_NAME) for value in every.get(name, [])]
    for password in set(passwords):
        for keyboard in {*keyboards, "no"}:
            for methods in set(every.get("authenticationmethods", ["any"])):
                settings = {**contexts[0], "passwordauthentication": password, "authenticationmethods": methods}
                settings |= {"kbdinteractiveauthentication": keyboard, _OLD_NAME: keyboard}
                if len(contexts) > 2 and _by_password(settings):
                    return True
    return False


def _contexts(sshd: Sshd) -> Iterator[tuple[str, dict[str, str]]]:
    """The settings everywhere, and for each ``Match`` block those with the block's own; the first of a keyword counts."""
    general: dict[str, str] = {}
    for name, value in sshd.settings:
        general.setdefault(name, value.lower())
    yield "everywhere", general
    own: dict[str, dict[str, str]] = {}
    for where, name, value in sshd.match_settings:
        known = "kbdinteractiveauthentication" if name == _OLD_NAME else name
        own.setdefault(where, {}).setdefault(known, value.lower())
    for where, settings in own.items():
        unit = where.partition(", Match ")[0]
        yield scope(where), {**general, **(own.get(unit, {}) if unit != where else {}), **settings}


def _by_password(settings: dict[str, str]) -> bool:
    keyboard = settings.get("kbdinteractiveauthentication") or settings.get(_OLD_NAME) or "yes"
    open_to = {
        "password": settings.get("passwordauthentication", "yes") != "no",
        "keyboard-interactive": keyboard != "no" and settings.get("usepam", "no") == "yes",
    }
    if settings.get("forcecommand", "").split("/")[-1].startswith("login_duo"):
        return False
    methods = settings.get("authenticationmethods", "any").replace('"', "").split()
    if methods in (["any"], []):
        return any(open_to.values())
    return any(all(open_to.get(step.partition(":")[0], False) for step in one.split(",")) for one in methods)


def addresses(sshd: Sshd) -> tuple[tuple[str, int], ...]:
    """Family (``ip``, ``ip6``) and port of every address beyond loopback that sshd is configured to listen on."""
    found = []
    for value in sshd.listens:
        host, _, port = value.rpartition(":")
        address = host.strip("[]").partition("%")[0]
        if address != "localhost" and not _is_loopback(address):
            found.append(("ip6" if ":" in address else "ip", int(port)))
    return tuple(dict.fromkeys(found))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False  # the name of a host


def only_loopback(sshd: Sshd, units: Units) -> bool:
    """Whether sshd is configured to listen on loopback alone; a socket of systemd's listens where its own file says."""
    return bool(sshd.listens) and not addresses(sshd) and not units.any_of(*_SOCKETS)
