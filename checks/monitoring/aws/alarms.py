"""Who hears of misuse of an account."""

from collections.abc import Mapping
from typing import Any

from checks.check import check, given
from checks.monitoring.aws.trails import blind_to, trails_of_all_regions
from checks.verdict import MEDIUM, Verdict, failed, passed, unknown, unless_blind
from collectors.aws.alarms import TrailAlarms
from collectors.aws.cloudtrail import MANAGEMENT, Selection, TrailRecord, TrailsInRegion
from collectors.aws.misuse import MISUSE
from collectors.collector import Whole

_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
_LISTED = Whole((TrailsInRegion(region="us-east-1", of_all_regions=(_ARN,)),))
_RECORD = Whole((TrailRecord(arn=_ARN, selections=(Selection(MANAGEMENT),)),))
_ALL = Whole((TrailAlarms(arn=_ARN, raised=frozenset(MISUSE)),))
_NONE = Whole((TrailAlarms(arn=_ARN),))


def raised(
    listed: Whole[TrailsInRegion], records: Whole[TrailRecord], alarms: Whole[TrailAlarms]
) -> tuple[frozenset[str], str]:
    """Misuses that raise an alarm wherever they happen, and why others may do so unseen."""
    trails = trails_of_all_regions(listed)
    by_trail = {one.arn: one for one in records.facts if one.logging and not one.log_group_error}
    heard = {
        name
        for one in alarms.facts
        if one.arn in trails and one.arn in by_trail
        for name in one.raised
        if all(_records(by_trail[one.arn], event) for event in MISUSE[name])
    }
    blind = [blind_to(trails, listed, records, alarms)]
    for one in alarms.facts:
        if one.arn in trails and one.elsewhere:
            blind.append(
                f"the log group of {one.arn} belongs to account {one.elsewhere}, and its alarms are seen there"
            )
        if one.arn in trails and one.not_understood:
            blind.append(f"not understood: the patterns of the filters {', '.join(one.not_understood)}")
    return frozenset(heard), "; ".join(reason for reason in blind if reason)


def _records(record: TrailRecord, event: Mapping[str, Any]) -> bool:
    return any(
        one.what == MANAGEMENT
        and not one.only
        and (one.reads if event["readOnly"] else one.writes)
        and not {event["eventSource"], event["eventName"]} & set(one.left_out)
        for one in record.selections
    )


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[(_LISTED, _RECORD, _ALL)],
    fails=[
        (_LISTED, _RECORD, _NONE),
        (Whole((TrailsInRegion(),)), Whole(()), Whole(())),
        given(_LISTED, _RECORD, Whole((TrailAlarms(arn=_ARN, raised=frozenset({"keys"})),)), required=("keys", "root")),
    ],
)
def misuse_raises_a_cloudwatch_alarm(
    listed: Whole[TrailsInRegion],
    records: Whole[TrailRecord],
    alarms: Whole[TrailAlarms],
    *,
    required: tuple[str, ...] = (
        "root",
        "denied calls",
        "logins without MFA",
        "IAM policies",
        "trails",
        "keys",
        "bucket policies",
        "security groups",
    ),
) -> Verdict:
    """Events of CloudTrail that tell of misuse raise an alarm of CloudWatch, and the alarm tells somebody.

    Why: a log that nobody reads is no "reasonable monitoring of systems, for unauthorized use of or access to personal
    information". Rules of EventBridge, and findings of GuardDuty or Security Hub that somebody is told of, would serve as
    well; they are not looked at here.
    Fix: have a trail of all regions write to a log group of CloudWatch; give the group a metric filter for each kind of misuse
    and the metric an alarm whose action is an SNS topic that people read (the CIS AWS Foundations Benchmark lists filters). A
    waiver says that something else raises the alarm.
    Settings:
        required: kinds of misuse that must raise an alarm. Also known are `failed logins` (which has a check of its own),
            `network ACLs`, `routes`, `gateways` and `Config`.
    """
    if strange := sorted(set(required) - set(MISUSE)):
        return unknown(f"the setting required names what is not known: {', '.join(strange)}", known=list(MISUSE))
    heard, blind = raised(listed, records, alarms)
    if silent := [name for name in required if name not in heard]:
        return unless_blind(blind, failed("no alarm of CloudWatch tells of it", silent=silent))
    return passed(alarms=required)
