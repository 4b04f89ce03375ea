"""What Systems Manager keeps in the clear: parameters of the types String and StringList, and documents.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collectors.api import ITEM, Answer, Api, Batch, Item, Items, Of
from collectors.aws.secret_values import KEPT, MayHoldSecrets, in_document, in_pairs, of_secrets, with_secrets
from collectors.collector import aws_collector

PLAIN = Api(
    "ssm",
    "DescribeParameters",
    "Parameters{Name Type}",
    {
        "MaxResults": 50,
        "ParameterFilters": [{"Key": "Type", "Option": "Equals", "Values": ["String", "StringList"]}],
    },
)


def _plain(answer: Answer) -> Iterator[dict[str, Any]]:
    """Never a SecureString. In an ARN a name that begins with a slash has none before it."""
    for one in answer["Parameters"]:
        if one["Type"] != "SecureString":
            yield {"Name": one["Name"], "Path": one["Name"].removeprefix("/")}


def _values(parameter: Answer) -> list[tuple[str, str]]:
    """Those of a StringList one by one."""
    value = parameter["Value"]
    values = value.split(",") if parameter["Type"] == "StringList" else [value]
    return [(parameter["Name"], one) for one in values]


PARAMETERS = Items(PLAIN, _plain, "arn:{partition}:ssm:{region}:{account}:parameter/{Path}")
VALUES = Batch(
    Api(
        "ssm",
        "GetParameters",
        f"Parameters{{Name {KEPT}}}",
        {"Names": [], "WithDecryption": False},
        redact=lambda answer: with_secrets(answer, "Parameters", lambda one: in_pairs(_values(one))),
    ),
    into="Names",
    keys=Of("Name"),
    rows="Parameters",
    key="Name",
    most=10,
)


@dataclass(frozen=True, kw_only=True)
class PlainParameter(MayHoldSecrets):
    """A parameter that is not encrypted."""


@aws_collector(VALUES, each=PARAMETERS)
def plain_parameters(parameter: Item, told: Answer) -> PlainParameter:
    """By its value, and by what its name says it is."""
    return PlainParameter(arn=parameter.arn, region=parameter.region, **of_secrets(told["Secrets"]))


OWN = Api(
    "ssm",
    "ListDocuments",
    "DocumentIdentifiers{Name}",
    {"MaxResults": 50, "Filters": [{"Key": "Owner", "Values": ["Self"]}]},
)
DOCUMENTS = Items(OWN, "DocumentIdentifiers", "arn:{partition}:ssm:{region}:{account}:document/{Name}")
DOCUMENT = Api(
    "ssm",
    "GetDocument",
    KEPT,
    {"Name": Of("Name")},
    absent=("InvalidDocument",),
    where=ITEM,
    redact=lambda answer: {"Secrets": in_document(answer["Content"])},
)


@dataclass(frozen=True, kw_only=True)
class Document(MayHoldSecrets):
    """The default version of a document of the account's own: a runbook, a command, a configuration."""


@aws_collector(DOCUMENT, each=DOCUMENTS)
def documents(document: Item, told: Answer) -> Document:
    """Documents of AWS and of others are theirs."""
    return Document(arn=document.arn, region=document.region, **of_secrets(told["Secrets"]))
