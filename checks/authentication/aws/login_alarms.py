"""What happens after attempts to guess a password of the AWS console."""

from checks.check import check
from checks.monitoring.aws.alarms import raised
from checks.verdict import MEDIUM, Verdict, failed, passed, unless_blind
from collectors.aws.alarms import Alarm, TrailAlarms
from collectors.aws.cloudtrail import MANAGEMENT, Selection, TrailRecord, TrailsInRegion
from collectors.aws.misuse import FAILED_LOGINS, MISUSE
from collectors.aws.sns import Audience
from collectors.collector import Whole

_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
_LISTED = Whole((TrailsInRegion(region="us-east-1", of_all_regions=(_ARN,)),))
_TOPIC = "arn:aws:sns:us-east-1:111122223333:alarms"
_EVENTS = frozenset((FAILED_LOGINS, at) for at in range(len(MISUSE[FAILED_LOGINS])))
_ALARM = Whole((TrailAlarms(arn=_ARN, alarms=(Alarm(_EVENTS, topics=(_TOPIC,)),)),))
_HEARD = Whole((Audience(arn=_TOPIC, subscriptions=1),))


def _record(*, writes: bool = True, logging: bool = True) -> Whole[TrailRecord]:
    return Whole((TrailRecord(arn=_ARN, logging=logging, selections=(Selection(MANAGEMENT, writes=writes),)),))


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[(_LISTED, _record(), _ALARM, _HEARD)],
    fails=[
        (_LISTED, _record(), Whole(()), _HEARD),
        (_LISTED, _record(), _ALARM, Whole((Audience(arn=_TOPIC, subscriptions=0),))),
        (_LISTED, _record(writes=False), _ALARM, _HEARD),
        (_LISTED, _record(logging=False), _ALARM, _HEARD),
    ],
)
def failed_logins_raise_a_cloudwatch_alarm(
    listed: Whole[TrailsInRegion],
    records: Whole[TrailRecord],
    alarms: Whole[TrailAlarms],
    audiences: Whole[Audience],
) -> Verdict:
    """Failed logins to the AWS console raise an alarm of CloudWatch, and the alarm is sent to somebody.

    Why: AWS itself blocks no user after unsuccessful attempts, so somebody must hear of them to do it. Where people log in
    through an identity provider alone, it is the provider that must block them. Rules of EventBridge, alarms on
    queries of logs and findings of GuardDuty are not looked at here.
    Fix: have a trail of all regions write to a log group of CloudWatch; give the group a metric filter such as
    `{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }` and the metric an alarm that goes to
    an SNS topic with a confirmed subscription. A waiver says that something else raises the alarm, or that no user has a password.
    """
    heard, blind = raised(listed, records, alarms, audiences)
    if FAILED_LOGINS in heard:
        return passed()
    return unless_blind(
        blind, failed("no alarm of CloudWatch that somebody hears tells of failed logins to the console")
    )
