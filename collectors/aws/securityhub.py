"""Security Hub. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

HUB = Api("securityhub", "DescribeHub", "HubArn", absent=("InvalidAccessException", "ResourceNotFoundException"))


@dataclass(frozen=True, kw_only=True)
class SecurityHub(Resource):
    """Whether Security Hub is on in a region."""

    on: bool = True


@aws_collector(HUB)
def security_hub(at: Place, hub: Answer | None) -> SecurityHub:
    """Where it is off, AWS says that the account is not subscribed."""
    return SecurityHub(region=at.region, on=hub is not None)
