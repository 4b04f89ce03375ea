"""Certificates by which hosts show who they are (OpenSSH, PROTOCOL.certkeys): signed by an authority that known_hosts names."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey
from paramiko.message import Message

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


class _Wire:
    """What is on the wire (RFC 4251, section 5), from the front; ``ValueError`` where less is there than it says."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def take(self, count: int) -> bytes:
        """So many bytes."""
        if count > len(self.raw) - self.at:
            raise ValueError("it ends too early")
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self, size: int) -> int:
        """Of so many bytes."""
        return int.from_bytes(self.take(size), "big")

    def string(self) -> bytes:
        """With its length before it."""
        return self.take(self.number(4))

    def end(self) -> None:
        """Nothing is left."""
        if self.at < len(self.raw):
            raise ValueError("more is behind it")

    def strings(self) -> Iterator[bytes]:
        """All that are left."""
        while self.at < len(self.raw):
            yield self.string()


def certificate(blob: bytes) -> HostCertificate:
    """Take a certificate apart. ``SshFault`` where it is none."""
    wire = _Wire(blob)
    try:
        kind = wire.string().decode("ascii").removesuffix(SUFFIX)
        wire.string()  # nonce
        for _ in range(_PUBLIC_PARTS[kind]):
            wire.string()
        wire.number(8)  # serial
        role = wire.number(4)
        wire.string()  # key id
        principals = tuple(one.decode() for one in _Wire(wire.string()).strings())
        after, before = wire.number(8), wire.number(8)
        critical = wire.string()
        wire.string()  # extensions
        wire.string()  # reserved
        authority = wire.string()
        signed = blob[: wire.at]
        signature = wire.string()
        wire.end()
    except (KeyError, ValueError) as fault:
        raise SshFault("its host certificate is not understood") from fault
    return HostCertificate(role, principals, after, before, bool(critical), authority, signed, signature)


def _form_of(signature: bytes) -> str:
    """The algorithm of a signature, whose parts fit (RFC 4253, section 6.6; RFC 5656, section 3.1.2): paramiko takes lengths
    that lead too far.
    """
    wire = _Wire(signature)
    algorithm = wire.string().decode("ascii")
    inner = _Wire(wire.string())
    wire.end()
    if algorithm.startswith("ecdsa"):
        inner.string()
        inner.string()
        inner.end()
    return algorithm


def is_signed(one: HostCertificate) -> bool:
    """Whether the signature is the authority's."""
    try:
        kind = _Wire(one.authority).string().decode("ascii")
        algorithm = _form_of(one.signature)
        if kind not in _CLASSES or algorithm not in _SIGNATURES.get(kind, (kind,)):
            return False
        return bool(_CLASSES[kind](data=one.authority).verify_ssh_sig(one.signed, Message(one.signature)))
    except Exception:  # noqa: BLE001 - what a mangled key or signature raises is up to three libraries; it is none
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
    # As with OpenSSH these are names and no patterns. One without any it takes for every host; here it names nobody.
    if host.lower() not in one.principals:
        return f"its host certificate is for {', '.join(one.principals)[:200] or 'nobody'}, not for {host}"
    return ""
