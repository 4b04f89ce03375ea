"""Checks of what only the organization itself can state: one factory, since they differ in nothing but the item."""

from datetime import UTC, datetime

from checks.check import Check, check
from checks.verdict import Severity, Verdict, failed, passed, unknown
from collectors.collector import Fact
from collectors.organization.attestations import Attestation, Attestations, item
from collectors.snapshot import Moment

_TODAY = Moment(datetime(2026, 1, 15, tzinfo=UTC))


def attested(control: str, name: str, title: str, *, why: str, fix: str, severity: Severity, module: str) -> Check:
    """A check that the register of attestations has one about ``control`` that has an owner and holds today.

    ``name`` becomes the id, ``title``, ``why`` and ``fix`` the page; ``module`` is the ``__name__`` of the caller's module.
    """

    def judge(attestations: Attestations, moment: Moment) -> Verdict:
        return judge_attestation(control, attestations, moment)

    judge.__name__ = judge.__qualname__ = name
    judge.__module__ = module
    judge.__doc__ = f"{title}\n\nWhy: {why}\nFix: {fix}"
    return check(
        control,
        severity=severity,
        passes=[(_register(_example(control)), _TODAY)],
        fails=[
            (Attestations(), _TODAY),
            (_register(_example(control, owner="")), _TODAY),
            (_register(_example(control, ends="2026-01-14")), _TODAY),
        ],
    )(judge)


def judge_attestation(control: str, attestations: Attestations, moment: Moment) -> Verdict:
    """Passes with the attestation that ends last of those that hold; a line that is not understood settles nothing."""
    today = moment.at.date()
    about = attestations.about(control)
    for one in about:
        if one.owner and one.holds_on(today):
            return passed(**_observed(one))
    fault = next((one for one in attestations.faults if not one.about or item(one.about) == control), None)
    if fault is not None:
        return unknown(f"register attestations, {fault}")
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
