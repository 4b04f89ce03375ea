"""17.04(3) by the certificates that AWS holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from checks.check import SUPPORTING, check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.certificates import AcmCertificate, IamServerCertificate
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 31, tzinfo=UTC))
_GOOD = AcmCertificate(domain="www.example.com", ends=datetime(2026, 6, 1, tzinfo=UTC))
_ENDING = replace(_GOOD, ends=datetime(2026, 2, 20, tzinfo=UTC))
_ENDED = replace(_GOOD, ends=datetime(2026, 1, 30, tzinfo=UTC), status="EXPIRED")


def _judged(ends: datetime, now: datetime, days: int, **observed: object) -> Verdict:
    observed["ends"] = ends.isoformat()
    if now > ends:
        return failed(f"it expired on {ends:%Y-%m-%d}", **observed)
    left = ends - now
    if left < timedelta(days=days):
        return failed(f"it has {left.days} days left, where {days} are asked for", **observed)
    return passed(**observed, days_left=left.days)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[(_GOOD, _NOW), given(_ENDING, _NOW, days=14), (replace(_GOOD, imported=True), _NOW)],
    fails=[
        (_ENDED, _NOW),
        (_ENDING, _NOW),
        (replace(_GOOD, status="REVOKED"), _NOW),
        given(_GOOD, _NOW, days=365),
    ],
    not_applicable=[
        (replace(_ENDED, in_use=False), _NOW),
        (replace(_GOOD, status="PENDING_VALIDATION", ends=None), _NOW),
    ],
)
def acm_certificates_in_use_are_far_from_expiry(
    certificate: AcmCertificate, moment: Moment, *, days: int = 30
) -> Verdict:
    """A certificate of the Certificate Manager that is in use is valid and has time left.

    Why: callers of an expired certificate are turned away, or learn to click a warning away; then nothing tells whom the
    encrypted records go to. AWS never renews imported certificates, and its own only while their validation holds.
    Fix: import the renewed certificate into the same ARN; for one that AWS issued put back the DNS record that validates it.
    Settings:
        days: least days left. AWS renews its own certificates 45 or 60 days before they end, so at 30 that has failed for
            weeks; for an imported one it is time to order another.
    """
    observed = {"domain": certificate.domain, "status": certificate.status, "imported": certificate.imported}
    if not certificate.in_use:
        return not_applicable("nothing uses it", **observed)
    if certificate.status == "REVOKED":
        return failed("it has been revoked, and is in use", **observed)
    if certificate.status not in ("ISSUED", "EXPIRED"):
        return not_applicable("it is none that was issued and still counts", **observed)
    if certificate.ends is None:
        return unknown("AWS does not tell when it ends", **observed)
    return _judged(certificate.ends, moment.at, days, **observed)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[(IamServerCertificate(ends=datetime(2026, 6, 1, tzinfo=UTC)), _NOW)],
    fails=[
        (IamServerCertificate(ends=datetime(2026, 1, 1, tzinfo=UTC)), _NOW),
        (IamServerCertificate(ends=datetime(2026, 2, 1, tzinfo=UTC)), _NOW),
        given(IamServerCertificate(ends=datetime(2026, 6, 1, tzinfo=UTC)), _NOW, days=365),
    ],
)
def iam_server_certificates_are_far_from_expiry(
    certificate: IamServerCertificate, moment: Moment, *, days: int = 30
) -> Verdict:
    """A server certificate in IAM is valid and has time left.

    Why: callers of an expired certificate are turned away, or learn to click a warning away; then nothing tells whom the
    encrypted records go to. An expired one that nothing uses is put before a listener by mistake one day.
    Fix: delete it with `aws iam delete-server-certificate` where nothing uses it; else move to the Certificate Manager, which
    renews its own certificates.
    Settings:
        days: least days left. Nobody renews such a certificate but you, and a month is time enough to order another.
    """
    return _judged(certificate.ends, moment.at, days)
