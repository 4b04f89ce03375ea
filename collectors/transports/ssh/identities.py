"""Who we are on a host: the keys, certificates and passwords that are tried there, in this order.

1. each private key that is named, first with its certificate; 2. the keys of an agent; 3. where no key is named, the user's
usual ones; 4. a password. Keys are read once for all hosts, since the passphrase of one takes a tenth of a second to apply.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import paramiko
from paramiko.agent import AgentSSH
from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, SSHException

from collectors.transports.ssh.access import Access, Secret
from collectors.transports.ssh.faults import SshFault
from collectors.transports.ssh.transport import Transport

_NAMED = 3
"""Keys that a reason names: it is for a line in a terminal."""
_USUAL = ("id_ed25519", "id_ecdsa", "id_rsa")
NO_SESSION = "No existing session"
"""What paramiko says where the connection ended before anything was tried."""
_CERTIFICATE = "-cert.pub"
_SUFFIX = "-cert-v01@openssh.com"


@dataclass(frozen=True)
class _Key:
    told: str
    key: paramiko.PKey


def log_in(transport: Transport, access: Access) -> None:
    """Log in, or ``SshFault`` with everything that was tried."""
    attempts = _Attempts(transport, access, access.user or _own_name())
    with closing(_Agent(access.agent, transport.left)) as agent:
        for one in _keys(access, agent):
            if attempts.take("publickey") and attempts.logs_in(one.told, one.key):
                return
    if access.password is not None and attempts.logs_in("the password", access.password.read()):
        return
    raise attempts.denied()


class _Attempts:
    """What was tried with one host, and what it said."""

    def __init__(self, transport: Transport, access: Access, user: str) -> None:
        self._transport = transport
        self._access = access
        self._user = user
        self._tried: list[str] = []
        self._takes: list[str] = []
        """Methods that it takes, as far as it said so."""
        self._accepted = ""
        """What it took as the first of several factors."""

    def take(self, method: str) -> bool:
        """Whether it may take this method."""
        return not self._takes or method in self._takes

    def logs_in(self, told: str, secret: paramiko.PKey | str) -> bool:
        """Try a key or a password. ``SshFault`` where there is no use in trying others."""
        transport = self._transport
        self._tried.append(told)
        transport.auth_timeout = transport.left
        try:
            if isinstance(secret, str):
                more = transport.auth_password(self._user, secret)
            else:
                more = transport.auth_publickey(self._user, secret)
        except BadAuthenticationType as fault:
            self._takes = fault.allowed_types
            return False
        except AuthenticationException as fault:
            self._give_up_if_over(fault)
            return False
        except (SSHException, OSError) as fault:
            if isinstance(secret, paramiko.AgentKey) and str(fault) != NO_SESSION:
                raise SshFault(f"{self._access.place}: {told} does not sign ({fault})") from fault
            raise
        if not more:
            return True
        self._go_on(told, more)
        return False

    def _go_on(self, told: str, more: list[str]) -> None:
        """It was right, and is not enough. A second factor can be the password, where one is given, and nothing else."""
        can = self._access.password is not None and {"password", "keyboard-interactive"}.intersection(more)
        if self._accepted or not can:
            raise SshFault(
                f"{self._access.place}: takes {told}, and asks {self._user} for a second factor ({', '.join(more)[:200]}), which"
                " a scan cannot give"
            )
        self._accepted = told
        self._takes = more

    def _give_up_if_over(self, fault: Exception) -> None:
        """A server that has had enough hangs up; one that does not answer would not answer the next key, either."""
        if self._transport.is_active():
            if "timeout" not in str(fault).lower():
                return
            told = f"no answer to the login within {self._access.connect_seconds:g} s"
            raise SshFault(f"{self._access.place}: {told}", transient=self._access.password is None) from fault
        if len(self._tried) == 1 and not self._transport.farewell:
            # sshd says nothing when PAM shuts out whose key it has taken.
            why = f"the connection was closed during the login of {self._user}, whose account may be shut"
            raise SshFault(f"{self._access.place}: {why}", transient=True) from fault
        raise self.denied() from fault

    def denied(self) -> SshFault:
        """Everything that was tried."""
        place = f"{self._access.place}: denies {self._user} the login"
        if not self._tried:
            return SshFault(f"{place}: there is no key, agent or password to try")
        takes = f"; it takes {', '.join(self._takes)[:200]}" if self._takes else ""
        more = f" and {len(self._tried) - _NAMED} more" if len(self._tried) > _NAMED else ""
        what = ", ".join(self._tried[:_NAMED]) + more
        if self._transport.is_active():
            first = f" after {self._accepted}" if self._accepted else ""
            return SshFault(f"{place}{first}; tried {what}{takes}")
        why = f" ({self._transport.farewell})" if self._transport.farewell else ""
        hint = ": name the right key alone (ssh.key_files), and no agent (ssh.agent)" if len(self._tried) > 1 else ""
        return SshFault(f"{place}; tried {what}; then it hung up{why}{hint}")


def _own_name() -> str:
    import getpass  # noqa: PLC0415 - only where nobody is named

    return getpass.getuser()


class _Agent:
    """The keys of an SSH agent, asked for when they are needed."""

    def __init__(self, wanted: bool, seconds: float) -> None:
        self._wanted = wanted and bool(os.environ.get("SSH_AUTH_SOCK"))
        self._seconds = seconds
        """That it has for each answer: one that asks its owner first may never answer."""
        self._agent: _Connected | None = None

    def keys(self) -> Iterator[_Key]:
        if not self._wanted:
            return
        try:
            self._agent = _Connected(os.environ["SSH_AUTH_SOCK"], self._seconds)
        except (SSHException, OSError, ValueError):  # an agent that is gone, or makes no sense, has no keys
            return
        key: Any  # its types do not know of the key that it is a proxy for
        for key in self._agent.get_keys():
            if key.inner_key is not None and key.inner_key.public_blob is not None:
                key.public_blob = key.inner_key.public_blob  # its certificate is what must be shown
                yield _Key(f"{key.get_name().removesuffix(_SUFFIX)} with its certificate of the agent", key)
            else:
                yield _Key(f"{key.get_name()} of the agent", key)

    def close(self) -> None:
        if self._agent is not None:
            self._agent.close()


class _Connected(paramiko.Agent):
    """Paramiko's, which would wait for ever."""

    def __init__(self, place: str, seconds: float) -> None:
        AgentSSH.__init__(self)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        try:
            connection.connect(place)
            self._connect(connection)  # type: ignore[attr-defined] # as its own way to the agent does
        except BaseException:
            connection.close()
            raise


