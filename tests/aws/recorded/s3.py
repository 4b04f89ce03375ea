"""S3 in the shapes that AWS documents: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html,
API_GetBucketPolicyStatus.html, API_GetBucketAcl.html, API_GetBucketPolicy.html and API_GetBucketEncryption.html
"""

import json
from typing import Any

from agent.aws.settings import AwsAccounts
from collectors.readings import NO_LONGER, Absent
from tests.aws_accounts import Case

_BLOCK = 'global s3control:GetPublicAccessBlock {"AccountId": "123456789012"}'
_ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
_OWNER = {
    "Grantee": {"DisplayName": "us", "ID": "75aa57f09aa0c8ca", "Type": "CanonicalUser"},
    "Permission": "FULL_CONTROL",
}
_ARN = "arn:aws:s3:::records"
_SIGNED_IN = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def _of(operation: str) -> str:
    return f'eu-west-1 s3:{operation} {{"Bucket": "records"}}'


def _block(**on: bool) -> dict[str, Any]:
    return {"PublicAccessBlockConfiguration": {**dict.fromkeys(_ALL, False), **on}}


def _bucket(**answers: Any) -> dict[str, Any]:
    """One bucket, private and without anything, but for these answers."""
    usual: dict[str, Any] = {
        "GetBucketPolicyStatus": Absent("NoSuchBucketPolicy"),
        "GetBucketPolicy": Absent("NoSuchBucketPolicy"),
        "GetBucketAcl": {"Owner": {"ID": "75aa57f09aa0c8ca"}, "Grants": [_OWNER]},
        "GetPublicAccessBlock": _block(),
        "GetBucketEncryption": Absent("ServerSideEncryptionConfigurationNotFoundError"),
        "GetBucketLogging": {},
        **answers,
    }
    return {
        'global s3:ListBuckets {"MaxBuckets": 1000}': {"Buckets": [{"Name": "records", "BucketRegion": "eu-west-1"}]},
        _BLOCK: Absent("NoSuchPublicAccessBlockConfiguration"),
        **{_of(operation): answer for operation, answer in usual.items()},
    }


def _granted(uri: str, permission: str) -> dict[str, Any]:
    return {"Grants": [_OWNER, {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}]}


def _policy(**said: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [_ARN, f"{_ARN}/*"], **said}
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


_PUBLIC = {"PolicyStatus": {"IsPublic": True}}
_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
_STRANGER = _policy(Principal={"AWS": "arn:aws:iam::999999999999:root"})
_BALANCERS = _policy(Principal={"AWS": "arn:aws:iam::156460612806:root"}, Action="s3:PutObject")
_NOT_PUBLIC, _REFUSES, _FOREIGN, _ENCRYPTS = (
    "s3-buckets-are-not-public",
    "s3-buckets-refuse-plain-http",
    "s3-buckets-admit-no-foreign-account",
    "s3-buckets-encrypt-by-default",
)

_DELETED = Absent(f"{NO_LONGER}NoSuchBucket")

