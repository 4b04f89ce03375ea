"""Snapshots of databases: whether they are encrypted, and who may restore them.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.rds import encrypted
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

OF_INSTANCES = Api(
    "rds",
    "DescribeDBSnapshots",
    "DBSnapshots{DBSnapshotArn DBSnapshotIdentifier SnapshotType Encrypted StorageEncryptionType}",
)
OF_CLUSTERS = Api(
    "rds",
    "DescribeDBClusterSnapshots",
    "DBClusterSnapshots{DBClusterSnapshotArn DBClusterSnapshotIdentifier SnapshotType StorageEncrypted StorageEncryptionType}",
)
ATTRIBUTES = Api(
    "rds",
    "DescribeDBSnapshotAttributes",
    "DBSnapshotAttributesResult{DBSnapshotAttributes{AttributeName AttributeValues}}",
    {"DBSnapshotIdentifier": Of("DBSnapshotIdentifier")},
    absent=("DBSnapshotNotFound",),
)
CLUSTER_ATTRIBUTES = Api(
    "rds",
    "DescribeDBClusterSnapshotAttributes",
    "DBClusterSnapshotAttributesResult{DBClusterSnapshotAttributes{AttributeName AttributeValues}}",
    {"DBClusterSnapshotIdentifier": Of("DBClusterSnapshotIdentifier")},
    absent=("DBClusterSnapshotNotFoundFault",),
)
_OWN_KEY = "sse-kms"


def _shareable(rows: str, flag: str) -> Callable[[Answer], Iterator[Answer]]:
    """AWS lets nobody share a snapshot with everybody that was taken automatically, or that is encrypted with a KMS key."""

    def found(answer: Answer) -> Iterator[Answer]:
        for one in answer[rows]:
            with_key = one.get(flag) and one.get("StorageEncryptionType", _OWN_KEY) == _OWN_KEY
            if one.get("SnapshotType") not in ("automated", "awsbackup") and not with_key:
                yield one

    return found


SNAPSHOTS = Items(OF_INSTANCES, "DBSnapshots", "{DBSnapshotArn}")
CLUSTER_SNAPSHOTS = Items(OF_CLUSTERS, "DBClusterSnapshots", "{DBClusterSnapshotArn}")
SHAREABLE = Items(OF_INSTANCES, _shareable("DBSnapshots", "Encrypted"), "{DBSnapshotArn}")
"""The snapshots that could be public: manual, and not encrypted with a key. So few calls are made."""
SHAREABLE_OF_CLUSTERS = Items(
    OF_CLUSTERS, _shareable("DBClusterSnapshots", "StorageEncrypted"), "{DBClusterSnapshotArn}"
)


@dataclass(frozen=True, kw_only=True)
class RdsSnapshot(Resource):
    """A copy of a database, taken by somebody or by AWS."""

    encrypted: bool = False


@aws_collector(each=SNAPSHOTS)
def rds_snapshot(snapshot: Item) -> RdsSnapshot:
    """Only the account's own are listed."""
    return RdsSnapshot(arn=snapshot.arn, region=snapshot.region, encrypted=encrypted(snapshot, "Encrypted"))


@dataclass(frozen=True, kw_only=True)
class RdsClusterSnapshot(Resource):
    """A copy of a cluster's storage, taken by somebody or by AWS."""

    encrypted: bool = False


@aws_collector(each=CLUSTER_SNAPSHOTS)
def rds_cluster_snapshot(snapshot: Item) -> RdsClusterSnapshot:
    """Only the account's own are listed."""
    return RdsClusterSnapshot(arn=snapshot.arn, region=snapshot.region, encrypted=encrypted(snapshot))


@dataclass(frozen=True, kw_only=True)
class RdsSnapshotSharing(Resource):
    """Who may restore a snapshot that could be given to everybody."""

    accounts: tuple[str, ...] = ()
    """Numbers of other accounts; ``all`` for everybody."""


@dataclass(frozen=True, kw_only=True)
class RdsClusterSnapshotSharing(Resource):
    """Who may restore a cluster's snapshot that could be given to everybody."""

    accounts: tuple[str, ...] = ()
    """Numbers of other accounts; ``all`` for everybody."""


def _restorers(attributes: list[Answer]) -> tuple[str, ...]:
    return tuple(who for one in attributes if one["AttributeName"] == "restore" for who in one["AttributeValues"])


@aws_collector(ATTRIBUTES, each=SHAREABLE)
def rds_snapshot_sharing(snapshot: Item, attributes: Answer) -> RdsSnapshotSharing:
    """Encrypted and automatic snapshots are left out, since they cannot be public."""
    told = attributes["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    return RdsSnapshotSharing(arn=snapshot.arn, region=snapshot.region, accounts=_restorers(told))


@aws_collector(CLUSTER_ATTRIBUTES, each=SHAREABLE_OF_CLUSTERS)
def rds_cluster_snapshot_sharing(snapshot: Item, attributes: Answer) -> RdsClusterSnapshotSharing:
    """Encrypted and automatic snapshots are left out, since they cannot be public."""
    told = attributes["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
    return RdsClusterSnapshotSharing(arn=snapshot.arn, region=snapshot.region, accounts=_restorers(told))
