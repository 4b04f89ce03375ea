"""File systems on the network. https://docs.aws.amazon.com/efs/latest/ug/api-reference.html"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of, Place
from collectors.aws.policy import Policied, statements
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api("efs", "DescribeFileSystems", "FileSystems{FileSystemId FileSystemArn LifeCycleState Encrypted}")


def _kept(listed: Answer) -> Iterator[Answer]:
    """All but those that are being deleted."""
    return (one for one in listed["FileSystems"] if one["LifeCycleState"] not in ("deleting", "deleted"))


FILE_SYSTEMS = Items(LIST, _kept, "{FileSystemArn}")
POLICY = Api(
    "efs",
    "DescribeFileSystemPolicy",
    "Policy",
    {"FileSystemId": Of("FileSystemId")},
    absent=("PolicyNotFound",),
    gone=("FileSystemNotFound",),
)


@dataclass(frozen=True, kw_only=True)
class FileSystem(Policied):
    """A file system, and whom its policy lets mount it."""


@aws_collector(POLICY, each=FILE_SYSTEMS)
def file_system(item: Item, told: Answer | None) -> FileSystem:
    """One without a policy is open to whoever reaches one of its mount targets, which stand in a private network."""
    said = statements(told["Policy"]) if told is not None else ()
    return FileSystem(arn=item.arn, region=item.region, policy=said)


@dataclass(frozen=True, kw_only=True)
class FileSystemEncryption(Resource):
    """Whether what a file system holds is encrypted."""

    encrypted: bool


@aws_collector(LIST)
def file_system_encryptions(at: Place, listed: Answer) -> tuple[FileSystemEncryption, ...]:
    """One for each file system."""
    return tuple(
        FileSystemEncryption(arn=one["FileSystemArn"], region=at.region, encrypted=one["Encrypted"])
        for one in _kept(listed)
    )
