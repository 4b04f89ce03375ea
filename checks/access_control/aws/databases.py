"""Who may reach a database, and under which name."""

from checks.check import check, given
from checks.verdict import CRITICAL, MEDIUM, Verdict, failed, not_applicable, passed
from collectors.aws.rds import RdsCluster, RdsInstance, RdsStandalone
from collectors.aws.rds_snapshots import RdsClusterSnapshotSharing, RdsSnapshotSharing
from collectors.aws.redshift import RedshiftCluster

_NAMES = ("admin", "administrator", "awsuser", "dbadmin", "master", "postgres", "root", "sa")
_EVERYBODY = "all"


def _reached(*, public: bool) -> Verdict:
    if public:
        return failed("its name leads to a public address, and only its security groups keep the Internet out")
    return passed()


@check("17.04(2)(a)", severity=CRITICAL, passes=[RdsInstance()], fails=[RdsInstance(public=True)])
def rds_instances_are_not_public(instance: RdsInstance) -> Verdict:
    """A database server of RDS, Aurora, DocumentDB or Neptune has no public address.

    Why: a database that the Internet can reach is one security group or one password away from everybody.
    Fix: modify the instance to be not publicly accessible, and reach it from within the VPC, through a VPN or a bastion.
    """
    return _reached(public=instance.public)


@check("17.04(2)(a)", severity=CRITICAL, passes=[RdsCluster()], fails=[RdsCluster(public=True)])
def rds_clusters_are_not_public(cluster: RdsCluster) -> Verdict:
    """A database cluster has no public address and no Internet gateway of its own.

    Why: a cluster that the Internet can reach is one security group or one password away from everybody.
    Fix: modify the cluster to be not publicly accessible, and switch its Internet access gateway off.
    """
    return _reached(public=cluster.public)


@check("17.04(2)(a)", severity=CRITICAL, passes=[RedshiftCluster()], fails=[RedshiftCluster(public=True)])
def redshift_clusters_are_not_public(cluster: RedshiftCluster) -> Verdict:
    """A Redshift cluster has no public address.

    Why: a data warehouse that the Internet can reach is one security group or one password away from everybody.
    Fix: modify the cluster to be not publicly accessible, and reach it from within the VPC.
    """
    return _reached(public=cluster.public)


def _shared(accounts: tuple[str, ...]) -> Verdict:
    if _EVERYBODY in accounts:
        return failed("every AWS account can restore the database from it")
    return passed(shared_with=accounts or "nobody")


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[RdsSnapshotSharing(), RdsSnapshotSharing(accounts=("210987654321",))],
    fails=[RdsSnapshotSharing(accounts=("all",))],
)
def rds_snapshots_are_not_public(snapshot: RdsSnapshotSharing) -> Verdict:
    """A snapshot of a database is not given to everybody.

    Why: whoever has an AWS account can restore a public snapshot and read the whole database. AWS lets only manual snapshots
    without a KMS key become public, so only these are asked about.
    Fix: modify the snapshot's attribute `restore` to remove `all`; look into CloudTrail for who made it public, and treat what
    it held as disclosed.
    """
    return _shared(snapshot.accounts)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[RdsClusterSnapshotSharing(), RdsClusterSnapshotSharing(accounts=("210987654321",))],
    fails=[RdsClusterSnapshotSharing(accounts=("all",))],
)
def rds_cluster_snapshots_are_not_public(snapshot: RdsClusterSnapshotSharing) -> Verdict:
    """A snapshot of a database cluster is not given to everybody.

    Why: whoever has an AWS account can restore a public snapshot and read the whole database. AWS lets only manual snapshots
    without a KMS key become public, so only these are asked about.
    Fix: modify the snapshot's attribute `restore` to remove `all`; look into CloudTrail for who made it public, and treat what
    it held as disclosed.
    """
    return _shared(snapshot.accounts)


def _named(administrator: str, names: tuple[str, ...]) -> Verdict:
    if administrator.lower() in names:
        return failed("its administrator has the name that everybody tries first", administrator=administrator)
    return passed()


@check(
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[RdsStandalone(administrator="k7keeper"), given(RdsStandalone(administrator="admin"), names=("root",))],
    fails=[RdsStandalone(administrator="postgres"), RdsStandalone(administrator="Admin")],
)
def rds_instances_have_no_default_administrator_name(
    database: RdsStandalone, *, names: tuple[str, ...] = _NAMES
) -> Verdict:
    """The administrator of a database has a name of its own, not the one that AWS proposes.

    Why: the name is half of what a guesser needs, and an account called as the vendor calls it belongs to nobody in person.
    Fix: AWS renames no administrator: restore the database with another one, or make each administrator an account of their own
    and leave this one's password in Secrets Manager.
    Settings:
        names: what counts as a default name, in small letters; those that AWS, the engines and tutorials propose.
    """
    return _named(database.administrator, names)


@check(
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[RdsCluster(engine="docdb", administrator="k7keeper")],
    fails=[RdsCluster(engine="aurora-postgresql", administrator="postgres")],
    not_applicable=[RdsCluster(engine="neptune", administrator="admin")],
)
def rds_clusters_have_no_default_administrator_name(cluster: RdsCluster, *, names: tuple[str, ...] = _NAMES) -> Verdict:
    """The administrator of a database cluster has a name of its own, not the one that AWS proposes.

    Why: the name is half of what a guesser needs, and an account called as the vendor calls it belongs to nobody in person.
    Fix: AWS renames no administrator: restore the cluster with another one, or make each administrator an account of their own
    and leave this one's password in Secrets Manager.
    Settings:
        names: what counts as a default name, in small letters; those that AWS, the engines and tutorials propose.
    """
    if cluster.engine == "neptune":
        return not_applicable("Neptune has no accounts of its own: IAM says who may use it")
    return _named(cluster.administrator, names)


@check(
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[RedshiftCluster(administrator="k7keeper")],
    fails=[RedshiftCluster(administrator="awsuser")],
)
def redshift_clusters_have_no_default_administrator_name(
    cluster: RedshiftCluster, *, names: tuple[str, ...] = _NAMES
) -> Verdict:
    """The administrator of a Redshift cluster has a name of its own, not the one that AWS proposes.

    Why: the name is half of what a guesser needs, and an account called as the vendor calls it belongs to nobody in person.
    Fix: AWS renames no administrator: restore the cluster with another one, or let people in through IAM and leave this one's
    password in Secrets Manager.
    Settings:
        names: what counts as a default name, in small letters; those that AWS, the engines and tutorials propose.
    """
    return _named(cluster.administrator, names)
