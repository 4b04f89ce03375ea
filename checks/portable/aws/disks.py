"""17.04(5) at EC2: disks and copies of them leave one's hands more easily than a laptop."""

from checks.check import SUPPORTING, check
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed
from collectors.aws.ebs import EbsDefaultEncryption, EbsSnapshot, EbsVolume


@check(
    "17.04(5)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[EbsDefaultEncryption(on=True)],
    fails=[EbsDefaultEncryption(on=False)],
)
def new_ebs_volumes_are_encrypted(default: EbsDefaultEncryption) -> Verdict:
    """In this region every new disk is encrypted, whether or not anybody asks for it.

    Why: a disk for personal information is then never in the clear because somebody forgot; encryption cannot be added later
    without copying the disk.
    Fix: `aws ec2 enable-ebs-encryption-by-default` in every region.
    """
    return passed() if default.on else failed("a new disk is encrypted only where somebody asks for it")


@check(
    "17.04(5)",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[EbsVolume(encrypted=True)],
    fails=[EbsVolume(encrypted=False), EbsVolume(encrypted=False, attached=True)],
)
def ebs_volumes_are_encrypted(volume: EbsVolume) -> Verdict:
    """A disk is encrypted, attached or not.

    Why: snapshots and images of a disk in the clear can be shared and carried off in the clear; one that is left over still
    holds its records.
    Fix: make a snapshot, copy it with encryption, make a disk of the copy and put it in the place of the old one; delete disks
    that nothing uses.
    """
    return passed() if volume.encrypted else failed("the disk is not encrypted", attached=volume.attached)


@check(
    "17.04(5)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[EbsSnapshot(encrypted=True)],
    fails=[EbsSnapshot(encrypted=False)],
)
def ebs_snapshots_are_encrypted(snapshot: EbsSnapshot) -> Verdict:
    """A snapshot of a disk is encrypted.

    Why: it is a whole copy of the disk that can be shared with others at once; an encrypted one needs the key as well, and can
    never be made public.
    Fix: copy the snapshot with encryption and delete the old one; switch on encryption by default.
    """
    return passed() if snapshot.encrypted else failed("the snapshot is not encrypted")
