"""Caches, streams, search domains, desktops, devices and backups in the shapes that AWS documents.

https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeReplicationGroups.html
https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeUsers.html
https://docs.aws.amazon.com/MSK/2.0/APIReference/v2-clusters.html
https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomains.html
https://docs.aws.amazon.com/snowball/latest/api-reference/API_DescribeJob.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByBackupVault.html
"""

import json
from typing import Any

from tests.aws_accounts import Answers, Case

_CACHE = "arn:aws:elasticache:us-east-1:123456789012"


def _group(**told: Any) -> Answers:
    group = {"ARN": f"{_CACHE}:replicationgroup:g", "Status": "available", **told}
    return {"us-east-1 elasticache:DescribeReplicationGroups": {"ReplicationGroups": [group]}}


def _node(**told: Any) -> Answers:
    node = {
        "ARN": f"{_CACHE}:cluster:n",
        "CacheClusterStatus": "available",
        "Engine": "redis",
        "EngineVersion": "7.1.0",
        "AutoMinorVersionUpgrade": True,
        **told,
    }
    return {"us-east-1 elasticache:DescribeCacheClusters": {"CacheClusters": [node]}}


def _serverless(**told: Any) -> Answers:
    cache = {"ARN": f"{_CACHE}:serverlesscache:s", "Status": "AVAILABLE", "Engine": "valkey", **told}
    return {"us-east-1 elasticache:DescribeServerlessCaches": {"ServerlessCaches": [cache]}}


def _user(login: str, access: str) -> Answers:
    user = {
        "ARN": f"{_CACHE}:user:default",
        "Status": "active",
        "AccessString": access,
        "Authentication": {"Type": login},
        "UserGroupIds": ["records"],
    }
    unused = {**user, "ARN": f"{_CACHE}:user:unused", "UserGroupIds": []}
    return {"us-east-1 elasticache:DescribeUsers": {"Users": [user, unused]}}


