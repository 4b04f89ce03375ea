"""Databases of RDS, Aurora, DocumentDB and Neptune: all of them are listed by the same two calls.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/ - what a cluster decides for its instances (administrator, encryption,
logs, parameters) is told of the cluster; what each instance has of its own, of the instance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.api import Answer, Api, Item, Items
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

INSTANCES = Api(
    "rds",
    "DescribeDBInstances",
    "DBInstances{DBInstanceArn DBInstanceStatus DBClusterIdentifier Engine EngineVersion EngineLifecycleSupport MasterUsername"
    " PubliclyAccessible StorageEncrypted StorageEncryptionType AutoMinorVersionUpgrade EnabledCloudwatchLogsExports"
    " DBParameterGroups{DBParameterGroupName ParameterApplyStatus}}",
)
CLUSTERS = Api(
    "rds",
    "DescribeDBClusters",
    "DBClusters{DBClusterArn Status Engine EngineVersion EngineLifecycleSupport MasterUsername PubliclyAccessible"
    " InternetAccessGatewayEnabled StorageEncrypted StorageEncryptionType EnabledCloudwatchLogsExports DBClusterParameterGroup"
    " DBClusterMembers{DBClusterParameterGroupStatus}}",
)
_OWN_KEYS = ("sse-kms", "sse-rds")
"""How RDS says that a storage is encrypted, even where ``StorageEncrypted`` is false since AWS itself owns the key."""


def _instances(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["DBInstances"] if one.get("DBInstanceStatus") != "deleting")


def _standalone(answer: Answer) -> Iterator[dict[str, Any]]:
    for one in _instances(answer):
        if not one.get("DBClusterIdentifier"):
            groups: Sequence[Answer] = one.get("DBParameterGroups") or ({},)
            yield {**one, **groups[0]}


def _clusters(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["DBClusters"] if one.get("Status") != "deleting")


ALL_INSTANCES = Items(INSTANCES, _instances, "{DBInstanceArn}")
"""Every instance, those of clusters too. What is being deleted is left out here and below."""
STANDALONE = Items(INSTANCES, _standalone, "{DBInstanceArn}")
"""The instances of no cluster, each with the fields of its parameter group."""
ALL_CLUSTERS = Items(CLUSTERS, _clusters, "{DBClusterArn}")
"""Aurora, DocumentDB, Neptune, and RDS in several zones."""


def encrypted(one: Answer, flag: str = "StorageEncrypted") -> bool:
    """Whether RDS encrypts a storage, under whosever key."""
    return bool(one[flag]) or one.get("StorageEncryptionType") in _OWN_KEYS


@dataclass(frozen=True, kw_only=True)
class RdsInstance(Resource):
    """A database server, alone or of a cluster."""

    engine: str = ""
    """As RDS names it, e.g. ``aurora-postgresql``."""
    public: bool = False
    """Whether its name leads to a public address."""
    minor_upgrades: bool = False
    """Whether AWS installs minor versions by itself."""


@aws_collector(each=ALL_INSTANCES)
def rds_instance(instance: Item) -> RdsInstance:
    """What each instance has of its own, a member of a cluster too."""
    return RdsInstance(
        arn=instance.arn,
        region=instance.region,
        engine=instance["Engine"],
        public=instance["PubliclyAccessible"],
        minor_upgrades=instance["AutoMinorVersionUpgrade"],
    )


@dataclass(frozen=True, kw_only=True)
class RdsDatabase(Resource):
    """What is decided once for all servers of a database."""

    engine: str = ""
    administrator: str = ""
    """The name of the account that came with the database."""
    encrypted: bool = False
    """Whether its storage is, and with it its backups."""
    logs: tuple[str, ...] = ()
    """Which logs it sends to CloudWatch, as RDS names them."""


@dataclass(frozen=True, kw_only=True)
class RdsStandalone(RdsDatabase):
    """A database on an instance that belongs to no cluster."""


@aws_collector(each=STANDALONE)
def rds_standalone(instance: Item) -> RdsStandalone:
    """Members of a cluster are left out: it decides for them."""
    return RdsStandalone(
        arn=instance.arn,
        region=instance.region,
        engine=instance["Engine"],
        administrator=instance["MasterUsername"],
        encrypted=encrypted(instance),
        logs=tuple(instance.get("EnabledCloudwatchLogsExports", ())),  # left out where there are none
    )


@dataclass(frozen=True, kw_only=True)
class RdsCluster(RdsDatabase):
    """A database of several servers with one storage."""

    public: bool = False
    """Whether the cluster as such can be reached from the Internet; its instances tell it each of themselves too."""


@aws_collector(each=ALL_CLUSTERS)
def rds_cluster(cluster: Item) -> RdsCluster:
    """AWS tells of public access only where a cluster can have it: in several zones, or through an Internet gateway of its own."""
    return RdsCluster(
        arn=cluster.arn,
        region=cluster.region,
        engine=cluster["Engine"],
        administrator=cluster["MasterUsername"],
        encrypted=encrypted(cluster),
        logs=tuple(cluster.get("EnabledCloudwatchLogsExports", ())),
        public=cluster.get("PubliclyAccessible", False) or cluster.get("InternetAccessGatewayEnabled", False),
    )
