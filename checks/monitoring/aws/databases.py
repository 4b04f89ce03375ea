"""What databases write down of who uses them."""

from checks.check import SUPPORTING, check, given
from checks.verdict import LOW, Verdict, failed, passed
from collectors.aws.rds import RdsCluster, RdsDatabase, RdsStandalone

_TELLING = ("audit", "audit.log", "error", "general", "iam-db-auth-error", "listener", "postgresql")


def _exports(database: RdsDatabase, telling: tuple[str, ...]) -> Verdict:
    if any(log in telling for log in database.logs):
        return passed(logs=database.logs)
    return failed("none of the logs that tell who connected leaves the database", logs=database.logs or "none")


@check(
    "17.04(4)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[RdsStandalone(logs=("postgresql",)), given(RdsStandalone(logs=("trace",)), telling=("trace",))],
    fails=[RdsStandalone(), RdsStandalone(logs=("slowquery",))],
)
def rds_instances_export_access_logs(database: RdsStandalone, *, telling: tuple[str, ...] = _TELLING) -> Verdict:
    """A database sends a log that tells who connected to CloudWatch.

    Why: logs that stay on the database server are gone after days, and nobody is alerted by them.
    Fix: modify the instance to publish its audit, error, general or PostgreSQL log to CloudWatch Logs.
    Settings:
        telling: the log types that tell who connected, or tried to, as RDS names them; one of them is enough.
    """
    return _exports(database, telling)


@check(
    "17.04(4)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[RdsCluster(engine="docdb", logs=("audit",))],
    fails=[RdsCluster(), RdsCluster(engine="docdb", logs=("profiler",))],
)
def rds_clusters_export_access_logs(cluster: RdsCluster, *, telling: tuple[str, ...] = _TELLING) -> Verdict:
    """A database cluster sends a log that tells who connected to CloudWatch.

    Why: logs that stay on the database servers are gone after days, and nobody is alerted by them.
    Fix: modify the cluster to publish its audit, error, general or PostgreSQL log to CloudWatch Logs.
    Settings:
        telling: the log types that tell who connected, or tried to, as RDS names them; one of them is enough.
    """
    return _exports(cluster, telling)
