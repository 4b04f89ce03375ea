"""Secrets that are kept for programs. https://docs.aws.amazon.com/secretsmanager/latest/apireference/

Their names are no secrets, and their values are never asked for. The listing leaves out those that await their deletion.
"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of, Place
from collectors.aws.policy import Policied, statements
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api("secretsmanager", "ListSecrets", "SecretList{ARN RotationEnabled PrimaryRegion OwningService}")
SECRETS = Items(LIST, "SecretList", "{ARN}")
POLICY = Api(
    "secretsmanager",
    "GetResourcePolicy",
    "ARN ResourcePolicy",
    {"SecretId": Of("ARN")},
    absent=("ResourceNotFoundException",),
)


@dataclass(frozen=True, kw_only=True)
class Secret(Policied):
    """A secret, and whom its policy lets read it."""


@aws_collector(POLICY, each=SECRETS)
def secret(item: Item, told: Answer) -> Secret:
    """A secret without a policy is answered without the field."""
    said = statements(told["ResourcePolicy"]) if told.get("ResourcePolicy") else ()
    return Secret(arn=item.arn, region=item.region, policy=said)


@dataclass(frozen=True, kw_only=True)
class SecretRotation(Resource):
    """Whether a secret gets a new value from time to time."""

    enabled: bool = False


@aws_collector(LIST)
def secret_rotations(at: Place, listed: Answer) -> tuple[SecretRotation, ...]:
    """A copy of another region's secret is rotated there, and one that a service of AWS keeps is the service's to rotate.
    A secret that was never rotated lacks the field.
    """
    return tuple(
        SecretRotation(arn=one["ARN"], region=at.region, enabled=one.get("RotationEnabled", False))
        for one in listed["SecretList"]
        if one.get("PrimaryRegion", at.region) == at.region and not one.get("OwningService")
    )
