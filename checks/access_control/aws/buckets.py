"""Who may reach a bucket."""

from checks.check import check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed
from collectors.aws.s3 import AccountPublicBlock, BucketPublicBlock

_ALL = {
    "ignores_public_acls": True,
    "blocks_public_acls": True,
    "blocks_public_policy": True,
    "restricts_public_buckets": True,
}


def _open(block: AccountPublicBlock | BucketPublicBlock) -> list[str]:
    """The parts of a public access block that are off."""
    return [name.replace("_", " ") for name in _ALL if not getattr(block, name)]


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[AccountPublicBlock(**_ALL)],
    fails=[AccountPublicBlock(), AccountPublicBlock(**{**_ALL, "blocks_public_policy": False})],
)
def s3_account_blocks_public_access(account_public_block: AccountPublicBlock) -> Verdict:
    """The account's public access block for S3 is on, all four parts of it.

    Why: one bucket policy or ACL written in haste would otherwise open records to everybody.
    Fix: switch on Block Public Access in the S3 settings of the account; serve what is meant to be public through CloudFront.
    """
    off = _open(account_public_block)
    return failed("parts of the account's public access block are off", off=off) if off else passed()


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[
        (BucketPublicBlock(**_ALL), AccountPublicBlock()),
        (BucketPublicBlock(), AccountPublicBlock(**_ALL)),
    ],
    fails=[(BucketPublicBlock(), AccountPublicBlock())],
)
def s3_buckets_block_public_access(
    bucket_public_block: BucketPublicBlock, account_public_block: AccountPublicBlock
) -> Verdict:
    """The bucket, or the account above it, blocks public access in all four ways.

    Why: the block keeps records from everybody even where a policy or an ACL is mistaken.
    Fix: switch on Block Public Access of the bucket.
    """
    above = set(_open(account_public_block))
    off = [name for name in _open(bucket_public_block) if name in above]
    return failed("neither the bucket nor the account blocks public access", off=off) if off else passed()
