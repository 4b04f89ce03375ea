"""The instances of a real moto server's account as hosts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from agent.config import Target, Unasked
from agent.errors import InventoryError
from agent.inventories.hosts import listed, members_of
from agent.inventories.settings import Ec2, Fleet
from tests.aws_accounts import Account, moto_server, new_account
from tests.aws_faults import denied
from tests.aws_proxy import Answer, Exchange, Proxy


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def account(moto: str) -> Iterator[Account]:
    made = new_account(moto)
    with made.environment():
        yield made


def instance(account: Account, region: str = "us-east-1", **tags: str) -> dict[str, Any]:
    return instances(account, 1, region, **tags)[0]


def instances(account: Account, count: int, region: str = "us-east-1", **tags: str) -> list[dict[str, Any]]:
    """Running instances with these tags, a double underscore for a colon in a key."""
    told = [{"Key": key.replace("__", ":"), "Value": value} for key, value in tags.items()]
    specifications = [{"ResourceType": "instance", "Tags": told}] if told else []
    client = account.client("ec2", region)
    made = client.run_instances(
        ImageId="ami-12345678", MinCount=count, MaxCount=count, InstanceType="t3.nano", TagSpecifications=specifications
    )
    found: list[dict[str, Any]] = made["Instances"]
    ids = [one["InstanceId"] for one in found]
    return [one for held in client.describe_instances(InstanceIds=ids)["Reservations"] for one in held["Instances"]]


def hosts(**settings: Any) -> dict[str, Any]:
    return {one.name: one for one in listed(Fleet("ec2", ec2=Ec2(**settings)))}


def test_running_instances_are_hosts(account: Account) -> None:
    web = instance(account, Name="web-1", env="prod", aws__x="y")
    plain = instance(account)
    stopped = instance(account, Name="stopped")
    account.client("ec2").stop_instances(InstanceIds=[stopped["InstanceId"]])
    found = hosts()
    assert set(found) == {"web-1", plain["InstanceId"]}
    assert found["web-1"].ssh.host == web["PrivateIpAddress"]
    assert set(found["web-1"].groups) == {"tag:Name=web-1", "tag:env=prod", "tag:aws:x=y"}
    assert hosts(address="public")["web-1"].ssh.host == web["PublicIpAddress"]


def test_they_are_chosen_by_their_tags_in_all_regions_that_are_named(account: Account) -> None:
    instance(account, Name="a", env="prod", pi="yes")
    instance(account, Name="b", env="preprod")
    instance(account, Name="c", env="test")
    instance(account, "us-west-2", Name="d", env="prod")
    assert set(hosts()) == {"a", "b", "c"}
    assert set(hosts(tags={"env": "*prod"})) == {"a", "b"}
    assert set(hosts(tags={"env": "*prod", "pi": "y?s"})) == {"a"}
    assert set(hosts(regions=("us-east-1", "us-west-2"), tags={"env": "prod"})) == {"a", "d"}
    assert set(hosts(tags={"nothing": "*"})) == set()


def test_a_name_that_is_not_its_alone_is_not_taken(account: Account) -> None:
    twins = instances(account, 2, Name="twin")
    slash = instance(account, Name="a/b")
    steering = instance(account, Name="a\u202eb")
    victim = instance(account)
    thief = instance(account, Name=victim["InstanceId"])
    alone = instance(account, Name="alone", odd="\u202e")
    found = hosts()
    ids = {one["InstanceId"] for one in (*twins, slash, steering, victim, thief)}
    assert set(found) == {*ids, "alone"}
    assert found[victim["InstanceId"]].ssh.host == victim["PrivateIpAddress"]
    assert found["alone"].ssh.host == alone["PrivateIpAddress"]
    assert all(group.isprintable() for one in found.values() for group in one.groups)


def test_all_pages_are_read_or_none(moto: str) -> None:
    with Proxy(moto) as proxy:
        account = new_account(proxy.address)
        instance(account, Name="on-the-second-page")
        whole: list[Answer] = []
        last = denied()

        def paged(exchange: Exchange) -> None:
            if b"NextToken" not in exchange.asked.body:
                whole[:] = [exchange.pass_on()]
                body = re.sub(
                    rb"<reservationSet>.*</reservationSet>",
                    b"<nextToken>more</nextToken>",
                    whole[0].body,
                    flags=re.DOTALL,
                )
                exchange.reply(replace(whole[0], body=body))
            elif refusing:
                last(exchange)
            else:
                exchange.reply(whole[0])

        proxy.fault(paged, operation="DescribeInstances")
        with account.environment():
            refusing = False
            assert set(hosts()) == {"on-the-second-page"}
            refusing = True
            with pytest.raises(InventoryError, match="in us-east-1 cannot be listed: needs ec2:DescribeInstances"):
                hosts()


def test_a_permission_that_is_missing_is_told(moto: str) -> None:
    with Proxy(moto) as proxy:
        proxy.fault(denied(), operation="DescribeInstances", region="us-west-2")
        account = new_account(proxy.address)
        instance(account, Name="seen")
        with account.environment():
            assert set(hosts()) == {"seen"}
            with pytest.raises(InventoryError) as fault:
                hosts(regions=("us-east-1", "us-west-2"))
    assert str(fault.value) == "the instances in us-west-2 cannot be listed: needs ec2:DescribeInstances"


def test_what_cannot_be_asked_is_told(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InventoryError, match="boto3 knows no region us-esat-1; did you mean us-"):
        hosts(regions=("us-esat-1",))
    with pytest.raises(InventoryError, match="could not be found; `aws configure list-profiles`"):
        hosts(profile="nobody")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(InventoryError, match="has no region: name regions under ec2"):
        hosts()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InventoryError, match="no AWS credentials"):
        hosts(regions=("us-east-1",))


def test_an_instance_without_that_address_is_listed_and_says_so(moto: str) -> None:
    with Proxy(moto) as proxy:
        account = new_account(proxy.address)
        instance(account, Name="inside")

        def without(exchange: Exchange) -> None:
            answer = exchange.pass_on()
            exchange.reply(replace(answer, body=re.sub(rb"<ipAddress>.*?</ipAddress>", b"", answer.body)))

        proxy.fault(without, operation="DescribeInstances")
        with account.environment():
            target = Target("cloud", kind="fleet", fleet=Fleet("ec2", ec2=Ec2(address="public")))
            found = members_of(target)
    assert [one.name for one in found] == ["cloud/inside"]
    assert isinstance(found[0], Unasked)
    assert re.fullmatch(r"the instance i-\w+ has no public address", found[0].why)
