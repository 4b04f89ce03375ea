"""RDS and Redshift in the shapes that AWS documents, where moto has no answer or another.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBMajorEngineVersions.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBParameters.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html
https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeClusterParameters.html
"""

import json
from typing import Any

from collectors.readings import Unread
from tests.aws_accounts import Answers, Case

_INSTANCES = "us-east-1 rds:DescribeDBInstances"
_CLUSTERS = "us-east-1 rds:DescribeDBClusters"
_SNAPSHOTS = "us-east-1 rds:DescribeDBSnapshots"
_CLUSTER_SNAPSHOTS = "us-east-1 rds:DescribeDBClusterSnapshots"
_HERE = "arn:aws:rds:us-east-1:123456789012"
_FILTERS = [{"Name": "parameter-name", "Values": ["rds.force_ssl", "require_secure_transport", "tls"]}]


def _instance(engine: str, version: str, **other: Any) -> dict[str, Any]:
    return {
        "DBInstanceArn": f"{_HERE}:db:one",
        "DBInstanceStatus": "available",
        "Engine": engine,
        "EngineVersion": version,
        "MasterUsername": "k7keeper",
        "PubliclyAccessible": False,
        "StorageEncrypted": True,
        "AutoMinorVersionUpgrade": True,
        "DBParameterGroups": [{"DBParameterGroupName": "group", "ParameterApplyStatus": "in-sync"}],
        **other,
    }


def _cluster(engine: str, version: str, **other: Any) -> dict[str, Any]:
    return {
        "DBClusterArn": f"{_HERE}:cluster:many",
        "Status": "available",
        "Engine": engine,
        "EngineVersion": version,
        "MasterUsername": "k7keeper",
        "StorageEncrypted": True,
        "DBClusterParameterGroup": "group",
        "DBClusterMembers": [{"DBClusterParameterGroupStatus": "in-sync"}],
        **other,
    }


def _of_instance(instance: dict[str, Any], **parameters: str | None) -> Answers:
    asked = json.dumps({"DBParameterGroupName": "group", "Filters": _FILTERS}, sort_keys=True)
    return {
        _INSTANCES: {"DBInstances": [instance]},
        f"us-east-1 rds:DescribeDBParameters {asked}": {"Parameters": _rows(parameters)},
    }


def _of_cluster(cluster: dict[str, Any], **parameters: str | None) -> Answers:
    asked = json.dumps({"DBClusterParameterGroupName": "group", "Filters": _FILTERS}, sort_keys=True)
    return {
        _CLUSTERS: {"DBClusters": [cluster]},
        f"us-east-1 rds:DescribeDBClusterParameters {asked}": {"Parameters": _rows(parameters)},
    }


def _rows(parameters: dict[str, str | None]) -> list[dict[str, str]]:
    named = {name.replace("rds_force", "rds.force"): value for name, value in parameters.items()}
    return [
        {"ParameterName": name} if value is None else {"ParameterName": name, "ParameterValue": value}
        for name, value in named.items()
    ]


