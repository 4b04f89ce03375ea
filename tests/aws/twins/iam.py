"""Users, roles and policies of IAM, good and bad; made once for an account, since IAM has no regions."""

import json
from typing import Any

from tests.aws_accounts import Account

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"}


def document(*said: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": said})


def trusting(principal: Any, **more: Any) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """Make users, roles and policies; what each check must say of which subject."""
    iam = account.client("iam", region)
    if not iam.list_users()["Users"]:
        _users(iam)
        _rights(iam, account.number)
        _roles(iam, account.number)
        iam.update_account_password_policy(
            MinimumPasswordLength=8, RequireLowercaseCharacters=True, PasswordReusePrevention=24
        )
    user, role, policy = (f"arn:aws:iam::{account.number}:{kind}/" for kind in ("user", "role", "policy"))
    return {
        "iam-users-with-a-password-need-a-second-factor": {
            f"{user}ann": "pass",
            f"{user}admin": "fail",
            f"{user}ci": "not_applicable",
        },
        "iam-users-have-one-active-access-key": {f"{user}ci": "pass", f"{user}two-keys": "fail"},
        "inactive-access-keys-are-deleted": {f"{user}ci": "pass", f"{user}old-key": "fail"},
        "access-keys-are-rotated": {f"{user}ci": "pass", f"{user}ann": "not_applicable"},
        "active-access-keys-are-in-use": {f"{user}ci": "pass", f"{user}old-key": "not_applicable"},
        "console-passwords-are-in-use": {f"{user}ann": "pass", f"{user}ci": "not_applicable"},
        "iam-users-are-not-shared": {f"{user}ann": "pass", f"{user}admin": "fail", f"{user}ci": "not_applicable"},
        "iam-users-have-their-rights-by-groups": {f"{user}ann": "pass", f"{user}ci": "fail", f"{user}admin": "fail"},
        "iam-users-who-may-do-everything-are-few": {"": "pass"},
        "own-iam-policies-do-not-allow-everything": {
            f"{policy}read": "pass",
            f"{policy}all": "fail",
            f"{policy}spare": "not_applicable",
            f"{user}ci:read": "pass",
            f"{role}deploy:all": "fail",
            f"arn:aws:iam::{account.number}:group/admins:all": "fail",
        },
        "roles-cannot-be-assumed-by-everybody": {f"{role}app": "pass", f"{role}open": "fail", f"{role}github": "fail"},
        "roles-trust-only-listed-accounts": {f"{role}app": "pass", f"{role}vendor": "fail", f"{role}open": "fail"},
        "third-parties-that-roles-trust-are-known": {"": "fail"},
        "iam-roles-are-in-use": {f"{role}app": "pass"},
        "iam-passwords-are-long-enough": {"": "fail"},
        "iam-passwords-have-several-character-classes": {"": "fail"},
        "old-iam-passwords-are-not-taken-again": {"": "pass"},
        "root-has-no-access-key": {"": "pass"},
        "root-needs-a-second-factor": {"": "fail"},
    }


def _users(iam: Any) -> None:
    for name in ("ann", "admin", "ci", "two-keys", "old-key"):
        iam.create_user(UserName=name)
    for name in ("ann", "admin"):
        iam.create_login_profile(UserName=name, Password="Correct-Horse-7")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ann", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    for name in ("ci", "two-keys", "two-keys", "old-key"):
        key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.update_access_key(UserName="old-key", AccessKeyId=key["AccessKeyId"], Status="Inactive")


def _rights(iam: Any, number: str) -> None:
    for name, said in (("read", READ), ("all", ALL), ("spare", ALL)):
        iam.create_policy(PolicyName=name, PolicyDocument=document(said))
    for name in ("readers", "admins"):
        iam.create_group(GroupName=name)
    iam.attach_group_policy(GroupName="readers", PolicyArn=f"arn:aws:iam::{number}:policy/read")
    iam.attach_group_policy(GroupName="admins", PolicyArn=f"arn:aws:iam::{number}:policy/all")
    iam.put_group_policy(GroupName="admins", PolicyName="all", PolicyDocument=document(ALL))
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    iam.attach_user_policy(UserName="admin", PolicyArn=f"arn:aws:iam::{number}:policy/all")
    iam.put_user_policy(UserName="ci", PolicyName="read", PolicyDocument=document(READ))


def _roles(iam: Any, number: str) -> None:
    issuer = "token.actions.githubusercontent.com"
    provider = iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"])
    trusts = {
        "app": trusting({"Service": "ec2.amazonaws.com"}),
        "deploy": trusting({"AWS": f"arn:aws:iam::{number}:root"}),
        "open": trusting({"AWS": "*"}),
        "vendor": trusting({"AWS": "arn:aws:iam::999999999999:root"}),
        "github": trusting(
            {"Federated": provider["OpenIDConnectProviderArn"]},
            Action="sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}},
        ),
    }
    for name, trust in trusts.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    iam.put_role_policy(RoleName="deploy", PolicyName="all", PolicyDocument=document(ALL))
