"""How file systems keep what is put into them."""

from checks.check import SUPPORTING, check
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.aws.efs import FileSystemEncryption


@check(
    "17.04(5)",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[FileSystemEncryption(encrypted=True)],
    fails=[FileSystemEncryption(encrypted=False)],
)
def efs_file_systems_are_encrypted(file_system_encryption: FileSystemEncryption) -> Verdict:
    """What the file system holds is encrypted.

    Why: a disk or a backup that goes astray then holds nothing that can be read.
    Fix: a file system is encrypted when it is made, or never: make an encrypted one, copy the files (DataSync, or restore a
    backup into it) and delete the old one.
    """
    if file_system_encryption.encrypted:
        return passed()
    return failed("the file system is not encrypted")
