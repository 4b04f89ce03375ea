"""What has a policy of its own: what cannot be seen, what is left out on purpose, and what is never kept."""

import json
from typing import Any

import pytest

from collectors.aws.lambda_access import POLICY as LAMBDA_POLICY
from collectors.readings import Absent, Text, Unread
from tests.aws_accounts import NOBODY, Account, judged, statuses

DENIED = Unread("needs what it has not")
PUBLIC = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]})


def kms(number: int) -> str:
    return f"arn:aws:kms:us-east-1:{NOBODY}:key/{number}"


def keys(*described: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"us-east-1 kms:ListKeys": {"Keys": [{"KeyArn": kms(n)} for n in range(len(described))]}}
    for number, one in enumerate(described):
        usual = {"KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}
        answer = {"KeyMetadata": {"Arn": kms(number), **usual, **one}} if isinstance(one, dict) else one
        told[f'us-east-1 kms:DescribeKey {{"KeyId": "{kms(number)}"}}'] = answer
        told[f'us-east-1 kms:GetKeyPolicy {{"KeyId": "{kms(number)}", "PolicyName": "default"}}'] = {"Policy": PUBLIC}
        told[f'us-east-1 kms:GetKeyRotationStatus {{"KeyId": "{kms(number)}"}}'] = {"KeyRotationEnabled": False}
    return told


def test_keys_that_are_of_aws_or_await_their_deletion_are_nobodys_business() -> None:
    answers = keys({}, {"KeyManager": "AWS"}, {"KeyState": "PendingDeletion"}, {"KeyState": "PendingReplicaDeletion"})
    told = statuses(judged(answers, "kms-keys-are-not-public", "kms-keys-are-rotated"))
    assert told == {"kms-keys-are-not-public": {kms(0): "fail"}, "kms-keys-are-rotated": {kms(0): "fail"}}


def test_keys_that_aws_cannot_rotate_are_not_asked_to_be_rotated() -> None:
    answers = keys(
        {},
        {"KeySpec": "RSA_2048"},
        {"KeySpec": "HMAC_256"},
        {"Origin": "EXTERNAL"},
        {"Origin": "AWS_CLOUDHSM"},
        {"Origin": "EXTERNAL_KEY_STORE"},
        {"KeyState": "Disabled"},
        {"KeyState": "PendingImport"},
    )
    assert statuses(judged(answers, "kms-keys-are-rotated")) == {"kms-keys-are-rotated": {kms(0): "fail"}}


def test_a_key_that_does_not_tell_is_unknown_and_no_other() -> None:
    told = statuses(judged(keys({}, DENIED), "kms-keys-are-not-public"))
    assert told == {"kms-keys-are-not-public": {kms(0): "fail", kms(1): "unknown"}}


def buckets(*names: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        'global s3:ListBuckets {"MaxBuckets": 1000}': {
            "Buckets": [{"Name": name, "BucketRegion": "us-east-1"} for name in names]
        },
        f'global s3control:GetPublicAccessBlock {{"AccountId": "{NOBODY}"}}': Absent(),
    }
    for name in names:
        for operation in ("GetBucketPolicyStatus", "GetBucketPolicy", "GetPublicAccessBlock"):
            told[f'us-east-1 s3:{operation} {{"Bucket": "{name}"}}'] = Absent()
        told[f'us-east-1 s3:GetBucketAcl {{"Bucket": "{name}"}}'] = {"Grants": []}
    return told


def test_a_bucket_whose_acl_is_not_shown_is_unknown_for_the_check_that_needs_it() -> None:
    answers = buckets("a", "b") | {'us-east-1 s3:GetBucketAcl {"Bucket": "b"}': DENIED}
    told = statuses(judged(answers, "s3-buckets-are-not-public", "s3-buckets-admit-no-foreign-account"))
    a, b = "arn:aws:s3:::a", "arn:aws:s3:::b"
    assert told["s3-buckets-are-not-public"] == {a: "pass", b: "unknown"}
    assert told["s3-buckets-admit-no-foreign-account"] == {a: "pass", b: "pass"}


def test_no_bucket_is_called_private_or_public_where_the_accounts_block_is_not_shown() -> None:
    answers = buckets("a") | {f'global s3control:GetPublicAccessBlock {{"AccountId": "{NOBODY}"}}': DENIED}
    told = statuses(judged(answers, "s3-buckets-are-not-public", "s3-account-blocks-public-access"))
    assert {status for of_check in told.values() for status in of_check.values()} == {"unknown"}


def test_a_policy_that_is_not_understood_is_unknown_for_its_own_queue() -> None:
    said = {"sound": '{"Statement": []}', "odd": '{"Statement": [{"Effect": "Allow", "Action": "*", "Sometimes": 1}]}'}
    url = f"https://sqs.us-east-1.amazonaws.com/{NOBODY}"
    asked = '"AttributeNames": ["QueueArn", "Policy"]'
    answers: dict[str, Any] = {
        'us-east-1 sqs:ListQueues {"MaxResults": 1000}': {"QueueUrls": [f"{url}/{name}" for name in said]}
    }
    for name, policy in said.items():
        attributes = {"QueueArn": f"arn:aws:sqs:us-east-1:{NOBODY}:{name}", "Policy": policy}
        call = f'us-east-1 sqs:GetQueueAttributes {{{asked}, "QueueUrl": "{url}/{name}"}}'
        answers[call] = {"Attributes": attributes}
    told = statuses(judged(answers, "sqs-queues-are-not-public"))["sqs-queues-are-not-public"]
    assert {subject.rpartition(":")[2]: status for subject, status in told.items()} == {
        "sound": "pass",
        "odd": "unknown",
    }


def test_a_region_without_queues_has_none() -> None:
    answers = {'us-east-1 sqs:ListQueues {"MaxResults": 1000}': {}}
    told = statuses(judged(answers, "sqs-queues-are-not-public"))
    assert told == {"sqs-queues-are-not-public": {"": "not_applicable"}}


def test_repositories_are_unknown_one_by_one_where_the_registry_does_not_tell() -> None:
    arn = f"arn:aws:ecr:us-east-1:{NOBODY}:repository/web"
    answers = {
        "us-east-1 ecr:DescribeRepositories": {"repositories": [{"repositoryArn": arn, "repositoryName": "web"}]},
        "us-east-1 ecr:GetRegistryScanningConfiguration": DENIED,
    }
    told = statuses(judged(answers, "ecr-repositories-are-scanned"))
    assert told == {"ecr-repositories-are-scanned": {arn: "unknown"}}


def test_a_function_whose_addresses_are_not_shown_is_unknown_for_them_alone() -> None:
    arn = f"arn:aws:lambda:us-east-1:{NOBODY}:function:web"
    answers = {
        "us-east-1 lambda:ListFunctions": {"Functions": [{"FunctionName": "web", "FunctionArn": arn}]},
        f'us-east-1 lambda:GetPolicy {{"FunctionName": "{arn}"}}': Absent(),
        f'us-east-1 lambda:ListFunctionUrlConfigs {{"FunctionName": "{arn}"}}': DENIED,
    }
    told = statuses(judged(answers, "lambda-functions-are-not-public", "lambda-urls-are-not-public"))
    assert told == {"lambda-functions-are-not-public": {arn: "pass"}, "lambda-urls-are-not-public": {arn: "unknown"}}


def test_a_copy_of_a_secret_is_rotated_where_it_comes_from() -> None:
    arn = f"arn:aws:secretsmanager:eu-west-1:{NOBODY}:secret:db-AbCdEf"
    answers = {"eu-west-1 secretsmanager:ListSecrets": {"SecretList": [{"ARN": arn, "PrimaryRegion": "us-east-1"}]}}
    told = statuses(judged(answers, "secretsmanager-secrets-are-rotated", regions=("eu-west-1",)))
    assert told == {"secretsmanager-secrets-are-rotated": {"": "not_applicable"}}


def test_where_sns_sends_to_is_not_kept(account: Account) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com", ReturnSubscriptionArn=True)
    taken = account.snapshot(("sns-sends-to-web-servers-over-https",))
    texts = [reading.text for reading in taken.readings.values() if isinstance(reading, Text)]
    assert any("Subscriptions" in text for text in texts)
    assert not any("ann@example.com" in text for text in texts)


@pytest.mark.parametrize(("token", "kept"), [("Atza-9f8s7d", "token"), (["a9f8s7d", "b"], "token"), ("Atza-*", "*")])
def test_the_token_that_opens_a_function_is_not_kept(token: Any, kept: str) -> None:
    said = [{"Effect": "Allow", "Condition": {"StringLike": {"lambda:EventSourceToken": token}}}, {"Sid": "other"}]
    assert LAMBDA_POLICY.redact is not None
    told = LAMBDA_POLICY.redact({"Policy": json.dumps({"Statement": said})})
    assert json.loads(told["Policy"])["Statement"] == [
        {"Effect": "Allow", "Condition": {"StringLike": {"lambda:EventSourceToken": kept}}},
        {"Sid": "other"},
    ]
