"""From Ansible's variables to how a host is reached over SSH (the variables are those of its ``ssh`` connection and ``sudo``).

Values that are templates are not evaluated, and what would change the way in a manner that is not understood is told: such a host
is listed, and unknown for that reason.
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.inventories.ansible_model import LOGIN_SECRETS
from agent.inventories.yaml_documents import Encrypted
from agent.ssh.settings import SshSettings, address

_HOST = ("ansible_host", "ansible_ssh_host")
_PORT = ("ansible_port", "ansible_ssh_port")
_USER = ("ansible_user", "ansible_ssh_user")
_KEY = ("ansible_private_key_file", "ansible_ssh_private_key_file")
_ARGUMENTS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
_BECOME = ("ansible_become", "ansible_become_method", "ansible_become_user")
_CONNECTION = "ansible_connection"
VARIABLES = frozenset([*_HOST, *_PORT, *_USER, *_KEY, *_ARGUMENTS, *_BECOME, _CONNECTION, *LOGIN_SECRETS])
"""All that are looked at."""
_OPTION = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*")
_OVER_SSH = frozenset(["ssh", "smart", "paramiko", "paramiko_ssh"])
_TRUE = frozenset(["y", "yes", "on", "1", "true", "t", "1.0"])
_FALSE = frozenset(["n", "no", "off", "0", "false", "f", "0.0"])
_HARMLESS_FLAGS = frozenset("46AaCGgKkNnqTtvXxY")
_HARMLESS = frozenset(
    [
        "addressfamily", "batchmode", "canonicalizehostname", "checkhostip", "ciphers", "compression", "connectionattempts",
        "connecttimeout", "controlmaster", "controlpath", "controlpersist", "escapechar", "forwardagent", "forwardx11",
        "globalknownhostsfile", "gssapiauthentication", "gssapidelegatecredentials", "hashknownhosts", "hostkeyalgorithms",
        "identitiesonly", "kbdinteractiveauthentication", "kexalgorithms", "loglevel", "macs", "numberofpasswordprompts",
        "passwordauthentication", "preferredauthentications", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes",
        "pubkeyauthentication", "requesttty", "sendenv", "serveralivecountmax", "serveraliveinterval", "setenv",
        "stricthostkeychecking", "tcpkeepalive", "updatehostkeys", "userknownhostsfile", "verifyhostkeydns",
    ]
)  # fmt: skip
"""Options of ssh that do not change which host is reached as whom. Keys of hosts are verified as is configured here."""


def way_of(variables: Mapping[str, Any], folder: Path) -> SshSettings:
    """How a host with these variables is reached; relative files are those of the inventory's folder. ``ValueError`` says why it
    cannot be.
    """
    connection = _text(variables, (_CONNECTION,)).rpartition(".")[2] or "ssh"
    if connection not in _OVER_SSH:
        raise ValueError(f"Ansible reaches it by the connection {connection[:40]!r}, not over SSH")
    key = _text(variables, _KEY)
    return SshSettings(
        host=_text(variables, _HOST),
        port=_port(variables),
        user=_text(variables, _USER),
        key_files=(folder / Path(key).expanduser(),) if key else (),
        jump=_jump(variables),
        privilege=_privilege(variables),
    )


def withheld(variables: Mapping[str, Any]) -> str:
    """Which secret the inventory holds for the login; empty where none."""
    found = sorted(LOGIN_SECRETS & variables.keys())
    return f"the inventory holds a secret ({', '.join(found)})" if found else ""


def _value(variables: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any]:
    """The variable that holds, and its value: of several, the one that Ansible asks for last."""
    name, value = next(
        ((name, variables[name]) for name in reversed(names) if variables.get(name) is not None), ("", None)
    )
    if isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "{#")):
        raise ValueError(f"{name} is a template, which is not evaluated")
    if isinstance(value, Encrypted):
        raise ValueError(f"{name} is encrypted, and cannot be read")  # noqa: TRY004 - what is wrong with the inventory
    return name, value


def _text(variables: Mapping[str, Any], names: tuple[str, ...]) -> str:
    name, value = _value(variables, names)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} is no text")  # noqa: TRY004 - same
    return str(value)


def _port(variables: Mapping[str, Any]) -> int | None:
    text = _text(variables, _PORT)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536):
        raise ValueError(f"{_PORT[0]} is no number from 1 to 65535")
    return int(text)


def _privilege(variables: Mapping[str, Any]) -> str:
    name, value = _value(variables, _BECOME[:1])
    if value is None:
        return ""
    said = str(value).lower().strip()
    if said in _FALSE:
        return "none"
    if said not in _TRUE:
        raise ValueError(f"{name} is neither true nor false")
    method, user = _text(variables, _BECOME[1:2]) or "sudo", _text(variables, _BECOME[2:]) or "root"
    if method.rpartition(".")[2] != "sudo" or user != "root":
        raise ValueError(f"Ansible becomes {user[:40]!r} there by {method[:40]!r}; only root by sudo is understood")
    return "sudo"


def _jump(variables: Mapping[str, Any]) -> tuple[str, ...]:
    """The jump hosts of ssh's arguments: ``-J`` or ``ProxyJump``, of which ssh takes the first."""
    found: list[str] = []
    for name in _ARGUMENTS:
        try:
            words = shlex.split(_text(variables, (name,)))
        except ValueError as fault:
            raise ValueError(f"{name}: {fault}" if name not in str(fault) else str(fault)) from fault
        found += _proxies(name, words)
    if not found or found[0].lower() == "none":
        return ("none",) if found else ()
    hops = tuple(one.strip().removeprefix("ssh://") for one in found[0].split(","))
    for hop in hops:
        address(hop)
    return hops


def _proxies(name: str, words: list[str]) -> list[str]:
    found = []
    waiting = iter(words)
    for word in waiting:
        if word.startswith("-J"):
            found.append(word[2:] or next(waiting, ""))
        elif word.startswith("-o"):
            option, value = _option(word[2:] or next(waiting, ""))
            if option == "proxyjump":
                found.append(value)
            elif option == "proxycommand" and value.lower() != "none":
                raise ValueError(f"{name} has a ProxyCommand, which would run a command; use ProxyJump")
            elif option not in _HARMLESS and option != "proxycommand":
                raise ValueError(f"{name} has the option {option[:40]!r}, which is not understood here")
        elif not word.startswith("-") or not set(word[1:]) <= _HARMLESS_FLAGS or word == "-":
            raise ValueError(f"{name} has {word[:40]!r}, which is not understood here")
    return found


def _option(text: str) -> tuple[str, str]:
    """Name and value of ``NAME=VALUE`` or ``NAME VALUE``."""
    found = _OPTION.fullmatch(text)
    return (found[1].lower(), found[2].strip('"')) if found else (text, "")
