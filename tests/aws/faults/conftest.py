"""A proxy in front of moto that answers wrongly, too late or not at all where a test wishes it."""

from collections.abc import Iterator

import pytest

from collectors.transports.aws import asking, sending
from tests.aws_accounts import Account, new_account
from tests.aws_bad_days import ALL_OF_A_REGION, APIS, BUCKET, REGION, REGIONS_OF_TESTS, collector, of_regions, read_all
from tests.aws_proxy import Proxy


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
    """The proxy without rules; and between two tries a wait that a test can wait for."""
    proxied[0].forget()
    monkeypatch.setattr(asking, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(asking, "LONGEST_WAIT", 0.05)
    return proxied[0]


@pytest.fixture
def hurried(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """The same, and what does not answer is waited for as long as a test can wait. So has to answer whatever is to be read:
    only where nothing else runs.
    """
    monkeypatch.setattr(sending, "READ_SECONDS", 1.5)
    monkeypatch.setattr(sending, "SECONDS", 2.0)
    return proxy


@pytest.fixture
def account(proxied: tuple[Proxy, Account]) -> Account:
    return proxied[1]
