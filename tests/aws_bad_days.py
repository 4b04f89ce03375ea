"""AWS on its bad days: calls to ask, an account to read whole, and answers that are broken."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from collectors.api import ACCOUNT, Answer, Api, Call, Place
from collectors.aws.account import IDENTITY, REGIONS
from collectors.collector import ApiCollector, Fact, aws_collector
from collectors.readings import Answers, Reading, Text, Unread
from collectors.transports.aws import sending
from collectors.transports.aws.account import AccountReader
from collectors.transports.aws.asking import Asking
from collectors.transports.aws.clients import Clients
from tests import aws_faults
from tests.aws_accounts import Account
from tests.aws_proxy import Fault

REGION = "eu-west-1"
LOGGING = Api("s3", "GetBucketLogging", "LoggingEnabled", {"Bucket": "a-bucket-in-bad-weather"}, may_be_empty=True)
APIS = {
    "query": Api("iam", "ListUsers", "Users{UserName}", where=ACCOUNT),
    "query of a region": Api("rds", "DescribeDBInstances", "DBInstances{DBInstanceIdentifier}"),
    "ec2": Api("ec2", "DescribeVpcs", "Vpcs{VpcId}"),
    "json 1.0": Api("sqs", "ListQueues", "QueueUrls", may_be_empty=True),
    "json 1.1": Api("kms", "ListKeys", "Keys{KeyId}"),
    "rest-json": Api("lambda", "ListFunctions", "Functions{FunctionName}"),
    "rest-xml": Api("s3", "ListBuckets", "Buckets{Name}", where=ACCOUNT, action="s3:ListAllMyBuckets"),
    "rest-xml that may be empty": LOGGING,
    "rest-xml with a frame": Api("cloudfront", "ListDistributions", "DistributionList{Items{Id}}", where=ACCOUNT),
}
TOKENS = {
    "query": ("Marker", "IsTruncated"),
    "query of a region": ("Marker", ""),
    "ec2": ("nextToken", ""),
    "json 1.0": ("NextToken", ""),
    "json 1.1": ("NextMarker", "Truncated"),
    "rest-json": ("NextMarker", ""),
    "rest-xml": ("ContinuationToken", ""),
}
every_protocol = pytest.mark.parametrize("protocol", APIS)


REGIONS_OF_TESTS = ("ap-south-1", "ca-central-1", "eu-west-1", "eu-west-2", "sa-east-1", "us-west-2")
BUCKET = "arn:aws:s3:::a-bucket-in-bad-weather"

BROKEN: dict[str, Fault] = {
    "reset": aws_faults.reset,
    "truncated": aws_faults.truncated(told=False),
    "truncated and told so": aws_faults.truncated(told=True),
    "empty": aws_faults.empty(told=True),
    "closed before the body": aws_faults.empty(told=False),
}

LATE: dict[str, Fault] = {
    "hanging": aws_faults.hang,
    "dribbling": aws_faults.dribbling(seconds=0.3),
}
"""Broken in that they do not come to an end."""


_clients: dict[object, Clients] = {}


def asking_of(account: Account, apis: Sequence[Api], *, seconds: float = 60.0) -> Asking:
    """Whoever asks the account these, with clients that are made once."""
    key = (account, sending.READ_SECONDS, frozenset((api.service, api.operation) for api in apis))
    with account.environment():
        clients = _clients[key] = _clients.get(key) or Clients(None, [IDENTITY, REGIONS, *apis])
        for service in {"sts", "ec2", *(api.service for api in apis)}:
            clients._client(service)  # now, because the environment tells it where to ask
        return Asking(clients, clients.session.get_credentials(), seconds=seconds, rate=1000.0)


def call_of(api: Api, region: str = REGION) -> Call:
    """The call of an API, where it is made."""
    return Call(api, region if api.regional else "", api.parameters)


def read(account: Account, protocol: str, **settings: Any) -> Reading:
    """What comes of one call over a protocol."""
    api = APIS[protocol]
    return asking_of(account, [api], **settings).read(call_of(api))


def where_of(protocol: str) -> str:
    """How a reason tells the region."""
    return f" in {REGION}" if APIS[protocol].regional else ""


def name_of(protocol: str) -> str:
    """How a reason tells the call."""
    return APIS[protocol].permission


def why(reading: Reading) -> str:
    """The reason of what was not read."""
    assert isinstance(reading, Unread), reading
    return reading.reason


class Seen(Fact):
    """That something was answered."""


def collector(api: Api, index: int = 0) -> ApiCollector:
    """Of one API; it sees that something was answered."""

    def parse(at: Place, answer: Answer) -> Seen:
        return Seen()

    parse.__name__ = parse.__qualname__ = f"{api.service}_{api.operation}_{index}"
    return aws_collector(api)(parse)


def of_regions(*services: str) -> list[ApiCollector]:
    """Of services that each region has."""
    named = {
        "ec2": Api("ec2", "DescribeVpcs", "Vpcs{VpcId}"),
        "rds": Api("rds", "DescribeDBInstances", "DBInstances{DBInstanceIdentifier}"),
        "kms": Api("kms", "ListKeys", "Keys{KeyId}"),
        "sns": Api("sns", "ListTopics", "Topics{TopicArn}"),
        "lambda": Api("lambda", "ListFunctions", "Functions{FunctionName}"),
        "efs": Api("efs", "DescribeFileSystems", "FileSystems{FileSystemId}"),
    }
    return [collector(named[service]) for service in services]


ALL_OF_A_REGION = ("ec2", "rds", "kms", "sns", "lambda", "efs")


def read_all(
    account: Account, collectors: Sequence[ApiCollector], regions: tuple[str, ...], **settings: Any
) -> tuple[Answers, dict[str, float]]:
    """All readings, and when each came, counted from the beginning."""
    asker = asking_of(account, [call for one in collectors for call in one.calls], **settings)
    begun = time.monotonic()
    came: dict[str, float] = {}

    def ask(call: Call) -> Reading:
        reading = asker.read(call)
        came[call.key] = time.monotonic() - begun
        return reading

    answers = AccountReader(ask, regions).read(collectors)
    assert isinstance(answers[call_of(IDENTITY).key], Text)
    return answers, came
