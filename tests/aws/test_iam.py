import json
from collections.abc import Mapping
from typing import Any

import pytest

from agent.aws.settings import AwsAccounts
from agent.evaluate import Finding
from collectors.readings import Text, Unread
from tests.aws.recorded import iam as said
from tests.aws.recorded.iam import ago, document, identities, key, password, report, role, row, user
from tests.aws_accounts import NOBODY, Account, Answers, judged, statuses

USER, ROLE, POLICY = (f"arn:aws:iam::{NOBODY}:{kind}/" for kind in ("user", "role", "policy"))
NO_REPORT: Answers = {said.REPORT: Unread("needs iam:GetCredentialReport")}
NO_LISTING: Answers = {said.IDENTITIES: Unread("needs iam:GetAccountAuthorizationDetails")}
FEW, ROSTERS = (
    "iam-users-who-may-do-everything-are-few",
    "iam-users-who-may-do-everything-are-on-the-rosters-admin-list",
)
OWN = "own-iam-policies-do-not-allow-everything"
LISTED = "roles-trust-only-listed-accounts"
DENY_IAM = document({"Effect": "Deny", "Action": "iam:*", "Resource": "*"})


def told(check: str, answers: Answers, **more: Any) -> Mapping[str, str]:
    return statuses(judged(answers, check, **more))[check]


def only(check: str, answers: Answers, **more: Any) -> Finding:
    (finding,) = judged(answers, check, **more)
    return finding


@pytest.mark.parametrize(
    "check",
    [
        "root-is-not-used",
        "console-passwords-are-in-use",
        "active-access-keys-are-in-use",
        "iam-users-are-not-shared",
        "iam-users-of-people-who-left-are-closed",
    ],
)
def test_without_the_credential_report_nothing_is_said_of_users(check: str) -> None:
    finding = only(check, NO_REPORT, roster=said.ROSTER)
    assert (finding.status.value, finding.verdict.reason) == ("unknown", "needs iam:GetCredentialReport")


@pytest.mark.parametrize(
    "check",
    [
        *(OWN, FEW, ROSTERS, LISTED, "roles-cannot-be-assumed-by-everybody", "iam-roles-are-in-use"),
        *("third-parties-that-roles-trust-are-known", "iam-users-have-their-rights-by-groups"),
    ],
)
def test_without_the_listing_nothing_is_said_of_rights(check: str) -> None:
    finding = only(check, {**NO_LISTING, **said.ALONE}, roster=said.ROSTER)
    assert (finding.status.value, finding.verdict.reason) == ("unknown", "needs iam:GetAccountAuthorizationDetails")


def test_a_strong_password_policy_passes_and_a_weak_one_matters_only_where_somebody_has_a_password() -> None:
    check = "iam-passwords-are-long-enough"
    assert told(check, {**said.policy(14, 4), **NO_REPORT}) == {"": "pass"}
    assert told(check, {**said.policy(8, 4), **NO_REPORT}) == {"": "unknown"}
    assert told(check, {said.POLICY: Unread("needs it"), **report(password(ago(1), ago(2)))}) == {"": "unknown"}


def test_root_devices_that_cannot_be_listed_leave_the_second_factor_itself_known() -> None:
    answers = {**said.summary(), said.DEVICES: Unread("needs iam:ListVirtualMFADevices")}
    assert told("root-has-no-virtual-second-factor", answers) == {"": "unknown"}
    assert told("root-needs-a-second-factor", answers) == {"": "pass"}


def test_a_row_that_is_not_understood_blinds_its_own_user_only() -> None:
    answers = report(row("ann", mfa_active="perhaps"), row("bo"), row("cy", **key("yesterday")), row("a,b"))
    assert told("iam-users-with-a-password-need-a-second-factor", answers) == {
        f"{USER}ann": "unknown",
        f"{USER}bo": "not_applicable",
        f"{USER}cy": "unknown",
        "row 5 of the credential report": "unknown",
    }


@pytest.mark.parametrize("content", ["", "user,arn\n", "<html>busy</html>", f"{said.HEADER}\n"])
def test_a_report_without_the_root_user_is_none(content: str) -> None:
    assert told("root-is-not-used", {said.REPORT: {"Content": content}}) == {"": "unknown"}


def test_a_summary_without_what_it_must_say_is_not_understood() -> None:
    assert told("root-has-no-access-key", {said.SUMMARY: {"SummaryMap": {"AccountMFAEnabled": 1}}}) == {"": "unknown"}


def test_an_active_key_without_a_date_is_not_understood() -> None:
    answers = report(row("ann", **key("N/A")))
    assert told("access-keys-are-rotated", answers) == {f"{USER}ann": "unknown"}


def test_a_trust_policy_that_is_not_understood_blinds_its_role_only() -> None:
    odd = role(said.EC2, "odd", AssumeRolePolicyDocument={"Statement": [{"Effect": "Perhaps"}]})
    answers = identities(RoleDetailList=[odd, role(said.EC2, RoleLastUsed={"LastUsedDate": ago(1)})])
    assert told("roles-cannot-be-assumed-by-everybody", answers) == {f"{ROLE}odd": "unknown", f"{ROLE}app": "pass"}
    assert told("iam-roles-are-in-use", answers) == {f"{ROLE}odd": "fail", f"{ROLE}app": "pass"}


