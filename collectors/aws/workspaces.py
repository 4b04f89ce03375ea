"""Desktops of WorkSpaces. https://docs.aws.amazon.com/workspaces/latest/api/API_DescribeWorkspaces.html"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api(
    "workspaces",
    "DescribeWorkspaces",
    "Workspaces{WorkspaceId State RootVolumeEncryptionEnabled UserVolumeEncryptionEnabled}",
)


def _desktops(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["Workspaces"] if one.get("State") not in ("TERMINATING", "TERMINATED"))


WORKSPACES = Items(LIST, _desktops, "arn:{partition}:workspaces:{region}:{account}:workspace/{WorkspaceId}")


@dataclass(frozen=True, kw_only=True)
class Workspace(Resource):
    """A person's desktop. Whose it is, is not kept."""

    root_encrypted: bool = False
    user_encrypted: bool = False
    """Whether the volume with the person's files is."""


@aws_collector(each=WORKSPACES)
def workspace(desktop: Item) -> Workspace:
    """AWS leaves the flags out where nobody asked for encryption. Desktops that are gone are left out."""
    return Workspace(
        arn=desktop.arn,
        region=desktop.region,
        root_encrypted=desktop.get("RootVolumeEncryptionEnabled", False),
        user_encrypted=desktop.get("UserVolumeEncryptionEnabled", False),
    )
