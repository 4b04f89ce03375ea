"""What watches an account, in the shapes that AWS documents:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
https://docs.aws.amazon.com/guardduty/latest/APIReference/API_GetDetector.html
https://docs.aws.amazon.com/inspector/v2/APIReference/API_BatchGetAccountStatus.html
https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigurationRecorderStatus.html
"""

import json
from collections.abc import Sequence
from typing import Any

from collectors.aws.inspector import OLDEST_FINDINGS
from collectors.readings import Absent, Unread
from tests.aws_accounts import NOBODY, Case

HOME = "eu-west-1"
ARN = f"arn:aws:cloudtrail:{HOME}:{NOBODY}:trail/all"
GROUP = f"arn:aws:logs:{HOME}:{NOBODY}:log-group:CloudTrail/logs:*"
TRAIL = {
    "TrailARN": ARN,
    "HomeRegion": HOME,
    "IsMultiRegionTrail": True,
    "LogFileValidationEnabled": True,
    "S3BucketName": "logs",
    "CloudWatchLogsLogGroupArn": GROUP,
}
STATUS = f'{HOME} cloudtrail:GetTrailStatus {{"Name": "{ARN}"}}'
SELECTORS = f'{HOME} cloudtrail:GetEventSelectors {{"TrailName": "{ARN}"}}'
FILTERS = f'{HOME} logs:DescribeMetricFilters {{"logGroupName": "CloudTrail/logs"}}'
ALARMS = f'{HOME} cloudwatch:DescribeAlarms {{"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}}'
ALL = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]
RECORDS = "a-trail-records-every-region"
OBJECTS = "a-trail-records-the-use-of-objects"
LOGINS = "failed-logins-raise-a-cloudwatch-alarm"
MISUSE = "misuse-raises-a-cloudwatch-alarm"


def trails(*listed: Any, regions: tuple[str, ...] = ("us-east-1",)) -> dict[str, Any]:
    """What these regions list."""
    return {f"{region} cloudtrail:DescribeTrails": {"trailList": list(listed)} for region in regions}


def recording(basic: Any = None, advanced: Any = None, **status: Any) -> dict[str, Any]:
    """The trail, as us-east-1 lists it, and what it records."""
    selectors = {"AdvancedEventSelectors": advanced} if advanced is not None else {"EventSelectors": basic or ALL}
    return {**trails(TRAIL), STATUS: {"IsLogging": True, **status}, SELECTORS: selectors}


def advanced(*fields: tuple[str, str, list[str]]) -> dict[str, Any]:
    """An advanced selector of these fields, operators and values."""
    return {"FieldSelectors": [{"Field": field, operator: values} for field, operator, values in fields]}


def category(name: str) -> tuple[str, str, list[str]]:
    """The field that every advanced selector has."""
    return ("eventCategory", "Equals", [name])


A_BUCKET = ("resources.ARN", "StartsWith", ["arn:aws:s3:::records/"])
NOT_THE_LOG = ("resources.ARN", "NotStartsWith", ["arn:aws:s3:::logs/"])
OBJECT = ("resources.type", "Equals", ["AWS::S3::Object"])
EVERY_BUCKET = ("resources.ARN", "StartsWith", ["arn:aws:s3:::"])
NO_TABLES = ("resources.ARN", "NotEndsWith", [".csv"])
DELETED = ("eventName", "Equals", ["DeleteObject"])
NOT_GOT = ("eventName", "NotEquals", ["GetObject"])
OF_RECORDS = {"buckets": ("records",)}
NOT_KMS = ("eventSource", "NotEquals", ["kms.amazonaws.com"])


def data(*values: str, read_write: str = "All") -> list[dict[str, Any]]:
    """A basic selector of objects."""
    resources = [{"Type": "AWS::S3::Object", "Values": list(values)}]
    return [{"ReadWriteType": read_write, "IncludeManagementEvents": False, "DataResources": resources}]


READS = data("arn:aws:s3:::", read_write="ReadOnly")
WRITTEN = data("arn:aws:s3", read_write="WriteOnly")
FUNCTION = ("resources.type", "Equals", ["AWS::Lambda::Function"])
NOT_READ = ("readOnly", "Equals", ["false"])

