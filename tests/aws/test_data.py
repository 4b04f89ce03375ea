"""Data stores: what must not be seen twice, what costs no call, and how far it reaches when something cannot be seen."""

import json
from typing import Any

import pytest

from collectors.aws.rds_tls import PARAMETERS
from collectors.aws.redshift import PARAMETERS as REDSHIFT_PARAMETERS
from collectors.kept import kept
from collectors.readings import Unread
from tests.aws_accounts import Answers, judged, statuses

_HERE = "arn:aws:rds:us-east-1:123456789012"
_FILTERS = [{"Name": "parameter-name", "Values": ["rds.force_ssl", "require_secure_transport", "tls"]}]
_DENIED = Unread("needs a permission")


def _instance(name: str, group: str = "group", **other: Any) -> dict[str, Any]:
    return {
        "DBInstanceArn": f"{_HERE}:db:{name}",
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "EngineVersion": "16.4",
        "MasterUsername": "k7keeper",
        "PubliclyAccessible": False,
        "StorageEncrypted": True,
        "AutoMinorVersionUpgrade": True,
        "DBParameterGroups": [{"DBParameterGroupName": group, "ParameterApplyStatus": "in-sync"}],
        **other,
    }


def _instances(*instances: dict[str, Any]) -> Answers:
    return {"us-east-1 rds:DescribeDBInstances": {"DBInstances": list(instances)}}


def _parameters(group: str, answer: Any) -> Answers:
    asked = json.dumps({"DBParameterGroupName": group, "Filters": _FILTERS}, sort_keys=True)
    return {f"us-east-1 rds:DescribeDBParameters {asked}": answer}


def test_a_denied_parameter_group_hides_only_the_databases_that_use_it() -> None:
    answers = {
        **_instances(_instance("seen", "one"), _instance("hidden", "two"), _instance("too", "one")),
        **_parameters("one", {"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1"}]}),
        **_parameters("two", _DENIED),
    }
    told = statuses(judged(answers, "rds-instances-force-tls", "rds-instances-are-encrypted"))
    assert told == {
        "rds-instances-force-tls": {
            f"{_HERE}:db:seen": "pass",
            f"{_HERE}:db:hidden": "unknown",
            f"{_HERE}:db:too": "pass",
        },
        "rds-instances-are-encrypted": dict.fromkeys(
            (f"{_HERE}:db:{name}" for name in ("seen", "hidden", "too")), "pass"
        ),
    }


def test_what_cannot_be_seen_of_clusters_hides_no_instance() -> None:
    answers = {**_instances(_instance("alone")), "us-east-1 rds:DescribeDBClusters": _DENIED}
    told = statuses(judged(answers, "rds-instances-are-encrypted", "rds-clusters-are-encrypted"))
    assert told["rds-instances-are-encrypted"] == {f"{_HERE}:db:alone": "pass"}
    assert told["rds-clusters-are-encrypted"] == {"us-east-1": "unknown"}


def test_an_entry_that_is_not_understood_hides_only_itself() -> None:
    broken = _instance("broken")
    del broken["StorageEncrypted"]
    told = statuses(judged(_instances(broken, _instance("whole")), "rds-instances-are-encrypted"))
    assert told["rds-instances-are-encrypted"] == {f"{_HERE}:db:broken": "unknown", f"{_HERE}:db:whole": "pass"}


def test_a_member_of_a_cluster_is_judged_for_its_own_address_and_not_for_what_the_cluster_decides() -> None:
    answers = _instances(_instance("member", DBClusterIdentifier="many", PubliclyAccessible=True))
    told = statuses(judged(answers, "rds-instances-are-not-public", "rds-instances-are-encrypted"))
    assert told["rds-instances-are-not-public"] == {f"{_HERE}:db:member": "fail"}
    assert f"{_HERE}:db:member" not in told.get("rds-instances-are-encrypted", {})


def test_what_is_being_deleted_is_nobodys_finding() -> None:
    answers = _instances(_instance("gone", DBInstanceStatus="deleting", PubliclyAccessible=True), _instance("here"))
    told = statuses(judged(answers, "rds-instances-are-not-public"))
    assert told["rds-instances-are-not-public"] == {f"{_HERE}:db:here": "pass"}


def _snapshot(name: str, kind: str, **other: Any) -> dict[str, Any]:
    return {
        "DBSnapshotArn": f"{_HERE}:snapshot:{name}",
        "DBSnapshotIdentifier": name,
        "SnapshotType": kind,
        "Encrypted": False,
        **other,
    }


def test_nobody_asks_who_may_restore_a_snapshot_that_cannot_be_public() -> None:
    asked = 'us-east-1 rds:DescribeDBSnapshotAttributes {"DBSnapshotIdentifier": "plain"}'
    answers = {
        "us-east-1 rds:DescribeDBSnapshots": {
            "DBSnapshots": [
                _snapshot("plain", "manual"),
                _snapshot("keyed", "manual", Encrypted=True),
                _snapshot("nightly", "automated"),
                _snapshot("vaulted", "awsbackup"),
            ]
        },
        asked: {"DBSnapshotAttributesResult": {"DBSnapshotAttributes": []}},
    }
    told = statuses(judged(answers, "rds-snapshots-are-not-public"))
    assert told["rds-snapshots-are-not-public"] == {f"{_HERE}:snapshot:plain": "pass"}
    told = statuses(judged({**answers, asked: _DENIED}, "rds-snapshots-are-not-public", "rds-snapshots-are-encrypted"))
    assert told["rds-snapshots-are-not-public"] == {f"{_HERE}:snapshot:plain": "unknown"}
    assert sorted(told["rds-snapshots-are-encrypted"].values()) == ["fail", "fail", "fail", "pass"]


