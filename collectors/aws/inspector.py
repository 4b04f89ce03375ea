"""Inspector: what it looks at, and the vulnerabilities it knows. https://docs.aws.amazon.com/inspector/v2/APIReference/"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.api import ITEM, Answer, Api, Item, Items, Of, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

STATUS = Api(
    "inspector2",
    "BatchGetAccountStatus",
    "accounts{accountId resourceState{ec2{status} ecr{status} lambda{status}}}",
    {"accountIds": [Of("account")]},
)
PAGE = 100


def _is(*values: Any) -> list[dict[str, Any]]:
    return [{"comparison": "EQUALS", "value": value} for value in values]


OLDEST_FINDINGS = Api(
    "inspector2",
    "ListFindings",
    "findings{firstObservedAt resources{id}}",
    {
        "filterCriteria": {
            "awsAccountId": _is(Of("account")),  # a delegated administrator is also told of other accounts
            "findingStatus": _is("ACTIVE"),
            "findingType": _is("PACKAGE_VULNERABILITY"),
            "fixAvailable": _is("YES", "PARTIAL"),
            "severity": _is("CRITICAL", "HIGH"),
        },
        "sortCriteria": {"field": "FIRST_OBSERVED_AT", "sortOrder": "ASC"},
        "maxResults": PAGE,
    },
    where=ITEM,
    first_page=True,
)
_KINDS = {"ec2": "EC2", "ecr": "ECR", "lambda": "Lambda"}


@dataclass(frozen=True, kw_only=True)
class Inspector(Resource):
    """What Inspector looks at in a region."""

    on: frozenset[str] = frozenset()
    """Of EC2, ECR and Lambda."""


@aws_collector(STATUS)
def inspector(at: Place, told: Answer) -> Inspector:
    """Who never switched it on is told that everything is off."""
    return Inspector(region=at.region, on=_on(told["accounts"][0]))


def _on(account: Mapping[str, Any]) -> frozenset[str]:
    state = account["resourceState"]
    return frozenset(_KINDS[kind] for kind in _KINDS if state.get(kind, {}).get("status") == "ENABLED")


def _looked_at(told: Any) -> Iterator[Mapping[str, Any]]:
    return (account for account in told["accounts"] if _on(account))


@dataclass(frozen=True, kw_only=True)
class FixableVulnerabilities(Resource):
    """Critical and high vulnerabilities in packages of a region for which there is an update: the oldest, at most ``PAGE``."""

    first_seen: tuple[datetime, ...] = ()
    resources: tuple[str, ...] = ()
    """What has them, each once, in the same order."""


@aws_collector(OLDEST_FINDINGS, each=Items(STATUS, _looked_at, "{region}"))
def fixable_vulnerabilities(region: Item, found: Answer) -> FixableVulnerabilities:
    """Only regions where Inspector looks at something are asked: elsewhere it knows of nothing, and that says nothing."""
    return FixableVulnerabilities(
        region=region.region,
        first_seen=tuple(datetime.fromisoformat(one["firstObservedAt"]) for one in found["findings"]),
        resources=tuple(dict.fromkeys(each["id"] for one in found["findings"] for each in one["resources"])),
    )
