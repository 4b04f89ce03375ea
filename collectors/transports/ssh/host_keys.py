"""Whether the machine that answers is the one that was asked for. What nobody vouches for is refused; nothing is learnt."""

import base64
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from collectors.transports.ssh import certificates
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.faults import SshFault
from collectors.transports.ssh.known_hosts import AUTHORITY, REVOKED, Line

if TYPE_CHECKING:
    import paramiko

_ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""Algorithms by the type of the key they are for; RSA with SHA-1 is not taken."""


def algorithms_for(known: Sequence[Line]) -> tuple[str, ...]:
    """What to offer a host: certificates first where an authority vouches for it, then the kinds of keys it is known by."""
    every = [algorithm for kind in _ALGORITHMS.values() for algorithm in kind]
    signed = [f"{one}{certificates.SUFFIX}" for one in every] if any(one.marker == AUTHORITY for one in known) else []
    first = [algorithm for one in known if not one.marker for algorithm in _ALGORITHMS.get(one.kind, ())]
    return tuple(dict.fromkeys((*signed, *first, *every)))


def verify(transport: "paramiko.Transport", access: Access, known: Sequence[Line]) -> None:
    """Check the key that the host has shown, and proved to have. ``SshFault`` says how to accept it safely."""
    shown = transport.get_remote_server_key()
    if shown.public_blob is not None:  # it came with a certificate
        _verify_certificate(shown.public_blob.key_blob, access, known)
        return
    key = shown.asbytes()
    if any(one.marker == REVOKED and one.key == key for one in known):
        raise SshFault(
            f"{access.place}: shows a host key that is revoked in {_place(known, key)}: somebody may pose as it"
        )
    own = [one for one in known if not one.marker]
    if any(one.key == key for one in own):
        return
    told = f"{shown.get_name()} {fingerprint(key)}"
    same = [one for one in own if one.kind == shown.get_name()]
    if same:
        raise SshFault(
            f"{access.place}: shows another host key ({told}) than the one in {same[0].place}: somebody may pose as it."
            f" If the host was made anew, compare with `ssh-keygen -lf` of its key on the host itself, then"
            f" `ssh-keygen -R '{access.name}'` and add the new key"
        )
    raise SshFault(
        f"{access.place}: its host key ({told}) is not in known_hosts. Compare with `ssh-keygen -lf` of its key on the host"
        f" itself, then add what `ssh-keyscan -p {access.port} {access.host}` says"
    )


def _verify_certificate(blob: bytes, access: Access, known: Sequence[Line]) -> None:
    one = certificates.certificate(blob)
    if any(line.marker == REVOKED and line.key in {one.authority, blob} for line in known):
        raise SshFault(f"{access.place}: its host certificate is revoked in known_hosts: somebody may pose as it")
    if not any(line.marker == AUTHORITY and line.key == one.authority for line in known):
        raise SshFault(
            f"{access.place}: its host certificate is signed by {fingerprint(one.authority)}, which is no authority of it in"
            " known_hosts"
        )
    if fault := certificates.fault_of(one, access.known_as or access.host):
        raise SshFault(f"{access.place}: {fault}")


def fingerprint(key: bytes) -> str:
    """As ``ssh-keygen -l`` prints it."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def _place(known: Sequence[Line], key: bytes) -> str:
    return next(one.place for one in known if one.key == key)
