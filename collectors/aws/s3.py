"""Buckets: who may reach them, how, and what is kept of it. https://docs.aws.amazon.com/AmazonS3/latest/API/"""

from dataclasses import dataclass

from collectors.api import ACCOUNT, ITEM, Answer, Api, Item, Items, Of, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api(
    "s3",
    "ListBuckets",
    "Buckets{Name BucketRegion}",
    {"MaxBuckets": 1000},  # without it AWS does not tell the regions
    where=ACCOUNT,
    action="s3:ListAllMyBuckets",
)
BUCKETS = Items(LIST, "Buckets", "arn:{partition}:s3:::{Name}", region="BucketRegion")


def _of_bucket(operation: str, keep: str, *absent: str, action: str = "", may_be_empty: bool = False) -> Api:
    return Api(
        "s3",
        operation,
        keep,
        {"Bucket": Of("Name")},
        absent=("NoSuchBucket", *absent),
        where=ITEM,
        action=action,
        may_be_empty=may_be_empty,
    )


BLOCK = _of_bucket(
    "GetPublicAccessBlock",
    "PublicAccessBlockConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    action="s3:GetBucketPublicAccessBlock",
)
LOGGING = _of_bucket("GetBucketLogging", "LoggingEnabled{TargetBucket}", may_be_empty=True)


@dataclass(frozen=True, kw_only=True)
class BucketLogging(Resource):
    """Whether S3 writes down who asks for what in a bucket."""

    target: str = ""
    """The bucket that takes the log; empty where none is kept."""


@aws_collector(LOGGING, each=BUCKETS)
def bucket_logging(bucket: Item, logging: Answer) -> BucketLogging:
    """An answer without ``LoggingEnabled`` says that logging is off."""
    target = logging.get("LoggingEnabled", {}).get("TargetBucket", "")
    return BucketLogging(arn=bucket.arn, region=bucket.region, target=target)


@dataclass(frozen=True, kw_only=True)
class BucketPublicBlock(Resource):
    """A bucket's own public access block: all four must be on for all of it to hold."""

    ignores_public_acls: bool = False
    blocks_public_acls: bool = False
    blocks_public_policy: bool = False
    restricts_public_buckets: bool = False


@aws_collector(BLOCK, each=BUCKETS)
def bucket_public_block(bucket: Item, block: Answer | None) -> BucketPublicBlock:
    """A bucket without the configuration blocks nothing."""
    held = block["PublicAccessBlockConfiguration"] if block is not None else {}
    return BucketPublicBlock(
        arn=bucket.arn,
        region=bucket.region,
        ignores_public_acls=held.get("IgnorePublicAcls", False),
        blocks_public_acls=held.get("BlockPublicAcls", False),
        blocks_public_policy=held.get("BlockPublicPolicy", False),
        restricts_public_buckets=held.get("RestrictPublicBuckets", False),
    )


ACCOUNT_BLOCK = Api(
    "s3control",
    "GetPublicAccessBlock",
    "PublicAccessBlockConfiguration",
    {"AccountId": Of("account")},
    absent=("NoSuchPublicAccessBlockConfiguration",),
    where=ACCOUNT,
    action="s3:GetAccountPublicAccessBlock",
)


@dataclass(frozen=True, kw_only=True)
class AccountPublicBlock(Resource):
    """The account's public access block, which stands above those of its buckets."""

    ignores_public_acls: bool = False
    blocks_public_acls: bool = False
    blocks_public_policy: bool = False
    restricts_public_buckets: bool = False


@aws_collector(ACCOUNT_BLOCK)
def account_public_block(at: Place, block: Answer | None) -> AccountPublicBlock:
    """An account without the configuration blocks nothing."""
    del at
    held = block["PublicAccessBlockConfiguration"] if block is not None else {}
    return AccountPublicBlock(
        ignores_public_acls=held.get("IgnorePublicAcls", False),
        blocks_public_acls=held.get("BlockPublicAcls", False),
        blocks_public_policy=held.get("BlockPublicPolicy", False),
        restricts_public_buckets=held.get("RestrictPublicBuckets", False),
    )