@pytest.mark.parametrize(("api", "name"), [(PARAMETERS, "rds.force_ssl"), (REDSHIFT_PARAMETERS, "require_ssl")])
def test_of_hundreds_of_parameters_one_is_kept(api: Any, name: str) -> None:
    others = [{"ParameterName": f"other_{number}", "ParameterValue": "a secret"} for number in range(400)]
    wanted = {"ParameterName": name, "ParameterValue": "1"}
    answer = {"Parameters": [*others, {**wanted, "Description": "of many words"}]}
    assert kept(api.redact(answer), api.mask) == {"Parameters": [wanted]}


def test_a_parameter_that_aws_does_not_list_is_no_answer_of_redshift() -> None:
    cluster = {
        "ClusterIdentifier": "dw",
        "ClusterParameterGroups": [{"ParameterGroupName": "group", "ParameterApplyStatus": "in-sync"}],
    }
    answers = {
        "us-east-1 redshift:DescribeClusters": {"Clusters": [cluster]},
        'us-east-1 redshift:DescribeClusterParameters {"ParameterGroupName": "group"}': {"Parameters": []},
    }
    told = statuses(judged(answers, "redshift-clusters-force-tls"))
    assert list(told["redshift-clusters-force-tls"].values()) == ["unknown"]


def test_a_search_domain_whose_policy_is_not_understood_still_tells_how_it_is_encrypted() -> None:
    status = {
        "DomainName": "d",
        "AccessPolicies": '{"Statement": [{"Effect": "Perhaps"}]}',
        "AdvancedSecurityOptions": {"Enabled": False},
        "DomainEndpointOptions": {"EnforceHTTPS": True},
        "NodeToNodeEncryptionOptions": {"Enabled": True},
        "EncryptionAtRestOptions": {"Enabled": True},
    }
    answers = {
        "us-east-1 opensearch:ListDomainNames": {"DomainNames": [{"DomainName": "d"}]},
        'us-east-1 opensearch:DescribeDomains {"DomainNames": ["d"]}': {"DomainStatusList": [status]},
    }
    told = statuses(judged(answers, "opensearch-domains-are-not-public", "opensearch-domains-are-encrypted"))
    assert [list(one.values()) for one in told.values()] == [["unknown"], ["pass"]]


def test_a_vault_that_cannot_be_looked_into_is_unknown_and_no_other() -> None:
    here = "arn:aws:backup:us-east-1:123456789012:backup-vault"
    vaults = [
        {"BackupVaultArn": f"{here}:{name}", "BackupVaultName": name, "NumberOfRecoveryPoints": 1} for name in "ab"
    ]
    backup = {"Status": "COMPLETED", "ResourceType": "EBS", "IsEncrypted": True}
    answers = {
        "us-east-1 backup:ListBackupVaults": {"BackupVaultList": vaults},
        'us-east-1 backup:ListRecoveryPointsByBackupVault {"BackupVaultName": "a"}': {"RecoveryPoints": [backup]},
        'us-east-1 backup:ListRecoveryPointsByBackupVault {"BackupVaultName": "b"}': _DENIED,
    }
    told = statuses(judged(answers, "backup-vaults-hold-only-encrypted-backups"))
    assert told["backup-vaults-hold-only-encrypted-backups"] == {f"{here}:a": "pass", f"{here}:b": "unknown"}


def test_a_denied_list_of_users_hides_no_cache() -> None:
    group = {"ARN": "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:g", "UserGroupIds": ["records"]}
    answers = {
        "us-east-1 elasticache:DescribeReplicationGroups": {"ReplicationGroups": [group]},
        "us-east-1 elasticache:DescribeUsers": _DENIED,
    }
    told = statuses(judged(answers, "redis-groups-require-a-login", "redis-users-have-a-password"))
    assert told["redis-groups-require-a-login"] == {group["ARN"]: "pass"}
    assert told["redis-users-have-a-password"] == {"us-east-1": "unknown"}


def test_a_device_that_every_region_of_the_united_states_lists_counts_once() -> None:
    answers: dict[str, Any] = {}
    for region in ("us-east-1", "us-west-2"):
        answers[f"{region} snowball:ListJobs"] = {"JobListEntries": [{"JobId": "JID1", "JobState": "WithCustomer"}]}
        answers[f'{region} snowball:DescribeJob {{"JobId": "JID1"}}'] = {"JobMetadata": {"JobId": "JID1"}}
    found = judged(answers, "snow-jobs-are-encrypted", regions=("us-east-1", "us-west-2"))
    assert statuses(found) == {"snow-jobs-are-encrypted": {"arn:aws:snowball::123456789012:job/JID1": "fail"}}