TRAIL_CASES = (
    Case(RECORDS, "fail", trails()),
    Case(RECORDS, "fail", trails({**TRAIL, "IsMultiRegionTrail": False}) | {STATUS: {"IsLogging": True}}),
    Case(RECORDS, "pass", recording()),
    Case(RECORDS, "pass", recording(advanced=[advanced(category("Management"))])),
    Case(RECORDS, "fail", recording(advanced=[advanced(category("Management"), NOT_KMS)])),
    Case(RECORDS, "fail", recording(advanced=[advanced(category("Management"), NOT_READ)])),
    Case(RECORDS, "fail", recording(advanced=[advanced(category("Data"), OBJECT)])),
    Case(RECORDS, "fail", recording([{**ALL[0], "ExcludeManagementEventSources": ["kms.amazonaws.com"]}])),
    Case(RECORDS, "fail", recording([{**ALL[0], "ReadWriteType": "WriteOnly"}])),
    Case(RECORDS, "fail", recording([{**ALL[0], "IncludeManagementEvents": False}])),
    Case(RECORDS, "fail", {**recording(), STATUS: {"IsLogging": False}}),
    Case(RECORDS, "fail", recording(LatestDeliveryError="NoSuchBucket")),
    Case(OBJECTS, "pass", recording(data("arn:aws:s3"))),
    Case(OBJECTS, "pass", recording(READS + WRITTEN)),
    Case(OBJECTS, "fail", recording(data("arn:aws:s3:::records/"))),
    Case(OBJECTS, "fail", recording(WRITTEN)),
    Case(OBJECTS, "fail", recording()),
    Case(OBJECTS, "pass", recording(advanced=[advanced(category("Data"), OBJECT)])),
    Case(OBJECTS, "fail", recording(advanced=[advanced(category("Data"), OBJECT, A_BUCKET)])),
    Case(OBJECTS, "fail", recording(advanced=[advanced(category("Data"), OBJECT, NOT_THE_LOG)])),
    Case(OBJECTS, "fail", recording(advanced=[advanced(category("Data"), FUNCTION)])),
    Case(OBJECTS, "pass", recording(data("arn:aws-us-gov:s3:::"))),
    Case(OBJECTS, "pass", recording(data("arn:aws-cn:s3"))),
    Case(OBJECTS, "pass", recording(advanced=[advanced(category("Data"), OBJECT, EVERY_BUCKET)])),
    Case(OBJECTS, "pass", recording(advanced=[advanced(category("Data"), OBJECT, A_BUCKET)]), settings=OF_RECORDS),
    Case(OBJECTS, "fail", recording(advanced=[advanced(category("Data"), OBJECT, DELETED)]), settings=OF_RECORDS),
    Case(
        OBJECTS,
        "fail",
        recording(advanced=[advanced(category("Data"), OBJECT, A_BUCKET, DELETED)]),
        settings=OF_RECORDS,
    ),
    Case(OBJECTS, "fail", recording(advanced=[advanced(category("Data"), OBJECT, NOT_GOT)]), settings=OF_RECORDS),
    Case(OBJECTS, "fail", recording(advanced=[advanced(category("Data"), OBJECT, NO_TABLES)]), settings=OF_RECORDS),
    Case("trails-keep-digests-of-their-log", "fail", trails({**TRAIL, "LogFileValidationEnabled": False}), ARN),
)

TOPIC = f"arn:aws:sns:{HOME}:{NOBODY}:alarms"
CIS = {
    "logins": '{($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication")}',
    "denied": '{($.errorCode ="*UnauthorizedOperation") || ($.errorCode ="AccessDenied*") && '
    '($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket")}',
    "no-mfa": '{($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
    '($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success")}',
    "root": '{$.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    "iam": "{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||"
    "($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||($.eventName=CreatePolicy)||"
    "($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||($.eventName=DeletePolicyVersion)||"
    "($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)||($.eventName=AttachUserPolicy)||"
    "($.eventName=DetachUserPolicy)||($.eventName=AttachGroupPolicy)||($.eventName=DetachGroupPolicy)}",
    "trails": "{($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || "
    "($.eventName = StartLogging) || ($.eventName = StopLogging)}",
    "keys": "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion))}",
    "buckets": "{($.eventSource = s3.amazonaws.com) && (($.eventName = PutBucketAcl) || ($.eventName = PutBucketPolicy) || "
    "($.eventName = PutBucketCors) || ($.eventName = PutBucketLifecycle) || ($.eventName = PutBucketReplication) || "
    "($.eventName = DeleteBucketPolicy) || ($.eventName = DeleteBucketCors))}",
    "groups": "{($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || "
    "($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress)}",
}


def filters(**patterns: str) -> dict[str, Any]:
    """Metric filters of the log group, each with a metric of its name."""
    return {
        FILTERS: {
            "metricFilters": [
                {
                    "filterName": name,
                    "filterPattern": pattern,
                    "metricTransformations": [{"metricName": name, "metricNamespace": "CIS"}],
                }
                for name, pattern in patterns.items()
            ]
        }
    }