def _keys(access: Access, agent: _Agent) -> Iterator[_Key]:
    for path in access.key_files:
        yield from _of_file(path, access.passphrase)
    yield from agent.keys()
    if not access.key_files:
        for name in _USUAL:
            path = Path.home() / ".ssh" / name
            if os.access(path, os.R_OK):
                yield from _of_file(path, access.passphrase)


def _of_file(path: Path, passphrase: Secret | None) -> Iterator[_Key]:
    certificate = path.with_name(path.name + _CERTIFICATE)
    try:
        changed = path.stat().st_mtime_ns
        certified = certificate.stat().st_mtime_ns if certificate.exists() else 0
    except OSError as fault:
        raise SshFault(f"{path}: {fault.strerror}") from fault
    yield from _read(path, changed, certified, passphrase)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int, certified: int, passphrase: Secret | None) -> tuple[_Key, ...]:
    """The key of a file as it was at this moment: with its certificate, where it has one, and alone."""
    del changed
    secret = None if passphrase is None else passphrase.read()
    plain = _without_certificate(path, secret)
    if not certified:
        return (_Key(str(path), plain),)
    with_certificate = _without_certificate(path, secret)
    try:
        with_certificate.load_certificate(str(path) + _CERTIFICATE)
    except (ValueError, OSError, SSHException, IndexError) as fault:
        raise SshFault(f"{path}{_CERTIFICATE}: is not understood as a certificate of that key") from fault
    return (_Key(f"{path} with its certificate", with_certificate), _Key(str(path), plain))


def _without_certificate(path: Path, passphrase: str | None) -> paramiko.PKey:
    """Read a private key. ``SshFault`` tells what to do about one that cannot be used."""
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key_file(str(path), passphrase)
        except paramiko.PasswordRequiredException as fault:
            raise SshFault(
                f"{path}: has a passphrase; name where it is kept (ssh.passphrase_file), or load the key into an agent"
            ) from fault
        except OSError as fault:
            raise SshFault(f"{path}: {fault.strerror}") from fault
        except (SSHException, ValueError, UnicodeDecodeError, IndexError):
            continue
    wrong = ", or the passphrase is wrong" if passphrase else ""
    raise SshFault(f"{path}: is no private key that is understood (ed25519, ecdsa, rsa){wrong}")
