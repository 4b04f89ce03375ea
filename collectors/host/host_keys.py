"""The keys by which a host shows who it is, and which hosts have the same."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.sources import Files


@dataclass(frozen=True)
class HostFingerprints(Fact):
    """Fingerprints of the SSH host keys."""

    fingerprints: tuple[str, ...] = ()
    """As ``ssh-keygen -l`` prints them, with the type before: ``ssh-ed25519 SHA256:...``."""


@dataclass(frozen=True)
class HostKeyHolders(Fact):
    """Which of the assets of a scan have which host key. The agent makes it, once all assets are read."""

    assets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fingerprint to names of assets."""
    hosts: int = 0
    """How many assets showed their keys."""
    whole: bool = True
    """Whether all targets were asked; not where a scan was broken off, or is a part of one."""


@collector(Files("/etc/ssh/ssh_host_*_key.pub", limit=16384, most=20))
def host_fingerprints(files: dict[str, str]) -> HostFingerprints:
    """The public halves beside the keys: type, key in base64, comment (sshd(8))."""
    return HostFingerprints(tuple(sorted(_fingerprint(text) for text in files.values())))


def _fingerprint(text: str) -> str:
    kind, key, *_ = text.split()
    digest = hashlib.sha256(base64.b64decode(key, validate=True)).digest()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
