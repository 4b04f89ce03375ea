"""Events that somebody should hear of, as CloudTrail writes them.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html

A filter notices a misuse when it counts all events that are given of it. They are the least that belongs to it, so that no
filter is blamed for what it rightly leaves out.
"""

from collections.abc import Mapping
from typing import Any

_ACCOUNT = "111122223333"
_ROOT = {
    "type": "Root",
    "principalId": _ACCOUNT,
    "arn": f"arn:aws:iam::{_ACCOUNT}:root",
    "accountId": _ACCOUNT,
    "accessKeyId": "",
}
_USER = {
    "type": "IAMUser",
    "principalId": "AIDACKCEVSQ6C2EXAMPLE",
    "arn": f"arn:aws:iam::{_ACCOUNT}:user/anaya",
    "accountId": _ACCOUNT,
    "accessKeyId": "",
    "userName": "anaya",
}
_STRANGER = {name: value for name, value in _USER.items() if name != "arn"}
"""AWS names no ARN of a user who failed to sign in."""


def _event(service: str, name: str, who: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.09",
        "userIdentity": who,
        "eventTime": "2026-01-05T09:12:44Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "Mozilla/5.0",
        "requestParameters": None,
        "responseElements": None,
        "eventID": "d38ce1b3-4575-4cb8-a632-611b8243bfc3",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": _ACCOUNT,
        "eventCategory": "Management",
        **more,
    }


def _login(who: Mapping[str, Any], outcome: str, **more: Any) -> dict[str, Any]:
    told = {
        "responseElements": {"ConsoleLogin": outcome},
        "additionalEventData": {"LoginTo": "https://console.aws.amazon.com", "MobileVersion": "No", "MFAUsed": "No"},
        "eventType": "AwsConsoleSignIn",
    }
    return _event("signin", "ConsoleLogin", who, **told, **more)


def _calls(service: str, *names: str) -> tuple[dict[str, Any], ...]:
    return tuple(_event(service, name, _USER) for name in names)


FAILED_LOGINS = "failed logins"
MISUSE: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    FAILED_LOGINS: tuple(_login(who, "Failure", errorMessage="Failed authentication") for who in (_STRANGER, _ROOT)),
    "root": (_login(_ROOT, "Success"), _event("iam", "CreateAccessKey", _ROOT)),
    "denied calls": (
        _event("iam", "ListUsers", _USER, errorCode="AccessDenied", readOnly=True),
        _event("ec2", "DescribeInstances", _USER, errorCode="Client.UnauthorizedOperation", readOnly=True),
    ),
    "logins without MFA": (_login(_USER, "Success"),),
    "IAM policies": _calls(
        "iam",
        "PutUserPolicy",
        "PutGroupPolicy",
        "PutRolePolicy",
        "AttachUserPolicy",
        "AttachGroupPolicy",
        "AttachRolePolicy",
        "CreatePolicyVersion",
    ),
    "trails": _calls("cloudtrail", "StopLogging", "DeleteTrail", "UpdateTrail"),
    "keys": _calls("kms", "DisableKey", "ScheduleKeyDeletion"),
    "bucket policies": _calls("s3", "PutBucketPolicy", "PutBucketAcl", "DeleteBucketPolicy"),
    "security groups": _calls("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
    "network ACLs": _calls("ec2", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"),
    "routes": _calls("ec2", "CreateRoute", "ReplaceRoute"),
    "gateways": _calls("ec2", "AttachInternetGateway", "CreateInternetGateway"),
    "Config": _calls("config", "StopConfigurationRecorder", "DeleteDeliveryChannel"),
}
"""By name of the misuse."""
