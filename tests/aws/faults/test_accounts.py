"""AWS on its bad days: what is wrong in one place of an account takes nothing else with it, nothing becomes pass or fail by it."""

import threading
import time

import pytest

from collectors.api import Api, Call
from collectors.collector import ApiCollector
from collectors.readings import Absent, Reading, Text, Unread
from collectors.transports.aws import sending
from collectors.transports.aws.account import AccountReader
from tests import aws_faults
from tests.aws_accounts import Account, statuses
from tests.aws_bad_days import (
    ALL_OF_A_REGION,
    BROKEN,
    BUCKET,
    LATE,
    REGION,
    REGIONS_OF_TESTS,
    asking_of,
    collector,
    of_regions,
    read_all,
    why,
)
from tests.aws_proxy import Fault, Proxy
from tests.time_at_work import Clock


@pytest.mark.alone
def test_a_region_where_nobody_answers_delays_no_other(hurried: Proxy, account: Account) -> None:
    regions = REGIONS_OF_TESTS
    dead = regions[:3]
    for region in dead:
        hurried.fault(aws_faults.hang, region=region)
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
    assert all(hurried.times(region=region) < 2 * len(ALL_OF_A_REGION) for region in dead)


@pytest.mark.alone
def test_a_service_that_hangs_delays_no_other(hurried: Proxy, account: Account) -> None:
    hurried.fault(aws_faults.hang, service="kms")
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
def test_one_operation_that_hangs_leaves_the_others_of_its_service(hurried: Proxy, account: Account) -> None:
    hurried.fault(aws_faults.hang, operation="GetBucketAcl")
    # Told by the proxy at once: a moto that has much to do may take as long as one that hangs.
    hurried.fault(aws_faults.failing(404, "NoSuchBucket"), operation="GetBucketLogging")
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
    proxy: Proxy, account: Account, monkeypatch: pytest.MonkeyPatch, at_work: Clock
) -> None:
    monkeypatch.setattr(sending, "READ_SECONDS", 60.0)
    proxy.fault(aws_faults.dribbling(head_too=True, seconds=0.2), service="kms")
    asker = asking_of(account, [call for one in of_regions("kms", "ec2") for call in one.calls])
    begun = at_work()
    answers = AccountReader(asker.read, (REGION,), seconds=2.0).read(of_regions("kms", "ec2"))
    assert at_work() - begun < 4
    assert "the time for the account was over" in why(answers[f"aws:{REGION}:kms:ListKeys"])
    assert isinstance(answers[f"aws:{REGION}:ec2:DescribeVpcs"], Text)


def test_a_reader_that_raises_leaves_nobody_waiting() -> None:
    def ask(call: Call) -> Reading:
        raise MemoryError

    answers = AccountReader(ask, (REGION,), seconds=10.0).read(of_regions("ec2"))
    assert all(isinstance(reading, Unread | Text) for reading in answers.values())


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
    _nothing_is_judged(account, operation)


@pytest.mark.alone
@pytest.mark.parametrize("operation", ["ListBuckets", "GetPublicAccessBlock"])
@pytest.mark.parametrize("fault", LATE)
def test_nothing_passes_or_fails_because_an_answer_does_not_come_to_an_end(
    fault: str, operation: str, hurried: Proxy, account: Account
) -> None:
    hurried.fault(LATE[fault], service="s3", operation=operation)
    _nothing_is_judged(account, operation)


def _nothing_is_judged(account: Account, operation: str) -> None:
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
