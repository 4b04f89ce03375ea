"""IAM in the shapes that AWS documents: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html (moto has no root user and no ages),
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html,
https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListAnalyzers.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.aws.settings import AwsAccounts
from collectors.readings import Absent
from tests.aws_accounts import NOBODY, Answers, Case

SUMMARY = "global iam:GetAccountSummary"
DEVICES = 'global iam:ListVirtualMFADevices {"AssignmentStatus": "Assigned"}'
FEATURES = "global iam:ListOrganizationsFeatures"
POLICY = "global iam:GetAccountPasswordPolicy"
REPORT = "global iam:GetCredentialReport"
IDENTITIES = (
    'global iam:GetAccountAuthorizationDetails {"Filter": ["User", "Group", "Role", "LocalManagedPolicy"], '
    '"MaxItems": 1000}'
)
ORGANIZATION = "global organizations:DescribeOrganization"
MEMBERS = "global organizations:ListAccounts"
ANALYZERS = "us-east-1 accessanalyzer:ListAnalyzers"

HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)
COLUMNS = HEADER.split(",")
ANN = f"arn:aws:iam::{NOBODY}:user/ann"


def ago(days: int) -> str:
    """As AWS writes it."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def row(user: str, **said: str) -> dict[str, str]:
    """A row of the credential report: of a user without any credentials, but for what is said."""
    plain = {name: "false" if name.endswith(("_active", "_enabled")) else "N/A" for name in COLUMNS}
    named = {"user": user, "arn": f"arn:aws:iam::{NOBODY}:user/{user}", "user_creation_time": ago(2000)}
    return {**plain, **named, **said}


def root(**said: str) -> dict[str, str]:
    """Its row as AWS wrote it until root users could have no password; ``not_supported`` stands for that."""
    held = {"password_enabled": "not_supported", "password_last_used": "no_information"}
    more = {"password_last_changed": "not_supported", "password_next_rotation": "not_supported", "mfa_active": "true"}
    return row("<root_account>", arn=f"arn:aws:iam::{NOBODY}:root", **{**held, **more, **said})


def report(*rows: Mapping[str, str]) -> Answers:
    """The credential report: the root user's row stands first, always."""
    every = rows if rows and rows[0]["user"] == "<root_account>" else (root(), *rows)
    lines = [HEADER, *(",".join(one[name] for name in COLUMNS) for one in every)]
    return {REPORT: {"Content": "\n".join(lines)}}


def password(used: str, changed: str, mfa: str = "true") -> dict[str, str]:
    return row("ann", password_enabled="true", password_last_used=used, password_last_changed=changed, mfa_active=mfa)


def key(rotated: str, used: str = "N/A", active: str = "true", number: int = 1) -> dict[str, str]:
    name = f"access_key_{number}"
    return {f"{name}_active": active, f"{name}_last_rotated": rotated, f"{name}_last_used_date": used}


def identities(**said: Any) -> Answers:
    empty: dict[str, Any] = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    return {IDENTITIES: {**empty, **said}}


def document(*said: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(said)}


ALL = document({"Effect": "Allow", "Action": "*", "Resource": "*"})


def user(name: str = "ann", **said: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"GroupList": [], "AttachedManagedPolicies": []}
    return {"Arn": f"arn:aws:iam::{NOBODY}:user/{name}", "UserName": name, **plain, **said}


def administrator(name: str = "ann") -> dict[str, Any]:
    return user(name, AttachedManagedPolicies=[{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}])


ROLE = f"arn:aws:iam::{NOBODY}:role/app"


def role(principal: Any, name: str = "app", path: str = "/", **said: Any) -> dict[str, Any]:
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    plain = {"Arn": f"arn:aws:iam::{NOBODY}:role{path}{name}", "RoleName": name, "Path": path, "CreateDate": ago(2000)}
    return {**plain, "AssumeRolePolicyDocument": trust, "RolePolicyList": [], **said}


