"""Whether the machine that answers is the one that was asked for. What nobody vouches for is refused; nothing is learnt."""

import base64
import hashlib
import shlex
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
    key = shown.asbytes()
    one = certificates.certificate(shown.public_blob.key_blob) if shown.public_blob is not None else None
    revoked = {line.key: line.place for line in known if line.marker == REVOKED}
    if key in revoked:
        raise SshFault(f"{access.place}: shows a host key that is revoked in {revoked[key]}: somebody may pose as it")
    if one is not None and one.authority in revoked:
        raise SshFault(
            f"{access.place}: shows a host certificate of an authority that is revoked in {revoked[one.authority]}: somebody"
            " may pose as it"
        )
    fault = _fault_of_certificate(one, access, known) if one is not None else ""
    if one is not None and not fault:
        return
    own = [line for line in known if not line.marker]
    if any(line.key == key for line in own):  # also below a certificate that shows nothing, as with OpenSSH
        return
    if fault:
        raise SshFault(f"{access.place}: {fault}")
    raise _unknown(shown.get_name(), key, access, own)


def _fault_of_certificate(one: certificates.HostCertificate, access: Access, known: Sequence[Line]) -> str:
    if not any(line.marker == AUTHORITY and line.key == one.authority for line in known):
        signer = fingerprint(one.authority)
        return f"its host certificate is signed by {signer}, which is no authority of it in known_hosts"
    return certificates.fault_of(one, access.known_as or access.host)


def _unknown(kind: str, key: bytes, access: Access, own: Sequence[Line]) -> SshFault:
    told = f"{kind} {fingerprint(key)}"
    same = [line for line in own if line.kind == kind and not line.portless]
    if same:
        return SshFault(
            f"{access.place}: shows another host key ({told}) than the one in {same[0].place}: somebody may pose as it."
            f" If the host was made anew, compare with `ssh-keygen -lf` of its key on the host itself, then"
            f" `ssh-keygen -R {shlex.quote(access.name)}` and add the new key"
        )
    others = ", ".join(dict.fromkeys(line.kind for line in own if not line.portless))
    known = f", which knows it by {others}" if others else ""
    where = f" on {access.through.place}" if access.through is not None else ""
    alias = f", under the name {access.known_as}" if access.known_as else ""
    return SshFault(
        f"{access.place}: its host key ({told}) is not in known_hosts{known}. Compare with `ssh-keygen -lf` of its key on the"
        f" host itself, then add what `ssh-keyscan -p {access.port} {shlex.quote(access.host)}` says{where}{alias}"
    )


def fingerprint(key: bytes) -> str:
    """As ``ssh-keygen -l`` prints it."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"
