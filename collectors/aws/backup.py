"""Vaults of AWS Backup. https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html

The key of a vault encrypts only what AWS Backup itself stores. Backups of volumes, databases and others take over what their
source had, in a vault with a key too, and only each backup tells whether it is encrypted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api("backup", "ListBackupVaults", "BackupVaultList{BackupVaultArn BackupVaultName NumberOfRecoveryPoints}")


def _with_backups(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["BackupVaultList"] if one.get("NumberOfRecoveryPoints") != 0)


VAULTS = Items(LIST, _with_backups, "{BackupVaultArn}")
"""Vaults with something in them. Every account has an empty one or two that it never made."""
BACKUPS = Api(
    "backup",
    "ListRecoveryPointsByBackupVault",
    "RecoveryPoints{Status ResourceType IsEncrypted IsParent}",
    {"BackupVaultName": Of("BackupVaultName")},
    absent=("ResourceNotFoundException",),
)


@dataclass(frozen=True, kw_only=True)
class BackupVault(Resource):
    """What is in a vault."""

    backups: int = 0
    unencrypted: Mapping[str, int] = field(default_factory=dict)
    """How many backups are not encrypted, by what they are of, e.g. ``EBS``."""


@aws_collector(BACKUPS, each=VAULTS)
def backup_vault(vault: Item, backups: Answer) -> BackupVault:
    """A backup that only holds others together has no data of its own, and one that is being deleted is as good as gone."""
    held = [one for one in backups["RecoveryPoints"] if one.get("Status") != "DELETING" and not one.get("IsParent")]
    open_ = Counter(str(one["ResourceType"]) for one in held if not one["IsEncrypted"])
    return BackupVault(arn=vault.arn, region=vault.region, backups=len(held), unencrypted=dict(open_))
