"""What the configuration of OpenSSH's client says about a host: the weakest of all settings (ssh_config(5)).

What would run a command is not done: a host with a ``ProxyCommand`` is unseen with that reason. ``StrictHostKeyChecking`` is not looked
at: an unknown key is always refused.
"""

import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from agent.errors import UnreachableError
from agent.ssh.openssh_options import Faults, Options, filled, options_for, own_name
from agent.ssh.settings import SshSettings, address

_NONE = "none"
_DURATION = re.compile(r"(?:\d{1,9}[smhdw]?)+", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def is_none(config_file: Path | None) -> bool:
    """Whether no configuration of OpenSSH is to be looked at: paths of the configuration have a folder before them."""
    return config_file is not None and config_file.name == _NONE


def settings_for(name: str, config_file: Path | None, *, user: str = "", port: int | None = None) -> SshSettings:
    """What the configuration of OpenSSH says about a host of this name, for somebody who gives this account and port himself.

    ``config_file``: the only file to look at; the user's and the system's where nothing is given, none where it is called
    ``none``. ``UnreachableError`` where the host cannot be reached as it says there.
    """
    if is_none(config_file):
        return SshSettings()
    found = options_for(name, config_file, user=user, port=port)
    _refuse_what_is_not_followed(found)
    account = user or found.one("user")
    number = port or _port(found)
    tokens = _tokens(found, account, number)
    keys = _keys(found, tokens)
    return SshSettings(
        host=found.hostname,
        port=number,
        user=account,
        key_files=keys,
        agent=False if _says_yes(found, "identitiesonly") or found.one("identityagent") == _NONE else None,
        known_hosts=_known_hosts(found, tokens),
        known_as=found.one("hostkeyalias"),
        jump=_jump(found, tokens, config_file),
        connect_seconds=_seconds(found),
    )


def _refuse_what_is_not_followed(found: Options) -> None:
    if found.one("proxycommand") and found.one("proxycommand").lower() != _NONE:
        raise found.fault(
            "proxycommand",
            "ProxyCommand would run a command, which is never done; use ProxyJump, or name a jump host under ssh.jump",
        )
    if found.one("canonicalizehostname").lower() not in {"", "no", "false"}:
        raise found.fault(
            "canonicalizehostname",
            "CanonicalizeHostname asks the network what a host is called, which is not done; name hosts in full and set it to no",
        )


def _says_yes(found: Options, keyword: str) -> bool:
    return found.one(keyword).lower() in {"yes", "true"}


def _port(found: Options) -> int | None:
    given = found.one("port")
    if not given:
        return None
    try:
        number = int(given) if given.isascii() and given.isdigit() else socket.getservbyname(given)
    except OSError:
        number = 0
    if not 0 < number < 65536:
        raise found.fault("port", f"{given!r} is no port")
    return number


def _seconds(found: Options) -> float | None:
    """A time as sshd_config(5), TIME FORMATS, has it; None where nothing is given, or ``none``."""
    given = found.one("connecttimeout")
    if not given or given.lower() == _NONE:
        return None
    if not _DURATION.fullmatch(given):
        raise found.fault("connecttimeout", f"{given!r} is no time")
    parts = re.findall(r"(\d+)([a-z]?)", given.lower())
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts)) or None


def _tokens(found: Options, user: str, port: int | None) -> dict[str, str]:
    """What the letters after ``%`` stand for (ssh_config(5), TOKENS); what is missing here is refused where it is used."""
    own = socket.gethostname()
    return {
        "d": str(Path.home()),
        "h": found.hostname,
        "i": str(os.getuid()),
        "k": found.one("hostkeyalias") or found.name,
        "L": own.partition(".")[0],
        "l": own,
        "n": found.name,
        "p": str(port or 22),
        "r": user or own_name(),
        "u": own_name(),
    }


def _path(text: str, tokens: Mapping[str, str], fault: Faults) -> Path:
    """A file: ``~``, tokens and variables of the environment filled in."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise fault(f"the environment variable {found[1]} is not set")
        return os.environ[found[1]]

    return Path(_VARIABLE.sub(value, filled(text, tokens, fault))).expanduser()


def _keys(found: Options, tokens: Mapping[str, str]) -> tuple[Path, ...]:
    """The private keys. A certificate is only taken from beside its key."""

    def fault(what: str) -> UnreachableError:
        return found.fault("identityfile", what)

    named = found.values.get("identityfile", ())
    keys = tuple(_path(one, tokens, fault) for one in named if one.lower() != _NONE)
    for certificate in found.values.get("certificatefile", ()):
        if certificate.lower() == _NONE:
            continue
        path = _path(certificate, tokens, lambda what: found.fault("certificatefile", what))
        if path not in [key.with_name(f"{key.name}-cert.pub") for key in keys]:
            raise found.fault(
                "certificatefile",
                f"the certificate {path} is not beside its key; call it KEY-cert.pub and name the key with IdentityFile",
            )
    return keys


def _known_hosts(found: Options, tokens: Mapping[str, str]) -> tuple[Path, ...]:
    """The files of known keys, where any is named: those that are there, as OpenSSH does; all where none is."""
    files: list[Path] = []
    usual = {
        "userknownhostsfile": ("~/.ssh/known_hosts", "~/.ssh/known_hosts2"),
        "globalknownhostsfile": ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"),
    }
    if usual.keys().isdisjoint(found.values):
        return ()
    named: list[Path] = []
    for keyword, otherwise in usual.items():
        for one in found.values.get(keyword, otherwise):
            if one.lower() != _NONE:
                files.append(_path(one, tokens, lambda what, of=keyword: found.fault(of, what)))  # type: ignore[misc]
                named += files[-1:] if keyword in found.values else []
    return tuple(one for one in files if one.exists()) or tuple(named) or (Path(os.devnull),)


def _jump(found: Options, tokens: Mapping[str, str], config_file: Path | None) -> tuple[str, ...]:
    """The machines on the way, the nearest first, each with the account there; ``none`` where it says so."""
    given = found.one("proxyjump")
    if not given:
        return ()
    if given.lower() == _NONE:
        return (_NONE,)
    hops = []
    for hop in given.split(","):
        text = filled(hop.strip(), tokens, lambda what: found.fault("proxyjump", what))
        text = text.removeprefix("ssh://").rstrip("/") if text.startswith("ssh://") else text
        try:
            parts = address(text)
            if not parts.user:  # its own, and not the host's, as `ssh -J` has it
                text = f"{options_for(parts.host, config_file).one('user') or own_name()}@{text}"
            address(text)
        except ValueError as fault:
            raise found.fault("proxyjump", str(fault)) from fault
        hops.append(text)
    return tuple(hops)
