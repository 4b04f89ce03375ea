"""Secrets in the clear, in whole scans: what leaves, and what cannot be seen."""

import base64
import json

import pytest

from collectors.api import Api
from collectors.aws import codebuild, ec2_user_data, lambda_functions, ssm_texts, stacks, task_definitions
from collectors.kept import kept
from collectors.readings import Unread
from collectors.snapshot import dump
from tests.aws.recorded.secrets import CASES
from tests.aws.twins.secrets import NIGHT, make
from tests.aws_accounts import Account, findings, judged, statuses

APIS: tuple[Api, ...] = (
    codebuild.PROJECT.api,
    ec2_user_data.CONFIGURATIONS,
    ec2_user_data.VERSIONS,
    ec2_user_data.USER_DATA,
    lambda_functions.LIST,
    ssm_texts.DOCUMENT,
    ssm_texts.VALUES.api,
    stacks.STACKS,
    task_definitions.DEFINITION,
)
DENIED = Unread("needs the permission")


def test_no_secret_leaves_the_account(account: Account) -> None:
    expected = make(account, "us-east-1")
    taken = account.snapshot(tuple(expected))
    told = findings(taken, tuple(expected))
    assert {one.status.value for one in told} >= {"pass", "fail"}
    for form in (NIGHT, base64.b64encode(NIGHT.encode()).decode()[:11]):
        assert form not in dump(taken)
        assert form not in repr(taken)
        assert form not in repr(told)


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.operation)
def test_nothing_is_kept_of_an_answer_that_was_not_redacted(api: Api) -> None:
    """The mask names only what the redaction makes, so that a value has no way out without it either."""
    variables = [{"name": "PASSWORD", "value": NIGHT}]
    user_data = base64.b64encode(NIGHT.encode()).decode()
    raw = {
        "Content": NIGHT,
        "Functions": [{"FunctionName": "a", "Environment": {"Variables": {"PASSWORD": NIGHT}}}],
        "LaunchConfigurations": [{"UserData": user_data}],
        "LaunchTemplateVersions": [{"LaunchTemplateData": {"UserData": user_data}}],
        "Parameters": [{"Name": "password", "Value": NIGHT}],
        "Stacks": [{"Outputs": [{"OutputKey": "Password", "OutputValue": NIGHT}]}],
        "UserData": {"Value": user_data},
        "projects": [{"name": "a", "environment": {"environmentVariables": variables}}],
        "taskDefinition": {"containerDefinitions": [{"environment": variables}]},
    }
    left = json.dumps(kept(raw, api.mask))
    assert NIGHT not in left
    assert user_data not in left


def test_a_denied_document_blinds_only_itself() -> None:
    answers = next(dict(one.answers) for one in CASES if one.check == "ssm-documents-hold-no-secret")
    listing = next(name for name in answers if "ListDocuments" in name)
    answers[listing] = {"DocumentIdentifiers": [{"Name": "run"}, {"Name": "shut"}]}
    answers['us-east-1 ssm:GetDocument {"Name": "shut"}'] = DENIED
    (told,) = statuses(judged(answers, "ssm-documents-hold-no-secret")).values()
    assert {arn.rpartition("/")[2]: status for arn, status in told.items()} == {"run": "fail", "shut": "unknown"}


def test_denied_user_data_blinds_only_its_instance() -> None:
    ids = {"i-1": {"Secrets": {"Found": [], "Seen": 3, "Unseen": ""}}, "i-2": DENIED}
    listed = [{"InstanceId": one, "State": {"Name": "running"}} for one in (*ids, "i-gone")]
    listed[-1]["State"] = {"Name": "terminated"}
    answers = {
        "us-east-1 ec2:DescribeInstances": {"Reservations": [{"Instances": listed}]},
        **{
            f'us-east-1 ec2:DescribeInstanceAttribute {{"Attribute": "userData", "InstanceId": "{one}"}}': answer
            for one, answer in ids.items()
        },
    }
    (told,) = statuses(judged(answers, "ec2-user-data-holds-no-secret")).values()
    assert {arn.rpartition("/")[2]: status for arn, status in told.items()} == {"i-1": "pass", "i-2": "unknown"}


def test_a_denied_listing_is_one_unknown_of_the_region() -> None:
    answers = {"us-east-1 lambda:ListFunctions": DENIED, "eu-west-1 lambda:ListFunctions": {"Functions": []}}
    checks = ("lambda-variables-hold-no-secret", "lambda-runtimes-are-supported")
    told = statuses(judged(answers, *checks, regions=("us-east-1", "eu-west-1")))
    assert told == {check: {"us-east-1": "unknown"} for check in checks}


def test_variables_of_a_foreign_key_blind_the_check_of_variables_only() -> None:
    answers = next(dict(one.answers) for one in CASES if one.check == "lambda-variables-hold-no-secret")
    told = judged(answers, "lambda-variables-hold-no-secret", "lambda-runtimes-are-supported")
    assert {one.check.id: one.status.value for one in told} == {
        "lambda-variables-hold-no-secret": "unknown",
        "lambda-runtimes-are-supported": "pass",
    }
    assert "kms:Decrypt" in told[0].verdict.reason + told[1].verdict.reason


def test_what_was_not_seen_is_unknown_and_a_secret_beside_it_still_fails() -> None:
    def status(*found: dict[str, str]) -> str:
        function = {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:a", "PackageType": "Image"}
        secrets = {"Found": list(found), "Seen": 1, "Unseen": "it has more"}
        answers = {"us-east-1 lambda:ListFunctions": {"Functions": [{**function, "Secrets": secrets}]}}
        return next(one.status.value for one in judged(answers, "lambda-variables-hold-no-secret"))

    assert status() == "unknown"
    assert status({"Place": "A", "Kind": "secret-or-its-name"}) == "unknown"
    assert status({"Place": "A", "Kind": "aws-access-key"}) == "fail"


@pytest.mark.parametrize("gone", ["Runtime", "PackageType"])
def test_a_function_that_does_not_say_what_it_runs_on_is_unknown(gone: str) -> None:
    function = {
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:a",
        "PackageType": "Zip",
        "Runtime": "python3.13",
    }
    del function[gone]
    (told,) = judged({"us-east-1 lambda:ListFunctions": {"Functions": [function]}}, "lambda-runtimes-are-supported")
    assert told.status.value == "unknown"


def test_parameters_are_asked_ten_at_a_time(account: Account) -> None:
    ssm = account.client("ssm")
    for number in range(25):
        ssm.put_parameter(Name=f"/shop/{number}/password", Value=NIGHT, Type="String")
    taken = account.snapshot(("ssm-plain-parameters-hold-no-secret",))
    told = findings(taken, ("ssm-plain-parameters-hold-no-secret",))
    assert [one.status.value for one in told] == ["fail"] * 25
    assert sum("GetParameters" in key for key in taken.readings) == 3
    assert NIGHT not in dump(taken)
