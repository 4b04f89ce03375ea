"""Whether GuardDuty looks for misuse of an account, and whether anybody acts on what it finds."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.guardduty import Detector, GuardDuty, HighFindings
from collectors.collector import Whole

_ARN = "arn:aws:guardduty:us-east-1:111122223333:detector/1"
_HERE = GuardDuty(region="us-east-1", detector=_ARN)


def detector_of(guardduty: GuardDuty, detectors: Whole[Detector]) -> Detector | Verdict:
    """The detector that looks at a region; or what is to be said where none does, or where it could not be seen."""
    if not guardduty.detector:
        return failed("GuardDuty has no detector in the region")
    for one in detectors.facts:
        if one.arn == guardduty.detector:
            return one if one.on else failed("the detector of GuardDuty is suspended")
    why = (one.reason for one in detectors.unseen if one.subject == guardduty.detector)
    return unknown(next(why, "nothing told of the detector of GuardDuty"))


@check(
    "17.04(4)",
    severity=HIGH,
    passes=[(_HERE, Whole((Detector(arn=_ARN),)))],
    fails=[(GuardDuty(region="us-east-1"), Whole(())), (_HERE, Whole((Detector(arn=_ARN, on=False),)))],
)
def guardduty_is_on(guardduty: GuardDuty, detectors: Whole[Detector]) -> Verdict:
    """GuardDuty looks for misuse in the region.

    Why: it reads the logs of AWS for unauthorized use that nobody would find by eye. Intruders choose regions that nobody
    looks at, so every region counts that the account can use.
    Fix: switch on GuardDuty in every region, best from the organization's delegated administrator, or switch the region off. A
    waiver says that something else watches the account.
    """
    found = detector_of(guardduty, detectors)
    return passed() if isinstance(found, Detector) else found


@check(
    "17.04(4)",
    severity=HIGH,
    passes=[HighFindings()],
    fails=[HighFindings(count=3), HighFindings(count=3, on=False)],
    not_applicable=[HighFindings(on=False)],
)
def guardduty_high_findings_are_dealt_with(guardduty_detector: HighFindings) -> Verdict:
    """No finding of GuardDuty of high or critical severity is open.

    Why: monitoring is of use when somebody acts on what it finds. GuardDuty keeps a finding open for 90 days unless somebody
    archives it.
    Fix: look into the findings, end what caused them, and archive them.
    """
    if guardduty_detector.count:
        return failed("findings of high or critical severity are open", findings=guardduty_detector.count)
    if not guardduty_detector.on:
        return not_applicable("the detector of GuardDuty is suspended, and finds nothing")
    return passed()
