"""How databases, caches and streams talk to their clients."""

from dataclasses import replace

from checks.check import check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.elasticache import Cache, ReplicationGroup, SingleCache
from collectors.aws.kafka import KafkaCluster
from collectors.aws.opensearch import OpenSearchDomain
from collectors.aws.rds_tls import DatabaseTls, RdsClusterTls, RdsStandaloneTls
from collectors.aws.redshift import RedshiftTls

_WAITS = "the parameter group asks for TLS, but not all servers run with it yet: they wait for a restart"
_POSTGRES = RdsStandaloneTls(engine="postgres", parameter="rds.force_ssl", forced=True)
_DOCUMENTS = RdsClusterTls(engine="docdb", parameter="tls", forced=True)


def _forced(tls: DatabaseTls) -> Verdict:
    if tls.engine == "neptune":
        return passed("Neptune answers to nothing but TLS")
    if not tls.parameter:
        told = (
            f"what a database of the engine {tls.engine} asks of its clients stands in no parameter that is looked at"
        )
        return unknown(f"{told}; see its option group", engine=tls.engine)
    observed = {"engine": tls.engine, "parameter": tls.parameter}
    if not tls.forced:
        return failed("clients may connect without TLS", **observed)
    return passed(**observed) if tls.applied else unknown(_WAITS, **observed)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[_POSTGRES],
    fails=[replace(_POSTGRES, forced=False), replace(_POSTGRES, forced=False, applied=False)],
)
def rds_instances_force_tls(tls: RdsStandaloneTls) -> Verdict:
    """A database of RDS refuses clients that do not use TLS.

    Why: a database that only offers TLS also takes the password and the records of a client that never asks for it. What
    Oracle and Db2 ask for stands elsewhere than in the parameter group: for them this is unknown.
    Fix: set `rds.force_ssl` (PostgreSQL, SQL Server) or `require_secure_transport` (MySQL, MariaDB) to 1 in a parameter group
    of your own, and restart where the console says so.
    """
    return _forced(tls)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[_DOCUMENTS, RdsClusterTls(engine="neptune")],
    fails=[replace(_DOCUMENTS, forced=False)],
)
def rds_clusters_force_tls(tls: RdsClusterTls) -> Verdict:
    """A database cluster of Aurora, RDS, DocumentDB or Neptune refuses clients that do not use TLS.

    Why: a database that only offers TLS also takes the password and the records of a client that never asks for it.
    Fix: set `rds.force_ssl` (PostgreSQL) or `require_secure_transport` (MySQL) to 1, or `tls` (DocumentDB) to `enabled`, in a
    cluster parameter group of your own, and restart where the console says so.
    """
    return _forced(tls)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[RedshiftTls(forced=True)],
    fails=[RedshiftTls(), RedshiftTls(applied=False)],
)
def redshift_clusters_force_tls(tls: RedshiftTls) -> Verdict:
    """A Redshift cluster refuses clients that do not use TLS.

    Why: a cluster that only offers TLS also takes the password and the records of a client that never asks for it.
    Fix: set `require_ssl` to true in a parameter group of your own, and reboot the cluster.
    """
    if not tls.forced:
        return failed("clients may connect without TLS (require_ssl is false)")
    return passed() if tls.applied else unknown(_WAITS)


def _cache_forced(cache: Cache) -> Verdict:
    if not cache.tls:
        return failed("everything is sent in the clear")
    return failed("it offers TLS and goes on without") if cache.plain_too else passed()


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[ReplicationGroup(tls=True)],
    fails=[ReplicationGroup(), ReplicationGroup(tls=True, plain_too=True)],
)
def redis_groups_force_tls(group: ReplicationGroup) -> Verdict:
    """A Redis or Valkey replication group talks over TLS only.

    Why: what is cached is sent in the clear otherwise, with the token that opens it.
    Fix: switch on encryption in transit with the mode `preferred`, move the clients over, then set the mode to `required`.
    """
    return _cache_forced(group)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[SingleCache(engine="memcached", tls=True)],
    fails=[SingleCache(engine="redis")],
)
def single_caches_force_tls(cache: SingleCache) -> Verdict:
    """A Memcached cluster, or a Redis node without a replication group, talks over TLS only.

    Why: what is cached is sent in the clear otherwise.
    Fix: make a new Memcached cluster with encryption in transit (from version 1.6.12), or move a Redis node's data to a
    replication group with TLS.
    """
    return _cache_forced(cache)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[KafkaCluster(to_clients="TLS", among_brokers=True)],
    fails=[
        KafkaCluster(to_clients="TLS_PLAINTEXT", among_brokers=True),
        KafkaCluster(to_clients="PLAINTEXT", among_brokers=True),
        KafkaCluster(to_clients="TLS"),
    ],
)
def kafka_clusters_force_tls(cluster: KafkaCluster) -> Verdict:
    """A Kafka cluster of MSK talks over TLS only, to clients and among its brokers.

    Why: a cluster that also listens in the clear sends records to every client that does not ask for TLS.
    Fix: set the encryption between clients and brokers to TLS. Encryption among brokers is chosen when a cluster is made: without
    it, make a new one and mirror the topics.
    """
    if cluster.to_clients != "TLS":
        return failed("clients may connect without TLS", to_clients=cluster.to_clients)
    return passed() if cluster.among_brokers else failed("the brokers send one another everything in the clear")


_SEARCH = OpenSearchDomain(https_only=True, among_nodes=True, tls_policy="Policy-Min-TLS-1-2-PFS-2023-10")
_OLD, _CURRENT = "Policy-Min-TLS-1-0-2019-07", ("Policy-Min-TLS-1-2-", "Policy-Min-TLS-1-3-")


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[_SEARCH],
    fails=[OpenSearchDomain(among_nodes=True), OpenSearchDomain(https_only=True)],
)
def opensearch_domains_force_tls(domain: OpenSearchDomain) -> Verdict:
    """An OpenSearch domain takes requests over HTTPS only, and its nodes talk to one another over TLS.

    Why: a domain that also answers to HTTP sends records, and takes passwords, in the clear.
    Fix: require HTTPS for all traffic, and switch on node-to-node encryption, in the domain's security settings.
    """
    if not domain.https_only:
        return failed("it takes requests in the clear")
    return passed() if domain.among_nodes else failed("its nodes send one another everything in the clear")


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[_SEARCH],
    fails=[replace(_SEARCH, tls_policy=_OLD)],
    not_applicable=[replace(_SEARCH, https_only=False)],
)
def opensearch_domains_refuse_old_tls(domain: OpenSearchDomain) -> Verdict:
    """An OpenSearch domain speaks TLS 1.2 or newer only.

    Why: TLS 1.0 and 1.1 are withdrawn, since what they protect can be read or changed.
    Fix: choose a TLS security policy of the domain that begins with `Policy-Min-TLS-1-2`.
    """
    if not domain.https_only:
        return not_applicable("it takes requests in the clear anyway")
    if not domain.tls_policy:
        return unknown("AWS does not tell which versions of TLS it speaks")
    if domain.tls_policy == _OLD:
        return failed("it speaks TLS 1.0 and 1.1", policy=domain.tls_policy)
    if not domain.tls_policy.startswith(_CURRENT):
        return unknown("this version of the scanner does not know the security policy", policy=domain.tls_policy)
    return passed(policy=domain.tls_policy)
