"""Whether AWS still supports the version that a database runs.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.api import Answer, Api, Item, Of
from collectors.aws.rds import ALL_CLUSTERS, STANDALONE
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

VERSION = Api(
    "rds",
    "DescribeDBEngineVersions",
    "DBEngineVersions{EngineVersion Status}",
    {"Engine": Of("Engine"), "EngineVersion": Of("EngineVersion"), "IncludeAll": True},
)
MAJOR_VERSIONS = Api(
    "rds",
    "DescribeDBMajorEngineVersions",
    "DBMajorEngineVersions{Engine MajorEngineVersion"
    " SupportedEngineLifecycles{LifecycleSupportName LifecycleSupportEndDate}}",
)
_STANDARD = "open-source-rds-standard-support"
_EXTENDED = "open-source-rds-extended-support"
_NOT_ENROLLED = "open-source-rds-extended-support-disabled"


@dataclass(frozen=True, kw_only=True)
class EngineSupport(Resource):
    """How long AWS supports what a database runs."""

    engine: str = ""
    version: str = ""
    status: str = ""
    """``available`` or ``deprecated``; empty where AWS does not know the version."""
    standard_until: datetime | None = None
    """When standard support of the major version ends; None where AWS tells no date, as for what is not open source."""
    extended_until: datetime | None = None
    """When support that is paid for ends."""
    enrolled: bool = True
    """Whether the database goes on with paid support when the standard one ends."""


@dataclass(frozen=True, kw_only=True)
class RdsStandaloneSupport(EngineSupport):
    """How long AWS supports what a database on an instance of its own runs."""


@dataclass(frozen=True, kw_only=True)
class RdsClusterSupport(EngineSupport):
    """How long AWS supports what a database cluster runs."""


def _told(one: Item, versions: Answer, majors: Answer) -> Mapping[str, Any]:
    engine, version = str(one["Engine"]), str(one["EngineVersion"])
    status = [row["Status"] for row in versions["DBEngineVersions"] if row["EngineVersion"] == version]
    own = [
        row
        for row in majors["DBMajorEngineVersions"]
        if row["Engine"] == engine and f"{version}.".startswith(f"{row['MajorEngineVersion']}.")
    ]
    stages = max(own, key=lambda row: len(row["MajorEngineVersion"]))["SupportedEngineLifecycles"] if own else ()
    ends = {one["LifecycleSupportName"]: datetime.fromisoformat(one["LifecycleSupportEndDate"]) for one in stages}
    return {
        "arn": one.arn,
        "region": one.region,
        "engine": engine,
        "version": version,
        "status": status[0] if status else "",
        "standard_until": ends.get(_STANDARD),
        "extended_until": ends.get(_EXTENDED),
        "enrolled": one.get("EngineLifecycleSupport") != _NOT_ENROLLED,
    }


@aws_collector(VERSION, MAJOR_VERSIONS, each=STANDALONE)
def rds_standalone_support(instance: Item, versions: Answer, majors: Answer) -> RdsStandaloneSupport:
    """One call for each version, whichever databases run it."""
    return RdsStandaloneSupport(**_told(instance, versions, majors))


@aws_collector(VERSION, MAJOR_VERSIONS, each=ALL_CLUSTERS)
def rds_cluster_support(cluster: Item, versions: Answer, majors: Answer) -> RdsClusterSupport:
    """The members of a cluster run what the cluster runs."""
    return RdsClusterSupport(**_told(cluster, versions, majors))
