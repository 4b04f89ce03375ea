"""17.03(2): the elements of the written program. A machine sees of them what the organization attests.

The machine half of 17.03(2)(e), no live account of a person who left, stands in ``checks/authentication/people.py`` and, for
AWS, in ``checks/authentication/aws/iam_people.py``; that of 17.03(2)(f), whom AWS accounts trust, in
``checks/access_control/aws/roles.py``.
"""

from datetime import UTC, date, datetime

from checks.attested import attested
from checks.check import Check, check
from checks.verdict import HIGH, LOW, MEDIUM, Severity, Verdict, failed, not_applicable, passed, unknown
from collectors.organization.attestations import Attestation, Attestations
from collectors.organization.evidence import Compared, EvidenceFiles
from collectors.snapshot import Moment

_REGISTER = "add a line to the register of attestations: control {control}, statement, owner, date, expires"


def _element(letter: str, name: str, title: str, why: str, do: str, *, severity: Severity = MEDIUM) -> Check:
    control = f"17.03(2)({letter})"
    return attested(
        control,
        name,
        title,
        why=f"{control} asks {why}; of this a machine sees only who states it, and until when.",
        fix=f"{do}, then {_REGISTER.format(control=control)}.",
        severity=severity,
        module=__name__,
    )


elements = (
    _element(
        "a",
        "the_programs_keeper_is_attested",
        "Someone is designated to maintain the program.",
        'to "designate one or more employees to maintain" it',
        "Name the employee who keeps the written program, in writing",
        severity=HIGH,
    ),
    _element(
        "b",
        "the_risk_assessment_is_attested",
        "The risks to personal information are assessed.",
        "for the foreseeable risks, within and without, to be found and assessed, and the safeguards to be improved",
        "Write down the risks to paper and electronic records and what limits each of them",
        severity=HIGH,
    ),
    _element(
        "c",
        "the_rules_for_records_outside_are_attested",
        "There are rules for records that leave the premises.",
        "for policies on storing, using and carrying records outside of the business premises",
        "Decide who may take records out, on what, and how they are protected there",
    ),
    _element(
        "d",
        "the_disciplinary_measures_are_attested",
        "Breaking the rules of the program has consequences.",
        "for disciplinary measures for violations of the program's rules",
        "Write into the program what follows when its rules are broken",
    ),
    _element(
        "e",
        "the_cutting_off_of_leavers_is_attested",
        "People who leave lose their access.",
        "that terminated employees be prevented from accessing records",
        "Write down who closes accounts and collects keys when someone leaves, and how fast",
        severity=HIGH,
    ),
    _element(
        "f",
        "the_oversight_of_providers_is_attested",
        "Service providers are chosen with care and bound by contract.",
        "that providers be able to protect personal information, and be required to by contract",
        "List the providers that receive personal information, with the contract that binds each of them",
        severity=HIGH,
    ),
    _element(
        "g",
        "the_physical_restrictions_are_attested",
        "Records are behind locked doors.",
        "for reasonable restrictions on physical access to records, and for locked storage",
        "Write down where records are kept and who may come in",
    ),
    _element(
        "h",
        "the_monitoring_of_the_program_is_attested",
        "Someone watches that the program works.",
        "for regular monitoring that the program works as it should, and for upgrades where it does not",
        "Decide who looks at which results how often, these findings among them",
    ),
    _element(
        "i",
        "the_annual_review_is_attested",
        "The scope of the measures is reviewed at least annually.",
        "for a review at least once a year, and whenever the business changes materially",
        "Review the program and keep the minutes",
    ),
    _element(
        "j",
        "the_incident_response_is_attested",
        "What is done in an incident is documented and reviewed.",
        "for the actions taken in an incident to be documented, and for a review after it",
        "Write the incident procedure, with the review that ends it",
        severity=HIGH,
    ),
)
"""The ten elements of 17.03(2), (a) to (j)."""

_DAY = Moment(datetime(2026, 1, 15, tzinfo=UTC))


def _stated(made: date, expires: date) -> Attestations:
    return Attestations((Attestation("17.03(2)(a)", "It is done.", "Ann Lee", made, expires),))


@check(
    "17.03(2)(i)",
    severity=LOW,
    passes=[(_stated(date(2026, 1, 1), date(2026, 12, 31)), _DAY)],
    fails=[(_stated(date(2026, 1, 1), date(2029, 12, 31)), _DAY)],
    not_applicable=[(Attestations(), _DAY)],
)
def attestations_are_renewed_at_least_annually(
    attestations: Attestations, moment: Moment, *, days: int = 366
) -> Verdict:
    """No attestation that holds was made to last for more than a year.

    Why: the scope of the measures is to be reviewed at least annually; a statement that never ends is never looked at.
    Fix: review what the statement says, then give it today's date and an end within the year.
    Settings:
        days: longest time from an attestation's date to its end; a year, the interval that 17.03(2)(i) names.
    """
    if attestations.faults:
        return unknown(f"register attestations, {attestations.faults[0]}")
    holding = [one for one in attestations.attestations if one.holds_on(moment.at.date())]
    if not holding:
        return not_applicable("no attestation holds")
    long = [one for one in holding if (one.expires - one.made).days > days]
    if long:
        return failed(f"made to last for more than {days} days", controls=[one.control for one in long])
    return passed(controls=[one.control for one in holding])


_HASHED = Attestations(
    (Attestation("17.04(8)", "It is done.", "Ann Lee", date(2026, 1, 1), date(2026, 12, 31), "plan.pdf", "0" * 64),)
)


def _plan(told: str) -> EvidenceFiles:
    return EvidenceFiles((("plan.pdf", told),))


@check(
    "17.03(2)(h)",
    severity=MEDIUM,
    passes=[(_HASHED, _plan(f"sha256 {'0' * 64}"), _DAY)],
    fails=[(_HASHED, _plan(f"sha256 {'1' * 64}"), _DAY), (_HASHED, _plan("absent"), _DAY)],
    not_applicable=[
        (Attestations(), EvidenceFiles(), _DAY),
        (_stated(date(2026, 1, 1), date(2026, 12, 31)), EvidenceFiles(), _DAY),
    ],
)
def the_evidence_of_attestations_is_unaltered(
    attestations: Attestations, evidence: EvidenceFiles, moment: Moment
) -> Verdict:
    """Every document with a hash that an attestation in force rests on is there, and is the one that was attested.

    Why: the program is to be monitored; a document that changed, or is gone, after somebody answered for it proves nothing.
    Fix: bring the attested document back, or review the new one and attest it (`wispwatch attest add`).
    """
    today = moment.at.date()
    controls = dict.fromkeys(one.control for one in attestations.attestations)
    found = [one for control in controls if (one := attestations.in_force(control, today))]
    held = [(one, what) for one in found if (what := evidence.compared(one)) is not Compared.NO_HASH]
    bad = [
        f"{one.control} {one.evidence} ({what})" for one, what in held if what in {Compared.ALTERED, Compared.MISSING}
    ]
    if clear := [told for told in bad if not attestations.cloud(told.split(" ", 1)[0])]:
        return failed("documents are not what was attested", evidence=clear)
    if attestations.faults:
        return unknown(f"register attestations, {attestations.faults[0]}")
    if unseen := next((one for one, what in held if what is Compared.UNSEEN), None):
        return unknown(f"the evidence {unseen.evidence} cannot be compared: {evidence.why_unseen(unseen)}")
    if not held:
        return not_applicable("no attestation in force has a hash of its evidence")
    return passed(evidence=[one.evidence for one, _ in held])