_WAITING = [{"DBParameterGroupName": "group", "ParameterApplyStatus": "pending-reboot"}]
_TLS = (
    ("pass", _of_instance(_instance("postgres", "15.4"), rds_force_ssl="1")),
    ("fail", _of_instance(_instance("postgres", "15.4"), rds_force_ssl="0")),
    ("pass", _of_instance(_instance("postgres", "15.4"))),
    ("fail", _of_instance(_instance("postgres", "14.9"), rds_force_ssl=None)),
    ("pass", _of_instance(_instance("mysql", "8.0.40"), require_secure_transport="ON")),
    ("fail", _of_instance(_instance("mysql", "8.0.40"), require_secure_transport=None)),
    ("pass", _of_instance(_instance("mariadb", "11.8.3"), require_secure_transport=None)),
    ("pass", _of_instance(_instance("mariadb", "12.3.1"), require_secure_transport=None)),
    ("fail", _of_instance(_instance("mariadb", "11.4.5"), require_secure_transport=None)),
    ("fail", _of_instance(_instance("mariadb", "10.4.34"))),  # which knows no such parameter
    ("pass", _of_instance(_instance("sqlserver-se", "15.00.4420.2.v1"), rds_force_ssl="1")),
    ("fail", _of_instance(_instance("sqlserver-se", "15.00.4420.2.v1"), rds_force_ssl="0")),
    ("unknown", _of_instance(_instance("oracle-ee", "19.0.0.0.ru-2026-01.rur-2026-01.r1"))),
    ("unknown", _of_instance(_instance("sqlserver-se", "15.0", DBParameterGroups=_WAITING), rds_force_ssl="1")),
    ("fail", _of_instance(_instance("sqlserver-se", "15.0", DBParameterGroups=_WAITING), rds_force_ssl="0")),
)
_MEMBERS = [{"DBClusterParameterGroupStatus": "in-sync"}, {"DBClusterParameterGroupStatus": "pending-reboot"}]
_CLUSTER_TLS = (
    ("pass", _of_cluster(_cluster("docdb", "5.0.0"), tls="enabled")),
    ("pass", _of_cluster(_cluster("docdb", "5.0.0"), tls="tls1.2+")),
    ("pass", _of_cluster(_cluster("docdb", "5.0.0"), tls="fips-140-3")),
    ("fail", _of_cluster(_cluster("docdb", "5.0.0"), tls="disabled")),
    ("unknown", _of_cluster(_cluster("docdb", "5.0.0", DBClusterMembers=_MEMBERS), tls="enabled")),
    ("pass", _of_cluster(_cluster("neptune", "1.3.2.0"))),
    ("pass", _of_cluster(_cluster("aurora-mysql", "8.0.mysql_aurora.3.08.0"), require_secure_transport="ON")),
    ("fail", _of_cluster(_cluster("aurora-mysql", "8.0.mysql_aurora.3.08.0"), require_secure_transport="OFF")),
    ("fail", _of_cluster(_cluster("aurora-mysql", "8.0.mysql_aurora.3.10.1"), require_secure_transport=None)),
    ("pass", _of_cluster(_cluster("aurora-mysql", "8.4.mysql_aurora.8.4.7"), require_secure_transport=None)),
    ("fail", _of_cluster(_cluster("aurora-postgresql", "16.4"), rds_force_ssl="0")),
    ("pass", _of_cluster(_cluster("aurora-postgresql", "17.4"))),
    ("pass", _of_cluster(_cluster("postgres", "16.4"), rds_force_ssl="1")),
)

_STANDARD, _EXTENDED = "open-source-rds-standard-support", "open-source-rds-extended-support"


def _lifecycle(engine: str, major: str, standard: str, extended: str = "") -> dict[str, Any]:
    stages = [{"LifecycleSupportName": _STANDARD, "LifecycleSupportEndDate": f"{standard}T23:59:59+00:00"}]
    if extended:
        stages.append({"LifecycleSupportName": _EXTENDED, "LifecycleSupportEndDate": f"{extended}T23:59:59+00:00"})
    return {"Engine": engine, "MajorEngineVersion": major, "SupportedEngineLifecycles": stages}


_MAJORS = {
    "DBMajorEngineVersions": [
        _lifecycle("mysql", "8.0", "2020-04-30", "2090-04-30"),
        _lifecycle("mysql", "8.4", "2090-07-31", "2093-07-31"),
        _lifecycle("mysql", "5.7", "2020-02-29", "2021-02-28"),
        _lifecycle("mysql", "8", "2020-01-01"),
        _lifecycle("postgres", "1", "2020-01-01"),
        _lifecycle("mariadb", "10.6", "2020-08-31"),
        _lifecycle("aurora-mysql", "8.0", "2090-04-30", "2093-04-30"),
    ]
}


def _runs(one: dict[str, Any], status: str = "available") -> Answers:
    asked = json.dumps({"Engine": one["Engine"], "EngineVersion": one["EngineVersion"], "IncludeAll": True})
    told = {"Engine": one["Engine"], "EngineVersion": one["EngineVersion"], "Status": status}
    listing = {_INSTANCES: {"DBInstances": [one]}} if "DBInstanceArn" in one else {_CLUSTERS: {"DBClusters": [one]}}
    return {
        **listing,
        f"us-east-1 rds:DescribeDBEngineVersions {asked}": {"DBEngineVersions": [told] if status else []},
        "us-east-1 rds:DescribeDBMajorEngineVersions": _MAJORS,
    }


_DISABLED = {"EngineLifecycleSupport": "open-source-rds-extended-support-disabled"}
_ENGINES = (
    ("pass", _runs(_instance("mysql", "8.4.4"))),
    ("pass", _runs(_instance("mysql", "8.4.4", **_DISABLED))),
    ("pass", _runs(_instance("mysql", "8.0.40"))),  # under Extended Support
    ("fail", _runs(_instance("mysql", "8.0.40", **_DISABLED))),
    ("fail", _runs(_instance("mysql", "8.0.28"), "deprecated")),
    ("fail", _runs(_instance("mysql", "5.7.44"))),
    ("fail", _runs(_instance("mariadb", "10.6.20"))),  # it has no Extended Support
    ("pass", _runs(_instance("postgres", "17.2"))),  # of which AWS tells no dates; those of version 1 are not its own
    ("pass", _runs(_instance("oracle-ee", "19.0.0.0.ru-2026-01.rur-2026-01.r1"))),
    ("unknown", _runs(_instance("postgres", "17.2"), "")),
    ("unknown", _runs(_instance("custom-oracle-ee", "19.my_cev1"), "inactive")),  # as its owner made it
)


