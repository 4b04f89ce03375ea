"""AWS on its bad days: a proxy in front of moto answers wrongly, too late or not at all. Nothing becomes pass or fail by it."""

import resource
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import RefreshableCredentials

from collectors.api import ACCOUNT, Answer, Api, Call, Place
from collectors.aws.account import IDENTITY, REGIONS
from collectors.collector import ApiCollector, Fact, aws_collector
from collectors.readings import Absent, Answers, Reading, Text, Unread
from collectors.transports.aws import asking, sending
from collectors.transports.aws.account import AccountReader
from collectors.transports.aws.asking import Asking
from collectors.transports.aws.clients import Clients
from tests import aws_faults
from tests.aws_accounts import Account, new_account, statuses
from tests.aws_proxy import Fault, Proxy

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


@pytest.fixture(scope="session")
def proxied(moto: str) -> Iterator[tuple[Proxy, Account]]:
    """The proxy, and an account that moto has got used to: its first answers take seconds."""
    with Proxy(moto) as proxy:
        account = new_account(proxy.address)
        account.client("s3").create_bucket(Bucket=BUCKET.rpartition(":")[2])
        account.client("sqs", REGION).create_queue(QueueName="a-queue-in-bad-weather")
        read_all(account, [collector(api) for api in APIS.values()] + of_regions(*ALL_OF_A_REGION), REGIONS_OF_TESTS)
        yield proxy, account


