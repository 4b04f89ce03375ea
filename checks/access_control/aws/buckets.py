"""Who may reach a bucket."""

from dataclasses import replace

from checks.check import check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed
from collectors.aws.s3 import AccountPublicBlock, BucketPublicBlock

_PARTS = ("ignores_public_acls", "blocks_public_acls", "blocks_public_policy", "restricts_public_buckets")
_ACCOUNT_BLOCKS = AccountPublicBlock(
    ignores_public_acls=True, blocks_public_acls=True, blocks_public_policy=True, restricts_public_buckets=True
)
_BUCKET_BLOCKS = BucketPublicBlock(
    ignores_public_acls=True, blocks_public_acls=True, blocks_public_policy=True, restricts_public_buckets=True
)


def _open(block: AccountPublicBlock | BucketPublicBlock) -> list[str]:
    """The parts of a public access block that are off."""
    return [name.replace("_", " ") for name in _PARTS if not getattr(block, name)]


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[_ACCOUNT_BLOCKS],
    fails=[AccountPublicBlock(), replace(_ACCOUNT_BLOCKS, blocks_public_policy=False)],
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
        (_BUCKET_BLOCKS, AccountPublicBlock()),
        (BucketPublicBlock(), _ACCOUNT_BLOCKS),
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