CASES = (
    Case("s3-account-blocks-public-access", "pass", {_BLOCK: {"PublicAccessBlockConfiguration": _ALL}}),
    Case("s3-account-blocks-public-access", "fail", {_BLOCK: Absent()}),
    Case("s3-account-blocks-public-access", "fail", {_BLOCK: _block(BlockPublicAcls=True, IgnorePublicAcls=True)}),
    Case("s3-buckets-block-public-access", "pass", _bucket(GetPublicAccessBlock=_block(**_ALL))),
    Case("s3-buckets-block-public-access", "fail", _bucket(GetPublicAccessBlock=Absent())),
    Case("s3-buckets-block-public-access", "pass", _bucket() | {_BLOCK: _block(**_ALL)}),
    Case(_NOT_PUBLIC, "pass", _bucket()),
    Case(_NOT_PUBLIC, "fail", _bucket(GetBucketPolicyStatus=_PUBLIC)),
    Case(
        _NOT_PUBLIC, "fail", _bucket(GetBucketPolicyStatus=_PUBLIC, GetPublicAccessBlock=_block(BlockPublicPolicy=True))
    ),
    Case(
        _NOT_PUBLIC,
        "pass",
        _bucket(GetBucketPolicyStatus=_PUBLIC, GetPublicAccessBlock=_block(RestrictPublicBuckets=True)),
    ),
    Case(_NOT_PUBLIC, "pass", _bucket(GetBucketPolicyStatus=_PUBLIC) | {_BLOCK: _block(RestrictPublicBuckets=True)}),
    Case(_NOT_PUBLIC, "fail", _bucket(GetBucketPolicyStatus=_PUBLIC) | {_BLOCK: _block(IgnorePublicAcls=True)}),
    Case(_NOT_PUBLIC, "fail", _bucket(GetBucketAcl=_granted(_SIGNED_IN, "WRITE"))),
    Case(_NOT_PUBLIC, "fail", _bucket(GetBucketAcl=_granted(_SIGNED_IN, "READ_ACP"), GetPublicAccessBlock=Absent())),
    Case(
        _NOT_PUBLIC,
        "pass",
        _bucket(GetBucketAcl=_granted(_SIGNED_IN, "READ")) | {_BLOCK: _block(IgnorePublicAcls=True)},
    ),
    Case(_NOT_PUBLIC, "pass", _bucket(GetBucketAcl=_granted(_LOG_DELIVERY, "WRITE"))),
    *(
        Case(check, "not_applicable", _bucket(**{operation: _DELETED}))  # since the buckets were listed
        for check, operation in (
            ("s3-buckets-block-public-access", "GetPublicAccessBlock"),
            (_NOT_PUBLIC, "GetBucketPolicyStatus"),
            (_FOREIGN, "GetBucketPolicy"),
            (_REFUSES, "GetBucketPolicy"),
            (_ENCRYPTS, "GetBucketEncryption"),
        )
    ),
    Case(_FOREIGN, "pass", _bucket()),
    Case(_FOREIGN, "fail", _bucket(GetBucketPolicy=_STRANGER)),
    Case(_FOREIGN, "pass", _bucket(GetBucketPolicy=_BALANCERS)),
    Case(
        _FOREIGN,
        "pass",
        _bucket(GetBucketPolicy=_STRANGER),
        known=AwsAccounts(trusted_accounts={"999999999999": "an auditor"}),
    ),
    Case(
        _FOREIGN,
        "unknown",  # whether it is the organization's own
        _bucket(GetBucketPolicy=_STRANGER),
        known=AwsAccounts(),
    ),
    Case(_FOREIGN, "unknown", _bucket(GetBucketPolicy=_policy(Principal={"CanonicalUser": "79a59df900b949e5"}))),
    Case(_REFUSES, "fail", _bucket()),
    Case(_REFUSES, "pass", _bucket(GetBucketPolicy=_policy(Effect="Deny", Condition=_PLAIN))),
    Case(_REFUSES, "pass", _bucket(GetBucketPolicy=_policy(Effect="Deny", Principal={"AWS": "*"}, Condition=_PLAIN))),
    Case(_REFUSES, "pass", _bucket(GetBucketPolicy=_policy(Effect="Deny", Resource="*", Action="*", Condition=_PLAIN))),
    Case(_REFUSES, "fail", _bucket(GetBucketPolicy=_policy(Effect="Deny", Resource=_ARN, Condition=_PLAIN))),
    Case(_REFUSES, "fail", _bucket(GetBucketPolicy=_policy(Effect="Deny", Action="s3:GetObject", Condition=_PLAIN))),
    Case(
        _REFUSES,
        "fail",
        _bucket(
            GetBucketPolicy=_policy(
                Effect="Deny", Condition={**_PLAIN, "StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}
            )
        ),
    ),
    Case(
        _REFUSES,
        "fail",
        _bucket(GetBucketPolicy=_policy(Condition={"Bool": {"aws:SecureTransport": "true"}})),
    ),
    Case(
        _ENCRYPTS,
        "pass",
        _bucket(GetBucketEncryption=_rule({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}})),
    ),
    Case(_ENCRYPTS, "fail", _bucket(GetBucketEncryption=_rule({"BucketKeyEnabled": True}))),
    Case(_ENCRYPTS, "fail", _bucket()),
    Case("s3-buckets-log-access", "pass", _bucket(GetBucketLogging={"LoggingEnabled": {"TargetBucket": "logs"}})),
    Case("s3-buckets-log-access", "fail", _bucket()),
)
