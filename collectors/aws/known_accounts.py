"""Which accounts are the organization's own, and which others it has agreed to trust."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.api import ACCOUNT, Answer, Api, Place
from collectors.collector import Fact, Outcome, aws_collector
from collectors.readings import Reading, Text, Unread

DECLARED = "declared:aws_accounts"
"""Key of the reading that holds what the operator lists: ``own`` (numbers), ``trusted`` (number to name), as JSON."""
_NO_ORGANIZATION = ("AWSOrganizationsNotInUseException",)
ORGANIZATION = Api(
    "organizations", "DescribeOrganization", "Organization{Id MasterAccountId}", where=ACCOUNT, absent=_NO_ORGANIZATION
)
MEMBERS = Api("organizations", "ListAccounts", "Accounts{Id}", where=ACCOUNT, absent=_NO_ORGANIZATION)


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


@dataclass(frozen=True)
class KnownAccounts(Fact):
    """The accounts that policies may name. The agent makes it, of the configuration and of AWS Organizations."""

    own: frozenset[str] = frozenset()
    """Numbers of the organization's own accounts, the scanned one among them."""
    trusted: Mapping[str, str] = field(default_factory=dict)
    """Numbers of foreign accounts that the operator lists, and who they belong to."""
    organization: str = ""
    """Id of the AWS organization (``o-...``), where it is known."""
    unseen: str = ""
    """Empty where ``own`` holds all accounts of the organization; otherwise why that is not known."""

    def owner(self, account: str) -> str:
        """``own``, who a foreign account belongs to, or nothing where it is unknown."""
        return "own" if account in self.own else self.trusted.get(account, "")


def known_accounts(
    account: str, identity: Outcome | None, members: Outcome | None, declared: Reading | None
) -> KnownAccounts:
    """Put together what the operator lists and what AWS tells an ``account``. Who belongs to no organization has no other
    account than those that are listed.
    """
    listed = json.loads(declared.text) if isinstance(declared, Text) else {}
    own = {account, *map(str, listed.get("own", ()))}
    unseen = ""
    if isinstance(members, OrganizationMembers):
        own |= members.accounts
    elif (members is None or isinstance(members, Unread)) and not listed.get("own"):
        unseen = (
            members.reason if isinstance(members, Unread) else "the accounts of the organization were not asked for"
        )
        unseen += "; or list them under aws.own_accounts in the configuration"
    return KnownAccounts(
        own=frozenset(own),
        trusted={str(number): str(name) for number, name in listed.get("trusted", {}).items()},
        organization=identity.id if isinstance(identity, OrganizationIdentity) else "",
        unseen=unseen,
    )
