"""17.04(3) by the certificates that the machine's own TLS listeners show."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from checks.check import check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.listeners import Listener
from collectors.host.tls_listeners import TlsListener
from collectors.host.x509 import Certificate
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 31, tzinfo=UTC))
_GOOD = Certificate(
    "www.example.com",
    "Example CA",
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 4, 1, tzinfo=UTC),
    bits=2048,
    digest="SHA256",
)
_ENDED = replace(_GOOD, not_after=datetime(2026, 1, 30, tzinfo=UTC))
_ENDING = replace(_GOOD, not_after=datetime(2026, 2, 5, tzinfo=UTC))
_COMING = replace(_GOOD, not_before=datetime(2026, 2, 1, tzinfo=UTC))
_OF_A_WEEK = replace(_GOOD, not_before=datetime(2026, 1, 28, tzinfo=UTC), not_after=datetime(2026, 2, 4, tzinfo=UTC))
_DOES_NOT_CHAIN = {
    2: "its issuer's certificate is missing",
    9: "a certificate above it is not yet valid",
    10: "a certificate above it has expired",
    18: "it signed itself",
    19: "the root above it is not in this machine's store",
    20: "its issuer is not in this machine's store",
    21: "it stands alone, and its issuer is not in this machine's store",
}
_KIND = {18: "self-signed"} | dict.fromkeys((2, 19, 20, 21), "unknown-authority")
_STRONG = {"RSA": 2048, "EC": 224, "Ed25519": 256, "Ed448": 456}
"""NIST SP 800-57: 112 bits of strength. DSA is no kind of key that browsers or TLS 1.3 take."""
_BROKEN = ("MD2", "MD5", "SHA1")


def _showing(
    shown: Certificate | None, trust: int | None = 0, port: int = 443, encrypts: bool | None = True
) -> TlsListener:
    return TlsListener(Listener("tcp", "0.0.0.0", port), encrypts, certificate=shown, trust=trust)  # noqa: S104


_IN_CLEAR = _showing(None, port=25, encrypts=False)


def _not_seen(listener: TlsListener) -> Verdict:
    """The verdict where there is no certificate to judge."""
    if listener.encrypts is False:
        return not_applicable("it speaks no TLS")
    return unknown(f"its certificate could not be seen: {listener.unseen or 'the handshake came to no end'}")


def _told(shown: Certificate) -> dict[str, str]:
    return {
        "certificate": shown.subject,
        "issuer": shown.issuer,
        "not_before": shown.not_before.isoformat(),
        "not_after": shown.not_after.isoformat(),
    }


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[(_showing(_GOOD), _NOW), (_showing(_ENDING), _NOW)],
    fails=[(_showing(_ENDED), _NOW), (_showing(_COMING), _NOW)],
    not_applicable=[(_IN_CLEAR, _NOW)],
)
def certificate_of_own_listener_is_valid_today(tls_listener: TlsListener, moment: Moment) -> Verdict:
    """The certificate that a listener shows has begun and has not expired.

    Why: callers are turned away, or learn to click a warning away; then nothing tells whom the encrypted records go to.
    Fix: renew the certificate and reload the server; have certbot or another ACME client renew it from then on. If it is
    not valid yet, look at this machine's clock first.
    """
    shown = tls_listener.certificate
    if shown is None:
        return _not_seen(tls_listener)
    if moment.at > shown.not_after:
        return failed(f"its certificate expired on {shown.not_after:%Y-%m-%d}", **_told(shown))
    if moment.at < shown.not_before:
        return failed(f"its certificate is valid only from {shown.not_before:%Y-%m-%d} on", **_told(shown))
    return passed(**_told(shown))


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[(_showing(_GOOD), _NOW), (_showing(_OF_A_WEEK), _NOW), given(_showing(_ENDING), _NOW, days=3)],
    fails=[(_showing(_ENDING), _NOW), given(_showing(_GOOD), _NOW, days=90, share=100)],
    not_applicable=[(_IN_CLEAR, _NOW), (_showing(_ENDED), _NOW)],
)
def certificate_of_own_listener_has_days_left(
    tls_listener: TlsListener, moment: Moment, *, days: int = 14, share: int = 20
) -> Verdict:
    """There is time left to renew the certificate that a listener shows.

    Why: one that runs out unnoticed breaks the encryption of what is transmitted, or has people go round it.
    Fix: renew the certificate and reload the server; where a client such as certbot should have done so, read its log.
    Settings:
        days: least days left. Clients of ACME renew a certificate of 90 days when 30 are left, so at 14 the renewal has
            failed for two weeks, and there are two more to mend it.
        share: of a certificate that lives only for days or weeks no more is asked than this share of its whole life, in
            percent. With 20, one of 45 days is told when 9 are left; a client renews it when 15 are left.
    """
    shown = tls_listener.certificate
    if shown is None:
        return _not_seen(tls_listener)
    left = shown.not_after - moment.at
    if left < timedelta(0):
        return not_applicable("it has expired", **_told(shown))
    least = min(timedelta(days=days), (shown.not_after - shown.not_before) * share / 100)
    observed = {**_told(shown), "days_left": left.days}
    if left < least:
        asked = f"{math.ceil(least / timedelta(days=1))} are asked for"
        return failed(f"its certificate has {left.days} days left, where {asked}", **observed)
    return passed(**observed)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        _showing(_GOOD),
        _showing(replace(_GOOD, key="EC", bits=256)),
        _showing(replace(_GOOD, digest="SHA1", self_issued=True)),
    ],
    fails=[
        _showing(replace(_GOOD, bits=1024)),
        _showing(replace(_GOOD, digest="SHA1")),
        _showing(replace(_GOOD, key="DSA", bits=2048)),
    ],
    not_applicable=[_IN_CLEAR],
)
def certificate_of_own_listener_is_strong(
    tls_listener: TlsListener, *, rsa_bits: int = 2048, ec_bits: int = 224
) -> Verdict:
    """Key and signature of the certificate that a listener shows cannot be broken.

    Why: whoever finds out the key, or forges a certificate, reads what is transmitted as if it were not encrypted.
    Fix: have a new certificate made with a new key (RSA of 2048 bits or more, or ECDSA with P-256) and reload the server.
    Settings:
        rsa_bits: least size of an RSA key. Public authorities have signed none below 2048 since 2014.
        ec_bits: least size of a key on an elliptic curve; 224 is as strong as RSA with 2048.
    """
    shown = tls_listener.certificate
    if shown is None:
        return _not_seen(tls_listener)
    observed = {**_told(shown), "key": shown.key, "bits": shown.bits, "digest": shown.digest}
    least = _STRONG | {"RSA": rsa_bits, "EC": ec_bits}
    if shown.key in least and 0 < shown.bits < least[shown.key]:
        return failed(f"its key is {shown.key} with only {shown.bits} bits", **observed)
    if shown.key == "DSA":
        return failed("its key is DSA, which today's clients refuse", **observed)
    if shown.digest in _BROKEN and not shown.self_issued:
        return failed(f"its signature is made over {shown.digest}", **observed)
    if shown.key not in least or not shown.bits or "." in shown.digest:
        return unknown("its key or signature is of a kind that is not known here", **observed)
    return passed(**observed)


@check(
    "17.04(3)",
    facet="public",
    severity=LOW,
    passes=[(_showing(_GOOD), _NOW), given(_showing(_GOOD, 18), _NOW, accepted=("self-signed",))],
    fails=[(_showing(_GOOD, 18), _NOW), (_showing(_GOOD, 20), _NOW)],
    not_applicable=[(_IN_CLEAR, _NOW)],
)
def certificate_of_own_listener_is_trusted(
    tls_listener: TlsListener, moment: Moment, *, accepted: tuple[str, ...] = ()
) -> Verdict:
    """The certificate that a listener shows is signed by an authority that this machine trusts.

    Why: callers who cannot check a certificate cannot tell the server from someone who stands between and reads along.
    Fix: use a certificate of a public authority, or of the organization's own whose root is in the trust store of every
    machine (Debian: /usr/local/share/ca-certificates and `update-ca-certificates`); send the certificates between with it.
    Settings:
        accepted: what passes too: `self-signed`, or `unknown-authority` for one that this machine does not know but all
            callers do.
    """
    shown = tls_listener.certificate
    if shown is None:
        return _not_seen(tls_listener)
    if tls_listener.trust is None:
        return unknown("OpenSSL did not say whether it trusts the certificate", **_told(shown))
    if tls_listener.trust in (9, 10) and not shown.not_before <= moment.at <= shown.not_after:
        return unknown("while it is not valid, its chain is not looked at", **_told(shown))
    if tls_listener.trust == 0 or _KIND.get(tls_listener.trust) in accepted:
        return passed(**_told(shown), verify=tls_listener.trust)
    why = _DOES_NOT_CHAIN.get(tls_listener.trust, "OpenSSL does not take its chain")
    return failed(why, **_told(shown), verify=tls_listener.trust)
