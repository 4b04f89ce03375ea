"""Data stores, good and bad."""

from typing import Any

from tests.aws_accounts import Account


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """Make good and bad stores; what each check must say of which subject."""
    told: dict[str, dict[str, str]] = {}
    for made in (_instances, _clusters, _snapshots, _warehouses, _caches, _search, _desktops):
        told.update(made(account, region))
    return told


def _both(good: str, bad: str, *checks: str) -> dict[str, dict[str, str]]:
    return {check: {good: "pass", bad: "fail"} for check in checks}


def _instances(account: Account, region: str) -> dict[str, dict[str, str]]:
    rds = account.client("rds", region)
    for name in ("forced", "lax"):
        rds.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="mysql8.0", Description="of a twin"
        )
    rds.modify_db_parameter_group(
        DBParameterGroupName="forced",
        Parameters=[
            {"ParameterName": "require_secure_transport", "ParameterValue": "1", "ApplyMethod": "immediate"},
            {"ParameterName": "max_connections", "ParameterValue": "100", "ApplyMethod": "pending-reboot"},
        ],
    )
    common: dict[str, Any] = {
        "Engine": "mysql",
        "EngineVersion": "8.0.40",
        "DBInstanceClass": "db.m5.large",
        "AllocatedStorage": 20,
        "MasterUserPassword": "not a secret",
    }
    rds.create_db_instance(
        DBInstanceIdentifier="good-db",
        MasterUsername="k7keeper",
        PubliclyAccessible=False,
        StorageEncrypted=True,
        AutoMinorVersionUpgrade=True,
        EnableCloudwatchLogsExports=["audit"],
        DBParameterGroupName="forced",
        **common,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="bad-db",
        MasterUsername="admin",
        PubliclyAccessible=True,
        StorageEncrypted=False,
        AutoMinorVersionUpgrade=False,
        DBParameterGroupName="lax",
        **common,
    )
    good, bad = (f"arn:aws:rds:{region}:{account.number}:db:{kind}-db" for kind in ("good", "bad"))
    return _both(
        good,
        bad,
        "rds-instances-are-not-public",
        "rds-instances-have-no-default-administrator-name",
        "rds-instances-are-encrypted",
        "rds-instances-export-access-logs",
        "rds-instances-take-minor-upgrades",
        "rds-instances-force-tls",
    )


def _clusters(account: Account, region: str) -> dict[str, dict[str, str]]:
    rds = account.client("rds", region)
    for name, value in (("forced-cluster", "1"), ("lax-cluster", "0")):
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name, DBParameterGroupFamily="aurora-postgresql16", Description="of a twin"
        )
        rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            Parameters=[{"ParameterName": "rds.force_ssl", "ParameterValue": value, "ApplyMethod": "pending-reboot"}],
        )
    common: dict[str, Any] = {
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.4",
        "MasterUserPassword": "not a secret",
    }
    rds.create_db_cluster(
        DBClusterIdentifier="good-cluster",
        MasterUsername="k7keeper",
        StorageEncrypted=True,
        EnableCloudwatchLogsExports=["postgresql"],
        DBClusterParameterGroupName="forced-cluster",
        **common,
    )
    rds.create_db_cluster(
        DBClusterIdentifier="bad-cluster",
        MasterUsername="admin",
        StorageEncrypted=False,
        EnableCloudwatchLogsExports=["instance"],
        DBClusterParameterGroupName="lax-cluster",
        **common,
    )
    good, bad = (f"arn:aws:rds:{region}:{account.number}:cluster:{kind}-cluster" for kind in ("good", "bad"))
    return _both(
        good,
        bad,
        "rds-clusters-have-no-default-administrator-name",
        "rds-clusters-are-encrypted",
        "rds-clusters-export-access-logs",
        "rds-clusters-force-tls",
    )


def _snapshots(account: Account, region: str) -> dict[str, dict[str, str]]:
    """Of the stores made before."""
    rds = account.client("rds", region)
    for name, source in (("encrypted", "good"), ("kept", "bad"), ("given", "bad")):
        rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=f"{source}-db")
        rds.create_db_cluster_snapshot(
            DBClusterSnapshotIdentifier=f"{name}-cluster", DBClusterIdentifier=f"{source}-cluster"
        )
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="given", AttributeName="restore", ValuesToAdd=["all"])
    rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="given-cluster", AttributeName="restore", ValuesToAdd=["all"]
    )
    here = f"arn:aws:rds:{region}:{account.number}"
    one, many = f"{here}:snapshot:", f"{here}:cluster-snapshot:"
    return {
        "rds-snapshots-are-not-public": {f"{one}kept": "pass", f"{one}given": "fail"},
        "rds-snapshots-are-encrypted": {f"{one}encrypted": "pass", f"{one}kept": "fail"},
        "rds-cluster-snapshots-are-not-public": {f"{many}kept-cluster": "pass", f"{many}given-cluster": "fail"},
        "rds-cluster-snapshots-are-encrypted": {f"{many}encrypted-cluster": "pass", f"{many}kept-cluster": "fail"},
    }


