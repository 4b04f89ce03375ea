"""Which accounts are the organization's own, and which others it has agreed to trust."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.aws.organization import OrganizationIdentity, OrganizationMembers
from collectors.collector import Fact, Outcome
from collectors.readings import Reading, Text, Unread

DECLARED = "declared:aws_accounts"
"""Key of the reading that holds what the operator lists: ``own`` (numbers), ``trusted`` (number to name), as JSON."""


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
) -> KnownAccounts | Unread:
    """Put together what the operator lists and what AWS tells an ``account``. Who belongs to no organization has no other
    account than those that are listed.
    """
    try:
        listed = json.loads(declared.text) if isinstance(declared, Text) else {}
        listed_own, trusted = tuple(listed.get("own", ())), dict(listed.get("trusted", {}))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Unread(f"not understood: {DECLARED}")
    if not all(isinstance(one, str) for one in (*listed_own, *trusted.values())):
        return Unread(f"not understood: {DECLARED}")
    own = {account, *listed_own}
    unseen = ""
    if isinstance(members, OrganizationMembers):
        own |= members.accounts
    elif (members is None or isinstance(members, Unread)) and not listed_own:
        unseen = (
            members.reason if isinstance(members, Unread) else "the accounts of the organization were not asked for"
        )
        unseen += "; or list them under aws.own_accounts in the configuration"
    return KnownAccounts(
        own=frozenset(own),
        trusted=trusted,
        organization=identity.id if isinstance(identity, OrganizationIdentity) else "",
        unseen=unseen,
    )
