"""The system-wide policy of Red Hat's crypto-policies, which OpenSSL, GnuTLS, NSS, OpenSSH and Kerberos follow."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import File


@dataclass(frozen=True)
class CryptoPolicy(Fact):
    """What `update-crypto-policies --show` says, and what is configured."""

    applied: tuple[str, ...] = ()
    """Policy and modules in force, in capitals, e.g. ``DEFAULT``, ``SHA1``."""
    configured: tuple[str, ...] = ()
    """What the next `update-crypto-policies` applies; the same unless somebody edited the file and did not run it."""


def _words(text: str) -> tuple[str, ...]:
    """One line ``POLICY[:MODULE...]``; ``#`` begins a comment."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    (policy,) = [line for line in lines if line]
    return tuple(word.strip().upper() for word in policy.split(":"))


@collector(File("/etc/crypto-policies/config"), File("/etc/crypto-policies/state/current"))
def crypto_policy(config: str, current: str | None) -> CryptoPolicy:
    """update-crypto-policies(8): ``--show`` prints ``state/current``, and the configuration where that is not there."""
    configured = _words(config)
    return CryptoPolicy(_words(current) if current is not None else configured, configured)