def alarm(metric: str, **more: Any) -> dict[str, Any]:
    """An alarm of a metric that goes to a topic."""
    return {
        "AlarmName": metric,
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Namespace": "CIS",
        "MetricName": metric,
        **more,
    }


def composite(rule: str) -> dict[str, Any]:
    """An alarm that rests on others, and goes to a topic."""
    return {"ActionsEnabled": True, "AlarmActions": [TOPIC], "AlarmRule": rule}


def audience(subscriptions: int = 1) -> dict[str, Any]:
    """The topic, and how many have subscribed to it."""
    return {
        f"{HOME} sns:ListTopics": {"Topics": [{"TopicArn": TOPIC}]},
        f'{HOME} sns:GetTopicAttributes {{"TopicArn": "{TOPIC}"}}': {
            "Attributes": {"SubscriptionsConfirmed": str(subscriptions)}
        },
    }


def alarms(*metric: Any, composite: Sequence[Any] = ()) -> dict[str, Any]:
    """The alarms of the region."""
    return {ALARMS: {"MetricAlarms": list(metric), "CompositeAlarms": list(composite)}, **audience()}


LOGIN_FILTER = {**recording(), **filters(logins=CIS["logins"])}
SILENT = alarm("logins", AlarmActions=[])
BY_SUM = {"AlarmName": "logins", "AlarmActions": [TOPIC], "ActionsEnabled": True} | {
    "ComparisonOperator": "GreaterThanThreshold",
    "Metrics": [{"MetricStat": {"Metric": {"Namespace": "CIS", "MetricName": "logins"}}}, {}],
}

NOT_DELIVERED = {"IsLogging": True, "LatestCloudWatchLogsDeliveryError": "AccessDenied"}
WRITES = [{**ALL[0], "ReadWriteType": "WriteOnly"}]

NO_TOPIC: dict[str, Any] = {f"{HOME} sns:ListTopics": {"Topics": []}}
INCIDENT = f"arn:aws:ssm-incidents::{NOBODY}:response-plan/misuse"
OTHERS_TOPIC = TOPIC.replace(NOBODY, "999999999999")
BOTH = ("us-east-1", HOME)


def alarm_case(check: str, status: str, answers: dict[str, Any]) -> Case:
    """In the region that lists the trail, and in its home, where the topic is."""
    return Case(check, status, answers, regions=BOTH)


ALARM_CASES = (
    alarm_case(LOGINS, "pass", {**LOGIN_FILTER, **alarms(alarm("logins"))}),
    alarm_case(LOGINS, "pass", {**LOGIN_FILTER, **alarms(BY_SUM)}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms()}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(SILENT)}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(alarm("logins", ActionsEnabled=False))}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(alarm("logins", ComparisonOperator="LessThanThreshold"))}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(alarm("logins", Namespace="other"))}),
    alarm_case(
        LOGINS, "fail", {**LOGIN_FILTER, **alarms(alarm("logins", AlarmActions=[f"arn:aws:automate:{HOME}:ec2:stop"]))}
    ),
    alarm_case(
        LOGINS, "pass", {**LOGIN_FILTER, **alarms(SILENT, composite=[composite('ALARM("logins") OR ALARM(x)')])}
    ),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(SILENT, composite=[composite("ALARM(logins) AND ALARM(x)")])}),
    alarm_case(
        LOGINS, "fail", {**recording(), **filters(logins="{ $.eventName = CreateUser }"), **alarms(alarm("logins"))}
    ),
    alarm_case(LOGINS, "fail", {**recording(), FILTERS: Absent(), **alarms(alarm("logins"))}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(alarm("logins")), STATUS: NOT_DELIVERED}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(alarm("logins")), **audience(0)}),
    alarm_case(LOGINS, "fail", {**LOGIN_FILTER, **alarms(alarm("logins")), **NO_TOPIC}),
    alarm_case(LOGINS, "unknown", {**LOGIN_FILTER, **alarms(alarm("logins", AlarmActions=[OTHERS_TOPIC])), **NO_TOPIC}),
    alarm_case(LOGINS, "pass", {**LOGIN_FILTER, **alarms(alarm("logins", AlarmActions=[OTHERS_TOPIC, TOPIC]))}),
    alarm_case(LOGINS, "pass", {**LOGIN_FILTER, **alarms(alarm("logins", AlarmActions=[INCIDENT])), **NO_TOPIC}),
    alarm_case(LOGINS, "unknown", {**recording(), **filters(logins="[ip, user, ...]"), **alarms(alarm("logins"))}),
    alarm_case(LOGINS, "unknown", {**LOGIN_FILTER, ALARMS: Unread("needs cloudwatch:DescribeAlarms")}),
    alarm_case(MISUSE, "pass", {**recording(), **filters(**CIS), **alarms(*map(alarm, CIS))}),
    alarm_case(
        MISUSE, "fail", {**recording(), **filters(**CIS), **alarms(*(alarm(name) for name in CIS if name != "root"))}
    ),
    alarm_case(MISUSE, "fail", {**recording(WRITES), **filters(**CIS), **alarms(*map(alarm, CIS))}),
    alarm_case(MISUSE, "fail", {**recording(), **trails({**TRAIL, "CloudWatchLogsLogGroupArn": None})}),
)

