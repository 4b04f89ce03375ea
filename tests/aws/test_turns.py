"""Who asks when: a service at its pace keeps nobody else from asking, and one operation that hangs does not speak for others."""

import threading
import time
from collections.abc import Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from collectors.api import Api, Call
from collectors.aws.account import IDENTITY
from collectors.collector import ApiCollector
from collectors.readings import Reading, Text
from collectors.transports.aws import account, asking
from collectors.transports.aws.account import AccountReader
from collectors.transports.aws.asking import Asking
from collectors.transports.aws.pace import Pace
from tests.aws_bad_days import REGION, collector

WHO = '{"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/a", "UserId": "a"}'
HANGS = Api("s3", "GetBucketAcl", "Nothing", {"Bucket": "a"}, may_be_empty=True)
ANSWERS = Api("s3", "GetBucketLogging", "Nothing", {"Bucket": "a"}, may_be_empty=True)


def calls_of(service: str, count: int) -> list[ApiCollector]:
    return [collector(Api(service, "ListKeys", "Keys", {"Number": str(one)}), one) for one in range(count)]


@pytest.mark.alone
def test_those_who_wait_for_their_turn_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "AT_ONCE", 2)
    asked: list[tuple[float, str]] = []
    may_go: dict[str, float] = {}

    def now() -> float:
        """No turn comes before all have been asked who need not wait for one, however long that takes."""
        return time.monotonic() if len(asked) >= 31 else begun

    monkeypatch.setattr(account, "time", SimpleNamespace(monotonic=now))

    def ask(call: Call) -> Reading:
        asked.append((now(), call.key))
        return Text(WHO) if call.api is IDENTITY else Text('{"Keys": []}')

    def turn(call: Call) -> float:
        wait = 0.2 if call.api.service == "kms" else 0.0
        may_go[call.key] = now() + wait
        return wait

    begun = time.monotonic()
    read = AccountReader(ask, (REGION,), turn=turn).read([*calls_of("kms", 5), *calls_of("sns", 30)])
    order = [key for _, key in asked]
    assert sorted(order) == sorted(key for key in read if key in may_go)
    assert len(order) == 36
    assert all(":kms:" not in key for key in order[:31])
    assert all(at >= may_go[key] for at, key in asked)
    assert 1.0 <= time.monotonic() - begun < 5


@pytest.mark.alone
def test_the_time_of_the_account_ends_while_all_wait_for_their_turn() -> None:
    def turn(call: Call) -> float:
        return 60.0 if call.api.service == "kms" else 0.0

    begun = time.monotonic()
    reader = AccountReader(lambda _: Text(WHO), (REGION,), seconds=0.5, turn=turn)
    answers = reader.read(calls_of("kms", 3))
    assert time.monotonic() - begun < 5
    told = [getattr(reading, "reason", "") for key, reading in answers.items() if ":kms:" in key]
    assert len(told) == 3
    assert all("the time for the account was over" in one for one in told)


class Service:
    """Clients of a service of which one operation hangs for a moment that a test chooses."""

    home = "us-east-1"

    def __init__(self) -> None:
        self.asked: list[tuple[float, str]] = []
        self.tries: dict[int, int] = {}
        self.between = lambda: None

    def pagination(self, _: Api) -> None:
        return None

    def shape_of(self, _: Api) -> Any:
        return None

    def unknown(self, _: Api) -> str:
        return ""

    def offers(self, *_: str) -> bool:
        return True

    def once(self, call: Call, parameters: Mapping[str, Any], _: Any) -> Any:
        self.asked.append((time.monotonic(), call.api.operation))
        if call.api is HANGS:
            thread = threading.get_ident()
            self.tries[thread] = self.tries.get(thread, 0) + 1
            if self.tries[thread] == 1:
                self.between()
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        return {"ResponseMetadata": {"HTTPHeaders": {"content-length": "2"}}}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(asking, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(asking, "misfit", lambda *_: "")
    return Service()


def asker(service: Service, rate: float = 1000.0) -> Asking:
    return Asking(service, None, seconds=60.0, rate=rate)  # type: ignore[arg-type]


def test_an_operation_whose_second_tries_begin_together_does_not_speak_for_its_service(service: Service) -> None:
    asks = asker(service)
    hangs, answers = Call(HANGS, REGION, {"Bucket": "a"}), Call(ANSWERS, REGION, {"Bucket": "a"})
    assert isinstance(asks.read(answers), Text)
    # Both hang, somebody else is answered meanwhile, and then both try again while nobody else is heard.
    met = threading.Barrier(2, action=lambda: asks.read(answers))
    service.between = lambda: met.wait(60)
    threads = [threading.Thread(target=asks.read, args=(hangs,)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    assert list(service.tries.values()) == [2, 2]
    assert isinstance(asks.read(answers), Text)


class Clock:
    """One that only a sleep moves on."""

    def __init__(self) -> None:
        self.slept = 0.0

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def test_a_turn_that_was_taken_is_not_waited_for_again(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(asking, "time", clock)
    monkeypatch.setattr(asking, "Pace", partial(Pace, clock=clock.monotonic))
    asks = asker(service, rate=0.25)  # a burst of 2.5 calls with s3's factor, and then 1.25 a second
    call = Call(ANSWERS, REGION, {"Bucket": "a"})
    waits = [asks.turn(call) for _ in range(3)]
    assert waits[0] == waits[1] == 0.0
    assert waits[2] > 0.3
    for _ in range(3):
        assert isinstance(asks.read(call), Text)
    assert clock.slept == 0.0
    asks.read(call)
    assert clock.slept > 0.3


def test_the_dead_are_waited_for_by_nobody(service: Service) -> None:
    asks = asker(service, rate=0.2)
    hangs = Call(HANGS, REGION, {"Bucket": "a"})
    for _ in range(2):
        asks.read(hangs)
    assert all(asks.turn(hangs) == 0.0 for _ in range(20))
