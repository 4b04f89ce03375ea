"""Buckets: who may reach them, how, and what is kept of it. https://docs.aws.amazon.com/AmazonS3/latest/API/"""

from dataclasses import dataclass
from typing import Any

from collectors.api import ACCOUNT, ITEM, Answer, Api, Item, Items, Of, Place
from collectors.aws.policy import Policied, statements
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
        absent=absent,
        gone=("NoSuchBucket",),
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
POLICY = _of_bucket("GetBucketPolicy", "Policy", "NoSuchBucketPolicy")
POLICY_STATUS = _of_bucket("GetBucketPolicyStatus", "PolicyStatus{IsPublic}", "NoSuchBucketPolicy")
ACL = _of_bucket("GetBucketAcl", "Grants{Grantee{Type URI} Permission}")
ENCRYPTION = _of_bucket(
    "GetBucketEncryption",
    "ServerSideEncryptionConfiguration{Rules{ApplyServerSideEncryptionByDefault{SSEAlgorithm}}}",
    "ServerSideEncryptionConfigurationNotFoundError",
    action="s3:GetEncryptionConfiguration",
)
EVERYBODY = frozenset(
    f"http://acs.amazonaws.com/groups/global/{group}"
    for group in ("AllUsers", "AuthenticatedUsers")  # the second is whoever has an AWS account
)


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
class BucketPolicy(Policied):
    """What a bucket's policy says; nothing where it has none."""


@aws_collector(POLICY, each=BUCKETS)
def bucket_policy(bucket: Item, policy: Answer | None) -> BucketPolicy:
    """S3 tells by an error that a bucket has no policy."""
    said = statements(policy["Policy"]) if policy is not None else ()
    return BucketPolicy(arn=bucket.arn, region=bucket.region, policy=said)


@dataclass(frozen=True, kw_only=True)
class BucketEncryption(Resource):
    """How a bucket encrypts what is put into it."""

    algorithm: str = ""
    """``AES256``, ``aws:kms`` or ``aws:kms:dsse``; empty where it encrypts nothing of its own accord."""


@aws_collector(ENCRYPTION, each=BUCKETS)
def bucket_encryption(bucket: Item, encryption: Answer | None) -> BucketEncryption:
    """A rule may be about other things than the default."""
    rules = encryption["ServerSideEncryptionConfiguration"]["Rules"] if encryption is not None else ()
    by_default = [
        one["ApplyServerSideEncryptionByDefault"] for one in rules if "ApplyServerSideEncryptionByDefault" in one
    ]
    algorithm = by_default[0]["SSEAlgorithm"] if by_default else ""
    return BucketEncryption(arn=bucket.arn, region=bucket.region, algorithm=algorithm)


@dataclass(frozen=True, kw_only=True)
class PublicBlock(Resource):
    """A public access block: all four must be on for all of it to hold."""

    ignores_public_acls: bool = False
    blocks_public_acls: bool = False
    blocks_public_policy: bool = False
    restricts_public_buckets: bool = False


@dataclass(frozen=True, kw_only=True)
class BucketPublicBlock(PublicBlock):
    """A bucket's own."""


def _parts(block: Answer | None) -> dict[str, Any]:
    """Where there is no configuration, nothing is blocked."""
    held = block["PublicAccessBlockConfiguration"] if block is not None else {}
    return {
        "ignores_public_acls": held.get("IgnorePublicAcls", False),
        "blocks_public_acls": held.get("BlockPublicAcls", False),
        "blocks_public_policy": held.get("BlockPublicPolicy", False),
        "restricts_public_buckets": held.get("RestrictPublicBuckets", False),
    }


@aws_collector(BLOCK, each=BUCKETS)
def bucket_public_block(bucket: Item, block: Answer | None) -> BucketPublicBlock:
    """A bucket without the configuration blocks nothing."""
    return BucketPublicBlock(arn=bucket.arn, region=bucket.region, **_parts(block))


@dataclass(frozen=True, kw_only=True)
class BucketAccess(Resource):
    """What would let everybody into a bucket, and what of it its own public access block takes back."""

    policy_is_public: bool = False
    """What S3 itself says of the policy."""
    acl_grants: tuple[str, ...] = ()
    """What the ACL grants to everybody, e.g. ``READ``. S3 leaves out what the bucket does not heed."""
    ignores_public_acls: bool = False
    restricts_public_buckets: bool = False


@aws_collector(POLICY_STATUS, ACL, BLOCK, each=BUCKETS)
def bucket_access(bucket: Item, status: Answer | None, acl: Answer, block: Answer | None) -> BucketAccess:
    """A bucket without a policy has no status of it."""
    parts = _parts(block)
    return BucketAccess(
        arn=bucket.arn,
        region=bucket.region,
        policy_is_public=status["PolicyStatus"]["IsPublic"] if status is not None else False,
        acl_grants=tuple(one["Permission"] for one in acl["Grants"] if one["Grantee"].get("URI") in EVERYBODY),
        ignores_public_acls=parts["ignores_public_acls"],
        restricts_public_buckets=parts["restricts_public_buckets"],
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
class AccountPublicBlock(PublicBlock):
    """The account's, which stands above those of its buckets."""


@aws_collector(ACCOUNT_BLOCK)
def account_public_block(at: Place, block: Answer | None) -> AccountPublicBlock:
    """An account without the configuration blocks nothing."""
    del at
    return AccountPublicBlock(**_parts(block))