def _shared(**other: Any) -> Answers:
    snapshot = {
        "DBSnapshotArn": f"{_HERE}:snapshot:s",
        "DBSnapshotIdentifier": "s",
        "SnapshotType": "manual",
        "Encrypted": False,
        **other,
    }
    attributes = [{"AttributeName": "restore", "AttributeValues": ["210987654321", "all"]}]
    return {
        _SNAPSHOTS: {"DBSnapshots": [snapshot]},
        'us-east-1 rds:DescribeDBSnapshotAttributes {"DBSnapshotIdentifier": "s"}': {
            "DBSnapshotAttributesResult": {"DBSnapshotAttributes": attributes}
        },
    }


def _warehouse(require: str, status: str = "in-sync") -> Answers:
    cluster = {
        "ClusterIdentifier": "dw",
        "ClusterStatus": "available",
        "ClusterParameterGroups": [{"ParameterGroupName": "group", "ParameterApplyStatus": status}],
    }
    rows = [{"ParameterName": "require_ssl", "ParameterValue": require}]
    return {
        "us-east-1 redshift:DescribeClusters": {"Clusters": [cluster]},
        'us-east-1 redshift:DescribeClusterParameters {"ParameterGroupName": "group"}': {"Parameters": rows},
    }


_OTHER = {"DBClusterIdentifier": "many"}
CASES = (
    *(Case("rds-instances-force-tls", status, answers) for status, answers in _TLS),
    *(Case("rds-clusters-force-tls", status, answers) for status, answers in _CLUSTER_TLS),
    *(Case("rds-instances-run-supported-engines", status, answers) for status, answers in _ENGINES),
    Case("rds-clusters-run-supported-engines", "pass", _runs(_cluster("aurora-mysql", "8.0.mysql_aurora.3.08.0"))),
    Case("rds-clusters-run-supported-engines", "pass", _runs(_cluster("docdb", "5.0.0"))),
    Case("rds-clusters-run-supported-engines", "fail", _runs(_cluster("docdb", "3.6.0"), "deprecated")),
    Case(
        "rds-clusters-are-not-public",
        "pass",
        {_CLUSTERS: {"DBClusters": [_cluster("aurora-mysql", "8.0.mysql_aurora.3.08.0")]}},
    ),
    Case(
        "rds-clusters-are-not-public",
        "fail",
        {_CLUSTERS: {"DBClusters": [_cluster("mysql", "8.0.40", PubliclyAccessible=True)]}},
    ),
    Case(
        "rds-clusters-are-not-public",
        "fail",
        {_CLUSTERS: {"DBClusters": [_cluster("aurora-postgresql", "17.4", InternetAccessGatewayEnabled=True)]}},
    ),
    Case(
        "rds-clusters-have-no-default-administrator-name",
        "not_applicable",
        {_CLUSTERS: {"DBClusters": [_cluster("neptune", "1.3.2.0", MasterUsername="admin")]}},
    ),
    Case(
        "rds-clusters-are-encrypted",
        "pass",
        {
            _CLUSTERS: {
                "DBClusters": [
                    _cluster("mysql", "8.0.40", StorageEncrypted=False, StorageEncryptionType="sse-rds"),
                ]
            }
        },
    ),
    Case(
        "rds-clusters-are-encrypted",
        "fail",
        {
            _CLUSTERS: {
                "DBClusters": [_cluster("mysql", "8.0.40", StorageEncrypted=False, StorageEncryptionType="none")]
            }
        },
    ),
    Case(
        "rds-instances-take-minor-upgrades",
        "not_applicable",
        {_INSTANCES: {"DBInstances": [_instance("docdb", "5.0.0", AutoMinorVersionUpgrade=False, **_OTHER)]}},
    ),
    Case("rds-snapshots-are-not-public", "fail", _shared()),
    Case("rds-snapshots-are-not-public", "fail", _shared(Encrypted=True, StorageEncryptionType="sse-rds")),
    Case("redshift-clusters-force-tls", "pass", _warehouse("true")),
    Case("redshift-clusters-force-tls", "fail", _warehouse("false")),
    Case("redshift-clusters-force-tls", "unknown", _warehouse("true", "pending-reboot")),
    Case("rds-instances-are-encrypted", "unknown", {_INSTANCES: Unread("needs rds:DescribeDBInstances")}),
)