EC2 = {"Service": "ec2.amazonaws.com"}
VENDOR = {"AWS": "arn:aws:iam::222222222222:root"}
LISTED = AwsAccounts(own_accounts=(NOBODY,), trusted_accounts={"222222222222": "Example Backups"})
OURS = {
    ORGANIZATION: {"Organization": {"Id": "o-abcdefghij", "MasterAccountId": NOBODY}},
    MEMBERS: {"Accounts": [{"Id": NOBODY}]},
}
THEIRS = {ORGANIZATION: {"Organization": {"Id": "o-abcdefghij", "MasterAccountId": "111111111111"}}}
ALONE = {ORGANIZATION: Absent("no organization"), MEMBERS: Absent("no organization")}
ROSTER = "person,status,accounts,admin\nAnn Lee,active,ann,yes\nBo Ray,left,bo,no\nCy Poe,active,cy,no\n"


def summary(keys: int = 0, mfa: int = 1, **more: int) -> Answers:
    return {SUMMARY: {"SummaryMap": {"AccountAccessKeysPresent": keys, "AccountMFAEnabled": mfa, **more}}}


def policy(length: int, classes: int, reuse: int = 0, days: int = 0) -> Answers:
    named = ("RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters")
    asked: dict[str, Any] = {name: number < classes for number, name in enumerate(named)}
    asked |= {"MinimumPasswordLength": length, "AllowUsersToChangePassword": True, "ExpirePasswords": days > 0}
    asked |= {"PasswordReusePrevention": reuse} if reuse else {}
    asked |= {"MaxPasswordAge": days} if days else {}
    return {POLICY: {"PasswordPolicy": asked}, **report(password(ago(1), ago(2)))}


DEFAULT = {POLICY: Absent("GetAccountPasswordPolicy (NoSuchEntity)"), **report(password(ago(1), ago(2)))}
PROGRAMS = {POLICY: DEFAULT[POLICY], **report(row("ci", **key(ago(1))))}
YEARLY = {"longest": 365}


def devices(*serials: str) -> Answers:
    root_arn = f"arn:aws:iam::{NOBODY}:root"
    held = [{"SerialNumber": one, "User": {"Arn": root_arn}} for one in serials]
    anns = {"SerialNumber": f"arn:aws:iam::{NOBODY}:mfa/ann", "User": {"Arn": ANN}}
    return {DEVICES: {"VirtualMFADevices": [anns, *held]}, **summary()}


def analyzers(*told: tuple[str, str]) -> Answers:
    return {ANALYZERS: {"analyzers": [{"name": "a", "type": kind, "status": status} for kind, status in told]}}


