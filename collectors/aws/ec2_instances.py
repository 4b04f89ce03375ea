"""Virtual machines as EC2 tells of them. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.api import Answer, Api, Item, Items, Of, Place, Row, rows_of
from collectors.aws.fields import moment, truth
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

INSTANCES = Api(
    "ec2",
    "DescribeInstances",
    "Reservations{OwnerId Instances{InstanceId ImageId State{Name} LaunchTime KeyName VpcId Platform PlatformDetails"
    " MetadataOptions{State HttpTokens HttpEndpoint HttpPutResponseHopLimit} SecurityGroups{GroupId}"
    " Operator{Managed Principal}}}",
)
_NAMED = "arn:{partition}:ec2:{region}:{account}:instance/{InstanceId}"
_OVER = ("shutting-down", "terminated")


def _own(answer: Answer) -> Iterator[Any]:
    """All but those that are terminated, which are listed for an hour and hold nothing, and those that a service of AWS runs
    and replaces itself (``Operator``, as EKS Auto Mode): nobody here can change them.
    """
    for one in rows_of(answer, "Reservations.Instances"):
        if one["State"]["Name"] not in _OVER and not truth(one.get("Operator", {}).get("Managed", False)):
            yield one


def _running(answer: Answer) -> Iterator[Any]:
    return (one for one in _own(answer) if one["State"]["Name"] == "running")


RUNNING_OR_STOPPED = Items(INSTANCES, _own, _NAMED)
"""Every instance that is there: a stopped one keeps its settings and its disks."""
RUNNING = Items(INSTANCES, _running, _NAMED)
"""Instances whose operating system is up: who is off is reached by nobody, and can neither be patched nor say so."""


@dataclass(frozen=True, kw_only=True)
class MetadataService(Resource):
    """How an instance hands out the credentials of its role to whatever runs on it."""

    enabled: bool
    """Whether it answers at all."""
    tokens_required: bool = False
    """Whether it asks for a session token first (IMDSv2); forged requests through a web application cannot get one."""


@aws_collector(each=RUNNING_OR_STOPPED)
def metadata_service(instance: Item) -> MetadataService:
    """Options that are still ``pending`` are those that will hold."""
    options = instance["MetadataOptions"]
    return MetadataService(
        arn=instance.arn,
        region=instance.region,
        enabled={"enabled": True, "disabled": False}[options["HttpEndpoint"]],
        tokens_required={"required": True, "optional": False}[options["HttpTokens"]],
    )


@dataclass(frozen=True, kw_only=True)
class KeyPairUse(Resource):
    """A key pair, and how many instances were started with it."""

    instances: int


@aws_collector(INSTANCES)
def key_pair_uses(at: Place, instances: Answer) -> tuple[KeyPairUse, ...]:
    """An instance without a key pair has no ``KeyName``."""
    uses = Counter(str(one["KeyName"]) for one in _own(instances) if "KeyName" in one)
    return tuple(
        KeyPairUse(arn=at.arn("ec2", f"key-pair/{name}"), region=at.region, instances=count)
        for name, count in sorted(uses.items())
    )


IMAGES_OF_INSTANCES = Api(
    "ec2",
    "DescribeInstanceImageMetadata",
    "InstanceImageMetadata{InstanceId ImageMetadata{ImageId CreationDate State}}",
)
"""Other than DescribeImages, it also tells of images that are deregistered, disabled or no longer shared."""


@dataclass(frozen=True, kw_only=True)
class ImageOfInstance(Resource):
    """The image that an instance was started from."""

    image: str
    created_at: datetime | None
    """None where AWS no longer tells."""
    state: str
    """``available``, ``deregistered``, ``disabled`` ..."""


@aws_collector(Row(IMAGES_OF_INSTANCES, "InstanceImageMetadata", "InstanceId", Of("InstanceId")), each=RUNNING)
def image_of_instance(instance: Item, told: Answer | None) -> ImageOfInstance:
    """An instance that the second listing lacks was started between the two."""
    image = told["ImageMetadata"] if told is not None else {}
    created = image.get("CreationDate", "")
    return ImageOfInstance(
        arn=instance.arn,
        region=instance.region,
        image=str(instance["ImageId"]),
        created_at=moment(created) if created else None,
        state=str(image.get("State", "")),
    )
