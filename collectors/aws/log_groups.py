"""Log groups of CloudWatch. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

GROUPS = Api("logs", "DescribeLogGroups", "logGroups{logGroupName logGroupClass retentionInDays}")
_DELIVERY = "DELIVERY"


@dataclass(frozen=True, kw_only=True)
class LogGroup(Resource):
    """A log group, and how long it keeps what was written."""

    name: str = ""
    days: int | None = None
    """After how many days it forgets; None where it never does."""


@aws_collector(GROUPS)
def log_groups(at: Place, listed: Answer) -> tuple[LogGroup, ...]:
    """Groups of the delivery class are left out: they only pass on to S3 and Firehose, and nobody can have them keep more."""
    return tuple(
        LogGroup(
            arn=at.arn("logs", f"log-group:{one['logGroupName']}"),
            region=at.region,
            name=one["logGroupName"],
            days=one.get("retentionInDays"),
        )
        for one in listed["logGroups"]
        if one.get("logGroupClass") != _DELIVERY
    )
