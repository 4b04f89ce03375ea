"""Whether what databases, warehouses, search domains and caches store is encrypted."""

from checks.check import SUPPORTING, check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed
from collectors.aws.elasticache import ReplicationGroup, SingleCache
from collectors.aws.opensearch import OpenSearchDomain
from collectors.aws.rds import RdsCluster, RdsStandalone
from collectors.aws.rds_snapshots import RdsClusterSnapshot, RdsSnapshot
from collectors.aws.redshift import RedshiftCluster


def _kept(*, encrypted: bool) -> Verdict:
    return passed() if encrypted else failed("what it stores is not encrypted")


@check(
    "17.04(5)",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[RdsStandalone(encrypted=True)],
    fails=[RdsStandalone()],
)
def rds_instances_are_encrypted(database: RdsStandalone) -> Verdict:
    """The storage of a database is encrypted.

    Why: disks and backups of a database leave its protection when they are copied, shared or discarded.
    Fix: AWS encrypts no database in place: take a snapshot, copy it with a KMS key, and restore the database from the copy.
    """
    return _kept(encrypted=database.encrypted)


@check("17.04(5)", severity=HIGH, basis=SUPPORTING, passes=[RdsCluster(encrypted=True)], fails=[RdsCluster()])
def rds_clusters_are_encrypted(cluster: RdsCluster) -> Verdict:
    """The storage of a database cluster is encrypted.

    Why: disks and backups of a database leave its protection when they are copied, shared or discarded.
    Fix: AWS encrypts no cluster in place: take a snapshot, and restore the cluster from it with a KMS key.
    """
    return _kept(encrypted=cluster.encrypted)


@check("17.04(5)", severity=HIGH, basis=SUPPORTING, passes=[RdsSnapshot(encrypted=True)], fails=[RdsSnapshot()])
def rds_snapshots_are_encrypted(snapshot: RdsSnapshot) -> Verdict:
    """A snapshot of a database is encrypted.

    Why: a snapshot is a whole database that is easily copied and shared; AWS lets nobody make one with a KMS key public.
    Fix: copy the snapshot with a KMS key and delete it; encrypt the database, so that the next ones are encrypted too.
    """
    return _kept(encrypted=snapshot.encrypted)


@check(
    "17.04(5)",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[RdsClusterSnapshot(encrypted=True)],
    fails=[RdsClusterSnapshot()],
)
def rds_cluster_snapshots_are_encrypted(snapshot: RdsClusterSnapshot) -> Verdict:
    """A snapshot of a database cluster is encrypted.

    Why: a snapshot is a whole database that is easily copied and shared; AWS lets nobody make one with a KMS key public.
    Fix: restore the snapshot into a cluster with a KMS key, take a new one of that and delete this one.
    """
    return _kept(encrypted=snapshot.encrypted)


@check(
    "17.04(5)",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[RedshiftCluster(encrypted=True)],
    fails=[RedshiftCluster()],
)
def redshift_clusters_are_encrypted(cluster: RedshiftCluster) -> Verdict:
    """The storage of a Redshift cluster is encrypted.

    Why: disks and snapshots of a warehouse leave its protection when they are copied, shared or discarded.
    Fix: modify the cluster to use KMS encryption; Redshift encrypts what it holds in the background.
    """
    return _kept(encrypted=cluster.encrypted)


@check(
    "17.04(5)",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[OpenSearchDomain(encrypted=True)],
    fails=[OpenSearchDomain()],
)
def opensearch_domains_are_encrypted(domain: OpenSearchDomain) -> Verdict:
    """The indices and logs of an OpenSearch domain are encrypted on disk.

    Why: disks and snapshots of a search domain leave its protection when they are copied or discarded.
    Fix: switch on encryption of data at rest in the domain's security settings.
    """
    return _kept(encrypted=domain.encrypted)


@check(
    "17.04(5)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[ReplicationGroup(encrypted=True)],
    fails=[ReplicationGroup()],
)
def redis_groups_are_encrypted(group: ReplicationGroup) -> Verdict:
    """What a Redis or Valkey replication group puts on disk is encrypted.

    Why: a cache writes what it holds to disk when it synchronises, swaps and is backed up.
    Fix: make a backup, and a new replication group with encryption at rest from it.
    """
    return _kept(encrypted=group.encrypted)


@check(
    "17.04(5)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[SingleCache(engine="redis", encrypted=True)],
    fails=[SingleCache(engine="redis")],
    not_applicable=[SingleCache(engine="memcached")],
)
def redis_single_nodes_are_encrypted(cache: SingleCache) -> Verdict:
    """What a Redis or Valkey node without a replication group puts on disk is encrypted.

    Why: a cache writes what it holds to disk when it swaps and is backed up.
    Fix: make a backup, and a replication group (of one node, if you like) with encryption at rest from it.
    """
    if cache.engine == "memcached":
        return not_applicable("Memcached holds everything in memory and backs nothing up")
    return _kept(encrypted=cache.encrypted)
