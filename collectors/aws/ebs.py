"""Disks of machines and their snapshots. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collectors.api import Answer, Api, Item, Items, Of, Place, Row, rows_of
from collectors.aws.fields import truth
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

VOLUMES = Api("ec2", "DescribeVolumes", "Volumes{VolumeId Encrypted State Attachments{InstanceId}}")
SNAPSHOTS = Api("ec2", "DescribeSnapshots", "Snapshots{SnapshotId Encrypted State}", {"OwnerIds": ["self"]})
PUBLIC_SNAPSHOTS = Api(
    "ec2",
    "DescribeSnapshots",
    "Snapshots{SnapshotId}",
    {"OwnerIds": ["self"], "RestorableByUserIds": ["all"]},
)
DEFAULT_ENCRYPTION = Api("ec2", "GetEbsEncryptionByDefault", "EbsEncryptionByDefault")
PUBLIC_BLOCK = Api("ec2", "GetSnapshotBlockPublicAccessState", "State")


def _volumes(answer: Answer) -> Iterator[Any]:
    """All but those that are being deleted."""
    return (one for one in rows_of(answer, "Volumes") if one["State"] not in ("deleting", "deleted"))


def _snapshots(answer: Answer) -> Iterator[Any]:
    """All but those that failed: no volume can be made of them."""
    return (one for one in rows_of(answer, "Snapshots") if one["State"] != "error")


_OWN_SNAPSHOTS = Items(SNAPSHOTS, _snapshots, "arn:{partition}:ec2:{region}::snapshot/{SnapshotId}")


@dataclass(frozen=True, kw_only=True)
class EbsVolume(Resource):
    """A disk."""

    encrypted: bool
    attached: bool = False
    """Whether an instance has it."""


@aws_collector(each=Items(VOLUMES, _volumes, "arn:{partition}:ec2:{region}:{account}:volume/{VolumeId}"))
def ebs_volume(volume: Item) -> EbsVolume:
    """A disk that no instance has any more still holds what was written to it."""
    return EbsVolume(
        arn=volume.arn,
        region=volume.region,
        encrypted=truth(volume["Encrypted"]),
        attached=bool(volume.get("Attachments")),
    )


@dataclass(frozen=True, kw_only=True)
class EbsSnapshot(Resource):
    """A copy of a disk at one moment."""

    encrypted: bool


@aws_collector(each=_OWN_SNAPSHOTS)
def ebs_snapshot(snapshot: Item) -> EbsSnapshot:
    """Those of the account's own, also where AWS Backup made them."""
    return EbsSnapshot(arn=snapshot.arn, region=snapshot.region, encrypted=truth(snapshot["Encrypted"]))


@dataclass(frozen=True, kw_only=True)
class SnapshotSharing(Resource):
    """Who may make a volume of a snapshot."""

    public: bool
    """Whether every AWS account may."""


@aws_collector(Row(PUBLIC_SNAPSHOTS, "Snapshots", "SnapshotId", Of("SnapshotId")), each=_OWN_SNAPSHOTS)
def snapshot_sharing(snapshot: Item, listed: Answer | None) -> SnapshotSharing:
    """AWS lists apart the snapshots of one's own that everybody can restore."""
    return SnapshotSharing(arn=snapshot.arn, region=snapshot.region, public=listed is not None)


@dataclass(frozen=True, kw_only=True)
class SnapshotPublicBlock(Resource):
    """Whether snapshots of a region can be shared with everybody."""

    new: bool
    """Whether nobody can make one public any more."""
    all: bool
    """Whether those that are public are withheld, too."""


_STATES = {"block-all-sharing": (True, True), "block-new-sharing": (True, False), "unblocked": (False, False)}


@aws_collector(PUBLIC_BLOCK)
def snapshot_public_block(at: Place, block: Answer) -> SnapshotPublicBlock:
    """A setting of the account, region by region."""
    new, every = _STATES[block["State"]]
    return SnapshotPublicBlock(region=at.region, new=new, all=every)


@dataclass(frozen=True, kw_only=True)
class EbsDefaultEncryption(Resource):
    """Whether new disks of a region are encrypted without anybody asking for it."""

    on: bool


@aws_collector(DEFAULT_ENCRYPTION)
def ebs_default_encryption(at: Place, encryption: Answer) -> EbsDefaultEncryption:
    """A setting of the account, region by region."""
    return EbsDefaultEncryption(region=at.region, on=truth(encryption["EbsEncryptionByDefault"]))
