"""Who may reach what is on machines, their disks and their images."""

from checks.check import SUPPORTING, check, given
from checks.verdict import CRITICAL, HIGH, LOW, MEDIUM, Verdict, failed, passed, unless_blind
from collectors.aws.ebs import SnapshotPublicBlock, SnapshotSharing
from collectors.aws.ec2_images import MachineImage
from collectors.aws.ec2_instances import KeyPairUse, MetadataService
from collectors.collector import Unseen, Whole

_ALL_BLOCKED = SnapshotPublicBlock(region="us-east-1", new=True, all=True)
_NEW_BLOCKED = SnapshotPublicBlock(region="us-east-1", new=True, all=False)
_UNBLOCKED = SnapshotPublicBlock(region="us-east-1", new=False, all=False)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[
        (SnapshotSharing(region="us-east-1", public=False), Whole((_UNBLOCKED,))),
        (SnapshotSharing(region="us-east-1", public=False), Whole((), (Unseen("us-east-1", "denied"),))),
        (SnapshotSharing(region="us-east-1", public=True), Whole((_ALL_BLOCKED,))),
    ],
    fails=[
        (SnapshotSharing(region="us-east-1", public=True), Whole((_UNBLOCKED,))),
        (SnapshotSharing(region="us-east-1", public=True), Whole((_NEW_BLOCKED,))),
        (SnapshotSharing(region="eu-west-1", public=True), Whole((_ALL_BLOCKED,))),
    ],
)
def ebs_snapshots_are_not_public(sharing: SnapshotSharing, blocks: Whole[SnapshotPublicBlock]) -> Verdict:
    """No snapshot of a disk is shared with all AWS accounts.

    Why: whoever has an AWS account can make a disk of a public snapshot and read every file of it; there are people who look
    for nothing else.
    Fix: make the snapshot private under its permissions, and take what was on it as disclosed.
    """
    if not sharing.public:
        return passed()
    here = [one for one in blocks.facts if one.region == sharing.region]
    if any(one.all for one in here):
        return passed("it is shared with everybody, and the region's public access block withholds it")
    blind = "; ".join(one.reason for one in blocks.unseen if one.region == sharing.region)
    return unless_blind(blind, failed("every AWS account can make a disk of the snapshot"))


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[_ALL_BLOCKED, _NEW_BLOCKED],
    fails=[_UNBLOCKED],
)
def ebs_snapshots_cannot_be_made_public(block: SnapshotPublicBlock) -> Verdict:
    """The region's public access block keeps anybody from sharing a snapshot with everybody.

    Why: a slip of one hand would otherwise publish a whole disk.
    Fix: `aws ec2 enable-snapshot-block-public-access --state block-all-sharing` in every region.
    """
    if block.new:
        return passed("those that are public are withheld, too" if block.all else "those that are public stay so")
    return failed("whoever may change a snapshot's permissions can make it public")


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[MachineImage(public=False)],
    fails=[MachineImage(public=True)],
)
def machine_images_are_not_public(image: MachineImage) -> Verdict:
    """No image of a machine is shared with all AWS accounts.

    Why: whoever has an AWS account can start a machine from a public image and read whatever was left on its disks.
    Fix: make the image private under its permissions. Where publishing it is the purpose, say so in a waiver.
    """
    return failed("every AWS account can start a machine from the image") if image.public else passed()


@check(
    "17.04(2)(a)",
    severity=HIGH,
    basis=SUPPORTING,
    passes=[MetadataService(enabled=True, tokens_required=True), MetadataService(enabled=False)],
    fails=[MetadataService(enabled=True)],
)
def ec2_instances_require_metadata_tokens(service: MetadataService) -> Verdict:
    """An instance gives the credentials of its role only to who holds a session token (IMDSv2), or does not give them at all.

    Why: without it a web application that can be made to fetch an address hands an attacker the rights of the machine, often
    those to read records.
    Fix: `aws ec2 modify-instance-metadata-options --http-tokens required`, after making sure that the software on it uses an
    SDK of this decade; and require it as the account's default for new instances.
    """
    if not service.enabled:
        return passed("the metadata service is off")
    return passed() if service.tokens_required else failed("the instance answers requests without a token (IMDSv1)")


@check(
    "17.04(2)(b)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[KeyPairUse(instances=1), given(KeyPairUse(instances=40), most=40)],
    fails=[KeyPairUse(instances=2)],
)
def ec2_key_pairs_open_one_instance(use: KeyPairUse, *, most: int = 1) -> Verdict:
    """A key pair was given to one instance only.

    Why: a key that opens many machines tends to be held by several people, and the machines' logs then name nobody.
    Fix: let people log in by name (Session Manager, EC2 Instance Connect, keys of their own) and start instances without a key
    pair.
    Settings:
        most: how many instances may have been started with the same key pair; one by default, more where one person keeps it
            for machines that are copies of each other.
    """
    if use.instances > most:
        return failed(f"{use.instances} instances were started with the same key pair", instances=use.instances)
    return passed(instances=use.instances)
