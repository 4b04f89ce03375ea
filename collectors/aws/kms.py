"""Keys that the account manages itself. https://docs.aws.amazon.com/kms/latest/APIReference/

AWS' own keys (``aws/s3`` and the like) are left out: nobody can change their policies, and AWS rotates them. So are keys that
await their deletion: nobody can use them, and AWS then says that they are not rotated.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.policy import Policied, statements
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

_NONE = ("NotFoundException",)
_AWAITING_DELETION = frozenset({"PendingDeletion", "PendingReplicaDeletion"})


def _own(described: Answer) -> Iterator[Answer]:
    key = described["KeyMetadata"]
    if key["KeyManager"] == "CUSTOMER" and key["KeyState"] not in _AWAITING_DELETION:
        yield key


def _rotatable(described: Answer) -> Iterator[Answer]:
    """AWS can rotate symmetric keys whose material it made itself, while they are in use."""
    for key in _own(described):
        if key["KeySpec"] == "SYMMETRIC_DEFAULT" and key["Origin"] == "AWS_KMS" and key["KeyState"] == "Enabled":
            yield key


LIST = Api("kms", "ListKeys", "Keys{KeyArn}")
DESCRIBE = Api(
    "kms",
    "DescribeKey",
    "KeyMetadata{Arn KeyManager KeyState KeySpec Origin}",
    {"KeyId": Of("KeyArn")},
    absent=_NONE,
)
KEYS = Items(LIST, "Keys", "{KeyArn}")
OWN_KEYS = Items(DESCRIBE, _own, "{Arn}", of=KEYS)
ROTATABLE_KEYS = Items(DESCRIBE, _rotatable, "{Arn}", of=KEYS)
POLICY = Api("kms", "GetKeyPolicy", "Policy", {"KeyId": Of("Arn"), "PolicyName": "default"}, absent=_NONE)
ROTATION = Api("kms", "GetKeyRotationStatus", "KeyRotationEnabled", {"KeyId": Of("Arn")}, absent=_NONE)


@dataclass(frozen=True, kw_only=True)
class Key(Policied):
    """A key of KMS, and whom its policy lets use it."""


@aws_collector(POLICY, each=OWN_KEYS)
def key(item: Item, told: Answer) -> Key:
    """Every key has a policy."""
    return Key(arn=item.arn, region=item.region, policy=statements(told["Policy"]))


@dataclass(frozen=True, kw_only=True)
class KeyRotation(Resource):
    """Whether AWS makes new material for a key from time to time."""

    enabled: bool


@aws_collector(ROTATION, each=ROTATABLE_KEYS)
def key_rotation(item: Item, told: Answer) -> KeyRotation:
    """The answer always says it."""
    return KeyRotation(arn=item.arn, region=item.region, enabled=told["KeyRotationEnabled"])
