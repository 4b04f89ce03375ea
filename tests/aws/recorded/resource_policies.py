"""What has a policy of its own, in the shapes that AWS documents:
https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html and API_GetPolicy.html,
https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html,
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryScanningConfiguration.html,
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html,
https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html.
"""

import json
from typing import Any

from collectors.readings import Absent
from tests.aws_accounts import Answers, Case

_AT = "us-east-1"
_US = "123456789012"


def _call(call: str, **parameters: Any) -> str:
    return f"{_AT} {call}" + (f" {json.dumps(parameters, sort_keys=True)}" if parameters else "")


def _policy(*statements: dict[str, Any]) -> str:
    usual = {"Effect": "Allow", "Principal": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**usual, **one} for one in statements]})


# Lambda

_FUNCTION = f"arn:aws:lambda:{_AT}:{_US}:function:web"
_ALIAS = f"{_FUNCTION}:live"
_NO_POLICY = Absent("ResourceNotFoundException")
_BY_URL = {
    "Sid": "FunctionURLAllowPublicAccess",
    "Action": "lambda:InvokeFunctionUrl",
    "Resource": _FUNCTION,
    "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
}
_THROUGH_URL = {
    "Sid": "FunctionURLAllowInvokeAction",
    "Action": "lambda:InvokeFunction",
    "Resource": _FUNCTION,
    "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
}
_SIGNED = {**_BY_URL, "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}}
_SOURCED = {
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Condition": {"StringEquals": {"AWS:SourceAccount": _US}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::uploads"}},
}
_UNSOURCED = {"Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction"}


def _function(*statements: dict[str, Any], auth: str = "", alias: bool = False, of_alias: Any = _NO_POLICY) -> Answers:
    said = {"Policy": _policy(*statements), "RevisionId": "1"} if statements else _NO_POLICY
    url = {"FunctionArn": _ALIAS if alias else _FUNCTION, "AuthType": auth, "FunctionUrl": "https://x.on.aws/"}
    return {
        _call("lambda:ListFunctions"): {
            "Functions": [{"FunctionName": "web", "FunctionArn": _FUNCTION, "PackageType": "Zip", "Secrets": {}}]
        },
        _call("lambda:GetPolicy", FunctionName=_FUNCTION): said,
        _call("lambda:GetPolicy", FunctionName=_ALIAS): of_alias,
        _call("lambda:ListFunctionUrlConfigs", FunctionName=_FUNCTION): {"FunctionUrlConfigs": [url] if auth else []},
    }


_FUNCTIONS, _URLS = "lambda-functions-are-not-public", "lambda-urls-are-not-public"
_LAMBDA = (
    Case(_FUNCTIONS, "pass", _function()),
    Case(_FUNCTIONS, "pass", _function(_BY_URL, _THROUGH_URL, auth="NONE")),
    Case(_FUNCTIONS, "pass", _function(_SOURCED)),
    Case(_FUNCTIONS, "fail", _function(_UNSOURCED)),
    Case(_FUNCTIONS, "fail", _function(_SOURCED, {"Action": "lambda:InvokeFunction"})),
    Case(_URLS, "fail", _function(_BY_URL, _THROUGH_URL, auth="NONE")),
    # https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html: both, but for older addresses that AWS excepts.
    Case(_URLS, "unknown", _function(_BY_URL, auth="NONE")),
    Case(_URLS, "pass", _function(auth="NONE")),
    Case(_URLS, "pass", _function(_BY_URL, _THROUGH_URL, auth="AWS_IAM")),
    Case(_URLS, "unknown", _function(_SIGNED, auth="AWS_IAM")),
    Case(_URLS, "fail", _function(_SIGNED, _THROUGH_URL, auth="AWS_IAM")),
    Case(
        _URLS, "fail", _function(auth="NONE", alias=True, of_alias={"Policy": _policy(_BY_URL, _THROUGH_URL)}), _ALIAS
    ),
    Case(_URLS, "pass", _function(_BY_URL, auth="NONE", alias=True), _ALIAS),
)

# KMS


def _key(policy: str = "", rotated: bool = False, **told: Any) -> Answers:
    arn = f"arn:aws:kms:{_AT}:{_US}:key/1"
    usual = {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}
    return {
        _call("kms:ListKeys"): {"Keys": [{"KeyId": "1", "KeyArn": arn}], "Truncated": False},
        _call("kms:DescribeKey", KeyId=arn): {"KeyMetadata": {"Arn": arn, **usual, **told}},
        _call("kms:GetKeyPolicy", KeyId=arn, PolicyName="default"): {"Policy": policy},
        _call("kms:GetKeyRotationStatus", KeyId=arn): {"KeyRotationEnabled": rotated},
    }


_VIA = {"StringEquals": {"kms:ViaService": f"s3.{_AT}.amazonaws.com"}}
_CALLER = {"StringEquals": {"kms:ViaService": f"s3.{_AT}.amazonaws.com", "kms:CallerAccount": _US}}
_KMS = (
    Case("kms-keys-are-not-public", "fail", _key(_policy({"Action": "kms:*", "Condition": _VIA}))),
    Case("kms-keys-are-not-public", "pass", _key(_policy({"Action": "kms:*", "Condition": _CALLER}))),
    Case("kms-keys-are-not-public", "fail", _key(_policy({"Action": "kms:Decrypt"}), KeyState="Disabled")),
    Case("kms-keys-are-rotated", "pass", _key(rotated=True)),
    Case("kms-keys-are-rotated", "fail", _key()),
)

