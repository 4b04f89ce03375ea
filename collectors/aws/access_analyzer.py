"""IAM Access Analyzer: who looks for resources that are open to others."""

from dataclasses import dataclass

from collectors.api import Answer, Api, Place
from collectors.aws.organization import ORGANIZATION
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

ANALYZERS = Api("accessanalyzer", "ListAnalyzers", "analyzers{name type status}")
_EXTERNAL = ("ACCOUNT", "ORGANIZATION")


@dataclass(frozen=True, kw_only=True)
class ExternalAnalyzers(Resource):
    """The account's analyzers of access from outside, in a region. One that its organization runs shows only in the account
    that administers it.
    """

    active: tuple[str, ...] = ()
    """Names of those that look."""
    idle: tuple[str, ...] = ()
    """Names of those that do not: switched off, failed, or not yet made."""
    member: bool = False
    """Whether the account belongs to an organization."""


@aws_collector(ANALYZERS, ORGANIZATION)
def external_analyzers(at: Place, analyzers: Answer, organization: Answer | None) -> ExternalAnalyzers:
    """Analyzers of unused and of internal access look for something else."""
    ours = [one for one in analyzers["analyzers"] if one["type"] in _EXTERNAL]
    return ExternalAnalyzers(
        region=at.region,
        active=tuple(one["name"] for one in ours if one["status"] == "ACTIVE"),
        idle=tuple(one["name"] for one in ours if one["status"] != "ACTIVE"),
        member=organization is not None,
    )
