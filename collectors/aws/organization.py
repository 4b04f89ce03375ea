"""The AWS organization that an account belongs to: its accounts, units and tags.

https://docs.aws.amazon.com/organizations/latest/APIReference/. All accounts of an organization are known to its management
account, and to those it delegates to.
"""

from dataclasses import dataclass

from collectors.api import ACCOUNT, Answer, Api, Of, Place
from collectors.collector import Fact, aws_collector

_NONE = ("AWSOrganizationsNotInUseException",)
ORGANIZATION = Api(
    "organizations", "DescribeOrganization", "Organization{Id MasterAccountId}", where=ACCOUNT, absent=_NONE
)
MEMBERS = Api("organizations", "ListAccounts", "Accounts{Id Status State}", where=ACCOUNT, absent=_NONE)
MEMBERS_BELOW = Api("organizations", "ListAccountsForParent", "Accounts{Id}", {"ParentId": Of("parent")}, where=ACCOUNT)
UNITS_BELOW = Api(
    "organizations",
    "ListOrganizationalUnitsForParent",
    "OrganizationalUnits{Id}",
    {"ParentId": Of("parent")},
    where=ACCOUNT,
)
TAGS = Api("organizations", "ListTagsForResource", "Tags{Key Value}", {"ResourceId": Of("id")}, where=ACCOUNT)
CALLS = (MEMBERS, MEMBERS_BELOW, UNITS_BELOW, TAGS)
"""What it takes to choose among the accounts of an organization, in its management account."""


@dataclass(frozen=True)
class OrganizationIdentity(Fact):
    """The AWS organization that the account belongs to."""

    id: str


@aws_collector(ORGANIZATION)
def organization_identity(at: Place, organization: Answer) -> OrganizationIdentity:
    """An account that belongs to none is told so by an error."""
    del at
    return OrganizationIdentity(str(organization["Organization"]["Id"]))


@dataclass(frozen=True)
class OrganizationMembers(Fact):
    """All accounts of the AWS organization. Only its management account, and those it delegates to, may know them."""

    accounts: frozenset[str]


@aws_collector(MEMBERS)
def organization_members(at: Place, members: Answer) -> OrganizationMembers:
    """Closed and suspended accounts are still the organization's own."""
    del at
    return OrganizationMembers(frozenset(str(one["Id"]) for one in members["Accounts"]))
