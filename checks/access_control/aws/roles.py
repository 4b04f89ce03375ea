"""Whom the roles of an account trust, and whether anybody uses them."""

from checks.access_control.aws.policies import open_to_everybody, strangers
from checks.check import check
from checks.verdict import CRITICAL, HIGH, Verdict, failed, passed, unless_blind
from collectors.aws.iam_identities import RoleTrust
from collectors.aws.known_accounts import KnownAccounts
from collectors.aws.policy import ALLOW, Condition, Principal, Statement
from collectors.collector import Unseen, Whole

_KNOWN = KnownAccounts(
    own=frozenset({"123456789012"}), trusted={"222222222222": "Example Backups"}, organization="o-abcdefghij"
)


def _trusting(*names: str, kind: str = "AWS", conditions: tuple[Condition, ...] = ()) -> RoleTrust:
    principals = tuple(Principal(kind, name) for name in names)
    said = Statement(ALLOW, principals, actions=("sts:AssumeRole",), conditions=conditions)
    return RoleTrust(arn="arn:aws:iam::123456789012:role/app", name="app", trust=(said,))


_OURS = _trusting("arn:aws:iam::123456789012:root")
_SERVICES = _trusting("ec2.amazonaws.com", kind="Service")
_VENDORS = _trusting("arn:aws:iam::222222222222:root")
_STRANGERS = _trusting("arn:aws:iam::999999999999:role/x")
_ANYBODYS = _trusting("*")
_ORGANIZATIONS = _trusting("*", conditions=(Condition("stringequals", "aws:principalorgid", ("o-abcdefghij",)),))
_ISSUER = "token.actions.githubusercontent.com"
_GITHUB = f"arn:aws:iam::123456789012:oidc-provider/{_ISSUER}"
_REPOSITORY = Condition("stringlike", f"{_ISSUER}:sub", ("repo:example/app:*",))
_AUDIENCE = Condition("stringequals", f"{_ISSUER}:aud", ("sts.amazonaws.com",))


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[
        _OURS,
        _SERVICES,
        _STRANGERS,
        _ORGANIZATIONS,
        _trusting(_GITHUB, kind="Federated", conditions=(_AUDIENCE, _REPOSITORY)),
    ],
    fails=[
        _ANYBODYS,
        _trusting("*", conditions=(Condition("stringequals", "sts:externalid", ("word",)),)),
        _trusting(_GITHUB, kind="Federated", conditions=(_AUDIENCE,)),
    ],
)
def roles_cannot_be_assumed_by_everybody(role: RoleTrust) -> Verdict:
    """The role's trust policy does not let everybody assume it.

    Why: whoever has an AWS account, or one at the identity provider that the role trusts, would have its rights, from outside.
    Fix: name the accounts, roles or services that need it; for GitHub and other shared providers, the repository (`sub`).
    """
    if actions := open_to_everybody(role.trust):
        return failed("everybody can assume it", actions=actions)
    return passed()


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[(_OURS, _KNOWN), (_SERVICES, _KNOWN), (_VENDORS, _KNOWN), (_ORGANIZATIONS, _KNOWN)],
    fails=[
        (_STRANGERS, _KNOWN),
        (_VENDORS, KnownAccounts(own=_KNOWN.own)),
        (_ORGANIZATIONS, KnownAccounts(own=_KNOWN.own, organization="o-0123456789")),
    ],
)
def roles_trust_only_listed_accounts(role: RoleTrust, known: KnownAccounts) -> Verdict:
    """Every account that may assume the role is the organization's own, or is listed with whom it belongs to.

    Why: 17.04(2)(a) leaves records to those who need them; an account that nobody can name is nobody who does.
    Fix: take it out of the trust policy, or list it under aws.own_accounts or aws.trusted_accounts in the configuration.
    """
    if unlisted := strangers(role.trust, known):
        return unless_blind(
            _unsure(unlisted, known), failed("it trusts accounts that are not listed", accounts=unlisted)
        )
    return passed(third_parties=[known.trusted.get(one, one) for one in _third_parties(role, known)] or "none")


@check(
    "17.03(2)(f)",
    severity=HIGH,
    passes=[(Whole((_OURS, _VENDORS)), _KNOWN), (Whole(()), _KNOWN)],
    fails=[(Whole((_VENDORS, _STRANGERS)), _KNOWN), (Whole((_STRANGERS,), (Unseen("", "no"),)), _KNOWN)],
)
def third_parties_that_roles_trust_are_known(roles: Whole[RoleTrust], known: KnownAccounts) -> Verdict:
    """Every third party whose AWS account may assume a role here is listed as a provider. All of them are told.

    Why: 17.03(2)(f) asks to select providers that protect personal information, and to bind them by contract: that starts
    with knowing who they are.
    Fix: list each account under aws.trusted_accounts with the provider's name, and have a contract with it; or take it out of
    the roles that are named.
    """
    found: dict[str, list[str]] = {}
    for role in roles.facts:
        for party in _third_parties(role, known):
            found.setdefault(party, []).append(role.name)
    told = [f"{known.trusted.get(one, 'unlisted')} {one} ({', '.join(names)})" for one, names in sorted(found.items())]
    if unlisted := sorted(set(found) - set(known.trusted)):
        return unless_blind(
            _unsure(unlisted, known), failed("roles trust accounts that are not listed", third_parties=told)
        )
    return unless_blind(roles.blind, passed(third_parties=told or "none"))


def _third_parties(role: RoleTrust, known: KnownAccounts) -> tuple[str, ...]:
    """Accounts and organizations that are not our own and may assume a role, listed or not."""
    return strangers(role.trust, KnownAccounts(own=known.own, organization=known.organization))


def _unsure(strange: tuple[str, ...] | list[str], known: KnownAccounts) -> str:
    """Why those that nobody listed may still be our own; empty where they are not."""
    if known.unseen:
        return known.unseen
    if not known.organization and all(one.startswith("o-") for one in strange):
        return "which organization the account belongs to is not known"
    return ""
