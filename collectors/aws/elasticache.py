"""Caches of ElastiCache: Redis, Valkey and Memcached. https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.api import Answer, Api, Item, Items
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

GROUPS = Api(
    "elasticache",
    "DescribeReplicationGroups",
    "ReplicationGroups{ARN Status AuthTokenEnabled UserGroupIds TransitEncryptionEnabled TransitEncryptionMode"
    " AtRestEncryptionEnabled StorageEncryptionType}",
)
CLUSTERS = Api(
    "elasticache",
    "DescribeCacheClusters",
    "CacheClusters{ARN CacheClusterStatus ReplicationGroupId Engine EngineVersion AutoMinorVersionUpgrade AuthTokenEnabled"
    " TransitEncryptionEnabled TransitEncryptionMode AtRestEncryptionEnabled}",
)
SERVERLESS = Api("elasticache", "DescribeServerlessCaches", "ServerlessCaches{ARN Status Engine UserGroupId}")
USERS = Api("elasticache", "DescribeUsers", "Users{ARN Status AccessString Authentication{Type} UserGroupIds}")
_GOING = ("deleting", "deleted", "create-failed")


def _groups(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["ReplicationGroups"] if one.get("Status") not in _GOING)


def _clusters(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["CacheClusters"] if one.get("CacheClusterStatus") not in _GOING)


def _single(answer: Answer) -> Iterator[Answer]:
    return (one for one in _clusters(answer) if not one.get("ReplicationGroupId"))


def _serverless(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["ServerlessCaches"] if str(one.get("Status")).lower() not in _GOING)


def _users_of_groups(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["Users"] if one.get("UserGroupIds") and one.get("Status") != "deleting")


ALL_GROUPS = Items(GROUPS, _groups, "{ARN}")
"""Replication groups; what is being deleted is left out here and below."""
ALL_CLUSTERS = Items(CLUSTERS, _clusters, "{ARN}")
SINGLE = Items(CLUSTERS, _single, "{ARN}")
"""The clusters of no replication group, which decides for those that it has."""
ALL_SERVERLESS = Items(SERVERLESS, _serverless, "{ARN}")
USERS_OF_GROUPS = Items(USERS, _users_of_groups, "{ARN}")
"""Users that some user group gives to caches. The one called default stands in every region, needed or not."""


@dataclass(frozen=True, kw_only=True)
class Cache(Resource):
    """How a cache is protected."""

    token: bool = False
    """Whether it asks for the one password that all share."""
    user_groups: tuple[str, ...] = ()
    """Whose users it lets in."""
    tls: bool = False
    plain_too: bool = False
    """Whether it goes on without TLS with who does not ask for it."""
    encrypted: bool = False
    """Whether what it puts on disk is."""


@dataclass(frozen=True, kw_only=True)
class ReplicationGroup(Cache):
    """A Redis or Valkey cache of several nodes, or a single one that could grow."""


@dataclass(frozen=True, kw_only=True)
class SingleCache(Cache):
    """A Redis node on its own, or a Memcached cluster."""

    engine: str = ""


def _protection(one: Item) -> Mapping[str, Any]:
    """AWS leaves the flags out where they are false."""
    return {
        "arn": one.arn,
        "region": one.region,
        "token": one.get("AuthTokenEnabled", False),
        "user_groups": tuple(one.get("UserGroupIds", ())),
        "tls": one.get("TransitEncryptionEnabled", False),
        "plain_too": one.get("TransitEncryptionMode") == "preferred",
        "encrypted": one.get("AtRestEncryptionEnabled", False)
        or one.get("StorageEncryptionType", "none") != "none",  # some are, though the flag is false
    }


@aws_collector(each=ALL_GROUPS)
def replication_group(group: Item) -> ReplicationGroup:
    """What holds for all nodes of the group."""
    return ReplicationGroup(**_protection(group))


@aws_collector(each=SINGLE)
def single_cache(cluster: Item) -> SingleCache:
    """Only those of no replication group."""
    return SingleCache(**_protection(cluster), engine=cluster["Engine"])


@dataclass(frozen=True, kw_only=True)
class ServerlessCache(Resource):
    """A serverless cache; AWS always encrypts what it stores and sends."""

    engine: str = ""
    user_group: str = ""
    """Whose users it lets in; empty where it asks nobody who they are."""


@aws_collector(each=ALL_SERVERLESS)
def serverless_cache(cache: Item) -> ServerlessCache:
    """All is in the listing."""
    return ServerlessCache(
        arn=cache.arn, region=cache.region, engine=cache["Engine"], user_group=cache.get("UserGroupId") or ""
    )


@dataclass(frozen=True, kw_only=True)
class CacheUser(Resource):
    """A user whom caches let in."""

    active: bool = True
    """Whether the access string switches the user on."""
    login: str = ""
    """What proves who it is: ``password``, ``iam`` or ``no-password``."""
    groups: tuple[str, ...] = ()


@aws_collector(each=USERS_OF_GROUPS)
def cache_user(user: Item) -> CacheUser:
    """The access string begins with ``on`` or ``off``."""
    return CacheUser(
        arn=user.arn,
        region=user.region,
        active="off" not in user["AccessString"].split(),
        login=user["Authentication"]["Type"],
        groups=tuple(user["UserGroupIds"]),
    )


@dataclass(frozen=True, kw_only=True)
class CacheCluster(Resource):
    """A cache node or a Memcached cluster, alone or of a replication group."""

    engine: str = ""
    version: str = ""
    minor_upgrades: bool = False
    """Whether AWS installs minor versions by itself."""


@aws_collector(each=ALL_CLUSTERS)
def cache_cluster(cluster: Item) -> CacheCluster:
    """All is in the listing."""
    return CacheCluster(
        arn=cluster.arn,
        region=cluster.region,
        engine=cluster["Engine"],
        version=cluster["EngineVersion"],
        minor_upgrades=cluster["AutoMinorVersionUpgrade"],
    )
