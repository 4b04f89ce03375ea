"""Buckets, good and bad."""

from typing import Any

from tests.aws_accounts import Account

ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """Make a good and a bad bucket; what each check must say of which subject."""
    s3 = account.client("s3", region)
    names = {}
    for kind in ("good", "bad"):
        names[kind] = f"{kind}-{region}-{account.number}"
        where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=names[kind], **where)
    s3.put_public_access_block(Bucket=names["good"], PublicAccessBlockConfiguration=ALL)
    good, bad = (f"arn:aws:s3:::{names[kind]}" for kind in ("good", "bad"))
    return {"s3-buckets-block-public-access": {good: "pass", bad: "fail"}}
