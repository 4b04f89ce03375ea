"""Who we are on a host: the keys, certificates and passwords that are tried there, in this order.

1. each private key that is named, first with its certificate; 2. the keys of an agent; 3. where no key is named, the user's
usual ones; 4. a password. Keys are read once for all hosts, since the passphrase of one takes a tenth of a second to apply.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, SSHException

from collectors.transports.ssh.access import Access, Secret
from collectors.transports.ssh.faults import SshFault

if TYPE_CHECKING:
    from collectors.transports.ssh.connecting import Transport

_USUAL = ("id_ed25519", "id_ecdsa", "id_rsa")
_CERTIFICATE = "-cert.pub"


@dataclass(frozen=True)
class _Key:
    told: str
    key: paramiko.PKey


def log_in(transport: "Transport", access: Access) -> None:
    """Log in, or ``SshFault`` with everything that was tried."""
    user = access.user or _own_name()
    tried: list[str] = []
    allowed: list[str] = []
    with closing(_Agent(access.agent)) as agent:
        for one in _keys(access, agent):
            if allowed and "publickey" not in allowed:
                break
            tried.append(one.told)
            try:
                if not _must_go_on(transport.auth_publickey(user, one.key), access):
                    return
            except BadAuthenticationType as fault:
                allowed = fault.allowed_types
            except AuthenticationException as fault:
                _give_up_if_closed(transport, access, user, tried, fault)
    if access.password is not None:
        tried.append("the password")
        try:
            if not _must_go_on(transport.auth_password(user, access.password.read()), access):
                return
        except BadAuthenticationType as fault:
            allowed = fault.allowed_types
        except AuthenticationException as fault:
            _give_up_if_closed(transport, access, user, tried, fault)
    raise _denied(access, user, tried, allowed)


def _must_go_on(next_methods: list[str], access: Access) -> bool:
    if next_methods:
        raise SshFault(
            f"{access.place}: asks for a second factor ({', '.join(next_methods)[:200]}), which a scan cannot give"
        )
    return False


def _give_up_if_closed(transport: "Transport", access: Access, user: str, tried: list[str], fault: Exception) -> None:
    """A server that has had enough hangs up; one that does not answer would not answer the next key, either. One that went
    away before it had denied anything has not denied anything.
    """
    late = "timeout" in str(fault).lower()
    if transport.is_active() and not late:
        return
    if late:
        raise SshFault(f"{access.place}: no SSH connection: the login is not answered", transient=True) from fault
    if len(tried) == 1 and not transport.farewell:
        raise SshFault(f"{access.place}: no SSH connection: it ended during the login", transient=True) from fault
    raise _denied(access, user, tried, [], transport.farewell) from fault


def _denied(access: Access, user: str, tried: list[str], allowed: list[str], farewell: str = "") -> SshFault:
    what = ", ".join(tried) or "nothing: there is no key, agent or password to try"
    takes = f"; it takes {', '.join(allowed)[:200]}" if allowed else ""
    says = f"; it says: {farewell[:200]}" if farewell else ""
    return SshFault(f"{access.place}: denies {user} the login; tried {what}{takes}{says}")


def _own_name() -> str:
    import getpass  # noqa: PLC0415 - only where nobody is named

    return getpass.getuser()


class _Agent:
    """The keys of an SSH agent, asked for when they are needed."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and bool(os.environ.get("SSH_AUTH_SOCK"))
        self._agent: paramiko.Agent | None = None

    def keys(self) -> Iterator[_Key]:
        if not self._wanted:
            return
        try:
            self._agent = paramiko.Agent()
            for key in self._agent.get_keys():
                yield _Key(f"{key.get_name()} of the agent", key)
        except (SSHException, OSError):  # an agent that is gone has no keys
            return

    def close(self) -> None:
        if self._agent is not None:
            self._agent.close()


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