# ECR


def _repository(kind: str, *rules: tuple[str, str], on_push: bool = False) -> Answers:
    arn = f"arn:aws:ecr:{_AT}:{_US}:repository/shop/web"
    told = {
        "repositoryArn": arn,
        "repositoryName": "shop/web",
        "imageScanningConfiguration": {"scanOnPush": on_push},
    }
    written = [
        {"scanFrequency": frequency, "repositoryFilters": [{"filter": name, "filterType": "WILDCARD"}]}
        for frequency, name in rules
    ]
    return {
        _call("ecr:DescribeRepositories"): {"repositories": [told]},
        _call("ecr:GetRegistryScanningConfiguration"): {
            "registryId": _US,
            "scanningConfiguration": {"scanType": kind, "rules": written},
        },
    }


_ECR = tuple(
    Case("ecr-repositories-are-scanned", status, answers)
    for status, answers in (
        ("pass", _repository("ENHANCED", ("CONTINUOUS_SCAN", "*"))),
        ("pass", _repository("ENHANCED", ("CONTINUOUS_SCAN", "shop"))),  # without a star: whose names contain it
        ("pass", _repository("BASIC", ("SCAN_ON_PUSH", "*/web"))),
        ("pass", _repository("BASIC", on_push=True)),
        ("fail", _repository("BASIC", ("MANUAL", "*"))),
        ("fail", _repository("ENHANCED", ("CONTINUOUS_SCAN", "web*"), on_push=True)),
        ("fail", _repository("BASIC")),
    )
)

# Secrets Manager, SNS, SQS, EFS


def _secret(**told: Any) -> Answers:
    arn = f"arn:aws:secretsmanager:{_AT}:{_US}:secret:db-AbCdEf"
    return {
        _call("secretsmanager:ListSecrets"): {"SecretList": [{"ARN": arn, "Name": "db", **told}]},
        _call("secretsmanager:GetResourcePolicy", SecretId=arn): {"ARN": arn, "Name": "db"},
    }


def _subscribed(protocol: str) -> Answers:
    arn = f"arn:aws:sns:{_AT}:{_US}:orders"
    waiting = {"SubscriptionArn": "PendingConfirmation", "Protocol": "http", "TopicArn": arn}
    mailed = {"SubscriptionArn": f"{arn}:1", "Protocol": "email", "TopicArn": arn}
    sent = {"SubscriptionArn": f"{arn}:2", "Protocol": protocol, "TopicArn": arn}
    return {_call("sns:ListSubscriptions"): {"Subscriptions": [waiting, waiting, mailed, sent]}}


def _queue(*statements: dict[str, Any]) -> Answers:
    url = f"https://sqs.{_AT}.amazonaws.com/{_US}/orders.fifo"
    held = {"QueueArn": f"arn:aws:sqs:{_AT}:{_US}:orders.fifo"}
    said = {"Policy": _policy(*statements)} if statements else {}
    return {
        _call("sqs:ListQueues", MaxResults=1000): {"QueueUrls": [url]},
        _call("sqs:GetQueueAttributes", AttributeNames=["QueueArn", "Policy"], QueueUrl=url): {
            "Attributes": {**held, **said}
        },
    }


def _file_system(**said: Any) -> Answers:
    arn = f"arn:aws:elasticfilesystem:{_AT}:{_US}:file-system/fs-1"
    template = {
        "Principal": {"AWS": "*"},
        "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
    }
    return {
        _call("efs:DescribeFileSystems"): {
            "FileSystems": [
                {"FileSystemId": "fs-1", "FileSystemArn": arn, "LifeCycleState": "available", "Encrypted": True},
                {"FileSystemId": "fs-2", "FileSystemArn": f"{arn}2", "LifeCycleState": "deleting", "Encrypted": False},
            ]
        },
        _call("efs:DescribeFileSystemPolicy", FileSystemId="fs-1"): {"Policy": _policy({**template, **said})},
    }


_ARN = f"arn:aws:sqs:{_AT}:{_US}:orders.fifo"
_FROM_SNS = {"Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
_MOUNTED = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
_OTHERS = (
    Case("secretsmanager-secrets-are-rotated", "pass", _secret(RotationEnabled=True)),
    Case("secretsmanager-secrets-are-rotated", "fail", _secret()),
    Case("secretsmanager-secrets-are-rotated", "not_applicable", _secret(OwningService="events")),
    Case("secretsmanager-secrets-are-not-public", "pass", _secret()),
    Case("sns-sends-to-web-servers-over-https", "fail", _subscribed("http")),
    Case("sns-sends-to-web-servers-over-https", "pass", _subscribed("https")),
    Case("sqs-queues-are-not-public", "pass", _queue(), _ARN),
    Case("sqs-queues-are-not-public", "pass", _queue(_FROM_SNS), _ARN),
    Case("sqs-queues-are-not-public", "fail", _queue({"Action": "SQS:*"}, _FROM_SNS), _ARN),
    Case("efs-file-systems-are-not-public", "pass", _file_system(Condition=_MOUNTED)),
    Case("efs-file-systems-are-not-public", "fail", _file_system()),
    Case("efs-file-systems-are-encrypted", "pass", _file_system()),
)

CASES = (*_LAMBDA, *_KMS, *_ECR, *_OTHERS)
