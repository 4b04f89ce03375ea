"""What happens after attempts to guess a password of the AWS console."""

from checks.check import check
from checks.monitoring.aws.alarms import raised
from checks.verdict import MEDIUM, Verdict, failed, passed, unless_blind
from collectors.aws.alarms import TrailAlarms
from collectors.aws.cloudtrail import MANAGEMENT, Selection, TrailRecord, TrailsInRegion
from collectors.aws.misuse import FAILED_LOGINS
from collectors.collector import Whole

_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
_LISTED = Whole((TrailsInRegion(region="us-east-1", of_all_regions=(_ARN,)),))
_ALARM = Whole((TrailAlarms(arn=_ARN, raised=frozenset({FAILED_LOGINS})),))


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[(_LISTED, Whole((TrailRecord(arn=_ARN, selections=(Selection(MANAGEMENT),)),)), _ALARM)],
    fails=[
        (_LISTED, Whole((TrailRecord(arn=_ARN, selections=(Selection(MANAGEMENT),)),)), Whole(())),
        (_LISTED, Whole((TrailRecord(arn=_ARN, selections=(Selection(MANAGEMENT, writes=False),)),)), _ALARM),
        (_LISTED, Whole((TrailRecord(arn=_ARN, logging=False, selections=(Selection(MANAGEMENT),)),)), _ALARM),
    ],
)
def failed_logins_raise_a_cloudwatch_alarm(
    listed: Whole[TrailsInRegion], records: Whole[TrailRecord], alarms: Whole[TrailAlarms]
) -> Verdict:
    """Failed logins to the AWS console raise an alarm of CloudWatch, and the alarm tells somebody.

    Why: AWS itself blocks no user after unsuccessful attempts, so somebody must hear of them to do it. Where people log in
    through an identity provider alone, it is the provider that must block them. Rules of EventBridge and findings of
    GuardDuty are not looked at here.
    Fix: have a trail of all regions write to a log group of CloudWatch; give the group a metric filter such as
    `{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }` and the metric an alarm whose action is an
    SNS topic that people read. A waiver says that something else raises the alarm, or that no user has a password.
    """
    heard, blind = raised(listed, records, alarms)
    if FAILED_LOGINS in heard:
        return passed()
    return unless_blind(blind, failed("no alarm of CloudWatch tells of failed logins to the console"))
