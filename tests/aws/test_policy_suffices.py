"""The generated policy is enough, and no more than enough: a proxy denies everything else, as IAM would."""

import json
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest

from agent.aws.credentials import ASSUME
from checks.verdict import Status
from collectors.api import Api
from collectors.collector import ApiCollector
from collectors.readings import Unread
from tests.aws.families import TWINS
from tests.aws_accounts import Account, catalogue, findings, new_account
from tests.aws_faults import denied
from tests.aws_proxy import Exchange, Fault, Proxy

POLICY = Path(__file__).parent.parent.parent / "deploy/aws/iam-policy.json"
REGION = "eu-west-1"
_session = botocore.session.Session()


def _signed_as(call: Api) -> str:
    return str(_session.get_service_model(call.service).signing_name)


CALLS = [call for one in catalogue().collectors if isinstance(one, ApiCollector) for call in one.calls]
NEEDED: dict[tuple[str, str], set[str]] = {}
for _call in (*CALLS, ASSUME):
    NEEDED.setdefault((_signed_as(_call), _call.operation), set()).update((_call.permission, *_call.also))
    if _call.prepare:
        NEEDED.setdefault((_signed_as(_call), _call.prepare), set()).add(f"{_call.service}:{_call.prepare}")


def enforcing(allowed: set[str]) -> Fault:
    """What IAM would do with a policy that allows these actions."""

    def fault(exchange: Exchange) -> None:
        needed = NEEDED.get((exchange.asked.service, exchange.asked.operation), {"an operation that is not declared"})
        if needed <= allowed | {"sts:GetCallerIdentity"}:
            exchange.reply(exchange.pass_on())
        else:
            denied()(exchange)

    return fault


@pytest.fixture(scope="module")
def made(moto: str) -> Iterator[tuple[Proxy, Account]]:
    with Proxy(moto) as proxy:
        account = new_account(proxy.address)
        for family in TWINS.values():
            family.make(account, REGION)
        proxy.forget()
        yield proxy, account


def test_a_scan_needs_nothing_that_the_policy_does_not_allow(made: tuple[Proxy, Account]) -> None:
    proxy, account = made
    proxy.forget()
    proxy.fault(enforcing(set(json.loads(POLICY.read_text())["Statement"][0]["Action"])))
    taken = account.snapshot(regions=(REGION,))
    lacking = {one.reason for one in taken.readings.values() if isinstance(one, Unread) and "needs " in one.reason}
    assert lacking == set()
    assert proxy.duplicates() == {}
    judged = findings(taken, ())
    assert sum(one.status in {Status.PASS, Status.FAIL} for one in judged) > 200


@pytest.mark.parametrize("action", ["s3:GetBucketPolicy", "iam:GetCredentialReport", "ec2:DescribeInstances"])
def test_an_action_that_is_missing_is_named_wherever_it_matters(made: tuple[Proxy, Account], action: str) -> None:
    proxy, account = made
    proxy.forget()
    whole = set(json.loads(POLICY.read_text())["Statement"][0]["Action"])
    proxy.fault(enforcing(whole - {action}))
    taken = account.snapshot(regions=(REGION,))
    assert {one.reason for one in taken.readings.values() if isinstance(one, Unread) and "needs " in one.reason} == {
        f"needs {action}"
    }
    blind = {one.check.id for one in findings(taken, ()) if f"needs {action}" in one.verdict.reason}
    assert blind
    assert all(one.status is Status.UNKNOWN for one in findings(taken, ()) if f"needs {action}" in one.verdict.reason)
