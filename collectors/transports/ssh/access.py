"""How a host is reached over SSH: plain values, without paramiko."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from collectors.transports.ssh.faults import SshFault

INSTALLED_PATH = "/usr/local/libexec/wispwatch-read"
"""Where an administrator puts the script of ``Privilege.INSTALLED``, where nothing else is said."""
_LONGEST_SECRET = 4096


class Privilege(StrEnum):
    """With which rights the script runs."""

    NONE = "none"
    """Those of the account that logs in."""
    SUDO = "sudo"
    """``sudo -n sh -s``: once for the whole script, never with a password."""
    INSTALLED = "installed"
    """``sudo -n`` of the script that an administrator has installed on the target: see ``installed``."""


@dataclass(frozen=True)
class Secret:
    """Where a password or passphrase is kept. The secret itself is never a value of the configuration."""

    file: Path | None = None
    variable: str = ""
    """Of the environment."""

    def read(self, environment: Mapping[str, str] = os.environ) -> str:
        """The secret: a file's first line, or the variable. ``SshFault`` where it is not there."""
        if self.file is None:
            if not environment.get(self.variable):
                raise SshFault(f"the environment variable {self.variable} is not set")
            return environment[self.variable]
        try:
            with self.file.open(encoding="utf-8") as kept:
                secret = kept.readline(_LONGEST_SECRET).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as fault:
            why = fault.strerror if isinstance(fault, OSError) else "is not UTF-8 text"
            raise SshFault(f"{self.file}: {why}") from fault
        if not secret:
            raise SshFault(f"{self.file}: its first line is empty")
        return secret


@dataclass(frozen=True)
class Access:
    """One machine, and who we are there."""

    host: str
    """Name or address to connect to."""
    port: int = 22
    user: str = ""
    """The account; the one we run as where nothing is given."""
    known_as: str = ""
    """The name under which its key is in known_hosts; ``host`` where nothing is given."""
    key_files: tuple[Path, ...] = ()
    """Private keys; a certificate beside one (``KEY-cert.pub``) is used with it. The usual ones where nothing is given."""
    agent: bool = True
    """Whether the keys of an SSH agent are tried, too."""
    password: Secret | None = None
    passphrase: Secret | None = None
    """Of the private keys."""
    known_hosts: tuple[Path, ...] = ()
    """Files of known host keys; the user's and the system's where nothing is given."""
    through: "Access | None" = None
    """The machine by way of which this one is reached."""
    privilege: Privilege = Privilege.NONE
    installed_path: str = INSTALLED_PATH
    """Where the script is, with ``Privilege.INSTALLED``."""
    connect_seconds: float = 10.0
    """For the connection alone, to the end of the login."""
    retries: int = 2
    """How often a connection that failed is tried again."""

    @property
    def name(self) -> str:
        """As known_hosts calls it: with the port where it is not the usual one (sshd(8))."""
        host = self.known_as or self.host
        return host if self.port == 22 or self.known_as else f"[{host}]:{self.port}"

    @property
    def name_without_port(self) -> str:
        """As known_hosts may call it besides, whatever the port; empty where that is the name."""
        return "" if self.port == 22 or self.known_as else self.host

    @property
    def place(self) -> str:
        """For messages: host and port."""
        return self.host if self.port == 22 else f"{self.host} port {self.port}"
