"""How hosts are reached over SSH, as the configuration says it: whatever is not given is taken from what stands behind.

In order: the target itself, its inventory, the defaults under ``ssh``, the OpenSSH configuration, and what is usual.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

_PRIVILEGES = ("none", "sudo", "installed")
_ADDRESS = re.compile(
    r"(?:(?P<user>[^@\s]+)@)?(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^\s@:\[\]/]+))(?::(?P<port>[0-9]{1,5}))?"
)
_SIX = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<six>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.%\w]*)")
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+", re.ASCII)
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class SshSettings:
    """How a host is reached over SSH. Every one is optional; secrets are never values, only names of files and variables."""

    host: str = ""
    """Name or address to connect to; the target's name where nothing is given."""
    port: int | None = None
    """22 where nothing is given."""
    user: str = ""
    """The account to log in as; the one that runs wispwatch where nothing is given."""
    key_files: tuple[Path, ...] = ()
    """Private keys; a certificate beside one (``KEY-cert.pub``) is used with it."""
    agent: bool | None = None
    """Whether the keys of an SSH agent are tried, too: yes where nothing is given."""
    password_file: Path | None = None
    """File whose first line is the account's password."""
    password_variable: str = ""
    """Variable of the environment that is the account's password."""
    passphrase_file: Path | None = None
    """File whose first line is the passphrase of the private keys."""
    passphrase_variable: str = ""
    """Variable of the environment that is the passphrase of the private keys."""
    known_hosts: tuple[Path, ...] = ()
    """Files of known host keys; the user's and the system's where nothing is given. An unknown key is always refused."""
    known_as: str = ""
    """The name under which the host's key is known, where it is another one."""
    jump: tuple[str, ...] = ()
    """Hosts by way of which it is reached, the nearest first: ``[user@]host[:port]``, ``none`` for none."""
    privilege: str = ""
    """``none``, ``sudo`` (``sudo -n sh -s``, once) or ``installed`` (the script of ``wispwatch target-script``); none where
    nothing is given."""
    installed_path: str = ""
    """Where the script of the privilege ``installed`` is on the host; ``/usr/local/libexec/wispwatch-read`` where nothing is
    given."""
    connect_seconds: float | None = None
    """For a connection, to the end of the login; 10 where nothing is given."""
    retries: int | None = None
    """How often a connection that failed is tried again; 2 where nothing is given."""
    config_file: Path | None = None
    """OpenSSH configuration to look the host up in; ``~/.ssh/config`` where nothing is given, ``none`` for none."""

    def over(self, weaker: "SshSettings") -> "SshSettings":
        """These settings, and those of the other where nothing is given here."""
        given = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) not in _NOT_GIVEN}
        # A file here stands instead of a variable there, and the other way round.
        if self.password_file is not None or self.password_variable:
            weaker = replace(weaker, password_file=None, password_variable="")
        if self.passphrase_file is not None or self.passphrase_variable:
            weaker = replace(weaker, passphrase_file=None, passphrase_variable="")
        return replace(weaker, **given)


_NOT_GIVEN: tuple[object, ...] = ("", None, ())


@dataclass(frozen=True, slots=True)
class Address:
    """``[user@]host[:port]``, taken apart."""

    host: str
    user: str = ""
    port: int | None = None


def address(text: str) -> Address:
    """Take an address apart; IPv6 with a port stands in brackets. ``ValueError`` says what is wrong."""
    found = _SIX.fullmatch(text) or _ADDRESS.fullmatch(text)
    parts = found.groupdict() if found is not None and text.isprintable() and len(text) <= _LONGEST_NAME else {}
    host = parts.get("six") or parts.get("host") or ""
    if not host or host.startswith("-") or text.startswith("-"):
        raise ValueError(f"{text!r} is no [user@]host[:port], such as scanner@web-1:2222 or [2001:db8::1]:22")
    port = int(parts["port"]) if parts.get("port") else None
    if port is not None and not 0 < port < 65536:
        raise ValueError(f"{text!r}: a port is from 1 to 65535")
    return Address(host, parts["user"] or "", port)


def faults_of_ssh(place: str, settings: SshSettings) -> Iterator[str]:
    """What does not fit, one sentence each; ``place`` is where the settings stand. Pure: no file is looked at."""
    if settings.port is not None and not 0 < settings.port < 65536:
        yield f"{place}.port: must be from 1 to 65535"
    if settings.host and not _is_host(settings.host):
        yield f"{place}.host: {settings.host!r} is no name or address; the account stands under user"
    for name in ("user", "known_as"):
        if not getattr(settings, name).isprintable():
            yield f"{place}.{name}: {getattr(settings, name)!r} has characters that cannot be printed"
    if settings.privilege and settings.privilege not in _PRIVILEGES:
        yield f"{place}.privilege: {settings.privilege!r} is none of {', '.join(_PRIVILEGES)}"
    if settings.installed_path and not _PLAIN_PATH.fullmatch(settings.installed_path):
        yield (
            f"{place}.installed_path: {settings.installed_path!r} must be a whole path of letters, digits and ._- without '..',"
            " such as /usr/local/libexec/wispwatch-read"
        )
    yield from _faults_of_the_way(place, settings)
    for name in ("password", "passphrase"):
        if getattr(settings, f"{name}_file") and getattr(settings, f"{name}_variable"):
            yield f"{place}.{name}_file: and {name}_variable exclude each other"


def _faults_of_the_way(place: str, settings: SshSettings) -> Iterator[str]:
    for index, hop in enumerate(settings.jump):
        try:
            address(hop)
        except ValueError as fault:
            yield f"{place}.jump[{index}]: {fault}"
    if settings.connect_seconds is not None and not 0 < settings.connect_seconds < math.inf:
        yield f"{place}.connect_seconds: must be a number that is more than 0"
    if settings.retries is not None and not 0 <= settings.retries <= 10:
        yield f"{place}.retries: must be from 0 to 10"


def _is_host(text: str) -> bool:
    """Whether it can be a name or an address."""
    spaced = any(one.isspace() or one in "@/" or not one.isprintable() for one in text)
    return not spaced and not text.startswith("-") and len(text) <= _LONGEST_NAME
