"""Virtual machines as EC2 tells of them. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html"""

from collections.abc import Iterator
from typing import Any

from collectors.api import Answer, Api, Items, rows_of

INSTANCES = Api(
    "ec2",
    "DescribeInstances",
    "Reservations{OwnerId Instances{InstanceId ImageId State{Name} LaunchTime KeyName VpcId Platform PlatformDetails"
    " MetadataOptions{State HttpTokens HttpEndpoint HttpPutResponseHopLimit} SecurityGroups{GroupId}"
    " Operator{Managed Principal}}}",
)
_NAMED = "arn:{partition}:ec2:{region}:{account}:instance/{InstanceId}"
_OVER = ("shutting-down", "terminated")


def _in_being(answer: Answer) -> Iterator[Any]:
    """All but those that are terminated: they are listed for an hour and hold nothing."""
    return (one for one in rows_of(answer, "Reservations.Instances") if one["State"]["Name"] not in _OVER)


def _running(answer: Answer) -> Iterator[Any]:
    """Those that are up and that the account itself looks after: the nodes that a service of AWS runs in it (``Operator``),
    as EKS Auto Mode does, are patched and replaced by that service.
    """
    for one in _in_being(answer):
        if one["State"]["Name"] == "running" and not one.get("Operator", {}).get("Managed", False):
            yield one


RUNNING_OR_STOPPED = Items(INSTANCES, _in_being, _NAMED)
"""Every instance that is there: a stopped one keeps its settings and its disks."""
RUNNING = Items(INSTANCES, _running, _NAMED)
"""Instances whose operating system is up, and the account's own matter."""
