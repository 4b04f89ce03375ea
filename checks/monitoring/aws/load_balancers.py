"""17.04(4) at load balancers: what is written down of who asks for what."""

from checks.check import SUPPORTING, check
from checks.verdict import LOW, Verdict, failed, passed
from collectors.aws.elb import ClassicLoadBalancerLog
from collectors.aws.elbv2 import ApplicationLoadBalancerLog


def _judged(on: bool, bucket: str) -> Verdict:
    return passed(bucket=bucket) if on else failed("it keeps no access log")


@check(
    "17.04(4)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[ApplicationLoadBalancerLog(on=True, bucket="logs")],
    fails=[ApplicationLoadBalancerLog(bucket="logs")],
)
def application_load_balancers_log_access(log: ApplicationLoadBalancerLog) -> Verdict:
    """An application load balancer writes down who asks for what.

    Why: without a log nobody can tell who tried to reach records with personal information, and when.
    Fix: set `access_logs.s3.enabled` and a bucket in the attributes of the load balancer.
    """
    return _judged(log.on, log.bucket)


@check(
    "17.04(4)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[ClassicLoadBalancerLog(on=True, bucket="logs")],
    fails=[ClassicLoadBalancerLog(bucket="logs")],
)
def classic_load_balancers_log_access(log: ClassicLoadBalancerLog) -> Verdict:
    """A classic load balancer writes down who asks for what.

    Why: without a log nobody can tell who tried to reach records with personal information, and when.
    Fix: switch on access logs in the attributes of the load balancer.
    """
    return _judged(log.on, log.bucket)
