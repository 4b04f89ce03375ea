"""All accounts of an organization in one scan, in a real moto server."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from agent.aws.settings import AwsAccount, AwsAccounts
from agent.config import Config, Target
from agent.gather import Scanned
from agent.plan import Selection, plan
from agent.results import results_of
from agent.scanning.many import scan_many
from checks.verdict import Status
from collectors.api import Call
from collectors.readings import Reading, Text
from collectors.transports.aws.asking import Asking
from tests.aws.test_command_line import run
from tests.aws_accounts import Account, catalogue, new_account
from tests.aws_faults import denied
from tests.aws_proxy import Answer, Exchange, Proxy

CHECKS = ("s3-account-blocks-public-access", "s3-buckets-log-access")


def member(account: Account, name: str, buckets: int = 1) -> str:
    """An account of the organization, with a few buckets."""
    organizations = account.client("organizations")
    number: str = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"][
        "AccountId"
    ]
    s3 = inside(account, number).client("s3")
    for place in range(buckets):
        s3.create_bucket(Bucket=f"{name}-{number}-{place}")
    return number


def inside(account: Account, number: str) -> Account:
    given = account.client("sts").assume_role(RoleArn=f"arn:aws:iam::{number}:role/wispwatch", RoleSessionName="test")
    keys = given["Credentials"]
    return Account(account.address, number, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def scanned(account: Account, settings: AwsAccount, checks: Sequence[str] = CHECKS) -> dict[str, Scanned]:
    chosen = plan(Config(aws=AwsAccounts()), catalogue(), Selection(checks=tuple(checks)))
    with account.environment():
        return {one.asset: one for one in scan_many(chosen, [Target("all", kind="aws", aws=settings)], None)}


@pytest.fixture
def management(account: Account) -> Account:
    account.client("organizations").create_organization(FeatureSet="ALL")
    return account


def test_every_account_is_scanned_with_the_role_in_it(management: Account) -> None:
    numbers = [member(management, f"member-{place}", buckets=place) for place in range(1, 4)]
    found = scanned(management, AwsAccount(organization=True, regions=("us-east-1",)))
    assert set(found) == {f"all/{number}" for number in (management.number, *numbers)}
    for place, number in enumerate(numbers, 1):
        logs = [one for one in found[f"all/{number}"].findings if one.check.id == "s3-buckets-log-access"]
        assert [one.status for one in logs] == [Status.FAIL] * place
        assert all(number in one.subject for one in logs)
        assert found[f"all/{number}"].asset_kind == "aws_account"


def test_accounts_are_chosen_by_number_unit_and_tag(management: Account) -> None:
    organizations = management.client("organizations")
    first, second, third = (member(management, f"chosen-{place}") for place in range(3))
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="records")["OrganizationalUnit"]["Id"]
    below = organizations.create_organizational_unit(ParentId=unit, Name="below")["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=second, SourceParentId=root, DestinationParentId=below)
    organizations.tag_resource(ResourceId=third, Tags=[{"Key": "pi", "Value": "yes"}])

    def names(**chosen: tuple[str, ...]) -> set[str]:
        settings = AwsAccount(organization=True, regions=("us-east-1",), **chosen)  # type: ignore[arg-type]
        return {name.removeprefix("all/") for name in scanned(management, settings, CHECKS[:1])}

    assert names(include=(first,)) == {first}
    assert names(include=(unit,)) == {second}
    assert names(include=("tag:pi=yes", first)) == {first, third}
    assert names(exclude=(unit, "tag:pi=yes")) == {management.number, first}
    assert names(include=(unit, third), exclude=(second,)) == {third}


def test_a_suspended_account_is_left_out(management: Account) -> None:
    number = member(management, "closed")
    management.client("organizations").close_account(AccountId=number)
    assert set(scanned(management, AwsAccount(organization=True))) == {f"all/{management.number}"}


def test_accounts_that_cannot_be_listed_are_unseen_not_left_out(account: Account) -> None:
    found = scanned(account, AwsAccount(organization=True))
    assert set(found) == {"all"}
    assert {one.status for one in found["all"].findings} == {Status.UNKNOWN}
    assert "cannot be listed" in found["all"].findings[0].verdict.reason


def test_own_accounts_are_those_of_the_organization(management: Account) -> None:
    number = member(management, "known")
    chosen = plan(Config(), catalogue(), Selection(checks=CHECKS))
    from agent.scanning.many import members_of

    with management.environment():
        known, accounts = members_of(chosen, Target("all", kind="aws", aws=AwsAccount(organization=True)))
    assert set(known.aws.own_accounts) == {management.number, number}
    assert [one.aws.role for one in accounts if number in one.name] == [f"arn:aws:iam::{number}:role/wispwatch"]


def test_results_roll_up_account_by_account(management: Account) -> None:
    member(management, "rolled")
    chosen = plan(Config(), catalogue(), Selection(checks=CHECKS))
    found = scanned(management, AwsAccount(organization=True, regions=("us-east-1",)))
    results = results_of(chosen, list(found.values()), date(2026, 1, 1))
    assert {one.asset: {held.control: held.status for held in one.controls} for one in results.assets} == {
        name: {
            "17.04(2)(a)": Status.FAIL,
            "17.04(4)": Status.FAIL if name != f"all/{management.number}" else Status.NOT_APPLICABLE,
        }
        for name in found
    }


def test_an_organization_of_which_no_account_is_chosen_is_unseen_not_left_out(management: Account) -> None:
    found = scanned(management, AwsAccount(organization=True, include=("tag:pi=nobody",)))
    assert set(found) == {"all"}
    assert {one.status for one in found["all"].findings} == {Status.UNKNOWN}
    assert "include" in found["all"].findings[0].verdict.reason


def test_a_number_that_is_included_is_asked_though_the_organization_does_not_know_it(management: Account) -> None:
    settings = AwsAccount(organization=True, regions=("us-east-1",), include=("999999999999", management.number))
    assert set(scanned(management, settings)) == {"all/999999999999", f"all/{management.number}"}


def test_answers_about_an_organization_that_are_not_understood_are_unseen(
    management: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asking.read

    def read(self: Asking, call: Call) -> Reading:
        return Text('{"Accounts": [{}]}') if call.api.operation == "ListAccounts" else asked(self, call)

    monkeypatch.setattr(Asking, "read", read)
    found = scanned(management, AwsAccount(organization=True))
    assert set(found) == {"all"}
    assert {one.status for one in found["all"].findings} == {Status.UNKNOWN}


def test_a_recording_that_is_no_folder_is_of_one_account(management: Account, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("targets: [{name: all, kind: aws, aws: {organization: true}}]\n")
    done = run(management, "record", "--config", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "several targets are recorded into a folder" in done.stderr


def test_all_pages_of_the_list_count_or_none(moto: str) -> None:
    with Proxy(moto) as proxy:
        management = new_account(proxy.address)
        management.client("organizations").create_organization(FeatureSet="ALL")
        numbers = {member(management, f"paged-{place}", buckets=0) for place in range(3)}
        last = denied()

        whole: list[Answer] = []

        def paged(exchange: Exchange) -> None:
            first = b"NextToken" not in exchange.asked.body
            if first:
                whole[:] = [exchange.pass_on()]
            elif refusing:
                return last(exchange)
            accounts = json.loads(whole[0].body)["Accounts"]
            half = {"Accounts": accounts[:2], "NextToken": "more"} if first else {"Accounts": accounts[2:]}
            return exchange.reply(replace(whole[0], body=json.dumps(half).encode()))

        proxy.forget()
        proxy.fault(paged, operation="ListAccounts")
        settings = AwsAccount(organization=True, regions=("us-east-1",))
        refusing = False
        assert set(scanned(management, settings)) == {f"all/{one}" for one in (management.number, *numbers)}
        refusing = True
        found = scanned(management, settings)
        assert set(found) == {"all"}
        assert "needs organizations:ListAccounts" in found["all"].findings[0].verdict.reason
