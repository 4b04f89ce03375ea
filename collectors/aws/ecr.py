"""Private repositories of container images. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.policy import Policied, statements
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api(
    "ecr",
    "DescribeRepositories",
    "repositories{repositoryArn repositoryName imageScanningConfiguration{scanOnPush}}",
)
REPOSITORIES = Items(LIST, "repositories", "{repositoryArn}")
POLICY = Api(
    "ecr",
    "GetRepositoryPolicy",
    "policyText",
    {"repositoryName": Of("repositoryName")},
    absent=("RepositoryPolicyNotFoundException",),
    gone=("RepositoryNotFoundException",),
)
SCANNING = Api(
    "ecr",
    "GetRegistryScanningConfiguration",
    "scanningConfiguration{scanType rules{scanFrequency repositoryFilters{filter}}}",
)
AUTOMATIC = frozenset({"SCAN_ON_PUSH", "CONTINUOUS_SCAN"})


@dataclass(frozen=True, kw_only=True)
class Repository(Policied):
    """A repository of container images."""


@aws_collector(POLICY, each=REPOSITORIES)
def repository(item: Item, told: Answer | None) -> Repository:
    """A repository needs no policy."""
    said = statements(told["policyText"]) if told is not None else ()
    return Repository(arn=item.arn, region=item.region, policy=said)


@dataclass(frozen=True, kw_only=True)
class RepositoryScanning(Resource):
    """Who looks for known vulnerabilities and malware in the images of a repository, and when."""

    frequency: str = ""
    """``CONTINUOUS_SCAN`` or ``SCAN_ON_PUSH``; empty where nothing scans of its own accord."""
    by_inspector: bool = False
    """Whether Amazon Inspector does it (enhanced scanning)."""


@aws_collector(SCANNING, each=REPOSITORIES)
def repository_scanning(item: Item, told: Answer) -> RepositoryScanning:
    """The registry's rules hold for the repositories that their filters name. Enhanced scanning does not heed what the
    repository itself says.
    """
    registry = told["scanningConfiguration"]
    name, enhanced = item["repositoryName"], registry["scanType"] == "ENHANCED"
    found = {
        rule["scanFrequency"]
        for rule in registry.get("rules", ())
        if any(_matches(one["filter"], name) for one in rule["repositoryFilters"])
    }
    if not enhanced and item.get("imageScanningConfiguration", {}).get("scanOnPush", False):
        found.add("SCAN_ON_PUSH")
    return RepositoryScanning(
        arn=item.arn, region=item.region, frequency=min(found & AUTOMATIC, default=""), by_inspector=enhanced
    )


def _matches(pattern: str, name: str) -> bool:
    """A filter without a wildcard is about all repositories whose names contain it."""
    return fnmatchcase(name, pattern) if "*" in pattern else pattern in name