REGION = "us-east-1"
DETECTOR = f"arn:aws:guardduty:{REGION}:{NOBODY}:detector/d1"
HIGH = {
    "DetectorId": "d1",
    "FindingCriteria": {
        "Criterion": {
            "severity": {"GreaterThanOrEqual": 7},
            "service.archived": {"Equals": ["false"]},
            "accountId": {"Equals": [NOBODY]},
        }
    },
    "MaxResults": 50,
}
FINDINGS = f"{REGION} guardduty:ListFindings {json.dumps(HIGH, sort_keys=True)}"
ONE_DETECTOR = {f"{REGION} guardduty:ListDetectors": {"DetectorIds": ["d1"]}}
NO_DETECTOR = {f"{REGION} guardduty:ListDetectors": {"DetectorIds": []}}
MACHINE = {f"{REGION} ec2:DescribeInstances": {"Reservations": [{"Instances": [{"State": {"Name": "running"}}]}]}}
NO_MACHINE = {f"{REGION} ec2:DescribeInstances": {"Reservations": [{"Instances": [{"State": {"Name": "terminated"}}]}]}}
DEALT_WITH = "guardduty-high-findings-are-dealt-with"
MALWARE, RUNTIME = "guardduty-looks-for-malware", "guardduty-watches-what-runs"


ALL_FEATURES = ("LAMBDA_NETWORK_LOGS", "EBS_MALWARE_PROTECTION", "RUNTIME_MONITORING")


def detector(status: str = "ENABLED", *features: str, volumes: str = "") -> dict[str, Any]:
    """A detector with features that are on; ``volumes`` as a detector told before there were features."""
    told: dict[str, Any] = {
        "Status": status,
        "Features": [{"Name": name, "Status": "ENABLED"} for name in features]
        + [{"Name": name, "Status": "DISABLED"} for name in ALL_FEATURES if name not in features],
    }
    if volumes:
        scan = {"ScanEc2InstanceWithFindings": {"EbsVolumes": {"Status": volumes}}}
        told = {"Status": status, "DataSources": {"MalwareProtection": scan}}
    return {**ONE_DETECTOR, f'{REGION} guardduty:GetDetector {{"DetectorId": "d1"}}': told}


GUARDDUTY_CASES = (
    Case("guardduty-is-on", "fail", NO_DETECTOR, REGION),
    Case("guardduty-is-on", "fail", detector("DISABLED"), REGION),
    Case("guardduty-is-on", "pass", detector(), REGION),
    Case(DEALT_WITH, "pass", {**detector(), FINDINGS: {"FindingIds": []}}, DETECTOR),
    Case(DEALT_WITH, "fail", {**detector(), FINDINGS: {"FindingIds": ["f"]}}, DETECTOR),
    Case(DEALT_WITH, "fail", {**detector("DISABLED"), FINDINGS: {"FindingIds": ["f"]}}, DETECTOR),
    Case(DEALT_WITH, "not_applicable", {**detector("DISABLED"), FINDINGS: {"FindingIds": []}}, DETECTOR),
    Case(DEALT_WITH, "not_applicable", NO_DETECTOR),
    Case(MALWARE, "pass", {**detector("ENABLED", "EBS_MALWARE_PROTECTION"), **MACHINE}, REGION),
    Case(MALWARE, "pass", {**detector(volumes="ENABLED"), **MACHINE}, REGION),
    Case(MALWARE, "fail", {**detector(volumes="DISABLED"), **MACHINE}, REGION),
    Case(MALWARE, "fail", {**detector("DISABLED", "EBS_MALWARE_PROTECTION"), **MACHINE}, REGION),
    Case(MALWARE, "fail", {**NO_DETECTOR, **MACHINE}, REGION),
    Case(MALWARE, "not_applicable", {**NO_DETECTOR, **NO_MACHINE}, REGION),
    Case(MALWARE, "unknown", {**NO_DETECTOR, f"{REGION} ec2:DescribeInstances": Unread("needs it")}, REGION),
    Case(RUNTIME, "pass", detector("ENABLED", "RUNTIME_MONITORING"), REGION),
    Case(RUNTIME, "fail", detector("ENABLED", "EKS_RUNTIME_MONITORING"), REGION),
    Case(RUNTIME, "unknown", detector(volumes="ENABLED"), REGION),
    Case(RUNTIME, "fail", NO_DETECTOR, REGION),
)


