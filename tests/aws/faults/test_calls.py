"""AWS on its bad days: a call that is answered wrongly, too late or not at all is unread, and says why."""

import resource
import time

import pytest

from collectors.readings import Text, Unread
from collectors.transports.aws import asking, sending
from tests import aws_faults
from tests.aws_accounts import Account
from tests.aws_bad_days import BROKEN, LATE, TOKENS, every_protocol, name_of, read, why
from tests.aws_proxy import Proxy
from tests.time_at_work import Clock


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


@every_protocol
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_is_none(protocol: str, fault: str, proxy: Proxy, account: Account) -> None:
    proxy.fault(BROKEN[fault])
    assert name_of(protocol) in why(read(account, protocol))
    assert len(proxy.asked) <= 6


@pytest.mark.alone
@every_protocol
@pytest.mark.parametrize("fault", LATE)
def test_an_answer_that_does_not_come_to_an_end_is_none(
    protocol: str, fault: str, hurried: Proxy, account: Account
) -> None:
    hurried.fault(LATE[fault])
    begun = time.monotonic()
    assert name_of(protocol) in why(read(account, protocol))
    assert time.monotonic() - begun < 8
    assert len(hurried.asked) <= 6


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
def test_pages_that_never_end_end_with_the_time(hurried: Proxy, account: Account, at_work: Clock) -> None:
    hurried.fault(aws_faults.endless("NextMarker", changing=True, also="Truncated"))
    begun = at_work()
    assert "the time for the account was over" in why(read(account, "json 1.1", seconds=1.0))
    assert at_work() - begun < 4


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
