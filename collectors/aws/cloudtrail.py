"""What CloudTrail writes down of the calls that are made. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/

A trail of all regions is listed in each of them; one of the organization in each account. So a region that cannot be seen
hides none of them, as long as one can.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.api import ITEM, Answer, Api, Item, Items, Of, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

TRAILS = Api(
    "cloudtrail",
    "DescribeTrails",
    "trailList{TrailARN HomeRegion IsMultiRegionTrail LogFileValidationEnabled S3BucketName CloudWatchLogsLogGroupArn}",
)
EACH = Items(TRAILS, "trailList", "{TrailARN}", region="HomeRegion")
STATUS = Api(
    "cloudtrail",
    "GetTrailStatus",
    "IsLogging LatestDeliveryError LatestCloudWatchLogsDeliveryError",
    {"Name": Of("TrailARN")},
    where=ITEM,
)
SELECTORS = Api(
    "cloudtrail",
    "GetEventSelectors",
    "EventSelectors{ReadWriteType IncludeManagementEvents ExcludeManagementEventSources DataResources{Type Values}}"
    " AdvancedEventSelectors{FieldSelectors}",
    {"TrailName": Of("TrailARN")},
    where=ITEM,
)


@dataclass(frozen=True, kw_only=True)
class Trail(Resource):
    """A trail as its listing tells. It may be another account's, where that is the organization's."""

    validated: bool = False
    """Whether a digest is kept beside the log, so that a change of it can be seen."""
    bucket: str = ""
    """The bucket that takes the log."""
    own: bool = True
    """Whether the trail is this account's own."""


@aws_collector(each=EACH)
def trail(one: Item) -> Trail:
    """Trails of one region alone count too."""
    return Trail(
        arn=one.arn,
        region=one.region,
        validated=one["LogFileValidationEnabled"],
        bucket=one["S3BucketName"],
        own=owner(one.arn) == one.at.account,
    )


def owner(arn: str) -> str:
    """The account that an ARN names."""
    return arn.split(":")[4]


@dataclass(frozen=True, kw_only=True)
class TrailsInRegion(Resource):
    """The trails of all regions, as one region lists them. Each region lists all."""

    of_all_regions: tuple[str, ...] = ()
    """Their ARNs."""


@aws_collector(TRAILS)
def trails_in_region(at: Place, listed: Answer) -> TrailsInRegion:
    """Trails of one region alone are left out."""
    trails = [one["TrailARN"] for one in listed["trailList"] if one["IsMultiRegionTrail"]]
    return TrailsInRegion(region=at.region, of_all_regions=tuple(trails))


MANAGEMENT = "management"
OBJECTS = "objects"
_OBJECT = "AWS::S3::Object"
_EVERY_BUCKET = re.compile(r"arn:aws[a-z-]*:s3(:::)?")
_BY_BUCKET = frozenset({"Field", "Equals", "StartsWith", "NotEquals", "NotStartsWith"})


@dataclass(frozen=True, slots=True)
class Selection:
    """Events that a trail records."""

    what: str
    """``MANAGEMENT``: calls that manage the account; ``OBJECTS``: the use of objects in buckets."""
    reads: bool = True
    writes: bool = True
    left_out: tuple[str, ...] = ()
    """What is not recorded: services such as ``kms.amazonaws.com``, buckets or beginnings of objects, or other conditions."""
    only: tuple[str, ...] = ()
    """Where only some are recorded: buckets, or other conditions; empty for all."""


@dataclass(frozen=True, kw_only=True)
class TrailRecord(Resource):
    """What a trail records, and whether it arrives."""

    logging: bool = True
    delivery_error: str = ""
    """Why the log did not reach the bucket when CloudTrail last tried, as AWS calls it."""
    log_group_error: str = ""
    """The same of the log group of CloudWatch."""
    selections: tuple[Selection, ...] = ()


@aws_collector(STATUS, SELECTORS, each=EACH)
def trail_record(one: Item, status: Answer, selectors: Answer) -> TrailRecord:
    """A trail has basic or advanced selectors. AWS leaves out errors where there are none."""
    return TrailRecord(
        arn=one.arn,
        region=one.region,
        logging=status["IsLogging"],
        delivery_error=status.get("LatestDeliveryError") or "",
        log_group_error=status.get("LatestCloudWatchLogsDeliveryError") or "",
        selections=(*_basic(selectors), *_advanced(selectors)),
    )


def _basic(selectors: Answer) -> Iterator[Selection]:
    for one in selectors.get("EventSelectors") or ():
        kind = one.get("ReadWriteType", "All")
        reads, writes = kind != "WriteOnly", kind != "ReadOnly"
        if one.get("IncludeManagementEvents", True):
            yield Selection(MANAGEMENT, reads, writes, tuple(one.get("ExcludeManagementEventSources") or ()))
        for data in one.get("DataResources") or ():
            values = data.get("Values") or []
            if data["Type"] == _OBJECT and values:
                every = any(map(_EVERY_BUCKET.fullmatch, values))
                yield Selection(OBJECTS, reads, writes, (), () if every else tuple(map(_named, values)))


def _advanced(selectors: Answer) -> Iterator[Selection]:
    """Conditions of a selector must all hold, each for one of its values. Of the use of objects, selectors are left out
    that are about some calls or some callers: they record no bucket whole.
    """
    for selector in selectors.get("AdvancedEventSelectors") or ():
        fields = {one["Field"]: one for one in selector["FieldSelectors"]}
        category = fields.pop("eventCategory")["Equals"]
        kinds = fields.pop("resources.type", {}).get("Equals", [])
        if category == ["Management"]:
            what = MANAGEMENT
        elif category == ["Data"] and kinds == [_OBJECT]:
            what = OBJECTS
        else:
            continue
        read_only = fields.pop("readOnly", {}).get("Equals", ["true", "false"])
        if what == OBJECTS and not _by_bucket(fields):
            continue
        only: list[str] = []
        left_out: list[str] = []
        for one in fields.values():
            for operator, values in one.items():
                if operator != "Field" and not (operator == "StartsWith" and any(map(_EVERY_BUCKET.fullmatch, values))):
                    (left_out if operator.startswith("Not") else only).extend(map(_named, values))
        yield Selection(what, "true" in read_only, "false" in read_only, tuple(left_out), tuple(only))


def _by_bucket(fields: Mapping[str, Answer]) -> bool:
    return set(fields) <= {"resources.ARN"} and all(set(one) <= _BY_BUCKET for one in fields.values())


def _named(value: str) -> str:
    """A bucket, or a bucket and how its objects begin, without the rest of the ARN; anything else as it is."""
    return value.partition(":s3:::")[2].removesuffix("/") or value
