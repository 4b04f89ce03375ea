"""Whether what leaves the building or the account is encrypted: desktops, devices and backups."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.aws.backup import BackupVault
from collectors.aws.snowball import SnowJob
from collectors.aws.workspaces import Workspace


@check(
    "17.04(5)",
    severity=HIGH,
    passes=[Workspace(root_encrypted=True, user_encrypted=True)],
    fails=[Workspace(), Workspace(user_encrypted=True), Workspace(root_encrypted=True)],
)
def workspaces_have_encrypted_volumes(workspace: Workspace) -> Verdict:
    """Both volumes of a WorkSpaces desktop are encrypted.

    Why: it is the laptop of whoever uses it, records and all; programs leave copies on the root volume too.
    Fix: AWS encrypts no desktop in place: make a new one with both volumes encrypted, and move the files.
    """
    volumes = {"root": workspace.root_encrypted, "user": workspace.user_encrypted}
    if plain := [name for name, encrypted in volumes.items() if not encrypted]:
        return failed("not every volume is encrypted", unencrypted=plain)
    return passed()


@check("17.04(5)", severity=HIGH, passes=[SnowJob(key="arn:aws:kms:us-east-1:1:key/a")], fails=[SnowJob()])
def snow_jobs_are_encrypted(job: SnowJob) -> Verdict:
    """A Snow device that is on its way is encrypted under a KMS key.

    Why: a device full of records in the post is what the item means by portable.
    Fix: cancel the job, and order the device with a KMS key.
    """
    return passed(key=job.key) if job.key else failed("AWS names no key for the device")


@check(
    "17.04(5)",
    severity=HIGH,
    passes=[BackupVault(backups=3), BackupVault()],
    fails=[BackupVault(backups=3, unencrypted={"EBS": 1})],
)
def backup_vaults_hold_only_encrypted_backups(vault: BackupVault) -> Verdict:
    """Every backup in a vault of AWS Backup is encrypted.

    Why: backups are made to be carried away, to another region or account. The vault's key does not cover all of them: backups
    of volumes and databases are encrypted only where their source is.
    Fix: encrypt the volumes and databases that the backups are of; let the open backups expire, or delete them.
    """
    if vault.unencrypted:
        told = [f"{kind} {count}" for kind, count in sorted(vault.unencrypted.items())]
        return failed("some backups are not encrypted", unencrypted=told, backups=vault.backups)
    return passed(backups=vault.backups)
