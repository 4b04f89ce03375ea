"""Fifty accounts by AssumeRole in one scan. One is denied, one is throttled, one has a region where nothing answers: each is
unknown for itself, and no other waits for it.
"""

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from agent.aws.settings import AwsAccount
from agent.config import Config, Target
from agent.gather import Scanned
from agent.plan import Selection, plan
from agent.scanning.many import scan_many
from checks.verdict import Status
from tests.aws.test_organization import inside
from tests.aws_accounts import Account, catalogue, new_account, statuses
from tests.aws_faults import denied, reset, throttled
from tests.aws_proxy import Exchange, Proxy

REGIONS = ("us-east-1", "eu-west-1")
CHECKS = ("s3-buckets-log-access", "new-ebs-volumes-are-encrypted", "root-has-no-access-key", "vpcs-log-their-traffic")
COUNT = 50
WITH_A_BUCKET = (0, 3, 20, 40)


@pytest.fixture(scope="module")
def organization(moto: str) -> Iterator[tuple[Proxy, Account, list[str]]]:
    """A management account and 49 others."""
    with Proxy(moto) as proxy:
        management = new_account(proxy.address)
        organizations = management.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        numbers = []
        for place in range(COUNT - 1):
            made = organizations.create_account(AccountName=f"n{place}", Email=f"n{place}@example.com")
            number = made["CreateAccountStatus"]["AccountId"]
            numbers.append(number)
            if place in WITH_A_BUCKET:
                inside(management, number).client("s3").create_bucket(Bucket=f"of-{number}")
        proxy.forget()
        yield proxy, management, numbers


class Weather:
    """Bad weather in a few accounts; who a request belongs to, the answers to AssumeRole tell."""

    def __init__(self, refused: str, crowded: str, broken: str) -> None:
        self.refused, self.crowded, self.broken = refused, crowded, broken
        self.whose: dict[str, str] = {}

    def __call__(self, exchange: Exchange) -> None:
        asked = exchange.asked
        if asked.operation == "AssumeRole":
            answer = exchange.pass_on()
            key = re.search(rb"<AccessKeyId>(\w+)</AccessKeyId>", answer.body)
            role = parse_qs(asked.body.decode())["RoleArn"][0]
            if key is not None:
                self.whose[key[1].decode()] = role.split(":")[4]
            exchange.reply(answer)
            return
        account = self.whose.get(asked.key, "")
        if account == self.refused and asked.service != "sts":
            denied()(exchange)
        elif account == self.crowded and asked.service != "sts":
            throttled()(exchange)
        elif account == self.broken and asked.region == "eu-west-1":
            reset(exchange)
        else:
            exchange.reply(exchange.pass_on())


@pytest.mark.alone
def test_fifty_accounts_three_of_them_in_bad_weather(
    organization: tuple[Proxy, Account, list[str]],
) -> None:
    proxy, management, numbers = organization
    first, refused, crowded, broken = (numbers[place] for place in WITH_A_BUCKET)
    proxy.forget()
    proxy.fault(Weather(refused, crowded, broken))
    chosen = plan(Config(), catalogue(), Selection(checks=CHECKS))
    settings = AwsAccount(organization=True, regions=REGIONS, external_id="since-2026")
    begun = time.monotonic()
    found: dict[str, Scanned] = {}
    ended: dict[str, float] = {}
    with management.environment():
        for one in scan_many(chosen, [Target("all", kind="aws", aws=settings)], None):
            found[one.asset] = one
            ended[one.asset] = time.monotonic() - begun
    assert set(found) == {f"all/{number}" for number in (management.number, *numbers)}

    def of(number: str) -> dict[str, dict[str, str]]:
        return statuses(found[f"all/{number}"].findings)

    assert of(first)["s3-buckets-log-access"] == {f"arn:aws:s3:::of-{first}": "fail"}
    well = of(numbers[1])
    assert well["s3-buckets-log-access"] == {"": "not_applicable"}
    assert well["new-ebs-volumes-are-encrypted"] == dict.fromkeys(REGIONS, "fail")
    for number in numbers:
        told = of(number)
        assert set(told) == set(CHECKS)
        if number not in (first, refused, crowded, broken):
            assert [set(one.values()) for one in told.values()] == [set(one.values()) for one in well.values()]
            assert "unknown" not in {status for one in told.values() for status in one.values()}
    for number, reason in ((refused, "needs "), (crowded, "throttled")):
        for one in found[f"all/{number}"].findings:
            assert one.status is Status.UNKNOWN
            assert reason in one.verdict.reason or "refused" in one.verdict.reason
    told = of(broken)
    assert told["s3-buckets-log-access"] == {f"arn:aws:s3:::of-{broken}": "fail"}
    assert told["new-ebs-volumes-are-encrypted"] == {"us-east-1": "fail", "eu-west-1": "unknown"}
    # Nobody waits for the three: with eight at the same time the others have gone on beside them.
    slow = {f"all/{number}" for number in (crowded, broken)}
    others = [seconds for name, seconds in ended.items() if name not in slow]
    assert max(others) < 90
    assert max(ended.values()) < 120