def inspected(**on: str) -> dict[str, Any]:
    """What Inspector looks at."""
    state = {kind: {"status": on.get(kind, "DISABLED")} for kind in ("ec2", "ecr", "lambda")}
    call = f'{REGION} inspector2:BatchGetAccountStatus {{"accountIds": ["{NOBODY}"]}}'
    return {call: {"accounts": [{"accountId": NOBODY, "resourceState": state}]}}


def vulnerable(*since: str) -> dict[str, Any]:
    """Vulnerabilities of a machine that Inspector first saw then."""
    parameters = json.dumps(OLDEST_FINDINGS.parameters, sort_keys=True, default=lambda _: NOBODY)
    found = [{"firstObservedAt": seen, "resources": [{"id": "i-1"}]} for seen in since]
    return {**inspected(ec2="ENABLED"), f"{REGION} inspector2:ListFindings {parameters}": {"findings": found}}


PATCHED = "known-vulnerabilities-are-patched"
ON = "ENABLED"
INSPECTOR_CASES = (
    Case("inspector-is-on", "fail", inspected(), REGION),
    Case("inspector-is-on", "fail", inspected(ec2=ON, ecr="ENABLING", **{"lambda": ON}), REGION),
    Case("inspector-is-on", "pass", inspected(ec2=ON, ecr=ON, **{"lambda": ON}), REGION),
    Case(PATCHED, "not_applicable", inspected()),
    Case(PATCHED, "pass", vulnerable(), REGION),
    Case(PATCHED, "pass", vulnerable("2199-01-01T00:00:00+00:00"), REGION),
    Case(PATCHED, "fail", vulnerable("2024-01-01T00:00:00+00:00", "2199-01-01T00:00:00+00:00"), REGION),
)

CONFIG = "aws-config-records-all-resources"


def recorder(group: Any, **state: Any) -> dict[str, Any]:
    """A configuration recorder, and beside it one that a service of AWS keeps for itself."""
    others = {"name": "AWSConfigurationRecorderForX", "servicePrincipal": "x.amazonaws.com", "recordingGroup": {}}
    elsewhere = {"name": "elsewhere", "connectorArn": "arn", "recordingGroup": {"allSupported": True}}
    told = {"name": "default", "recording": True, "lastStatus": "Success", **state}
    return {
        f"{REGION} config:DescribeConfigurationRecorders": {
            "ConfigurationRecorders": [others, elsewhere, {"name": "default", "recordingGroup": group}]
        },
        f"{REGION} config:DescribeConfigurationRecorderStatus": {
            "ConfigurationRecordersStatus": [{"name": others["name"], "recording": True}, told]
        },
    }


NO_RECORDER = {
    f"{REGION} config:DescribeConfigurationRecorders": {"ConfigurationRecorders": []},
    f"{REGION} config:DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": []},
}
CHOSEN = {"allSupported": False, "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}
ALL_BUT_BUCKETS = {"allSupported": False, "exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]}}
HUB = f"{REGION} securityhub:DescribeHub"
CONTACT = 'global account:GetAlternateContact {"AlternateContactType": "SECURITY"}'
EVERYTHING = {"allSupported": True, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}
SERVICE_CASES = (
    Case(CONFIG, "pass", recorder(EVERYTHING), REGION),
    Case(CONFIG, "fail", recorder(EVERYTHING, recording=False), REGION),
    Case(CONFIG, "fail", recorder(EVERYTHING, lastStatus="Failure"), REGION),
    Case(CONFIG, "fail", recorder(CHOSEN), REGION),
    Case(CONFIG, "fail", recorder(ALL_BUT_BUCKETS), REGION),
    Case(CONFIG, "fail", NO_RECORDER, REGION),
    Case("security-hub-is-on", "fail", {HUB: Absent()}, REGION),
    Case("security-hub-is-on", "pass", {HUB: {"HubArn": "arn"}}, REGION),
    Case("aws-knows-a-security-contact", "fail", {CONTACT: Absent()}),
)

CASES = TRAIL_CASES + ALARM_CASES + GUARDDUTY_CASES + INSPECTOR_CASES + SERVICE_CASES
