"""Machines that Systems Manager looks after. https://docs.aws.amazon.com/systems-manager/latest/APIReference/"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.api import Answer, Api, Batch, Item, Items, Of, Row, rows_of
from collectors.aws.ec2_instances import RUNNING
from collectors.aws.fields import count, moment, truth
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

NODES = Api(
    "ssm",
    "DescribeInstanceInformation",
    "InstanceInformationList{InstanceId ResourceType PingStatus LastPingDateTime AgentVersion IsLatestVersion PlatformType}",
    {"MaxResults": 50},
)
PATCHES = Api(
    "ssm",
    "DescribeInstancePatchStates",
    "InstancePatchStates{InstanceId OperationEndTime MissingCount FailedCount InstalledPendingRebootCount"
    " CriticalNonCompliantCount SecurityNonCompliantCount}",
    {"MaxResults": 50},
)


_ONLINE = {"Online": True, "ConnectionLost": False, "Inactive": False}
_TELLS_THE_LATEST = ("Linux", "MacOS")


@dataclass(frozen=True, kw_only=True)
class InstanceManagement(Resource):
    """Whether Systems Manager has a machine in hand."""

    started_at: datetime
    known: bool = True
    """Whether it has ever heard of the machine."""
    online: bool = False
    heard_at: datetime | None = None


@aws_collector(Row(NODES, "InstanceInformationList", "InstanceId", Of("InstanceId")), each=RUNNING)
def instance_management(instance: Item, node: Answer | None) -> InstanceManagement:
    """Machines elsewhere that are registered with it (``mi-...``) are managed by that."""
    return InstanceManagement(
        arn=instance.arn,
        region=instance.region,
        started_at=moment(instance["LaunchTime"]),
        known=node is not None,
        online=node is not None and _ONLINE[node["PingStatus"]],
        heard_at=_heard_at(node) if node is not None else None,
    )


@dataclass(frozen=True, kw_only=True)
class InstancePatches(Resource):
    """What Patch Manager found on a machine when it last looked, by the baseline that holds for it."""

    scanned_at: datetime | None = None
    """None where it never looked."""
    missing: int = 0
    """Approved patches that are not installed."""
    failed: int = 0
    """Patches whose installation failed."""
    awaiting_restart: int = 0
    """Patches that are installed and not in force yet."""
    urgent: int = 0
    """Of all these, those that are critical by the baseline or for security by their advisory; one may count twice."""


@aws_collector(Batch(PATCHES, "InstanceIds", Of("InstanceId"), "InstancePatchStates", "InstanceId", 50), each=RUNNING)
def instance_patches(instance: Item, state: Answer | None) -> InstancePatches:
    """The later counts are optional in the API: a state from before they were introduced lacks them."""
    if state is None:
        return InstancePatches(arn=instance.arn, region=instance.region)
    return InstancePatches(
        arn=instance.arn,
        region=instance.region,
        scanned_at=moment(state["OperationEndTime"]),
        missing=count(state["MissingCount"]),
        failed=count(state["FailedCount"]),
        awaiting_restart=count(state.get("InstalledPendingRebootCount", 0)),
        urgent=count(state.get("CriticalNonCompliantCount", 0)) + count(state.get("SecurityNonCompliantCount", 0)),
    )


def _named_nodes(answer: Answer) -> Iterator[Any]:
    """Machines of EC2 and machines elsewhere have names of different form."""
    for one in rows_of(answer, "InstanceInformationList"):
        elsewhere = one["ResourceType"] == "ManagedInstance"
        yield {**one, "kind": "ssm" if elsewhere else "ec2", "noun": "managed-instance" if elsewhere else "instance"}


@dataclass(frozen=True, kw_only=True)
class SsmAgent(Resource):
    """The agent of Systems Manager on a machine, of EC2 or elsewhere."""

    version: str
    latest: bool | None
    """Whether AWS has no newer one; None where it does not say, as on Windows."""
    online: bool = True
    heard_at: datetime | None = None


@aws_collector(each=Items(NODES, _named_nodes, "arn:{partition}:{kind}:{region}:{account}:{noun}/{InstanceId}"))
def ssm_agent(node: Item) -> SsmAgent:
    """AWS documents that ``IsLatestVersion`` says nothing of Windows."""
    return SsmAgent(
        arn=node.arn,
        region=node.region,
        version=_version(node["AgentVersion"]),
        latest=truth(node["IsLatestVersion"]) if node["PlatformType"] in _TELLS_THE_LATEST else None,
        online=_ONLINE[node["PingStatus"]],
        heard_at=_heard_at(node),
    )


def _version(told: str) -> str:
    """``3.3.987.0``; ``ValueError`` where it is none."""
    if not re.fullmatch(r"\d+(\.\d+)*", told):
        raise ValueError("no version")
    return told


def _heard_at(node: Answer) -> datetime | None:
    told = node.get("LastPingDateTime", "")
    return moment(told) if told else None
