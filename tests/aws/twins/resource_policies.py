"""What has a policy of its own: queues, topics, keys, images, functions, secrets and file systems, good and bad."""

import io
import json
import zipfile
from typing import Any

from tests.aws_accounts import Account

Expected = dict[str, dict[str, str]]


def make(account: Account, region: str) -> Expected:
    """What each check must say of which subject."""
    told: Expected = {}
    for part in (_queues, _topics, _keys, _repositories, _functions, _secrets, _file_systems):
        told |= part(account, region)
    return told


def _policy(principal: Any, action: str, **more: Any) -> str:
    said = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})


def _policies(account: Account, action: str) -> dict[str, str]:
    from_us = {"Condition": {"StringEquals": {"aws:SourceAccount": account.number}}}
    return {
        "good": _policy({"AWS": f"arn:aws:iam::{account.number}:root"}, action),
        "narrow": _policy("*", action, **from_us),
        "bad": _policy("*", action),
    }


def _verdicts(arns: dict[str, str]) -> dict[str, str]:
    return {arn: "fail" if kind == "bad" else "pass" for kind, arn in arns.items()}


def _queues(account: Account, region: str) -> Expected:
    sqs, arns = account.client("sqs", region), {}
    for kind, policy in {**_policies(account, "sqs:ReceiveMessage"), "plain": ""}.items():
        sqs.create_queue(QueueName=kind, Attributes={"Policy": policy} if policy else {})
        arns[kind] = f"arn:aws:sqs:{region}:{account.number}:{kind}"
    return {"sqs-queues-are-not-public": _verdicts(arns)}


def _topics(account: Account, region: str) -> Expected:
    sns = account.client("sns", region)
    arns = {"plain": sns.create_topic(Name="plain")["TopicArn"]}
    for kind, policy in _policies(account, "sns:Subscribe").items():
        arns[kind] = sns.create_topic(Name=kind)["TopicArn"]
        sns.set_topic_attributes(TopicArn=arns[kind], AttributeName="Policy", AttributeValue=policy)
    sent = {
        protocol: sns.subscribe(
            TopicArn=arns["good"],
            Protocol=protocol,
            Endpoint=f"{protocol}://127.0.0.1:1/",
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        for protocol in ("http", "https")
    }
    return {
        "sns-topics-are-not-public": _verdicts(arns),
        "sns-sends-to-web-servers-over-https": {sent["http"]: "fail", sent["https"]: "pass"},
    }


def _keys(account: Account, region: str) -> Expected:
    kms, arns = account.client("kms", region), {}
    for kind, policy in {**_policies(account, "kms:Decrypt"), "plain": ""}.items():
        made = kms.create_key(**({"Policy": policy} if policy else {}))["KeyMetadata"]
        arns[kind] = made["Arn"]
    kms.enable_key_rotation(KeyId=arns["good"])
    going = kms.create_key(Policy=_policies(account, "kms:*")["bad"])["KeyMetadata"]
    kms.schedule_key_deletion(KeyId=going["KeyId"], PendingWindowInDays=7)
    return {
        "kms-keys-are-not-public": _verdicts(arns),
        "kms-keys-are-rotated": {arns["good"]: "pass", arns["bad"]: "fail"},
    }


def _repositories(account: Account, region: str) -> Expected:
    ecr, arns = account.client("ecr", region), {}
    for kind, policy in {**_policies(account, "ecr:BatchGetImage"), "plain": ""}.items():
        made = ecr.create_repository(
            repositoryName=f"app/{kind}", imageScanningConfiguration={"scanOnPush": kind == "good"}
        )
        arns[kind] = made["repository"]["repositoryArn"]
        if policy:
            ecr.set_repository_policy(repositoryName=f"app/{kind}", policyText=policy)
    ecr.put_registry_scanning_configuration(
        scanType="BASIC",
        rules=[
            {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*/narrow", "filterType": "WILDCARD"}]}
        ],
    )
    return {
        "ecr-repositories-are-not-public": _verdicts(arns),
        "ecr-repositories-are-scanned": {arns["good"]: "pass", arns["narrow"]: "pass", arns["bad"]: "fail"},
    }


def _functions(account: Account, region: str) -> Expected:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def main(event, context): pass")
    iam, functions, arns = account.client("iam", region), account.client("lambda", region), {}
    trust = _policy({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole").replace(', "Resource": "*"', "")
    role = iam.create_role(RoleName=f"functions-{region}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for kind in ("good", "bad", "from-buckets"):
        arns[kind] = functions.create_function(
            FunctionName=f"policy-{kind}",
            Runtime="python3.13",
            Role=role,
            Handler="main.main",
            Code={"ZipFile": code.getvalue()},
        )["FunctionArn"]

    def allow(kind: str, principal: str, **more: Any) -> None:
        what = {"StatementId": "one", "Action": "lambda:InvokeFunction", **more}
        functions.add_permission(FunctionName=f"policy-{kind}", Principal=principal, **what)

    allow("good", "sns.amazonaws.com", SourceAccount=account.number)
    allow("bad", "*")
    allow("from-buckets", "s3.amazonaws.com")
    return {
        "lambda-functions-are-not-public": {
            arns["good"]: "pass",
            arns["bad"]: "fail",
            arns["from-buckets"]: "fail",
        },
    }


def _secrets(account: Account, region: str) -> Expected:
    secrets, arns = account.client("secretsmanager", region), {}
    for kind, policy in {**_policies(account, "secretsmanager:GetSecretValue"), "plain": ""}.items():
        arns[kind] = secrets.create_secret(Name=kind, SecretString="x")["ARN"]
        if policy:
            secrets.put_resource_policy(SecretId=kind, ResourcePolicy=policy)
    return {
        "secretsmanager-secrets-are-not-public": _verdicts(arns),
        "secretsmanager-secrets-are-rotated": {arns["bad"]: "fail"},
    }


def _file_systems(account: Account, region: str) -> Expected:
    efs, arns = account.client("efs", region), {}
    for kind, policy in {**_policies(account, "elasticfilesystem:ClientMount"), "plain": ""}.items():
        made = efs.create_file_system(CreationToken=kind, Encrypted=kind != "bad")
        arns[kind] = made["FileSystemArn"]
        if policy:
            efs.put_file_system_policy(FileSystemId=made["FileSystemId"], Policy=policy)
    return {
        "efs-file-systems-are-not-public": _verdicts(arns),
        "efs-file-systems-are-encrypted": {arns["good"]: "pass", arns["bad"]: "fail"},
    }
