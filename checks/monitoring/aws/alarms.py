"""Who hears of misuse of an account."""

from collections.abc import Iterable, Mapping
from typing import Any

from checks.check import check, given
from checks.monitoring.aws.trails import blind_to, trails_of_all_regions
from checks.verdict import MEDIUM, Verdict, failed, passed, unknown, unless_blind
from collectors.aws.alarms import Alarm, Counted, TrailAlarms
from collectors.aws.cloudtrail import MANAGEMENT, Selection, TrailRecord, TrailsInRegion
from collectors.aws.misuse import MISUSE
from collectors.aws.sns import Audience
from collectors.collector import Whole

_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
_LISTED = Whole((TrailsInRegion(region="us-east-1", of_all_regions=(_ARN,)),))
_RECORD = Whole((TrailRecord(arn=_ARN, selections=(Selection(MANAGEMENT),)),))
_TOPIC = "arn:aws:sns:us-east-1:111122223333:alarms"
_HEARD = Whole((Audience(arn=_TOPIC, subscriptions=1),))


def _alarms(*names: str) -> Whole[TrailAlarms]:
    events = frozenset((name, at) for name in names for at in range(len(MISUSE[name])))
    return Whole((TrailAlarms(arn=_ARN, alarms=(Alarm(events, topics=(_TOPIC,)),)),))


def raised(
    listed: Whole[TrailsInRegion],
    records: Whole[TrailRecord],
    alarms: Whole[TrailAlarms],
    audiences: Whole[Audience],
) -> tuple[frozenset[str], str]:
    """Misuses that raise an alarm that somebody hears, wherever they happen; and why others may do so unseen."""
    trails = trails_of_all_regions(listed)
    by_trail = {one.arn: one for one in records.facts if one.logging and not one.log_group_error}
    watched = {one.arn for one in alarms.facts} | {one.subject for one in alarms.unseen}
    heard: set[Counted] = set()
    blind = [blind_to(trails & watched, listed, records, alarms)]
    for one in alarms.facts:
        if one.arn not in trails:
            continue
        if one.kept_by:
            blind.append(f"the log group of {one.arn} belongs to account {one.kept_by}, and its alarms are seen there")
        if one.not_understood:
            blind.append(f"not understood: the patterns of the filters {', '.join(one.not_understood)}")
        for alarm in one.alarms if one.arn in by_trail else ():
            if alarm.acted_on or _anybody(alarm.topics, audiences):
                heard |= {(name, at) for name, at in alarm.counted if _records(by_trail[one.arn], MISUSE[name][at])}
            else:
                blind.append(_unseen(alarm, listed, audiences))
    names = {name for name, events in MISUSE.items() if all((name, at) in heard for at in range(len(events)))}
    return frozenset(names), "; ".join(dict.fromkeys(reason for reason in blind if reason))


def _anybody(topics: Iterable[str], audiences: Whole[Audience]) -> bool:
    """Whether a topic has a subscriber."""
    return any(one.subscriptions and one.arn in topics for one in audiences.facts)


def _unseen(alarm: Alarm, listed: Whole[TrailsInRegion], audiences: Whole[Audience]) -> str:
    """Why it is not known whether its topics have a subscriber; empty where it is."""
    if alarm.others_topics:
        return f"{alarm.others_topics[0]} belongs to another account, and who hears of it is seen there"
    scanned = {one.region for one in listed.facts} | {one.region for one in listed.unseen}
    reasons = {one.subject: one.reason for one in audiences.unseen}
    for topic in alarm.topics:
        region = topic.split(":")[3]
        if region not in scanned:
            return f"{topic} is in a region that is not scanned"
        if why := reasons.get(topic) or reasons.get(region):
            return why
    return ""


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
    passes=[(_LISTED, _RECORD, _alarms(*MISUSE), _HEARD)],
    fails=[
        (_LISTED, _RECORD, _alarms(), _HEARD),
        (_LISTED, _RECORD, _alarms(*MISUSE), Whole((Audience(arn=_TOPIC, subscriptions=0),))),
        (Whole((TrailsInRegion(),)), Whole(()), Whole(()), Whole(())),
        given(_LISTED, _RECORD, _alarms("keys"), _HEARD, required=("keys", "root")),
    ],
)
def misuse_raises_a_cloudwatch_alarm(
    listed: Whole[TrailsInRegion],
    records: Whole[TrailRecord],
    alarms: Whole[TrailAlarms],
    audiences: Whole[Audience],
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
    """Events of CloudTrail that tell of misuse raise an alarm of CloudWatch, and the alarm is sent to somebody.

    Why: a log that nobody reads is no "reasonable monitoring of systems, for unauthorized use of or access to personal
    information". Rules of EventBridge, alarms on queries of logs, and findings of GuardDuty or Security Hub that
    somebody is told of would serve as well; they are not looked at here.
    Fix: have a trail of all regions write to a log group of CloudWatch; give the group a metric filter for each kind of misuse
    and the metric an alarm that goes to an SNS topic with a confirmed subscription (the CIS AWS Foundations Benchmark lists filters). A
    waiver says that something else raises the alarm.
    Settings:
        required: kinds of misuse that must raise an alarm. Also known are `failed logins` (which has a check of its own),
            `network ACLs`, `routes`, `gateways` and `Config`.
    """
    if strange := sorted(set(required) - set(MISUSE)):
        return unknown(f"the setting required names what is not known: {', '.join(strange)}", known=list(MISUSE))
    heard, blind = raised(listed, records, alarms, audiences)
    if silent := [name for name in required if name not in heard]:
        return unless_blind(blind, failed("no alarm of CloudWatch that somebody hears tells of it", silent=silent))
    return passed(alarms=required)
