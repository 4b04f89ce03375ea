"""Whom a resource's policy admits. Pure: no check stands here, and other checks rest on it.

What counts as public is what Amazon S3 says of bucket policies ("The meaning of public"): everybody is admitted unless a
condition with fixed values says otherwise. What a condition lets in is told as ``bounds``: whoever is admitted stands within
each of them, so that a narrow one is enough. A Deny is one more bound: it spares only some.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product

from checks.access_control.aws.parties import (
    ALL,
    BY_SERVICE,
    EVERYBODY,
    LOG_DELIVERY,
    Bound,
    Party,
    certain,
    party,
    varies,
    within,
)
from collectors.aws.known_accounts import KnownAccounts
from collectors.aws.policy import ALLOW, DENY, Condition, Statement

_UNLIKE = frozenset(
    {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike", "notipaddress"}
)


@dataclass(frozen=True, slots=True)
class Grant:
    """One action that a policy allows. Whoever it admits stands within each of the bounds."""

    action: str
    bounds: tuple[Bound, ...]

    @property
    def narrowed(self) -> tuple[Bound, ...]:
        """The bounds that leave anybody out."""
        return tuple(bound for bound in self.bounds if EVERYBODY not in bound)


def grants(policy: Iterable[Statement]) -> Iterator[Grant]:
    """All that a policy allows, less what it denies: each principal, action and resource for itself."""
    policy = tuple(policy)
    denials = tuple(one for one in policy if one.effect == DENY)
    for one in policy:
        if one.effect == ALLOW:
            let_in = tuple(map(within, certain(one.conditions)))
            for who in _named(one):
                for action, resource in product(one.actions or ("*",), one.resources or ("*",)):
                    spared = (_spared(deny) for deny in denials if covers(deny, action, resource))
                    yield Grant(action, (frozenset({who}), *let_in, *spared))


def open_to_everybody(policy: Iterable[Statement]) -> tuple[str, ...]:
    """What everybody may do; nothing where the policy is not public."""
    return tuple(sorted({grant.action for grant in grants(policy) if not grant.narrowed}))


def strangers(policy: Iterable[Statement], known: KnownAccounts) -> tuple[str, ...]:
    """Accounts, organizations and canonical user ids that are let in and that nobody listed. Whether an account belongs
    to the organization may not be known: see ``KnownAccounts.unseen``. Everybody is no stranger: see ``open_to_everybody``.
    """
    found: set[str] = set()
    for grant in grants(policy):
        callers = [bound for bound in grant.narrowed if {one.kind for one in bound} != {"service"}]
        found |= min(({one.name for one in bound if _foreign(one, known)} for bound in callers), key=len, default=set())
    return tuple(sorted(found))


def services_for_anybody(policy: Iterable[Statement]) -> tuple[str, ...]:
    """AWS services that are let in whoever they act for: no condition names a source account, organization or resource."""
    found: set[str] = set()
    for grant in grants(policy):
        services = [{one.name for one in bound if one.kind == "service"} for bound in grant.narrowed]
        if services and all(services):
            found |= services[0]
    return tuple(sorted(found))


def _foreign(one: Party, known: KnownAccounts) -> bool:
    match one.kind:
        case "account":
            return not known.owner(one.name) and one.name not in LOG_DELIVERY
        case "organization":
            return one.name != known.organization
        case _:
            return one.kind == "canonical"


def _named(allow: Statement) -> Bound:
    return ALL if allow.not_principals else frozenset(party(one, allow.conditions) for one in allow.principals)


def _spared(deny: Statement) -> Bound:
    """Whom a Deny does not reach: those it does not name, and those for whom any of its conditions does not hold."""
    if not names_everybody(deny) and not deny.not_principals:
        return ALL
    spared = {party(one, ()) for one in deny.not_principals}
    for one in deny.conditions:
        spared |= _exempt(one)
    return frozenset(spared)


def _exempt(condition: Condition) -> Bound:
    """For whom a condition of a Deny does not hold. Whoever lacks the key is denied by a ``Not`` operator, unless it is to be
    true for any of the key's values.
    """
    if condition.key == BY_SERVICE and condition.operator == "bool":
        return frozenset({Party("service", "*")}) if set(condition.values) == {"false"} else ALL
    if condition.operator not in _UNLIKE or condition.quantifier == "foranyvalue":
        return ALL
    if condition.key.startswith("aws:resource"):
        return ALL  # who lacks what it is compared with is not denied
    return within(condition)


# What a Deny is about


def names_everybody(deny: Statement) -> bool:
    """Whether it spares nobody by name."""
    return any(one.kind in ("*", "AWS") and one.name == "*" for one in deny.principals)


def covers(deny: Statement, action: str, resource: str) -> bool:
    """Whether it takes the whole of it; an action or a resource with wildcards included."""
    actions = not _meets(deny.not_actions, action) if deny.not_actions else _holds(deny.actions, action)
    if deny.not_resources:
        return actions and not _meets(deny.not_resources, resource)
    return actions and _holds(deny.resources or ("*",), resource)


def _holds(patterns: Iterable[str], inner: str) -> bool:
    """Whether one of the patterns takes in another; what is a star there must be a star here. ``fnmatch`` does not backtrack,
    whatever a policy says; brackets mean nothing in policies.
    """
    return any(fnmatchcase(inner.lower(), one.lower().replace("[", "[[]").replace("?", "[!*]")) for one in patterns)


def _meets(patterns: Iterable[str], other: str) -> bool:
    return any(_overlap(one.lower(), other.lower()) for one in patterns)


def _overlap(left: str, right: str) -> bool:
    """Whether something may match both: what stands before the first wildcard agrees."""
    if not varies(left + right):
        return left == right
    heads = [re.split(r"[*?]", one)[0] for one in (left, right)]
    return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
