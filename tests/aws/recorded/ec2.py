"""EC2 and Systems Manager where moto differs from AWS or lacks the call, in the shapes that AWS documents.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html (``RestorableByUserIds``)
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceImageMetadata.html
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstanceInformation.html
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_InstancePatchState.html
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.aws_accounts import NOBODY, Case

_I = "us-east-1"
_OWN_SNAPSHOTS = f'{_I} ec2:DescribeSnapshots {{"OwnerIds": ["self"]}}'
_PUBLIC_SNAPSHOTS = f'{_I} ec2:DescribeSnapshots {{"OwnerIds": ["self"], "RestorableByUserIds": ["all"]}}'
_BLOCK = f"{_I} ec2:GetSnapshotBlockPublicAccessState"
_SNAPSHOT = f"arn:aws:ec2:{_I}::snapshot/snap-1"
_SNAPSHOTS = {"Snapshots": [{"SnapshotId": "snap-1", "Encrypted": False, "State": "completed"}]}

_NOW = datetime.now(UTC)


class _WhenAsked:
    """The time at which it is written into an answer, which may be long after the cases were collected."""

    def __str__(self) -> str:
        return datetime.now(UTC).isoformat()


_ID = "i-1234567890abcdef0"
_INSTANCE = f"arn:aws:ec2:{_I}:{NOBODY}:instance/{_ID}"
_INSTANCES = f"{_I} ec2:DescribeInstances"
_NODES = f'{_I} ssm:DescribeInstanceInformation {{"MaxResults": 50}}'
_PATCHES = f'{_I} ssm:DescribeInstancePatchStates {{"InstanceIds": ["{_ID}"], "MaxResults": 50}}'
_IMAGES = f"{_I} ec2:DescribeInstanceImageMetadata"
_NODE = {
    "InstanceId": _ID,
    "ResourceType": "EC2Instance",
    "PingStatus": "Online",
    "LastPingDateTime": _NOW.isoformat(),
    "AgentVersion": "3.3.2746.0",
    "IsLatestVersion": True,
    "PlatformType": "Linux",
}
_STATE = {
    "InstanceId": _ID,
    "OperationEndTime": (_NOW - timedelta(hours=9)).isoformat(),
    "MissingCount": 0,
    "FailedCount": 0,
    "InstalledPendingRebootCount": 0,
    "CriticalNonCompliantCount": 0,
    "SecurityNonCompliantCount": 0,
}


def _instances(**fields: Any) -> dict[str, Any]:
    instance = {
        "InstanceId": _ID,
        "ImageId": "ami-1",
        "State": {"Name": "running"},
        "LaunchTime": (_NOW - timedelta(days=30)).isoformat(),
        "MetadataOptions": {"State": "applied", "HttpTokens": "required", "HttpEndpoint": "enabled"},
    }
    return {_INSTANCES: {"Reservations": [{"OwnerId": NOBODY, "Instances": [instance | fields]}]}}


def _sharing(status: str, listed: bool, block: str) -> Case:
    answers = {
        _OWN_SNAPSHOTS: _SNAPSHOTS,
        _PUBLIC_SNAPSHOTS: {"Snapshots": [{"SnapshotId": "snap-1"}] if listed else []},
        _BLOCK: {"State": block},
    }
    return Case("ebs-snapshots-are-not-public", status, answers, _SNAPSHOT)


def _managed(status: str, *nodes: dict[str, Any], **fields: Any) -> Case:
    answers = {**_instances(**fields), _NODES: {"InstanceInformationList": list(nodes)}}
    return Case("ec2-instances-are-managed", status, answers, _INSTANCE)


def _patched(status: str, *states: dict[str, Any]) -> Case:
    answers = {**_instances(), _PATCHES: {"InstancePatchStates": list(states)}}
    return Case("ec2-instances-have-their-patches", status, answers, _INSTANCE)


def _imaged(status: str, days: int, state: str = "available") -> Case:
    created = (_NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    image = {"ImageId": "ami-1", "CreationDate": created, "State": state}
    answers = {**_instances(), _IMAGES: {"InstanceImageMetadata": [{"InstanceId": _ID, "ImageMetadata": image}]}}
    return Case("ec2-instances-come-from-recent-images", status, answers, _INSTANCE)


def _agent(status: str, subject: str = _INSTANCE, **fields: Any) -> Case:
    return Case("ssm-agents-are-up-to-date", status, {_NODES: {"InstanceInformationList": [_NODE | fields]}}, subject)


CASES = (
    _sharing("pass", listed=False, block="unblocked"),
    _sharing("fail", listed=True, block="block-new-sharing"),
    _sharing("pass", listed=True, block="block-all-sharing"),
    Case("ebs-snapshots-cannot-be-made-public", "pass", {_BLOCK: {"State": "block-all-sharing"}}, _I),
    Case("ebs-snapshots-cannot-be-made-public", "fail", {_BLOCK: {"State": "unblocked"}}, _I),
    Case(
        "new-ebs-volumes-are-encrypted",
        "fail",
        {f"{_I} ec2:GetEbsEncryptionByDefault": {"EbsEncryptionByDefault": False}},
    ),
    _managed("pass", _NODE),
    _managed("fail"),
    _managed("fail", _NODE | {"PingStatus": "ConnectionLost"}),
    _managed("not_applicable", LaunchTime=_WhenAsked()),
    _patched("pass", _STATE),
    _patched("fail", _STATE | {"MissingCount": 3}),
    _patched("fail", _STATE | {"InstalledPendingRebootCount": 1}),
    _patched("fail", _STATE | {"SecurityNonCompliantCount": 1}),
    _patched("unknown"),
    _patched("unknown", _STATE | {"OperationEndTime": "2026-01-01T00:00:00+00:00"}),
    _imaged("pass", 30),
    _imaged("fail", 200),
    _imaged("fail", 900, "deregistered"),
    _agent("pass"),
    _agent("fail", IsLatestVersion=False, AgentVersion="3.0.1124.0"),
    _agent("unknown", PlatformType="Windows"),
    _agent("not_applicable", PingStatus="ConnectionLost"),
    _agent(
        "fail",
        f"arn:aws:ssm:{_I}:{NOBODY}:managed-instance/mi-0123456789abcdef0",
        InstanceId="mi-0123456789abcdef0",
        ResourceType="ManagedInstance",
        IsLatestVersion=False,
    ),
)
