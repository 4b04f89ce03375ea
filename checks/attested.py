"""Checks of what only the organization itself can state: one factory, since they differ in nothing but the item."""

from dataclasses import replace
from datetime import UTC, datetime

from checks.check import Check, check
from checks.verdict import Severity, Verdict, failed, passed, unknown
from collectors.collector import Fact
from collectors.organization.attestations import Attestation, Attestations
from collectors.organization.evidence import Compared, EvidenceFiles
from collectors.snapshot import Moment

_TODAY = Moment(datetime(2026, 1, 15, tzinfo=UTC))


def attested(control: str, name: str, title: str, *, why: str, fix: str, severity: Severity, module: str) -> Check:
    """A check that the register of attestations has one about ``control`` that has an owner, holds today, and rests on
    evidence that is unaltered, where the register has its hash.

    ``name`` becomes the id, ``title``, ``why`` and ``fix`` the page; ``module`` is the ``__name__`` of the caller's module.
    """

    def judge(attestations: Attestations, evidence: EvidenceFiles, moment: Moment) -> Verdict:
        return judge_attestation(control, attestations, evidence, moment)

    hashed = replace(_example(control), evidence="wisp.pdf", sha256="0" * 64)
    same = EvidenceFiles((("wisp.pdf", f"sha256 {'0' * 64}"),))
    judge.__name__ = judge.__qualname__ = name
    judge.__module__ = module
    judge.__doc__ = f"{title}\n\nWhy: {why}\nFix: {fix}"
    return check(
        control,
        severity=severity,
        passes=[(_register(_example(control)), EvidenceFiles(), _TODAY), (_register(hashed), same, _TODAY)],
        fails=[
            (Attestations(), EvidenceFiles(), _TODAY),
            (_register(_example(control, owner="")), EvidenceFiles(), _TODAY),
            (_register(_example(control, ends="2026-01-14")), EvidenceFiles(), _TODAY),
            (_register(hashed), EvidenceFiles((("wisp.pdf", f"sha256 {'1' * 64}"),)), _TODAY),
            (_register(hashed), EvidenceFiles((("wisp.pdf", "absent"),)), _TODAY),
        ],
    )(judge)


def judge_attestation(control: str, attestations: Attestations, evidence: EvidenceFiles, moment: Moment) -> Verdict:
    """Judges the attestation that ends last of those that hold; a line that is not understood settles nothing."""
    today = moment.at.date()
    one = attestations.in_force(control, today)
    compared = evidence.compared(one) if one else Compared.SAME
    if one and compared in {Compared.SAME, Compared.NO_HASH}:
        return passed(**_observed(one))
    if fault := attestations.cloud(control):
        return unknown(f"register attestations, {fault}")
    if one and compared is Compared.UNSEEN:
        return unknown(f"the evidence {one.evidence} cannot be compared: {evidence.why_unseen(one)}", **_observed(one))
    if one:
        what = "is not there" if compared is Compared.MISSING else "is not the one that was attested: its hash differs"
        return failed(f"the evidence {one.evidence} of the attestation about {control} {what}", **_observed(one))
    about = attestations.about(control)
    if not about:
        return failed(f"the register of attestations has none about {control}")
    last = about[0]
    if last.expires < today:
        return failed(f"the attestation about {control} expired on {last.expires}", **_observed(last))
    if last.made > today:
        return failed(f"the attestation about {control} is dated {last.made}, which is to come", **_observed(last))
    return failed(f"the attestation about {control} names no owner", **_observed(last))


def _observed(one: Attestation) -> dict[str, str]:
    told = {
        "statement": one.statement,
        "owner": one.owner,
        "date": one.made.isoformat(),
        "expires": one.expires.isoformat(),
        "evidence": one.evidence,
        "sha256": one.sha256,
    }
    return {name: value for name, value in told.items() if value}


def _register(*attestations: Attestation) -> Fact:
    return Attestations(attestations)


def _example(control: str, *, owner: str = "Ann Lee", ends: str = "2026-06-30") -> Attestation:
    made, expires = datetime(2025, 7, 1, tzinfo=UTC).date(), datetime.fromisoformat(ends).date()
    return Attestation(control, "It is done.", owner, made, expires)
