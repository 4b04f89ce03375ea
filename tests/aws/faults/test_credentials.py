"""Credentials that expire while they are used."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from botocore.credentials import RefreshableCredentials

from collectors.api import ACCOUNT, Api, Call
from collectors.readings import Text
from tests import aws_faults
from tests.aws_accounts import Account
from tests.aws_bad_days import APIS, REGION, asking_of, call_of, why
from tests.aws_proxy import Proxy


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