CASES = (
    Case("root-has-no-access-key", "pass", summary()),
    Case("root-has-no-access-key", "fail", summary(keys=1)),
    Case("root-needs-a-second-factor", "pass", summary(AccountPasswordPresent=1)),
    Case("root-needs-a-second-factor", "fail", summary(mfa=0, AccountPasswordPresent=1)),
    Case("root-needs-a-second-factor", "fail", summary(mfa=0)),
    Case("root-needs-a-second-factor", "not_applicable", summary(mfa=0, AccountPasswordPresent=0)),
    Case("root-has-no-virtual-second-factor", "pass", devices()),
    Case("root-has-no-virtual-second-factor", "fail", devices(f"arn:aws:iam::{NOBODY}:mfa/root-account-mfa-device")),
    Case("root-has-no-virtual-second-factor", "fail", devices(f"arn:aws:iam::{NOBODY}:mfa/phone")),
    Case("root-has-no-virtual-second-factor", "not_applicable", {**devices(), **summary(mfa=0)}),
    Case(
        "root-credentials-of-members-are-managed-centrally",
        "pass",
        {FEATURES: {"OrganizationId": "o-abcdefghij", "EnabledFeatures": ["RootCredentialsManagement"]}, **OURS},
    ),
    Case(
        "root-credentials-of-members-are-managed-centrally",
        "fail",
        {FEATURES: {"OrganizationId": "o-abcdefghij", "EnabledFeatures": ["RootSessions"]}, **OURS},
    ),
    Case("root-credentials-of-members-are-managed-centrally", "fail", {FEATURES: Absent("not enabled"), **OURS}),
    Case("root-credentials-of-members-are-managed-centrally", "not_applicable", {FEATURES: Absent("member"), **THEIRS}),
    Case("root-credentials-of-members-are-managed-centrally", "not_applicable", {FEATURES: Absent("none"), **ALONE}),
    Case("root-is-not-used", "pass", report()),
    Case("root-is-not-used", "pass", report(root(password_last_used=ago(60), password_enabled="TRUE"))),
    Case("root-is-not-used", "fail", report(root(password_last_used=ago(3)))),
    Case("root-is-not-used", "fail", report(root(**key(ago(900), ago(3), number=2)))),
    Case("root-is-not-used", "fail", report(root(**key(ago(900), ago(3), active="false")))),
    Case("iam-users-with-a-password-need-a-second-factor", "pass", report(password(ago(1), ago(2))), ANN),
    Case("iam-users-with-a-password-need-a-second-factor", "fail", report(password(ago(1), ago(2), "FALSE")), ANN),
    Case("iam-users-have-one-active-access-key", "pass", report(row("ann", **key(ago(9)))), ANN),
    Case(
        "iam-users-have-one-active-access-key",
        "fail",
        report(row("ann", **key(ago(9)), **key(ago(1), number=2))),
        ANN,
    ),
    Case("access-keys-are-rotated", "pass", report(row("ann", **key(ago(89)))), ANN),
    Case("access-keys-are-rotated", "fail", report(row("ann", **key(ago(91), ago(1)))), ANN),
    Case("access-keys-are-rotated", "fail", report(row("ann", **key(ago(1)), **key(ago(91), number=2))), ANN),
    Case("access-keys-are-rotated", "not_applicable", report(row("ann", **key(ago(91), active="false"))), ANN),
    Case("active-access-keys-are-in-use", "pass", report(row("ann", **key(ago(900), ago(89)))), ANN),
    Case("active-access-keys-are-in-use", "pass", report(row("ann", **key(ago(89)))), ANN),
    Case("active-access-keys-are-in-use", "fail", report(row("ann", **key(ago(91)))), ANN),
    Case("active-access-keys-are-in-use", "fail", report(row("ann", **key(ago(900), ago(91)))), ANN),
    Case("console-passwords-are-in-use", "pass", report(password(ago(89), ago(900))), ANN),
    Case("console-passwords-are-in-use", "pass", report(password("no_information", ago(89))), ANN),
    Case("console-passwords-are-in-use", "fail", report(password("no_information", ago(91))), ANN),
    Case("console-passwords-are-in-use", "fail", report(password(ago(91), ago(900))), ANN),
    Case("console-passwords-are-in-use", "unknown", report(password("no_information", "N/A")), ANN),
    Case("inactive-access-keys-are-deleted", "pass", report(row("ann", **key(ago(9)))), ANN),
    Case("inactive-access-keys-are-deleted", "fail", report(row("ann", **key(ago(9), active="false"))), ANN),
    Case("iam-users-of-people-who-left-are-closed", "pass", report(password(ago(1), ago(2))), ANN, roster=ROSTER),
    Case("iam-users-of-people-who-left-are-closed", "fail", report(row("bo", **key(ago(1)))), roster=ROSTER),
    Case("iam-users-of-people-who-left-are-closed", "pass", report(row("bo")), roster=ROSTER),
    Case("iam-users-of-people-who-left-are-closed", "not_applicable", report(row("ci")), roster=ROSTER),
    Case("iam-users-of-people-who-left-are-closed", "not_applicable", report(password(ago(1), ago(2)))),
    Case(
        "iam-users-with-a-password-belong-to-someone-on-the-roster",
        "pass",
        report(password(ago(1), ago(2))),
        roster=ROSTER,
    ),
    Case(
        "iam-users-with-a-password-belong-to-someone-on-the-roster",
        "fail",
        report({**password(ago(1), ago(2)), "user": "dfox"}),
        roster=ROSTER,
    ),
    Case("iam-users-are-not-shared", "pass", report({**password(ago(1), ago(2)), "user": "ann"})),
    Case("iam-users-are-not-shared", "fail", report({**password(ago(1), ago(2)), "user": "team-web"})),
    Case(
        "iam-users-are-not-shared",
        "fail",
        report(row("ops", **key(ago(1)))),
        roster="person,status,accounts\nAnn,active,ops\nBo,active,ops\n",
    ),
    Case("iam-passwords-are-long-enough", "pass", policy(14, 4)),
    Case("iam-passwords-are-long-enough", "fail", DEFAULT),
    Case("iam-passwords-are-long-enough", "fail", policy(6, 4)),
    Case("iam-passwords-are-long-enough", "not_applicable", PROGRAMS),
    Case("iam-passwords-have-several-character-classes", "pass", DEFAULT),
    Case("iam-passwords-have-several-character-classes", "pass", policy(14, 3)),
    Case("iam-passwords-have-several-character-classes", "fail", policy(14, 2)),
    Case("old-iam-passwords-are-not-taken-again", "pass", policy(14, 4, reuse=24)),
    Case("old-iam-passwords-are-not-taken-again", "fail", policy(14, 4)),
    Case("old-iam-passwords-are-not-taken-again", "fail", DEFAULT),
    Case("iam-passwords-are-changed-in-time", "not_applicable", DEFAULT),
    Case("iam-passwords-are-changed-in-time", "pass", policy(14, 4, days=365), settings=YEARLY),
    Case("iam-passwords-are-changed-in-time", "fail", policy(14, 4), settings=YEARLY),
    Case("iam-passwords-are-changed-in-time", "fail", DEFAULT, settings=YEARLY),
    Case("iam-roles-are-in-use", "pass", identities(RoleDetailList=[role(EC2, CreateDate=ago(89))])),
    Case("iam-roles-are-in-use", "fail", identities(RoleDetailList=[role(EC2, RoleLastUsed={})])),
    Case(
        "iam-roles-are-in-use",
        "pass",
        identities(RoleDetailList=[role(EC2, RoleLastUsed={"LastUsedDate": ago(89), "Region": "us-east-1"})]),
    ),
    Case(
        "iam-roles-are-in-use",
        "fail",
        identities(RoleDetailList=[role(EC2, RoleLastUsed={"LastUsedDate": ago(91), "Region": "us-east-1"})]),
    ),
    Case(
        "iam-roles-are-in-use",
        "not_applicable",
        identities(RoleDetailList=[role(EC2, "AWSReservedSSO_A_0", "/aws-reserved/sso.amazonaws.com/")]),
    ),
    Case("iam-users-who-may-do-everything-are-few", "pass", identities(UserDetailList=[administrator()])),
    Case(
        "iam-users-who-may-do-everything-are-few",
        "fail",
        identities(UserDetailList=[administrator(str(number)) for number in range(5)]),
    ),
    Case(
        "iam-users-who-may-do-everything-are-on-the-rosters-admin-list",
        "pass",
        identities(UserDetailList=[administrator()]),
        roster=ROSTER,
    ),
    Case(
        "iam-users-who-may-do-everything-are-on-the-rosters-admin-list",
        "fail",
        identities(UserDetailList=[administrator("cy")]),
        roster=ROSTER,
    ),
    Case("roles-cannot-be-assumed-by-everybody", "pass", identities(RoleDetailList=[role(VENDOR)])),
    Case("roles-cannot-be-assumed-by-everybody", "fail", identities(RoleDetailList=[role("*")])),
    Case(
        "roles-trust-only-listed-accounts", "pass", {**identities(RoleDetailList=[role(VENDOR)]), **ALONE}, known=LISTED
    ),
    Case("roles-trust-only-listed-accounts", "fail", {**identities(RoleDetailList=[role(VENDOR)]), **ALONE}),
    Case(
        "third-parties-that-roles-trust-are-known",
        "pass",
        {**identities(RoleDetailList=[role(VENDOR)]), **ALONE},
        known=LISTED,
    ),
    Case("third-parties-that-roles-trust-are-known", "fail", {**identities(RoleDetailList=[role(VENDOR)]), **ALONE}),
    Case("access-from-outside-is-analyzed", "pass", {**analyzers(("ORGANIZATION", "ACTIVE")), **THEIRS}),
    Case("access-from-outside-is-analyzed", "fail", {**analyzers(("ACCOUNT", "DISABLED")), **ALONE}),
    Case("access-from-outside-is-analyzed", "fail", {**analyzers(("ACCOUNT_UNUSED_ACCESS", "ACTIVE")), **ALONE}),
    Case("access-from-outside-is-analyzed", "unknown", {**analyzers(), **THEIRS}),
)
