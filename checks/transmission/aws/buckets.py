"""How buckets are talked to."""

from dataclasses import replace

from checks.access_control.aws.policies import covers, names_everybody
from checks.check import check
from checks.verdict import MEDIUM, Verdict, failed, passed
from collectors.aws.policy import DENY, Condition, Principal, Statement
from collectors.aws.s3 import BucketPolicy

_BUCKET = "arn:aws:s3:::records"
_DENIAL = Statement(
    DENY,
    principals=(Principal("*", "*"),),
    actions=("s3:*",),
    resources=(_BUCKET, f"{_BUCKET}/*"),
    conditions=(Condition("bool", "aws:securetransport", ("false",)),),
)


@check(
    "17.04(3)",
    severity=MEDIUM,
    facet="public",
    passes=[BucketPolicy(arn=_BUCKET, policy=(_DENIAL,))],
    fails=[BucketPolicy(arn=_BUCKET), BucketPolicy(arn=_BUCKET, policy=(replace(_DENIAL, resources=(_BUCKET,)),))],
)
def s3_buckets_refuse_plain_http(bucket_policy: BucketPolicy) -> Verdict:
    """The bucket's policy refuses requests without TLS, whoever makes them.

    Why: S3 answers plain HTTP over the public Internet unless it is told not to; records would travel in the clear. Where a
    resource control policy of the organization refuses it, which cannot be seen from the account, a waiver says so.
    Fix: add a Deny of `s3:*` to everybody, for the bucket and `/*` below it, with the condition `"Bool":
    {"aws:SecureTransport": "false"}`.
    """
    arn = bucket_policy.arn
    needed = (("s3:ListBucket", arn), ("s3:GetObject", f"{arn}/*"), ("s3:PutObject", f"{arn}/*"))
    denials = [one for one in bucket_policy.policy if _refuses_plain_http(one)]
    left = [action for action, resource in needed if not any(covers(one, action, resource) for one in denials)]
    return failed("its policy does not refuse requests without TLS", allows=left) if left else passed()


def _refuses_plain_http(statement: Statement) -> bool:
    """A further condition would let some through."""
    return (
        statement.effect == DENY
        and names_everybody(statement)
        and all(
            one.key == "aws:securetransport"
            and one.operator in ("bool", "stringequals", "stringlike")
            and one.values == ("false",)
            for one in statement.conditions
        )
    )
