"""What CloudTrail records of an account.

A trail of all regions stands in the listing of each region, so one listing that could be seen names all of them.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from checks.access_control.aws.buckets import s3_buckets_are_not_public
from checks.check import SUPPORTING, check, given
from checks.verdict import CRITICAL, MEDIUM, Verdict, failed, not_applicable, passed, unknown, unless_blind
from collectors.aws.cloudtrail import MANAGEMENT, OBJECTS, Selection, Trail, TrailRecord, TrailsInRegion
from collectors.aws.s3 import AccountPublicBlock, BucketAccess
from collectors.collector import Whole

_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all"
_LISTED = Whole((TrailsInRegion(region="us-east-1", of_all_regions=(_ARN,)),))


def _record(*selections: Selection, logging: bool = True, delivery_error: str = "") -> Whole[TrailRecord]:
    return Whole((TrailRecord(arn=_ARN, logging=logging, delivery_error=delivery_error, selections=selections),))


def trails_of_all_regions(listed: Whole[TrailsInRegion]) -> frozenset[str]:
    """Their ARNs, as any region lists them."""
    return frozenset(arn for region in listed.facts for arn in region.of_all_regions)


def blind_to(trails: Iterable[str], listed: Whole[TrailsInRegion], *wholes: Whole[Any]) -> str:
    """Why something of these trails could not be seen; empty where all could."""
    if not listed.facts:
        return listed.blind
    named = frozenset(trails)
    told = [f"{one.subject}: {one.reason}" for whole in wholes for one in whole.unseen if one.subject in named]
    return "; ".join(dict.fromkeys(told))


def _arrives(record: TrailRecord) -> str:
    """Why nothing of the trail arrives; empty where it does."""
    if not record.logging:
        return "it is stopped"
    return f"its log does not reach the bucket ({record.delivery_error})" if record.delivery_error else ""


def _ways(selections: Iterable[Selection]) -> set[str]:
    return {way for one in selections for way, recorded in (("reads", one.reads), ("writes", one.writes)) if recorded}


_WAYS = {"reads", "writes"}


@check(
    "17.04(4)",
    severity=CRITICAL,
    passes=[
        (_LISTED, _record(Selection(MANAGEMENT))),
        (_LISTED, _record(Selection(MANAGEMENT, writes=False), Selection(MANAGEMENT, reads=False))),
        given(
            _LISTED,
            _record(Selection(MANAGEMENT, left_out=("kms.amazonaws.com",))),
            may_be_left_out=("kms.amazonaws.com",),
        ),
    ],
    fails=[
        (Whole((TrailsInRegion(region="us-east-1"),)), Whole(())),
        (_LISTED, _record(Selection(MANAGEMENT), logging=False)),
        (_LISTED, _record(Selection(MANAGEMENT), delivery_error="AccessDenied")),
        (_LISTED, _record(Selection(MANAGEMENT, reads=False))),
        (_LISTED, _record(Selection(MANAGEMENT, left_out=("kms.amazonaws.com",)))),
        (_LISTED, _record(Selection(MANAGEMENT, only=("iam.amazonaws.com",)))),
        (_LISTED, _record(Selection(OBJECTS))),
    ],
)
def a_trail_records_every_region(
    listed: Whole[TrailsInRegion], records: Whole[TrailRecord], *, may_be_left_out: tuple[str, ...] = ()
) -> Verdict:
    """A trail of CloudTrail is on and records every call that manages the account, in all regions.

    Why: unauthorized use cannot be noticed where nobody writes down who did what; an intruder would choose the region that is
    not recorded. CloudTrail Lake is not looked at.
    Fix: create a trail of all regions that records management events, reads and writes, and leaves no service out, and see
    that it is logging and may write to its bucket. The organization's trail counts in every account; what it records can
    only be read in the account that owns it.
    Settings:
        may_be_left_out: services whose events the trail may leave out, e.g. `kms.amazonaws.com` or `rdsdata.amazonaws.com`.
            None, since the use of keys is how records are opened.
    """
    trails = trails_of_all_regions(listed)
    seen = [one for one in records.facts if one.arn in trails]
    recorded: set[str] = set()
    lacking = []
    for record in seen:
        whole = [
            one
            for one in record.selections
            if one.what == MANAGEMENT and not one.only and set(one.left_out) <= set(may_be_left_out)
        ]
        why = _arrives(record)
        recorded |= set() if why else _ways(whole)
        missing = " or ".join(sorted(_WAYS - _ways(whole)))
        lacking.append(f"{record.arn}: {why or f'it does not record all {missing}'}")
    if recorded == _WAYS:
        return passed(trails=[one.arn for one in seen])
    if not trails:
        return unless_blind(blind_to(trails, listed), failed("there is no trail of all regions"))
    told = failed("no trail of all regions records every call that manages the account", trails=lacking)
    return unless_blind(blind_to(trails, listed, records), told)


@check("17.04(4)", severity=MEDIUM, passes=[Trail(validated=True)], fails=[Trail()])
def trails_keep_digests_of_their_log(trail: Trail) -> Verdict:
    """A digest beside the trail's log shows whether somebody has changed or deleted it.

    Why: who misuses the account would also clean the log; without digests nobody can tell that it is whole.
    Fix: switch on log file validation of the trail.
    """
    return passed() if trail.validated else failed("log file validation is off")


@check(
    "17.04(4)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[
        (_LISTED, _record(Selection(OBJECTS))),
        given(_LISTED, _record(Selection(OBJECTS, left_out=("logs",))), may_be_left_out=("logs",)),
        given(_LISTED, _record(Selection(OBJECTS, only=("records",))), buckets=("records",)),
    ],
    fails=[
        (_LISTED, _record(Selection(MANAGEMENT))),
        (_LISTED, _record(Selection(OBJECTS, reads=False))),
        (_LISTED, _record(Selection(OBJECTS, left_out=("records/",)))),
        (_LISTED, _record(Selection(OBJECTS), logging=False)),
        given(_LISTED, _record(Selection(OBJECTS, only=("records/a",))), buckets=("records",)),
        given(_LISTED, _record(Selection(OBJECTS, left_out=("records",))), buckets=("records",)),
    ],
)
def a_trail_records_the_use_of_objects(
    listed: Whole[TrailsInRegion],
    records: Whole[TrailRecord],
    *,
    buckets: tuple[str, ...] = (),
    may_be_left_out: tuple[str, ...] = (),
) -> Verdict:
    """A trail of CloudTrail records who reads and writes objects in buckets.

    Why: management events do not tell who read a record. CloudTrail Lake and server access logs are not looked at here.
    Fix: have a trail of all regions record data events of S3, reads and writes; or name the buckets that hold personal
    information in the setting `buckets` and record at least those.
    Settings:
        buckets: names of the buckets of which the use must be recorded; all where none is named.
        may_be_left_out: names of buckets that need not be recorded where all others are, e.g. the one that takes the log.
    """
    trails = trails_of_all_regions(listed)
    selections = [
        one
        for record in records.facts
        if record.arn in trails and not _arrives(record)
        for one in record.selections
        if one.what == OBJECTS
    ]
    if buckets:
        missing = [name for name in buckets if _ways(one for one in selections if _covers(one, name)) != _WAYS]
    else:
        whole = [one for one in selections if not one.only and set(one.left_out) <= set(may_be_left_out)]
        missing = [] if _ways(whole) == _WAYS else ["all buckets"]
    if not missing:
        return passed(buckets=buckets or "all")
    told = failed("no trail of all regions records who reads and writes the objects", buckets=missing)
    return unless_blind(blind_to(trails, listed, records), told)


def _covers(selection: Selection, bucket: str) -> bool:
    """Whether all objects of a bucket are recorded."""
    left_out = any(one == bucket or one.startswith(f"{bucket}/") for one in selection.left_out)
    return not left_out and (not selection.only or bucket in selection.only)


_BUCKET = BucketAccess(arn="arn:aws:s3:::logs")
_OPEN = AccountPublicBlock()


@check(
    "17.04(4)",
    severity=CRITICAL,
    passes=[(Trail(bucket="logs"), Whole((_BUCKET,)), _OPEN)],
    fails=[
        (Trail(bucket="logs"), Whole((replace(_BUCKET, policy_is_public=True),)), _OPEN),
        (Trail(bucket="logs"), Whole((replace(_BUCKET, acl_grants=("READ",)),)), _OPEN),
    ],
    not_applicable=[(Trail(bucket="logs", own=False), Whole(()), _OPEN)],
)
def trails_write_to_private_buckets(
    trail: Trail, buckets: Whole[BucketAccess], account_public_block: AccountPublicBlock
) -> Verdict:
    """Neither policy nor ACL of the bucket that takes the trail's log lets everybody in.

    Why: the log tells who does what with which records; to everybody it would be a map, and whoever can write may clean it.
    Fix: switch on Block Public Access of the bucket. Where it belongs to another account, such as an archive of logs, scan that
    account: its buckets are judged there.
    """
    named = f":::{trail.bucket}"
    for bucket in buckets.facts:
        if bucket.arn.endswith(named):
            found = s3_buckets_are_not_public.judge(bucket, account_public_block)
            return replace(found, observed={"bucket": trail.bucket, **found.observed})
    for one in buckets.unseen:
        if one.subject.endswith(named) or not one.subject.startswith("arn:"):  # the listing of buckets
            return unknown(one.reason, bucket=trail.bucket)
    if trail.own:
        return unknown("the bucket is not one of this account's, and is seen where it belongs", bucket=trail.bucket)
    return not_applicable("trail and bucket belong to other accounts", bucket=trail.bucket)
