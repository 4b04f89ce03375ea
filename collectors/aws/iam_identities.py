"""Users, groups, roles and policies of IAM: who holds which rights, and whom a role trusts. All of one listing.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.api import ACCOUNT, Answer, Api, Item, Items
from collectors.aws.policy import Statement, statements
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

IDENTITIES = Api(
    "iam",
    "GetAccountAuthorizationDetails",
    """
    UserDetailList{Arn UserName GroupList AttachedManagedPolicies{PolicyArn} UserPolicyList{PolicyName PolicyDocument}
        PermissionsBoundary{PermissionsBoundaryArn}}
    GroupDetailList{Arn GroupName AttachedManagedPolicies{PolicyArn} GroupPolicyList{PolicyName PolicyDocument}}
    RoleDetailList{Arn RoleName Path CreateDate RoleLastUsed{LastUsedDate} AssumeRolePolicyDocument
        RolePolicyList{PolicyName PolicyDocument}}
    Policies{Arn AttachmentCount PolicyVersionList{IsDefaultVersion Document}}
    """,
    # Without AWS' own policies, of which there are more than a thousand: they are known by their names.
    {"Filter": ["User", "Group", "Role", "LocalManagedPolicy"], "MaxItems": 1000},
    where=ACCOUNT,
)


def _roles(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """But for service-linked roles: AWS makes them and their rights, and nobody can change whom they trust."""
    return (role for role in answer["RoleDetailList"] if not role["Path"].startswith("/aws-service-role/"))


ROLES = Items(IDENTITIES, _roles, "{Arn}")


@dataclass(frozen=True, kw_only=True)
class RoleTrust(Resource):
    """Whom a role lets assume it."""

    name: str
    trust: tuple[Statement, ...]


@aws_collector(each=ROLES)
def role_trust(role: Item) -> RoleTrust:
    """Every role has a trust policy."""
    return RoleTrust(arn=role.arn, name=role["RoleName"], trust=statements(role["AssumeRolePolicyDocument"]))


@dataclass(frozen=True, kw_only=True)
class RoleUse(Resource):
    """When a role was made and last used."""

    name: str
    made: datetime
    used: datetime | None = None
    """None: not within the 400 days that AWS looks back."""
    reserved: bool = False
    """Whether IAM Identity Center made it, and deletes it."""


@aws_collector(each=ROLES)
def role_use(role: Item) -> RoleUse:
    """A role that was not used has an empty ``RoleLastUsed``, or none."""
    used = role.get("RoleLastUsed", {}).get("LastUsedDate")
    return RoleUse(
        arn=role.arn,
        name=role["RoleName"],
        made=datetime.fromisoformat(role["CreateDate"]),
        used=datetime.fromisoformat(used) if used else None,
        reserved=role["Path"].startswith("/aws-reserved/"),
    )


@dataclass(frozen=True, kw_only=True)
class OwnPolicy(Resource):
    """A policy that the account wrote itself. One that stands in a user, group or role has the name of that, and its own."""

    held: bool = True
    """Whether anybody has it."""
    says: tuple[Statement, ...] = ()


def _own_policies(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """Each with its ``name``, whether it is ``held`` and what it ``says``."""
    for one in answer["Policies"]:
        yield {"name": one["Arn"], "held": one["AttachmentCount"] > 0, "says": _in_force(one)}
    for kind, holders in (
        ("User", answer["UserDetailList"]),
        ("Group", answer["GroupDetailList"]),
        ("Role", _roles(answer)),
    ):
        for holder in holders:
            for one in holder.get(f"{kind}PolicyList", ()):
                yield {"name": f"{holder['Arn']}:{one['PolicyName']}", "held": True, "says": one["PolicyDocument"]}


def _in_force(policy: Mapping[str, Any]) -> Any:
    return next(one["Document"] for one in policy["PolicyVersionList"] if one["IsDefaultVersion"])


OWN_POLICIES = Items(IDENTITIES, _own_policies, "{name}")


@aws_collector(each=OWN_POLICIES)
def own_policy(policy: Item) -> OwnPolicy:
    """Policies that AWS wrote are not listed."""
    return OwnPolicy(arn=policy.arn, held=policy["held"], says=statements(policy["says"]))


def _users(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """Each with all ``groups`` by name and all ``documents`` by ARN."""
    groups = {one["GroupName"]: one for one in answer["GroupDetailList"]}
    documents = {one["Arn"]: _in_force(one) for one in answer["Policies"]}
    return ({**one, "groups": groups, "documents": documents} for one in answer["UserDetailList"])


USERS_RIGHTS = Items(IDENTITIES, _users, "{Arn}")


@dataclass(frozen=True, kw_only=True)
class UserPolicies(Resource):
    """The policies that a user of IAM has of its own, not by a group."""

    inline: tuple[str, ...] = ()
    """Names of those that stand in it."""
    attached: tuple[str, ...] = ()
    """ARNs."""


@aws_collector(each=USERS_RIGHTS)
def user_policies(user: Item) -> UserPolicies:
    """A permissions boundary gives nothing, and is none of them."""
    return UserPolicies(
        arn=user.arn,
        inline=tuple(one["PolicyName"] for one in user.get("UserPolicyList", ())),
        attached=tuple(one["PolicyArn"] for one in user.get("AttachedManagedPolicies", ())),
    )


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What policies say together, and the ARNs of AWS' own among them, of which only the name is known."""

    says: tuple[Statement, ...] = ()
    by_aws: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UserRights(Resource):
    """What a user of IAM may do: by its own policies and those of its groups, within its boundary."""

    name: str
    given: Rights
    boundary: Rights | None = None


@aws_collector(each=USERS_RIGHTS)
def user_rights(user: Item) -> UserRights:
    """A group that is not listed, or a policy of the account that is not, is not understood."""
    groups = [user["groups"][name] for name in user.get("GroupList", ())]
    holders = [(user, "UserPolicyList"), *((group, "GroupPolicyList") for group in groups)]
    inline = [one["PolicyDocument"] for holder, field in holders for one in holder.get(field, ())]
    attached = [one["PolicyArn"] for holder, _ in holders for one in holder.get("AttachedManagedPolicies", ())]
    boundary = user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return UserRights(
        arn=user.arn,
        name=user["UserName"],
        given=_rights(user["documents"], attached, inline),
        boundary=_rights(user["documents"], [boundary], []) if boundary else None,
    )


def _rights(documents: Mapping[str, Any], arns: list[str], inline: list[Any]) -> Rights:
    by_aws = tuple(arn for arn in arns if ":iam::aws:policy/" in arn)
    said = [*inline, *(documents[arn] for arn in arns if arn not in by_aws)]
    return Rights(says=tuple(one for document in said for one in statements(document)), by_aws=by_aws)
