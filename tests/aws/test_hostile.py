"""Answers and recordings that nobody would write by mistake: no verdict rests on them, and nothing breaks by them."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.config import Config
from agent.evaluate import Finding
from agent.gather import judge
from agent.plan import plan
from agent.reports.forms import Shown, as_csv, as_jsonl
from agent.reports.table import Table
from agent.results import results_of
from agent.waivers import Waiver
from checks.verdict import Status
from collectors.aws.account import CHOSEN
from collectors.aws.known_accounts import DECLARED
from collectors.readings import Absent, Text, Unread
from tests.aws_accounts import catalogue, findings, recorded

TOPICS = "us-east-1 sns:ListTopics"
PUBLIC = "sns-topics-are-not-public"
DEEP = "[" * 900 + "]" * 900


def with_reading(key: str, text: str, answers: Mapping[str, Any] | None = None) -> list[Finding]:
    taken = recorded(answers or {})
    return findings(replace(taken, readings={**taken.readings, key: Text(text)}), ())


def judged(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.check.id, one.subject) for one in found if one.status in {Status.PASS, Status.FAIL}]


@pytest.mark.parametrize("text", ["", "5", "null", '"us-east-1"', "{}", "[]", "[5]", '[""]', DEEP * 200])
def test_regions_that_are_none_are_unknown_not_empty(text: str) -> None:
    found = with_reading(CHOSEN, text)
    assert found
    regional = next(one for one in found if one.check.id == PUBLIC)
    assert (regional.status, regional.subject) == (Status.UNKNOWN, "")
    assert "region" in regional.verdict.reason


@pytest.mark.parametrize("regions", [[], [{}], [{"RegionName": 5}], 5])
def test_an_account_without_regions_is_not_understood(regions: Any) -> None:
    taken = recorded({'global ec2:DescribeRegions {"AllRegions": true}': {"Regions": regions}})
    readings = {key: one for key, one in taken.readings.items() if key != CHOSEN}
    found = [one for one in findings(replace(taken, readings=readings), ()) if one.check.id == PUBLIC]
    assert [(one.status, one.verdict.reason.partition(":")[0]) for one in found] == [(Status.UNKNOWN, "not understood")]


@pytest.mark.parametrize(
    "text", ["", "5", "null", "[]", '{"own": 5}', '{"trusted": []}', '{"own": [5], "trusted": {}}', DEEP * 200]
)
def test_accounts_that_are_declared_badly_are_known_by_nobody(text: str) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:t"
    answers = {
        TOPICS: {"Topics": [{"TopicArn": topic}]},
        f'us-east-1 sns:GetTopicAttributes {{"TopicArn": "{topic}"}}': {"Attributes": {"TopicArn": topic}},
    }
    found = with_reading(DECLARED, text, answers)
    assert judged(found) == []


@pytest.mark.parametrize("number", [5, None, "1234", {"a": 1}, "12345678901\n"])
def test_an_account_has_twelve_digits(number: Any) -> None:
    found = findings(
        recorded({"global sts:GetCallerIdentity": {"Account": number, "Arn": "arn:aws:iam::1:user/a"}}), ()
    )
    assert judged(found) == []
    assert "not understood: the answer of sts:GetCallerIdentity" in {one.verdict.reason for one in found}


NAMED = "ecr-repositories-are-scanned"
REPOSITORY = {
    "repositoryArn": "arn:aws:ecr:us-east-1:123456789012:repository/a",
    "repositoryName": "a",
    "imageScanningConfiguration": {"scanOnPush": True},
}


def repositories(*entries: Mapping[str, Any]) -> list[tuple[str, Status, str]]:
    answers = {
        "us-east-1 ecr:DescribeRepositories": {"repositories": list(entries)},
        "us-east-1 ecr:GetRegistryScanningConfiguration": {
            "registryId": "123456789012",
            "scanningConfiguration": {"scanType": "BASIC", "rules": []},
        },
    }
    found = findings(recorded(answers), (NAMED,))
    return [(one.subject, one.status, one.verdict.reason) for one in found]


def test_a_name_that_is_no_text_is_not_understood() -> None:
    for name in (5, ["a"], {"a": 1}, None):
        assert [one[1] for one in repositories({**REPOSITORY, "repositoryArn": name})] == [Status.UNKNOWN]


def test_what_two_pages_tell_of_is_judged_once() -> None:
    once = repositories(REPOSITORY)
    assert once[0][1] in {Status.PASS, Status.FAIL}
    assert repositories(REPOSITORY, REPOSITORY) == once


def test_what_is_told_in_two_ways_is_unknown() -> None:
    one = {"FileSystemArn": "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1", "Encrypted": True}
    one |= {"FileSystemId": "fs-1", "LifeCycleState": "available"}
    check = "efs-file-systems-are-encrypted"

    def told(*entries: Mapping[str, Any]) -> list[Status]:
        answers = {"us-east-1 efs:DescribeFileSystems": {"FileSystems": list(entries)}}
        return [found.status for found in findings(recorded(answers), (check,))]

    assert told(one, one) == [Status.PASS]
    assert told(one, {**one, "Encrypted": False}) == [Status.UNKNOWN]


def test_a_field_of_any_depth_breaks_nothing() -> None:
    deep: Any = "x"
    for _ in range(950):
        deep = [deep]

    def told() -> list[tuple[str, str]]:
        taken = recorded({"global s3:ListBuckets": {"Buckets": [{"Name": deep}]}})
        return judged(findings(taken, ("s3-buckets-log-access",)))

    # A thread begins with an empty stack: how deep it may go does not depend on what runs the tests.
    with ThreadPoolExecutor(1) as own:
        assert own.submit(told).result() == []


def test_what_a_recording_says_is_plain_in_every_part_of_a_table() -> None:
    taken = recorded({TOPICS: Absent("\x1b]0;owned\x07"), "us-east-1 sqs:ListQueues": Unread("\x1b]0;owned\x07")})
    gone = Absent("\x1b]0;owned\x07")
    readings = {
        key: gone if "sns" in key or key.startswith("aws:global:iam") else one for key, one in taken.readings.items()
    }
    readings["aws:global:iam:GetAccountPasswordPolicy"] = readings["aws:global:iam:GetAccountSummary"] = gone
    chosen = plan(Config(), catalogue())
    one = judge(chosen.catalogue, chosen.checks, replace(taken, readings=readings), settings={})
    waiver = Waiver(date(2999, 1, 1), "o\x1b]", "r", "c")
    findings = tuple(replace(held, waiver=waiver) if held.status is Status.FAIL else held for held in one.findings)
    results = results_of(chosen, [replace(one, findings=findings)], date(2026, 1, 1))
    table = "\n".join(Table(100, False).render(results, Shown(tuple(Status))))
    assert "owned" in table
    assert "\x1b" not in table


def test_a_row_of_a_table_of_cells_has_every_field_of_a_finding() -> None:
    chosen = plan(Config(), catalogue())
    results = results_of(chosen, [judge(chosen.catalogue, chosen.checks, recorded({}), settings={})], date(2026, 1, 1))
    (first, *_) = as_jsonl(results, Shown())
    heading = next(iter(as_csv(results, Shown()))).splitlines()[0]
    assert set(heading.split(",")) == set(json.loads(first))
