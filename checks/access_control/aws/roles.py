"""Whom the roles of an account trust, and whether anybody uses them."""

from collections.abc import Iterator, Sequence

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
        (_ANYBODYS, _KNOWN),
        (_VENDORS, KnownAccounts(own=_KNOWN.own)),
        (_ORGANIZATIONS, KnownAccounts(own=_KNOWN.own, organization="o-0123456789")),
    ],
)
def roles_trust_only_listed_accounts(role: RoleTrust, known: KnownAccounts) -> Verdict:
    """Every account that may assume the role is the organization's own, or is listed with whom it belongs to.

    Why: 17.04(2)(a) leaves records to those who need them; an account that nobody can name is nobody who does.
    Fix: take it out of the trust policy, or list it under aws.own_accounts or aws.trusted_accounts in the configuration.
    """
    if open_to_everybody(role.trust):
        return failed("everybody can assume it, listed or not")
    if unlisted := strangers(role.trust, known):
        return unless_blind(
            _unsure(unlisted, known), failed("it trusts accounts that are not listed", accounts=unlisted)
        )
    return passed(third_parties=[known.trusted.get(one, one) for one in _third_parties(role, known)] or "none")


@check(
    "17.03(2)(f)",
    severity=HIGH,
    passes=[(Whole((_OURS, _VENDORS)), _KNOWN), (Whole(()), _KNOWN)],
    fails=[
        (Whole((_VENDORS, _STRANGERS)), _KNOWN),
        (Whole((_STRANGERS,), (Unseen("", "no"),)), _KNOWN),
        (Whole((_ANYBODYS,)), KnownAccounts(own=_KNOWN.own, unseen="no")),
    ],
)
def third_parties_that_roles_trust_are_known(roles: Whole[RoleTrust], known: KnownAccounts) -> Verdict:
    """Every third party whose AWS account may assume a role here is listed as a provider. All are told, and the
    identity providers besides.

    Why: 17.03(2)(f) asks to select providers that protect personal information, and to bind them by contract: that starts
    with knowing who they are.
    Fix: list each account under aws.trusted_accounts with the provider's name, and have a contract with it; or take it out of
    the roles that are named.
    """
    found: dict[str, list[str]] = {}
    for role in roles.facts:
        for party in (_EVERYBODY,) if open_to_everybody(role.trust) else _third_parties(role, known):
            found.setdefault(party, []).append(role.name)
    told = {
        "third_parties": [
            f"{known.trusted.get(one, 'unlisted')} {one} ({', '.join(names)})" for one, names in sorted(found.items())
        ]
        or "none",
        "identity_providers": sorted({name for role in roles.facts for name in _providers(role)}) or "none",
    }
    if unlisted := sorted(set(found) - set(known.trusted)):
        fault = failed("roles trust accounts that are not listed", **told)
        return unless_blind(_unsure(unlisted, known), fault)
    return unless_blind(roles.blind, passed(**told))


_EVERYBODY = "everybody"


def _providers(role: RoleTrust) -> Iterator[str]:
    """The identity providers that a role trusts, but for the account's own clusters."""
    for one in (principal for said in role.trust for principal in said.principals):
        name = one.name.rpartition("-provider/")[2]
        if one.kind == "Federated" and not name.startswith("oidc.eks."):
            yield name


def _third_parties(role: RoleTrust, known: KnownAccounts) -> tuple[str, ...]:
    """Accounts and organizations that are not our own and may assume a role, listed or not."""
    return strangers(role.trust, KnownAccounts(own=known.own, organization=known.organization))


def _unsure(strange: Sequence[str], known: KnownAccounts) -> str:
    """Why those that nobody listed may still be our own; empty where they are not."""
    if known.unseen and _EVERYBODY not in strange:
        return known.unseen
    if not known.organization and all(one.startswith("o-") for one in strange):
        return "which organization the account belongs to is not known"
    return ""
