"""Whether databases and caches get their patches."""

from dataclasses import replace
from datetime import UTC, datetime

from checks.check import check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.elasticache import CacheCluster
from collectors.aws.rds import RdsInstance
from collectors.aws.rds_engines import EngineSupport, RdsClusterSupport, RdsStandaloneSupport
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 6, 1, tzinfo=UTC))
_MYSQL = RdsStandaloneSupport(
    engine="mysql",
    version="8.0.40",
    status="available",
    standard_until=datetime(2026, 4, 30, tzinfo=UTC),
    extended_until=datetime(2029, 4, 30, tzinfo=UTC),
)
_AURORA = RdsClusterSupport(engine="aurora-postgresql", version="16.4", status="available")


def _supported(support: EngineSupport, moment: Moment, *, extended_support: bool) -> Verdict:
    observed = {"engine": support.engine, "version": support.version}
    if support.status == "deprecated":
        return failed("AWS calls this version deprecated", **observed)
    if support.status != "available":
        return unknown("AWS does not say whether it supports this version", **observed, status=support.status)
    if support.standard_until is None or moment.at < support.standard_until:
        return passed(**observed)
    observed["standard_support_until"] = f"{support.standard_until:%Y-%m-%d}"
    if support.extended_until is None or not (support.enrolled and extended_support):
        return failed("standard support of this version has ended", **observed)
    observed["extended_support_until"] = f"{support.extended_until:%Y-%m-%d}"
    if moment.at < support.extended_until:
        return passed("it gets security patches under Extended Support, which is paid for", **observed)
    return failed("even the Extended Support of this version has ended", **observed)


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[
        (replace(_MYSQL, version="8.4.4", standard_until=datetime(2029, 7, 31, tzinfo=UTC)), _NOW),
        (_MYSQL, _NOW),
        (
            RdsStandaloneSupport(engine="oracle-ee", version="19.0.0.0.ru-2026-01.rur-2026-01.r1", status="available"),
            _NOW,
        ),
    ],
    fails=[
        (replace(_MYSQL, status="deprecated"), _NOW),
        (replace(_MYSQL, enrolled=False), _NOW),
        (replace(_MYSQL, extended_until=datetime(2026, 5, 1, tzinfo=UTC)), _NOW),
        given(_MYSQL, _NOW, extended_support=False),
    ],
)
def rds_instances_run_supported_engines(
    support: RdsStandaloneSupport, moment: Moment, *, extended_support: bool = True
) -> Verdict:
    """AWS still supports the version that a database runs.

    Why: a version without support gets no security patches, however often the database is maintained.
    Fix: upgrade to a version that AWS lists as available; try it on a blue/green deployment first.
    Settings:
        extended_support: whether AWS' Extended Support counts. On, since it brings patches of critical and high severity; it is
            paid for by the hour and ends after three years.
    """
    return _supported(support, moment, extended_support=extended_support)


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[(_AURORA, _NOW)],
    fails=[(replace(_AURORA, status="deprecated"), _NOW)],
)
def rds_clusters_run_supported_engines(
    support: RdsClusterSupport, moment: Moment, *, extended_support: bool = True
) -> Verdict:
    """AWS still supports the version that a database cluster runs.

    Why: a version without support gets no security patches, however often the cluster is maintained.
    Fix: upgrade to a version that AWS lists as available; try it on a blue/green deployment first.
    Settings:
        extended_support: whether AWS' Extended Support counts. On, since it brings patches of critical and high severity; it is
            paid for by the hour and ends after three years.
    """
    return _supported(support, moment, extended_support=extended_support)


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[RdsInstance(engine="mysql", minor_upgrades=True)],
    fails=[RdsInstance(engine="mysql")],
    not_applicable=[RdsInstance(engine="docdb"), RdsInstance(engine="custom-oracle-ee")],
)
def rds_instances_take_minor_upgrades(instance: RdsInstance) -> Verdict:
    """AWS installs minor versions of a database by itself.

    Why: minor versions are where security fixes come in; a cluster gets them only where each of its instances takes them.
    Fix: switch on automatic minor version upgrades of the instance, and choose its maintenance window.
    """
    if instance.engine == "docdb":
        return not_applicable("DocumentDB is patched by AWS and has no minor versions to choose")
    if instance.engine.startswith("custom-"):
        return not_applicable("RDS Custom leaves the patches to whoever runs it")
    return passed() if instance.minor_upgrades else failed("minor versions wait until somebody installs them")


@check(
    "17.04(6)",
    facet="patches",
    severity=LOW,
    passes=[CacheCluster(engine="redis", version="7.1.0", minor_upgrades=True)],
    fails=[CacheCluster(engine="redis", version="7.1.0"), CacheCluster(engine="redis", version="5.0.6")],
    not_applicable=[CacheCluster(engine="memcached", version="1.6.22")],
)
def caches_take_minor_upgrades(cache: CacheCluster) -> Verdict:
    """AWS installs minor versions of a Redis or Valkey node by itself.

    Why: minor versions are where security fixes come in.
    Fix: switch on automatic minor version upgrades; Redis before version 6 must be upgraded first.
    """
    if cache.engine == "memcached":
        return not_applicable("AWS upgrades Memcached only when somebody asks for it")
    observed = {"engine": cache.engine, "version": cache.version}
    if cache.minor_upgrades:
        return passed(**observed)
    return failed("minor versions wait until somebody installs them", **observed)