def test_service_linked_roles_are_left_to_aws() -> None:
    linked = role({"Service": "ops.amazonaws.com"}, "AWSServiceRoleForOps", "/aws-service-role/ops.amazonaws.com/")
    assert told("iam-roles-are-in-use", identities(RoleDetailList=[linked])) == {"": "not_applicable"}


def test_a_trust_policy_may_come_as_text() -> None:
    open_ = json.dumps(document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}))
    answers = identities(RoleDetailList=[role(said.EC2, AssumeRolePolicyDocument=open_)])
    assert told("roles-cannot-be-assumed-by-everybody", answers) == {f"{ROLE}app": "fail"}


def test_an_unlisted_account_may_be_our_own_where_the_organization_is_not_known() -> None:
    trusting = identities(RoleDetailList=[role(said.VENDOR), role(said.EC2, "own")])
    answers = {**trusting, **said.THEIRS, said.MEMBERS: Unread("needs organizations:ListAccounts")}
    known = AwsAccounts()
    assert told(LISTED, answers, known=known) == {f"{ROLE}app": "unknown", f"{ROLE}own": "pass"}
    assert told("third-parties-that-roles-trust-are-known", answers, known=known) == {"": "unknown"}


def test_all_third_parties_are_told_by_name_and_role() -> None:
    other = role({"AWS": "999999999999"}, "other")
    answers = {**identities(RoleDetailList=[role(said.VENDOR), other]), **said.ALONE}
    finding = only("third-parties-that-roles-trust-are-known", answers, known=said.LISTED)
    assert finding.status.value == "fail"
    assert finding.verdict.observed["third_parties"] == (
        "Example Backups 222222222222 (app), unlisted 999999999999 (other)"
    )


def managed(name: str, *versions: Any, attached: int = 1) -> dict[str, Any]:
    """A policy of the account; its last version is in force."""
    held = [{"IsDefaultVersion": one is versions[-1], "Document": one} for one in versions]
    return {"Arn": f"{POLICY}{name}", "AttachmentCount": attached, "PolicyVersionList": held}


def test_the_version_in_force_counts() -> None:
    answers = identities(Policies=[managed("now", DENY_IAM, said.ALL), managed("once", said.ALL, DENY_IAM)])
    assert told(OWN, answers) == {f"{POLICY}now": "fail", f"{POLICY}once": "pass"}


def test_rights_come_by_groups_and_end_at_the_boundary_and_at_denials() -> None:
    group = {
        "Arn": f"arn:aws:iam::{NOBODY}:group/ops",
        "GroupName": "ops",
        "GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": said.ALL}],
        "AttachedManagedPolicies": [],
    }
    boundary = {"PermissionsBoundaryArn": f"{POLICY}reads"}
    reads = document({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"})
    answers = identities(
        GroupDetailList=[group],
        Policies=[managed("reads", reads), managed("no-iam", DENY_IAM)],
        UserDetailList=[
            user("cy", GroupList=["ops"]),
            user("bound", GroupList=["ops"], PermissionsBoundary=boundary),
            user("denied", GroupList=["ops"], AttachedManagedPolicies=[{"PolicyArn": f"{POLICY}no-iam"}]),
            user("lost", GroupList=["nowhere"]),
        ],
    )
    assert told(ROSTERS, answers, roster=said.ROSTER) == {
        f"{USER}cy": "fail",
        f"{USER}bound": "not_applicable",
        f"{USER}denied": "not_applicable",
        f"{USER}lost": "unknown",
    }
    assert told(FEW, answers) == {"": "unknown"}
    assert told(FEW, answers, **{FEW.replace("-", "_"): {"most": 0}}) == {"": "fail"}


def test_the_rosters_lines_are_needed_and_must_be_understood() -> None:
    check = "iam-users-of-people-who-left-are-closed"
    answers = report(row("bo", **key(ago(1))))
    assert told(check, answers, roster="person,status\nBo,left\n") == {f"{USER}bo": "unknown"}
    assert told(check, answers, roster="person,status,accounts\nBo,left,bo\nBo,maybe,bo\n") == {f"{USER}bo": "unknown"}
    assert told(check, answers, roster="person,status,accounts\nBo,left,bo\nBo,active,\n") == {f"{USER}bo": "pass"}


def test_of_second_factors_only_the_names_are_kept(account: Account) -> None:
    iam = account.client("iam")
    iam.create_user(UserName="ann")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="ann", SerialNumber=device["SerialNumber"], AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    read = account.snapshot(["root-has-no-virtual-second-factor"]).readings["aws:" + said.DEVICES.replace(" ", ":", 1)]
    assert isinstance(read, Text)
    assert json.loads(read.text)["VirtualMFADevices"] == [
        {"SerialNumber": device["SerialNumber"], "User": {"Arn": f"arn:aws:iam::{account.number}:user/ann"}}
    ]