def _warehouses(account: Account, region: str) -> dict[str, dict[str, str]]:
    redshift = account.client("redshift", region)
    common: dict[str, Any] = {"NodeType": "ra3.large", "MasterUserPassword": "Not-a-secret-1"}
    redshift.create_cluster(
        ClusterIdentifier="good", MasterUsername="k7keeper", PubliclyAccessible=False, Encrypted=True, **common
    )
    redshift.create_cluster(
        ClusterIdentifier="bad", MasterUsername="awsuser", PubliclyAccessible=True, Encrypted=False, **common
    )
    good, bad = (f"arn:aws:redshift:{region}:{account.number}:cluster:{kind}" for kind in ("good", "bad"))
    return {
        **_both(
            good,
            bad,
            "redshift-clusters-are-not-public",
            "redshift-clusters-have-no-default-administrator-name",
            "redshift-clusters-are-encrypted",
        ),
        "redshift-clusters-force-tls": {good: "fail", bad: "fail"},  # moto knows no parameter group but its default
    }


def _caches(account: Account, region: str) -> dict[str, dict[str, str]]:
    cache = account.client("elasticache", region)
    common: dict[str, Any] = {"ReplicationGroupDescription": "a twin", "CacheNodeType": "cache.t4g.micro"}
    cache.create_replication_group(
        ReplicationGroupId="good",
        TransitEncryptionEnabled=True,
        AtRestEncryptionEnabled=True,
        AuthToken="not-a-secret-at-all",
        **common,
    )
    cache.create_replication_group(ReplicationGroupId="bad", **common)
    for name, upgrades in (("good-node", True), ("bad-node", False)):
        cache.create_cache_cluster(
            CacheClusterId=name,
            Engine="redis",
            EngineVersion="7.1",
            CacheNodeType="cache.t4g.micro",
            NumCacheNodes=1,
            AutoMinorVersionUpgrade=upgrades,
        )
    here = f"arn:aws:elasticache:{region}:{account.number}"
    good, bad = (f"{here}:replicationgroup:{kind}" for kind in ("good", "bad"))
    nodes = (f"{here}:cluster:{kind}-node" for kind in ("good", "bad"))
    return {
        **_both(good, bad, "redis-groups-require-a-login", "redis-groups-force-tls", "redis-groups-are-encrypted"),
        **_both(*nodes, "caches-take-minor-upgrades"),
    }


def _search(account: Account, region: str) -> dict[str, dict[str, str]]:
    search = account.client("opensearch", region)
    here = f"arn:aws:es:{region}:{account.number}:domain"
    for kind in ("good", "bad"):
        on = kind == "good"
        search.create_domain(
            DomainName=f"{kind}-domain",
            AccessPolicies='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"},'
            f' "Action": "es:*", "Resource": "{here}/{kind}-domain/*"}}]}}',
            AdvancedSecurityOptions={"Enabled": on},
            DomainEndpointOptions={
                "EnforceHTTPS": on,
                "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10" if on else "Policy-Min-TLS-1-0-2019-07",
            },
            NodeToNodeEncryptionOptions={"Enabled": on},
            EncryptionAtRestOptions={"Enabled": on},
        )
    return _both(
        f"{here}/good-domain",
        f"{here}/bad-domain",
        "opensearch-domains-are-not-public",
        "opensearch-domains-require-a-login",
        "opensearch-domains-force-tls",
        "opensearch-domains-are-encrypted",
    )


def _desktops(account: Account, region: str) -> dict[str, dict[str, str]]:
    ec2, directories = account.client("ec2", region), account.client("ds", region)
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    directory = directories.create_directory(
        Name="twins.example.com",
        Password="Not-a-secret-1",
        Size="Small",
        VpcSettings={"VpcId": vpc, "SubnetIds": subnets},
    )["DirectoryId"]
    workspaces = account.client("workspaces", region)
    workspaces.register_workspace_directory(DirectoryId=directory)
    made = workspaces.create_workspaces(
        Workspaces=[
            {
                "DirectoryId": directory,
                "UserName": user,
                "BundleId": "wsb-1",
                "RootVolumeEncryptionEnabled": root,
                "UserVolumeEncryptionEnabled": True,
                "VolumeEncryptionKey": f"arn:aws:kms:{region}:{account.number}:key/1",
            }
            for user, root in (("good", True), ("bad", False))
        ]
    )["PendingRequests"]
    here = f"arn:aws:workspaces:{region}:{account.number}:workspace"
    ids = {one["UserName"]: one["WorkspaceId"] for one in made}
    return _both(f"{here}/{ids['good']}", f"{here}/{ids['bad']}", "workspaces-have-encrypted-volumes")