@pytest.fixture
def proxy(proxied: tuple[Proxy, Account], monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """The proxy without rules; and waits that a test can wait for."""
    proxied[0].forget()
    monkeypatch.setattr(sending, "READ_SECONDS", 1.5)
    monkeypatch.setattr(sending, "SECONDS", 2.0)
    monkeypatch.setattr(asking, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(asking, "LONGEST_WAIT", 0.05)
    return proxied[0]


@pytest.fixture
def account(proxied: tuple[Proxy, Account]) -> Account:
    return proxied[1]


_clients: dict[object, Clients] = {}


def asking_of(account: Account, apis: Sequence[Api], *, seconds: float = 60.0) -> Asking:
    key = (account, sending.READ_SECONDS, frozenset((api.service, api.operation) for api in apis))
    with account.environment():
        clients = _clients[key] = _clients.get(key) or Clients(None, [IDENTITY, REGIONS, *apis])
        for service in {"sts", "ec2", *(api.service for api in apis)}:
            clients._client(service)  # now, because the environment tells it where to ask
        return Asking(clients, clients.session.get_credentials(), seconds=seconds, rate=1000.0)


def call_of(api: Api, region: str = REGION) -> Call:
    return Call(api, region if api.regional else "", api.parameters)


def read(account: Account, protocol: str, **settings: Any) -> Reading:
    api = APIS[protocol]
    return asking_of(account, [api], **settings).read(call_of(api))


def where_of(protocol: str) -> str:
    return f" in {REGION}" if APIS[protocol].regional else ""


def name_of(protocol: str) -> str:
    return APIS[protocol].permission


def why(reading: Reading) -> str:
    assert isinstance(reading, Unread), reading
    return reading.reason


@every_protocol
def test_without_a_fault_it_answers(protocol: str, proxy: Proxy, account: Account) -> None:
    assert isinstance(read(account, protocol), Text)
    assert len(proxy.asked) == 1


@every_protocol
def test_a_denial_names_the_permission(protocol: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.denied())
    assert why(read(account, protocol)) == f"needs {name_of(protocol)}"
    assert len(proxy.asked) == 1


@every_protocol
def test_a_denial_by_the_organization_is_told_apart(protocol: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.forbidden_by_organization())
    assert why(read(account, protocol)) == f"needs {name_of(protocol)} (a service control policy forbids it)"


@every_protocol
def test_expired_credentials_are_told_apart(protocol: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.expired())
    assert "the credentials have expired" in why(read(account, protocol))
    assert len(proxy.asked) == 1


@every_protocol
def test_a_region_that_is_switched_off_is_told_apart(protocol: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.unrecognized())
    told = why(read(account, protocol))
    assert "does not take these credentials" in told
    assert "the region is switched off" in told
    assert len(proxy.asked) == 1


@every_protocol
def test_a_service_that_the_account_is_not_signed_up_for_is_told_apart(
    protocol: str, proxy: Proxy, account: Account
) -> None:
    proxy.fault(aws_faults.unsubscribed())
    reading = read(account, protocol)
    assert "is not signed up" in why(reading)


@every_protocol
def test_throttling_that_passes_is_waited_for(protocol: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.throttled(), times=3)
    assert isinstance(read(account, protocol), Text)
    assert len(proxy.asked) == 4


@every_protocol
def test_throttling_that_does_not_pass_ends(protocol: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.throttled())
    assert why(read(account, protocol)).startswith("throttled: " + name_of(protocol))
    assert len(proxy.asked) == 6


@every_protocol
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_that_passes_is_waited_for(protocol: str, status: int, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.failing(status), times=2)
    assert isinstance(read(account, protocol), Text)


@every_protocol
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_that_does_not_pass_ends(protocol: str, status: int, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.failing(status))
    assert "was answered with InternalFailure" in why(read(account, protocol))
    assert len(proxy.asked) == 6


@every_protocol
@pytest.mark.parametrize("status", [200, 403, 407, 502, 503])
@pytest.mark.parametrize("strict", [False, True])
def test_a_page_of_html_is_no_answer(protocol: str, status: int, strict: bool, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.page_of_html(status, strict=strict))
    assert isinstance(read(account, protocol), Unread)
    assert len(proxy.asked) <= 6


def test_aws_may_say_when_to_ask_again(proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.failing(503, "SlowDown", {"Retry-After": "1"}), times=1)
    begun = time.monotonic()
    assert isinstance(read(account, "rest-xml"), Text)
    assert time.monotonic() - begun >= 1


def test_nobody_waits_an_hour_because_aws_says_so(proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.failing(503, "SlowDown", {"Retry-After": "3600"}))
    assert why(read(account, "rest-xml")).startswith("throttled: s3:ListAllMyBuckets")
    assert len(proxy.asked) == 1


@every_protocol
def test_a_reset_that_passes_is_asked_again(protocol: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.reset, times=1)
    assert isinstance(read(account, protocol), Text)


BROKEN: dict[str, Fault] = {
    "reset": aws_faults.reset,
    "truncated": aws_faults.truncated(told=False),
    "truncated and told so": aws_faults.truncated(told=True),
    "empty": aws_faults.empty(told=True),
    "closed before the body": aws_faults.empty(told=False),
    "hanging": aws_faults.hang,
    "dribbling": aws_faults.dribbling(seconds=0.3),
}


@every_protocol
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_is_none(protocol: str, fault: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(BROKEN[fault])
    begun = time.monotonic()
    assert name_of(protocol) in why(read(account, protocol))
    assert time.monotonic() - begun < 8
    assert len(proxy.asked) <= 6


@pytest.mark.parametrize("protocol", TOKENS)
@pytest.mark.parametrize("cycle", [1, 2, 7])
def test_pages_that_come_again_end(protocol: str, cycle: int, proxy: Proxy, account: Account) -> None:
    token, also = TOKENS[protocol]
    proxy.fault(aws_faults.endless(token, changing=False, also=also, cycle=cycle))
    assert why(read(account, protocol)).endswith("do not end")
    assert len(proxy.asked) <= cycle + 2


@pytest.mark.parametrize("protocol", TOKENS)
def test_pages_that_never_end_end(
    protocol: str, proxy: Proxy, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_PAGES", 20)
    token, also = TOKENS[protocol]
    proxy.fault(aws_faults.endless(token, changing=True, also=also))
    assert why(read(account, protocol)).endswith("do not end")
    assert len(proxy.asked) == 21


@pytest.mark.alone
def test_pages_that_never_end_end_with_the_time(proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.endless("NextMarker", changing=True, also="Truncated"))
    begun = time.monotonic()
    assert "the time for the account was over" in why(read(account, "json 1.1", seconds=1.0))
    assert time.monotonic() - begun < 4


@pytest.mark.alone
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("protocol", ["query", "json 1.1", "rest-xml"])
def test_an_enormous_answer_is_not_read_to_its_end(
    protocol: str, chunked: bool, proxy: Proxy, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LARGEST", 4 << 20)
    proxy.fault(aws_faults.enormous(1 << 30, chunked=chunked))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = why(read(account, protocol))
    assert told.startswith(f"the answer of {name_of(protocol)}")
    assert told.endswith(f"has more than {4 << 20} bytes")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_all_pages_together_have_a_bound(proxy: Proxy, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LARGEST_ANSWER", 10_000)
    proxy.fault(aws_faults.endless("Marker", changing=True, also="IsTruncated"))
    assert "more than" in why(read(account, "query"))
    assert len(proxy.asked) < 60


# A whole account


class Seen(Fact):
    """That something was answered."""


def collector(api: Api, index: int = 0) -> ApiCollector:
    def parse(at: Place, answer: Answer) -> Seen:
        return Seen()

    parse.__name__ = parse.__qualname__ = f"{api.service}_{api.operation}_{index}"
    return aws_collector(api)(parse)


def of_regions(*services: str) -> list[ApiCollector]:
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


@pytest.mark.alone
def test_a_region_where_nobody_answers_delays_no_other(proxy: Proxy, account: Account) -> None:
    regions = REGIONS_OF_TESTS
    dead = regions[:3]
    for region in dead:
        proxy.fault(aws_faults.hang, region=region)
    begun = time.monotonic()
    answers, came = read_all(account, of_regions(*ALL_OF_A_REGION), regions)
    assert time.monotonic() - begun < 6
    for key, reading in answers.items():
        region = key.split(":")[1]
        if region in dead:
            assert isinstance(reading, Unread)
        elif region in regions:
            assert isinstance(reading, Text), (key, reading)
            assert came[key] < 1.0, key
    assert all(proxy.times(region=region) < 2 * len(ALL_OF_A_REGION) for region in dead)


def test_a_service_that_hangs_delays_no_other(proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.hang, service="kms")
    answers, came = read_all(account, of_regions(*ALL_OF_A_REGION), (REGION, "us-west-2"))
    unread = {key for key, reading in answers.items() if isinstance(reading, Unread)}
    assert unread == {f"aws:{region}:kms:ListKeys" for region in (REGION, "us-west-2")}
    assert all(came[key] < 1.0 for key in came if key not in unread)


def bucket_calls(count: int) -> list[ApiCollector]:
    return [
        collector(
            Api("s3", operation, kept, {"Bucket": f"bucket-{number}"}, may_be_empty=True, absent=("NoSuchBucket",)),
            number,
        )
        for number in range(count)
        for operation, kept in (("GetBucketAcl", "Grants"), ("GetBucketLogging", "LoggingEnabled"))
    ]


@pytest.mark.alone
def test_one_operation_that_hangs_leaves_the_others_of_its_service(proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.hang, operation="GetBucketAcl")
    # Told by the proxy at once: a moto that has much to do may take as long as one that hangs.
    proxy.fault(aws_faults.failing(404, "NoSuchBucket"), operation="GetBucketLogging")
    begun = time.monotonic()
    answers, _ = read_all(account, bucket_calls(40), (REGION,))
    assert time.monotonic() - begun < 8
    for key, reading in answers.items():
        if "GetBucketAcl" in key:
            assert isinstance(reading, Unread)
        elif "GetBucketLogging" in key:
            assert isinstance(reading, Absent), (key, reading)


def test_a_service_that_is_always_throttled_takes_bounded_time(proxy: Proxy, account: Account) -> None:
    proxy.fault(aws_faults.throttled(), service="s3")
    answers, _ = read_all(account, bucket_calls(100), (REGION,))
    told = [reading for key, reading in answers.items() if ":s3:" in key]
    assert len(told) == 200
    assert all(why(reading).startswith("throttled") for reading in told)
    assert proxy.times("s3") < 100


def test_no_call_is_made_twice(proxy: Proxy, account: Account) -> None:
    answers, _ = read_all(account, of_regions(*ALL_OF_A_REGION) * 2, (REGION, "us-west-2"))
    assert all(isinstance(reading, Text) for reading in answers.values())
    assert not proxy.duplicates()
    assert len(proxy.asked) == 1 + 2 * len(ALL_OF_A_REGION)


@pytest.mark.alone
def test_the_time_for_the_account_ends_what_hangs(
    proxy: Proxy, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "READ_SECONDS", 60.0)
    proxy.fault(aws_faults.dribbling(head_too=True, seconds=0.2), service="kms")
    asker = asking_of(account, [call for one in of_regions("kms", "ec2") for call in one.calls])
    begun = time.monotonic()
    answers = AccountReader(asker.read, (REGION,), seconds=2.0).read(of_regions("kms", "ec2"))
    assert time.monotonic() - begun < 4
    assert "the time for the account was over" in why(answers[f"aws:{REGION}:kms:ListKeys"])
    assert isinstance(answers[f"aws:{REGION}:ec2:DescribeVpcs"], Text)


def test_a_reader_that_raises_leaves_nobody_waiting() -> None:
    def ask(call: Call) -> Reading:
        raise MemoryError

    answers = AccountReader(ask, (REGION,), seconds=10.0).read(of_regions("ec2"))
    assert all(isinstance(reading, Unread | Text) for reading in answers.values())


# Credentials that expire while they are used


def short_lived(account: Account, fresh: Callable[[], dict[str, str]]) -> RefreshableCredentials:
    """Credentials that expired a moment ago."""
    return RefreshableCredentials(
        account.key, account.secret, account.token, datetime.now(UTC) - timedelta(seconds=1), fresh, "assume-role"
    )


def anew(account: Account) -> dict[str, str]:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"access_key": account.key, "secret_key": account.secret, "token": account.token, "expiry_time": until}


def test_credentials_are_made_anew_in_the_middle_of_a_call(proxy: Proxy, account: Account) -> None:
    """By a role assumed with the same clients, as ``agent.aws`` does."""
    assume = Api("sts", "AssumeRole", "Credentials", where=ACCOUNT)
    made: list[int] = []
    asker = asking_of(account, [APIS["ec2"]])

    def fresh() -> dict[str, str]:
        made.append(1)
        parameters = {"RoleArn": f"arn:aws:iam::{account.number}:role/r", "RoleSessionName": "s"}
        given = asker._clients.once(Call(assume, "", {}), parameters, own)["Credentials"]
        assert given["AccessKeyId"]
        return anew(account)

    own = asker._credentials
    asker._credentials = short_lived(account, fresh)
    assert isinstance(asker.read(call_of(APIS["ec2"])), Text)
    assert isinstance(asker.read(call_of(APIS["ec2"], "us-west-2")), Text)
    assert len(made) == 1
    assert {(one.service, one.region) for one, _ in proxy.asked} == {
        ("sts", "us-east-1"),
        ("ec2", REGION),
        ("ec2", "us-west-2"),
    }


def test_a_role_that_may_no_longer_be_assumed_is_not_a_missing_permission_of_the_call(
    proxy: Proxy, account: Account
) -> None:
    proxy.fault(aws_faults.denied(), service="sts")
    assume = Api("sts", "AssumeRole", "Credentials", where=ACCOUNT)
    asker = asking_of(account, [APIS["ec2"]])
    own = asker._credentials

    def fresh() -> dict[str, str]:
        parameters = {"RoleArn": f"arn:aws:iam::{account.number}:role/r", "RoleSessionName": "s"}
        asker._clients.once(Call(assume, "", {}), parameters, own)
        raise AssertionError

    asker._credentials = short_lived(account, fresh)
    told = why(asker.read(call_of(APIS["ec2"])))
    assert "DescribeVpcs" not in told
    assert "AWS credentials" in told


# What is judged


@pytest.mark.parametrize("operation", ["ListBuckets", "GetPublicAccessBlock"])
@pytest.mark.parametrize(
    "fault",
    [
        aws_faults.denied(),
        aws_faults.throttled(),
        aws_faults.expired(),
        aws_faults.unrecognized(),
        aws_faults.failing(503),
        aws_faults.page_of_html(200),
        *BROKEN.values(),
    ],
    ids=["denied", "throttled", "expired", "unrecognized", "failing", "html", *BROKEN],
)
def test_nothing_passes_or_fails_because_of_a_fault(
    fault: Fault, operation: str, proxy: Proxy, account: Account
) -> None:
    proxy.fault(fault, service="s3", operation=operation)
    told = statuses(account.scan("s3-buckets-block-public-access"))["s3-buckets-block-public-access"]
    assert set(told.values()) == {"unknown"}
    if operation != "ListBuckets":
        assert set(told) == {BUCKET}


@pytest.mark.alone
def test_threads_end_with_the_scan(proxy: Proxy, account: Account) -> None:
    before = {one.ident for one in threading.enumerate()}
    read_all(account, of_regions(*ALL_OF_A_REGION), (REGION,))
    deadline = time.monotonic() + 5
    while any(one.name == "aws" and one.ident not in before for one in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
