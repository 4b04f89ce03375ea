"""The proxy's memory: what a scan is measured with has to be what moto said, and said to the same request."""

import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws_accounts import Account, new_account
from tests.aws_faults import denied
from tests.aws_memory import Memory, key_of
from tests.aws_proxy import Proxy

SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=KEY/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=a",
    "host": "127.0.0.1",
    "x-amz-date": "20261122T000000Z",
    "x-amz-account-id": "123456789012",
}
OTHERWISE_SIGNED = SIGNED["authorization"].replace("Signature=a", "Signature=b")


@dataclass
class Asked:
    """An account behind a proxy, and what came over the wire."""

    proxy: Proxy
    account: Account
    moto: str

    def queues(self, region: str = "us-east-1", prefix: str = "", account: Account | None = None) -> tuple[Any, ...]:
        """Status, headers and body of an answer, byte by byte."""
        client = (account or self.account).client("sqs", region)
        came: list[tuple[Any, ...]] = []

        def received(response_dict: Mapping[str, Any], **_: Any) -> None:
            came.append((response_dict["status_code"], dict(response_dict["headers"]), response_dict["body"]))

        client.meta.events.register("response-received.sqs", received)
        client.list_queues(**({"QueueNamePrefix": prefix} if prefix else {}))
        assert len(came) == 1
        return came[0]

    def make(self, name: str, region: str = "us-east-1", account: Account | None = None) -> None:
        """A queue, made behind the proxy's back."""
        replace(account or self.account, address=self.moto).client("sqs", region).create_queue(QueueName=name)


@pytest.fixture
def asked(moto: str) -> Iterator[Asked]:
    with Proxy(moto, memory=Memory()) as proxy:
        account = new_account(proxy.address)
        proxy.forget()
        yield Asked(proxy, account, moto)


def memory_of(asked: Asked) -> Memory:
    assert asked.proxy.memory is not None
    return asked.proxy.memory


def test_an_answer_is_given_again_word_for_word(asked: Asked) -> None:
    asked.make("first")
    heard = asked.queues()
    assert b"first" in heard[2]
    memory_of(asked).give()
    asked.make("second")
    assert asked.queues() == heard
    assert dict(memory_of(asked).given) == {("sqs", "ListQueues", "us-east-1"): 1}
    assert not memory_of(asked).missed
    assert asked.proxy.times("sqs", "ListQueues") == 2
    assert sum(asked.proxy.duplicates().values()) == 1


def test_a_refusal_is_given_again_too(asked: Asked) -> None:
    def refusal() -> Any:
        with pytest.raises(ClientError) as fault:
            asked.account.client("kms").describe_key(KeyId="alias/nobody")
        return fault.value.response

    heard = refusal()
    memory_of(asked).give()
    assert refusal() == heard
    assert dict(memory_of(asked).given) == {("kms", "DescribeKey", "us-east-1"): 1}


def test_while_it_listens_moto_is_asked_and_the_last_answer_is_kept(asked: Asked) -> None:
    assert b"first" not in asked.queues()[2]
    asked.make("first")
    assert b"first" in asked.queues()[2]
    memory_of(asked).give()
    assert b"first" in asked.queues()[2]


def test_what_was_not_heard_is_asked_of_moto_each_time_and_counted(asked: Asked) -> None:
    memory_of(asked).give()
    asked.make("first")
    assert b"first" in asked.queues()[2]
    asked.make("second")
    assert b"second" in asked.queues()[2]
    assert dict(memory_of(asked).missed) == {("sqs", "ListQueues", "us-east-1"): 2}


def test_accounts_regions_and_bodies_are_not_mixed_up(asked: Asked) -> None:
    other = new_account(asked.proxy.address)
    asked.make("of-the-first")
    asked.queues()
    memory_of(asked).give()
    asked.make("of-another", account=other)
    asked.make("elsewhere", "eu-west-1")
    assert b"of-another" in asked.queues(account=other)[2]
    assert b"of-the-first" not in asked.queues(account=other)[2]
    assert b"elsewhere" in asked.queues("eu-west-1")[2]
    assert b"of-the-first" not in asked.queues(prefix="nothing")[2]
    assert b"of-the-first" in asked.queues()[2]
    assert sum(memory_of(asked).missed.values()) == 4


def test_latency_is_added_to_what_is_remembered(asked: Asked) -> None:
    asked.queues()
    memory_of(asked).give()
    asked.proxy.latency = 0.3
    begun = time.monotonic()
    asked.queues()
    assert time.monotonic() - begun >= 0.3
    assert sum(memory_of(asked).given.values()) == 1


def test_a_fault_comes_before_memory(asked: Asked) -> None:
    asked.queues()
    memory_of(asked).give()
    asked.proxy.fault(denied(), service="sqs", times=1)
    with pytest.raises(ClientError, match="AccessDenied"):
        asked.queues()
    assert not memory_of(asked).given
    asked.queues()
    assert sum(memory_of(asked).given.values()) == 1


def test_what_a_fault_answered_is_not_remembered(asked: Asked) -> None:
    asked.proxy.fault(denied(), service="sqs", times=1)
    with pytest.raises(ClientError, match="AccessDenied"):
        asked.queues()
    memory_of(asked).give()
    assert asked.queues()[0] == 200
    assert sum(memory_of(asked).missed.values()) == 1


def test_an_answer_to_nobody_in_particular_is_not_remembered(asked: Asked) -> None:
    for give in (False, True):
        if give:
            memory_of(asked).give()
        with urllib.request.urlopen(f"{asked.proxy.address}/moto-api/", timeout=60) as answer:
            assert answer.status == 200
    assert sum(memory_of(asked).missed.values()) == 1


@pytest.mark.parametrize(
    ("same", "changed"),
    [
        (True, {"x-amz-date": "20261122T000001Z"}),
        (True, {"authorization": OTHERWISE_SIGNED}),
        (True, {"amz-sdk-invocation-id": "other"}),
        (True, {"user-agent": "other"}),
        (False, {"authorization": SIGNED["authorization"].replace("KEY", "OTHER")}),
        (False, {"authorization": SIGNED["authorization"].replace("us-east-1", "us-east-2")}),
        (False, {"authorization": SIGNED["authorization"].replace("/s3/", "/s3control/")}),
        (False, {"x-amz-account-id": "210987654321"}),
        (False, {"x-amz-target": "AmazonSQS.ListQueues"}),
        (False, {"host": "bucket.127.0.0.1"}),
        (False, {"authorization": ""}),
    ],
)
def test_what_tells_requests_apart(same: bool, changed: dict[str, str]) -> None:
    one = key_of("GET", "/", SIGNED, b"")
    assert (key_of("GET", "/", {**SIGNED, **changed}, b"") == one) is same


def test_method_path_query_and_body_tell_requests_apart() -> None:
    asked = [("GET", "/", b""), ("HEAD", "/", b""), ("GET", "/?policy", b""), ("GET", "/a", b""), ("GET", "/", b"{}")]
    assert len({key_of(method, path, SIGNED, body) for method, path, body in asked}) == len(asked)
