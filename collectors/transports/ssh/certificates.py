"""Certificates by which hosts show who they are (OpenSSH, PROTOCOL.certkeys): signed by an authority that known_hosts names."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey
from paramiko.message import Message
from paramiko.ssh_exception import SSHException

from collectors.transports.ssh.faults import SshFault

SUFFIX = "-cert-v01@openssh.com"
_OF_A_HOST = 2
_PUBLIC_PARTS = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
}
_CLASSES: Mapping[str, Callable[..., PKey]] = {
    "ssh-ed25519": Ed25519Key,
    "ssh-rsa": RSAKey,
    "ecdsa-sha2-nistp256": ECDSAKey,
    "ecdsa-sha2-nistp384": ECDSAKey,
    "ecdsa-sha2-nistp521": ECDSAKey,
}
_SIGNATURES = {"ssh-rsa": ("rsa-sha2-256", "rsa-sha2-512")}
"""Signatures of an RSA key name the hash; those with SHA-1 are not taken. All others are named as their key."""


@dataclass(frozen=True)
class HostCertificate:
    """What a certificate says."""

    kind: int
    principals: tuple[str, ...]
    valid_after: int
    valid_before: int
    """Seconds since the epoch."""
    critical: bool
    """Whether it has options that must be understood, of which there are none for hosts."""
    authority: bytes
    """Key of the signer, as it goes over the wire."""
    signed: bytes
    signature: bytes


def certificate(blob: bytes) -> HostCertificate:
    """Take a certificate apart. ``SshFault`` where it is none."""
    try:
        message = Message(blob)
        kind = message.get_text().removesuffix(SUFFIX)
        message.get_binary()  # nonce
        for _ in range(_PUBLIC_PARTS[kind]):
            message.get_binary()
        message.get_int64()  # serial
        role = message.get_int()
        message.get_binary()  # key id
        principals = tuple(_texts(message.get_binary()))
        after, before = message.get_int64(), message.get_int64()
        critical = message.get_binary()
        message.get_binary()  # extensions
        message.get_binary()  # reserved
        authority = message.get_binary()
        signed = blob[: len(message.get_so_far())]
        signature = message.get_binary()
    except (KeyError, ValueError, IndexError, SSHException, UnicodeDecodeError) as fault:
        raise SshFault("its host certificate is not understood") from fault
    return HostCertificate(role, principals, after, before, bool(critical), authority, signed, signature)


def _texts(packed: bytes) -> Iterator[str]:
    message = Message(packed)
    while message.get_remainder():
        yield message.get_text()


def is_signed(one: HostCertificate) -> bool:
    """Whether the signature is the authority's."""
    try:
        kind = Message(one.authority).get_text()
        algorithm = Message(one.signature).get_text()
        if kind not in _CLASSES or algorithm not in _SIGNATURES.get(kind, (kind,)):
            return False
        return bool(_CLASSES[kind](data=one.authority).verify_ssh_sig(one.signed, Message(one.signature)))
    except (SSHException, ValueError, UnicodeDecodeError):
        return False


def fault_of(one: HostCertificate, host: str, now: float | None = None) -> str:
    """Why a certificate does not show that this is the host, its signer being trusted; empty where it does."""
    moment = time.time() if now is None else now
    if one.kind != _OF_A_HOST:
        return "its host certificate is one of a user"
    if one.critical:
        return "its host certificate has options that are not understood"
    if not is_signed(one):
        return "its host certificate has a signature that is not its authority's"
    if not one.valid_after <= moment < one.valid_before:
        return "its host certificate is not valid now"
    # A certificate without names would be valid for every host: like OpenSSH since 9.x, it is not taken.
    if not any(fnmatchcase(host.lower(), name.lower()) for name in one.principals):
        return f"its host certificate is for {', '.join(one.principals)[:200] or 'nobody'}, not for {host}"
    return ""
