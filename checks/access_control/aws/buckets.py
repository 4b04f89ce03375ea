"""Who may reach a bucket."""

from dataclasses import replace

from checks.access_control.aws.public import FOREIGN, OURS, PUBLIC, refuses_strangers
from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, MEDIUM, Verdict, failed, passed
from collectors.aws.known_accounts import KnownAccounts
from collectors.aws.s3 import AccountPublicBlock, BucketAccess, BucketPolicy, BucketPublicBlock, PublicBlock

_PARTS = ("ignores_public_acls", "blocks_public_acls", "blocks_public_policy", "restricts_public_buckets")
_ACCOUNT_BLOCKS = AccountPublicBlock(
    ignores_public_acls=True, blocks_public_acls=True, blocks_public_policy=True, restricts_public_buckets=True
)
_BUCKET_BLOCKS = BucketPublicBlock(
    ignores_public_acls=True, blocks_public_acls=True, blocks_public_policy=True, restricts_public_buckets=True
)


def _open(block: PublicBlock) -> list[str]:
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


_WEBSITE = BucketAccess(arn="arn:aws:s3:::website", policy_is_public=True)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[
        (BucketAccess(), AccountPublicBlock()),
        (_WEBSITE, _ACCOUNT_BLOCKS),
        (replace(_WEBSITE, restricts_public_buckets=True), AccountPublicBlock()),
        (BucketAccess(acl_grants=("READ",), ignores_public_acls=True), AccountPublicBlock()),
        given(_WEBSITE, AccountPublicBlock(), public=("website",)),
    ],
    fails=[
        (_WEBSITE, AccountPublicBlock()),
        (_WEBSITE, AccountPublicBlock(blocks_public_policy=True, ignores_public_acls=True)),
        (BucketAccess(acl_grants=("READ",)), AccountPublicBlock(blocks_public_acls=True)),
    ],
)
def s3_buckets_are_not_public(
    bucket_access: BucketAccess, account_public_block: AccountPublicBlock, *, public: tuple[str, ...] = ()
) -> Verdict:
    """Neither the bucket's policy nor its ACL lets everybody in.

    Why: whoever knows the name of the bucket could read its records, or change them. Public is what S3 itself calls so:
    access for all, or for all who have an AWS account, without a condition that limits it to fixed accounts, networks or
    addresses. ACLs of single objects are not looked at. Where the public access block of the bucket or the account keeps them out, they are out; blocking new policies
    and ACLs (`BlockPublicPolicy`, `BlockPublicAcls`) does nothing about those that are there.
    Fix: switch on Block Public Access of the bucket, take the statement out of the policy, and turn off ACLs (Object Ownership:
    bucket owner enforced).
    Settings:
        public: names of buckets that are meant for everybody and hold no personal information; none.
    """
    by_policy = bucket_access.policy_is_public and not (
        bucket_access.restricts_public_buckets or account_public_block.restricts_public_buckets
    )
    by_acl = bucket_access.acl_grants and not (
        bucket_access.ignores_public_acls or account_public_block.ignores_public_acls
    )
    if not by_policy and not by_acl:
        return passed()
    if bucket_access.arn.rpartition(":")[2] in public:
        return passed("it is meant for everybody")
    return failed(
        "everybody may reach what the bucket holds",
        policy_is_public=by_policy,
        acl_grants_everybody=bucket_access.acl_grants if by_acl else "nothing",
    )


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[
        (BucketPolicy(), OURS),
        (BucketPolicy(policy=FOREIGN), replace(OURS, trusted={"999999999999": "an auditor"})),
        (BucketPolicy(policy=PUBLIC), OURS),
    ],
    fails=[(BucketPolicy(policy=FOREIGN), OURS)],
)
def s3_buckets_admit_no_foreign_account(bucket_policy: BucketPolicy, known_accounts: KnownAccounts) -> Verdict:
    """The bucket's policy lets in no account but those of the organization and those that are listed.

    Why: whoever is let in that nobody knows has no duties for which these records are needed; a provider that does have them
    is to be selected and bound by contract (201 CMR 17.03(2)(f)).
    Fix: list the account under aws.trusted_accounts in the configuration, or take it out of the policy.
    """
    return refuses_strangers(bucket_policy.policy, known_accounts)