_CACHES = (
    Case("redis-groups-require-a-login", "pass", _group(AuthTokenEnabled=False, UserGroupIds=["records"])),
    Case("redis-groups-require-a-login", "fail", _group(AuthTokenEnabled=False, UserGroupIds=[])),
    Case("redis-groups-force-tls", "pass", _group(TransitEncryptionEnabled=True)),
    Case("redis-groups-force-tls", "fail", _group(TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")),
    Case("redis-groups-are-encrypted", "pass", _group(StorageEncryptionType="sse-elasticache")),
    Case("redis-groups-are-encrypted", "fail", _group(AtRestEncryptionEnabled=False, StorageEncryptionType="none")),
    Case("redis-single-nodes-require-a-login", "pass", _node(AuthTokenEnabled=True)),
    Case("redis-single-nodes-require-a-login", "fail", _node(AuthTokenEnabled=False)),
    Case("redis-single-nodes-require-a-login", "not_applicable", _node(Engine="memcached")),
    Case("redis-single-nodes-are-encrypted", "pass", _node(AtRestEncryptionEnabled=True)),
    Case("redis-single-nodes-are-encrypted", "fail", _node(AtRestEncryptionEnabled=False)),
    Case("single-caches-force-tls", "pass", _node(Engine="memcached", TransitEncryptionEnabled=True)),
    Case("single-caches-force-tls", "fail", _node(TransitEncryptionEnabled=False)),
    Case("caches-take-minor-upgrades", "not_applicable", _node(Engine="memcached", AutoMinorVersionUpgrade=False)),
    Case("redis-serverless-caches-require-a-login", "pass", _serverless(UserGroupId="records")),
    Case("redis-serverless-caches-require-a-login", "fail", _serverless()),
    Case("redis-serverless-caches-require-a-login", "not_applicable", _serverless(Engine="memcached")),
    Case("redis-users-have-a-password", "pass", _user("password", "on ~* +@all")),
    Case("redis-users-have-a-password", "pass", _user("iam", "on ~* +@all")),
    Case("redis-users-have-a-password", "pass", _user("no-password", "off ~keys* -@all +get")),
    Case("redis-users-have-a-password", "fail", _user("no-password", "on ~* +@all")),
)

_KAFKA = "us-east-1 kafka:ListClustersV2"


def _cluster(**told: Any) -> Answers:
    arn = "arn:aws:kafka:us-east-1:123456789012:cluster/c/0-1"
    return {_KAFKA: {"ClusterInfoList": [{"ClusterArn": arn, "State": "ACTIVE", **told}]}}


def _brokers(
    ways: dict[str, Any] | None = None, traffic: str = "TLS", *, among: bool = True
) -> dict[str, dict[str, Any]]:
    transit = {"EncryptionInTransit": {"ClientBroker": traffic, "InCluster": among}}
    return {"Provisioned": {"EncryptionInfo": transit, **({"ClientAuthentication": ways} if ways else {})}}


_IAM = {"Sasl": {"Iam": {"Enabled": True}, "Scram": {"Enabled": False}}}
_SERVERLESS = {"Serverless": {"ClientAuthentication": _IAM}}
_STREAMS = (
    Case("kafka-clusters-require-a-login", "pass", _cluster(**_brokers(_IAM))),
    Case("kafka-clusters-require-a-login", "pass", _cluster(**_brokers({"Tls": {"Enabled": True}}))),
    Case("kafka-clusters-require-a-login", "pass", _cluster(**_SERVERLESS)),
    Case("kafka-clusters-require-a-login", "fail", _cluster(**_brokers())),
    Case(
        "kafka-clusters-require-a-login", "fail", _cluster(**_brokers({**_IAM, "Unauthenticated": {"Enabled": True}}))
    ),
    Case("kafka-clusters-force-tls", "pass", _cluster(**_brokers())),
    Case("kafka-clusters-force-tls", "pass", _cluster(**_SERVERLESS)),
    Case("kafka-clusters-force-tls", "fail", _cluster(**_brokers(traffic="TLS_PLAINTEXT"))),
    Case("kafka-clusters-force-tls", "fail", _cluster(**_brokers(among=False))),
    Case("kafka-clusters-force-tls", "unknown", _cluster(Provisioned={})),
)


def _domain(principal: Any = "*", conditions: dict[str, Any] | None = None, **told: Any) -> Answers:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "es:ESHttp*", "Resource": "*"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{**statement, **({"Condition": conditions} if conditions else {})}],
    }
    status = {
        "DomainName": "d",
        "AccessPolicies": json.dumps(policy),
        "AdvancedSecurityOptions": {"Enabled": False},
        "DomainEndpointOptions": {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
        "NodeToNodeEncryptionOptions": {"Enabled": True},
        "EncryptionAtRestOptions": {"Enabled": True},
        **told,
    }
    return {
        "us-east-1 opensearch:ListDomainNames": {"DomainNames": [{"DomainName": "d"}]},
        'us-east-1 opensearch:DescribeDomains {"DomainNames": ["d"]}': {"DomainStatusList": [status]},
    }


_ROLE = {"AWS": "arn:aws:iam::123456789012:role/search"}
_OFFICE = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}
_ANYWHERE = {"IpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}}
_ANYWHERE_V6 = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}}
_MIGRATING = {"AdvancedSecurityOptions": {"Enabled": True, "AnonymousAuthEnabled": True}}
_OLD = {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"}
_FIPS = {**_OLD, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"}
_UNHEARD_OF = {**_OLD, "TLSSecurityPolicy": "Policy-Compatible-2031-01"}
_SEARCH = (
    Case("opensearch-domains-are-not-public", "fail", _domain()),
    Case("opensearch-domains-are-not-public", "fail", _domain({"AWS": "*"}, _ANYWHERE)),
    Case("opensearch-domains-are-not-public", "fail", _domain({"AWS": "*"}, _ANYWHERE_V6)),
    Case("opensearch-domains-are-not-public", "fail", _domain(**_MIGRATING)),
    Case("opensearch-domains-are-not-public", "pass", _domain({"AWS": "*"}, _OFFICE)),
    Case("opensearch-domains-are-not-public", "pass", _domain(_ROLE)),
    Case("opensearch-domains-are-not-public", "pass", _domain(VPCOptions={"VPCId": "vpc-1"})),
    Case("opensearch-domains-are-not-public", "pass", _domain(AccessPolicies="")),
    Case("opensearch-domains-are-not-public", "unknown", _domain(AccessPolicies="{")),
    Case("opensearch-domains-require-a-login", "pass", _domain(_ROLE)),
    Case("opensearch-domains-require-a-login", "pass", _domain(AdvancedSecurityOptions={"Enabled": True})),
    Case(
        "opensearch-domains-require-a-login",
        "pass",
        _domain("*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    ),
    Case("opensearch-domains-require-a-login", "fail", _domain({"AWS": "*"}, _OFFICE)),
    Case("opensearch-domains-require-a-login", "fail", _domain(**_MIGRATING)),
    Case("opensearch-domains-require-a-login", "fail", _domain(VPCOptions={"VPCId": "vpc-1"})),
    Case("opensearch-domains-refuse-old-tls", "pass", _domain()),
    Case("opensearch-domains-refuse-old-tls", "fail", _domain(DomainEndpointOptions=_OLD)),
    Case("opensearch-domains-refuse-old-tls", "pass", _domain(DomainEndpointOptions=_FIPS)),
    Case("opensearch-domains-refuse-old-tls", "unknown", _domain(DomainEndpointOptions=_UNHEARD_OF)),
    Case("opensearch-domains-force-tls", "fail", _domain(NodeToNodeEncryptionOptions={"Enabled": False})),
)


def _device(**told: Any) -> Answers:
    here = {"JobId": "JID1", "JobState": "WithCustomer", "IsMaster": False}
    main = {"JobId": "JID2", "JobState": "InProgress", "IsMaster": True}
    done = {"JobId": "JID3", "JobState": "Complete", "IsMaster": False}
    return {
        "us-east-1 snowball:ListJobs": {"JobListEntries": [here, main, done]},
        'us-east-1 snowball:DescribeJob {"JobId": "JID1"}': {"JobMetadata": {"JobId": "JID1", **told}},
    }


def _vault(*backups: dict[str, Any]) -> Answers:
    here = "arn:aws:backup:us-east-1:123456789012:backup-vault"
    full = {"BackupVaultArn": f"{here}:v", "BackupVaultName": "v", "NumberOfRecoveryPoints": len(backups)}
    empty = {"BackupVaultArn": f"{here}:Default", "BackupVaultName": "Default", "NumberOfRecoveryPoints": 0}
    return {
        "us-east-1 backup:ListBackupVaults": {"BackupVaultList": [full, empty]},
        'us-east-1 backup:ListRecoveryPointsByBackupVault {"BackupVaultName": "v"}': {"RecoveryPoints": list(backups)},
    }


_GOOD = {"Status": "COMPLETED", "ResourceType": "S3", "IsEncrypted": True, "IsParent": False}
_OPEN = {"Status": "COMPLETED", "ResourceType": "EBS", "IsEncrypted": False, "IsParent": False}
_CARRIED = (
    Case("snow-jobs-are-encrypted", "pass", _device(KmsKeyARN="arn:aws:kms:us-east-1:123456789012:key/1")),
    Case("snow-jobs-are-encrypted", "fail", _device()),
    Case("backup-vaults-hold-only-encrypted-backups", "pass", _vault(_GOOD)),
    Case("backup-vaults-hold-only-encrypted-backups", "fail", _vault(_GOOD, _OPEN)),
    Case("backup-vaults-hold-only-encrypted-backups", "pass", _vault(_GOOD, {**_OPEN, "Status": "DELETING"})),
    Case("backup-vaults-hold-only-encrypted-backups", "pass", _vault(_GOOD, {**_OPEN, "IsParent": True})),
)

CASES = (*_CACHES, *_STREAMS, *_SEARCH, *_CARRIED)
