"""The vow, on all that the twins make in one account of a moto server: what could not be seen is never a pass and never a fail.

Each operation in turn is denied, cut off, or said not to be understood, wherever it was asked. No finding may become a pass or
a fail by it; whatever rests on it is unknown, and names it.
"""

from dataclasses import replace

import pytest

from agent.evaluate import Finding
from checks.verdict import Status
from collectors.api import Api, Item, Place, call_of
from collectors.aws.ec2_firewalls import LIST_ENTRIES
from collectors.aws.s3 import POLICY
from collectors.aws.waf import RULE_GROUP
from collectors.collector import ApiCollector
from collectors.readings import NO_LONGER, Absent, Text, Unread
from collectors.snapshot import Snapshot
from collectors.transports.aws.refusals import Refusal, reading_of
from tests.aws.families import TWINS
from tests.aws_accounts import catalogue, findings, new_account, recorded

REGION = "eu-west-1"
SETTLED_BEFORE = {"iam:ListOrganizationsFeatures"}
"""In an account that belongs to no organization, what it would say does not matter."""
JUDGED = {Status.PASS, Status.FAIL}


@pytest.fixture(scope="module")
def taken(moto: str) -> Snapshot:
    """Everything in one account."""
    account = new_account(moto)
    for family in TWINS.values():
        family.make(account, REGION)
    return account.snapshot(regions=(REGION,))


@pytest.fixture(scope="module")
def whole(taken: Snapshot) -> list[Finding]:
    return findings(taken, ())


def operations(taken: Snapshot) -> list[str]:
    return sorted({":".join(key.split(" ")[0].split(":")[2:4]) for key in taken.readings if key.startswith("aws:")})


def permission_of(operation: str) -> str:
    calls = [call for one in catalogue().collectors if isinstance(one, ApiCollector) for call in one.calls]
    return next(call.permission for call in calls if f"{call.service}:{call.operation}" == operation)


def test_an_unseen_operation_makes_nothing_pass_or_fail(taken: Snapshot, whole: list[Finding]) -> None:
    before = {(one.check.id, one.subject): one.status for one in whole}
    for operation in operations(taken):
        told = f"needs {permission_of(operation)}"
        readings = {
            key: Unread(told) if f":{operation}" in key.split(" ")[0] else reading
            for key, reading in taken.readings.items()
        }
        after = findings(replace(taken, readings=readings), ())
        for one in after:
            if one.status in JUDGED:
                assert before.get((one.check.id, one.subject)) is one.status, (operation, one.check.id, one.subject)
        missed = any(told in one.verdict.reason for one in after)
        assert missed or operation in SETTLED_BEFORE, f"nobody misses {operation}"


def test_every_check_is_there_whatever_is_unseen(taken: Snapshot, whole: list[Finding]) -> None:
    nothing = findings(recorded({}), ())
    assert {one.check.id for one in nothing} == {one.check.id for one in whole}
    assert [one.check.id for one in nothing if one.status in JUDGED] == []


def test_garbage_is_not_judged_as_if_it_were_an_answer(taken: Snapshot) -> None:
    for garbage in ("", "{", "[]", '"x"', "null", "1"):
        readings = {
            key: Text(garbage) if key.startswith("aws:") and "sts:" not in key else reading
            for key, reading in taken.readings.items()
        }
        judged = [one for one in findings(replace(taken, readings=readings), ()) if one.status in JUDGED]
        assert [(one.check.id, one.subject, one.status) for one in judged] == [], garbage


def test_a_deleted_bucket_is_told_from_one_without_a_policy() -> None:
    call = call_of(POLICY, Place("aws", "123456789012", REGION), Item({"Name": "a"}, "", Place("aws", "", REGION)))
    told = {
        code: reading_of(call, Refusal(code, "The specified bucket ...", 404))
        for code in ("NoSuchBucket", "NoSuchBucketPolicy")
    }
    assert told == {
        "NoSuchBucket": Absent(f"{NO_LONGER}GetBucketPolicy (NoSuchBucket)"),
        "NoSuchBucketPolicy": Absent("GetBucketPolicy (NoSuchBucketPolicy)"),
    }


@pytest.mark.parametrize(
    ("api", "item", "code"),
    [
        (LIST_ENTRIES, {"value": "pl-1"}, "InvalidPrefixListID.NotFound"),
        (
            RULE_GROUP,
            {"ARN": "arn:aws:wafv2:eu-west-1:999999999999:regional/rulegroup/a/1"},
            "WAFNonexistentItemException",
        ),
    ],
)
def test_what_a_rule_still_names_is_there_though_its_owner_no_longer_shares_it(
    api: Api, item: dict[str, str], code: str
) -> None:
    at = Place("aws", "123456789012", REGION)
    told = reading_of(call_of(api, at, Item(item, "", at)), Refusal(code, "It does not exist", 400))
    assert isinstance(told, Unread)
    assert code in told.reason


def test_a_verdict_names_what_it_rests_on(whole: list[Finding]) -> None:
    assert [(one.check.id, one.subject) for one in whole if one.status in JUDGED and not one.evidence] == []
    blocks = [one for one in whole if one.check.id == "s3-buckets-block-public-access" and one.status in JUDGED]
    assert blocks
    for one in blocks:
        assert any("s3control:GetPublicAccessBlock" in held.source for held in one.evidence)
        assert any("s3:GetPublicAccessBlock" in held.source for held in one.evidence)
        assert len(one.evidence) < 10
