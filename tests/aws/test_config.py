"""What a configuration says of AWS accounts: every fault is told with its place and a remedy."""

from pathlib import Path

import pytest

from agent.config import load
from agent.errors import ConfigError
from agent.plan import plan
from tests.aws.test_command_line import run
from tests.aws_accounts import Account, catalogue

ROLE = "arn:aws:iam::123456789012:role/"


def told(folder: Path, text: str) -> list[str]:
    path = folder / "c.yaml"
    path.write_text(text)
    try:
        plan(load(path, {}), catalogue())
    except ConfigError as faults:
        return str(faults).replace(f"{folder}/", "").splitlines()
    return []


def of_account(folder: Path, settings: str) -> list[str]:
    return told(folder, f"targets: [{{name: a, kind: aws, aws: {{{settings}}}}}]\n")


@pytest.mark.parametrize(
    ("settings", "place", "remedy"),
    [
        ("role: wispwatch", "targets[0].aws.role", "such as arn:aws:iam::222222222222:role/wispwatch"),
        ("role: 'arn:aws:iam::123:role/x'", "targets[0].aws.role", "is no ARN of a role"),
        ("role: 'arn:aws:iam::123456789012:user/x'", "targets[0].aws.role", "is no ARN of a role"),
        (f"via: ['{ROLE}a', b]", "targets[0].aws.via[1]", "is no ARN of a role"),
        ("regions: [us-east-1, Frankfurt]", "targets[0].aws.regions[1]", "such as us-east-1"),
        ("include: ['123456789012']", "targets[0].aws.include", "organization: true"),
        ("exclude: ['123456789012']", "targets[0].aws.exclude", "organization: true"),
        ("member_role: x", "targets[0].aws.member_role", "organization: true"),
        (
            f"organization: true, member_role: '{ROLE}x'",
            "targets[0].aws.member_role",
            "the name of a role, not its ARN",
        ),
        ("organization: true, member_role: ''", "targets[0].aws.member_role", "the name of a role"),
        ("organization: true, include: [1234]", "targets[0].aws.include[0]", "twelve digits"),
        ("organization: true, include: ['tag:x']", "targets[0].aws.include[0]", "tag:NAME=VALUE"),
        ("organization: true, exclude: ['prod*']", "targets[0].aws.exclude[0]", "ou-..."),
        ("calls_per_second: 0", "targets[0].aws.calls_per_second", "more than 0"),
        ("calls_per_second: inf", "targets[0].aws.calls_per_second", "more than 0"),
        ("session_name: a b", "targets[0].aws.session_name", "letters"),
        ("external_id: x", "targets[0].aws.external_id", "at least two"),
        ("rol: x", "targets[0].aws.rol", "did you mean role?"),
    ],
)
def test_a_fault_of_an_account_is_told(tmp_path: Path, settings: str, place: str, remedy: str) -> None:
    found = of_account(tmp_path, settings)
    assert len(found) == 1
    assert f"{place}: " in found[0]
    assert remedy in found[0]


@pytest.mark.parametrize(
    "settings",
    [
        f"role: '{ROLE}path/of/x', via: ['arn:aws-us-gov:iam::123456789012:role/a+b=c,d.e@f_g']",
        "regions: [us-east-1, us-gov-west-1, cn-north-1, ap-southeast-7, us-east-1]",
        "organization: true, include: [012345678901, r-ab12, ou-ab12-cdefghij, 'tag:a b=c=d', 'tag:empty=']",
        "organization: true, member_role: path/x",
        "session_name: a.b@c, external_id: 'a/b:c=d'",
    ],
)
def test_what_aws_takes_is_no_fault(tmp_path: Path, settings: str) -> None:
    assert of_account(tmp_path, settings) == []


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("{name: a, kind: local, aws: {organization: true}}", "targets[0].aws", "of kind aws"),
        ("{name: a, kind: replay, path: x, aws: {regions: [us-east-1]}}", "targets[0].aws", "of kind aws"),
        ("{name: a, kind: aws, asset_kind: prod}", "targets[0].asset_kind", "aws_account"),
        ("{name: a, kind: local, asset_kind: organization}", "targets[0].asset_kind", "choose another"),
        ("{name: a, kind: aws, seconds: -5}", "targets[0].seconds", "more than 0"),
        ("{name: a, kind: aws, interval: 0s}", "targets[0].interval", "at least 1s"),
        ("{name: '', kind: aws}", "targets[0].name", "is empty"),
    ],
)
def test_a_fault_of_a_target_is_told(tmp_path: Path, text: str, place: str, remedy: str) -> None:
    found = told(tmp_path, f"targets: [{text}]\n")
    assert [one for one in found if one.startswith(f"{place}: ") and remedy in one] == found
    assert len(found) == 1


def test_no_target_is_called_as_an_account_of_an_organization_is(tmp_path: Path) -> None:
    own = "targets:\n- {name: o, kind: aws, aws: {organization: true}}\n- {name: o/%s, kind: aws}\n"
    assert told(tmp_path, own % "123456789012") == [
        "targets[1].name: 'o/123456789012' is what an account of the organization 'o' is called; choose another"
    ]
    assert told(tmp_path, own % "records") == []


def test_numbers_of_accounts_keep_their_zeros_and_have_twelve_digits(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("aws: {own_accounts: [012345678901, 123456789012], trusted_accounts: {000000000001: A}}\n")
    config = load(path, {})
    assert config.aws.own_accounts == ("012345678901", "123456789012")
    assert plan(config, catalogue()).aws.trusted_accounts == {"000000000001": "A"}
    found = told(tmp_path, "aws: {own_accounts: [12345678901, 0x1], trusted_accounts: {1: A}}\n")
    assert [one.partition(":")[0] for one in found] == [
        "aws.own_accounts[0]",
        "aws.own_accounts[1]",
        "aws.trusted_accounts.1",
    ]
    assert all("twelve digits" in one for one in found)


def test_a_region_that_is_not_there_is_a_fault_and_no_empty_region(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("targets: [{name: a, kind: aws, aws: {regions: [us-esat-1]}}]\n")
    done = run(account, "scan", "--config", str(path), "--check", "s3-buckets-log-access")
    assert done.returncode == 2, done.stdout
    assert "us-esat-1" in done.stderr
    assert "did you mean us-" in done.stderr
