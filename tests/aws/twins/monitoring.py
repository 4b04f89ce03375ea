"""What watches an account. What is about a whole region or account can only be good or bad in one place: the other twin of
such things is recorded.
"""

from typing import Any

from tests.aws_accounts import Account

FAILED = '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'
MANAGEMENT = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """A trail of all regions with an alarm, a trail of one region without; detectors, log groups."""
    good, bad = _trails(account, region)
    _alarm(account, region)
    _guardduty(account, region)
    account.client("securityhub", region).enable_security_hub()
    inspector = account.client("inspector2", region)
    inspector.enable(accountIds=[account.number], resourceTypes=["EC2", "ECR"])
    _contact(account)
    groups = _log_groups(account, region)
    return {
        "a-trail-records-every-region": {"": "pass"},
        "a-trail-records-the-use-of-objects": {"": "fail"},
        "trails-keep-digests-of-their-log": {good: "pass", bad: "fail"},
        "trails-write-to-private-buckets": {good: "pass", bad: "fail"},
        "failed-logins-raise-a-cloudwatch-alarm": {"": "pass"},
        "misuse-raises-a-cloudwatch-alarm": {"": "fail"},
        "guardduty-is-on": {region: "pass"},
        "guardduty-looks-for-malware": {region: "pass"},
        "guardduty-watches-what-runs": {region: "unknown"},  # moto tells nothing of it
        "security-hub-is-on": {region: "pass"},
        "aws-config-records-all-resources": {region: _recorder(account, region)},
        "inspector-is-on": {region: "fail"},
        "aws-knows-a-security-contact": {"": "pass"},
        "log-groups-keep-logs-long-enough": groups,
    }


def _trails(account: Account, region: str) -> tuple[str, str]:
    s3, cloudtrail = account.client("s3", region), account.client("cloudtrail", region)
    logs = account.client("logs", region)
    logs.create_log_group(logGroupName=f"trail-{region}")
    where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    good_bucket, bad_bucket = (f"{kind}-trail-{region}-{account.number}" for kind in ("good", "bad"))
    for bucket in (good_bucket, bad_bucket):
        s3.create_bucket(Bucket=bucket, **where)
    s3.put_bucket_acl(Bucket=bad_bucket, ACL="public-read")
    good = cloudtrail.create_trail(
        Name=f"good-{region}",
        S3BucketName=good_bucket,
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{region}:{account.number}:log-group:trail-{region}:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{account.number}:role/trail",
    )["TrailARN"]
    bad = cloudtrail.create_trail(Name=f"bad-{region}", S3BucketName=bad_bucket)["TrailARN"]
    cloudtrail.start_logging(Name=good)
    cloudtrail.put_event_selectors(TrailName=good, EventSelectors=MANAGEMENT)
    return good, bad


def _alarm(account: Account, region: str) -> None:
    # moto counts no confirmed subscriptions of a topic, so a function hears of it.
    hears = f"arn:aws:lambda:{region}:{account.number}:function:alert"
    account.client("logs", region).put_metric_filter(
        logGroupName=f"trail-{region}",
        filterName="failed",
        filterPattern=FAILED,
        metricTransformations=[{"metricName": "FailedLogins", "metricNamespace": "CIS", "metricValue": "1"}],
    )
    account.client("cloudwatch", region).put_metric_alarm(
        AlarmName="failed",
        Namespace="CIS",
        MetricName="FailedLogins",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[hears],
    )


def _guardduty(account: Account, region: str) -> str:
    """Its ARN."""
    guardduty = account.client("guardduty", region)
    made = guardduty.create_detector(Enable=True, Features=[{"Name": "EBS_MALWARE_PROTECTION", "Status": "ENABLED"}])
    return f"arn:aws:guardduty:{region}:{account.number}:detector/{made['DetectorId']}"


def _recorder(account: Account, region: str) -> str:
    """How it is to be judged: moto tells of a stopped one only."""
    config = account.client("config", region)
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{account.number}:role/config",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    return "fail"


def _contact(account: Account) -> None:
    account.client("account").put_alternate_contact(
        AlternateContactType="SECURITY", EmailAddress="a@example.org", Name="A", PhoneNumber="1", Title="Ms"
    )


def _log_groups(account: Account, region: str) -> dict[str, str]:
    logs = account.client("logs", region)
    told = {}
    for name, days, status in (("long", 400, "pass"), ("short", 7, "fail"), ("for-ever", None, "pass")):
        logs.create_log_group(logGroupName=name)
        if days is not None:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
        told[f"arn:aws:logs:{region}:{account.number}:log-group:{name}"] = status
    return told
