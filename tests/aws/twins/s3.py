"""Buckets, good and bad."""

import json
from typing import Any

from tests.aws_accounts import Account

ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
NONE = dict.fromkeys(ALL, False)
KINDS = ("good", "bad", "by-acl", "blocked", "foreign", "logs")


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """Make buckets; what each check must say of which subject."""
    s3 = account.client("s3", region)
    named = {kind: f"{kind}-{region}-{account.number}" for kind in KINDS}
    arns = {kind: f"arn:aws:s3:::{name}" for kind, name in named.items()}
    where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}

    def policy(kind: str, *statements: dict[str, Any]) -> None:
        resources = {"Resource": [arns[kind], f"{arns[kind]}/*"]}
        said = {"Version": "2012-10-17", "Statement": [{**resources, **one} for one in statements]}
        s3.put_bucket_policy(Bucket=named[kind], Policy=json.dumps(said))

    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    foreign = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "s3:GetObject"}
    for name in named.values():
        s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter", **where)
    for kind in ("good", "blocked"):
        s3.put_public_access_block(Bucket=named[kind], PublicAccessBlockConfiguration=ALL)
    for kind in ("bad", "by-acl", "foreign"):
        s3.put_public_access_block(Bucket=named[kind], PublicAccessBlockConfiguration=NONE)
    s3.put_public_access_block(Bucket=named["blocked"], PublicAccessBlockConfiguration=NONE)
    policy("good", tls)
    policy("bad", public)
    policy("blocked", public, tls)
    policy("foreign", foreign)
    s3.put_public_access_block(Bucket=named["blocked"], PublicAccessBlockConfiguration=ALL)
    s3.put_bucket_acl(Bucket=named["by-acl"], ACL="public-read")
    writer = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"}
    policy("logs", {**writer, "Resource": f"{arns['logs']}/*"})
    logs = {"LoggingEnabled": {"TargetBucket": named["logs"], "TargetPrefix": "logs/"}}
    s3.put_bucket_logging(Bucket=named["good"], BucketLoggingStatus=logs)

    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=named["good"], ServerSideEncryptionConfiguration=rules)

    def told(**by_kind: str) -> dict[str, str]:
        return {arns[kind.replace("_", "-")]: status for kind, status in by_kind.items()}

    return {
        "s3-buckets-block-public-access": told(good="pass", bad="fail"),
        "s3-buckets-are-not-public": told(good="pass", bad="fail", by_acl="fail", blocked="pass", foreign="pass"),
        "s3-buckets-admit-no-foreign-account": told(good="pass", bad="pass", by_acl="pass", foreign="fail"),
        "s3-buckets-refuse-plain-http": told(good="pass", bad="fail", by_acl="fail", blocked="pass"),
        "s3-buckets-log-access": told(good="pass", bad="fail"),
        "s3-buckets-encrypt-by-default": told(good="pass", bad="fail"),
    }
