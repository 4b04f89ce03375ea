"""Whom a resource's policy admits. Pure: no check stands here, and other checks rest on it.

What counts as public is what Amazon S3 says of bucket policies ("The meaning of public"): everybody is admitted unless a
condition with fixed values says otherwise. What a condition lets in is told as ``bounds``: whoever is admitted stands within
each of them, so that a narrow one is enough. A Deny is one more bound: it spares only some.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_network
from itertools import product

from collectors.aws.known_accounts import KnownAccounts
from collectors.aws.policy import ALLOW, DENY, Condition, Principal, Statement


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody, or a way to come from."""

    kind: str
    """``everybody``, ``own`` (whose the resource is), ``account``, ``organization``, ``service``, ``federated``, ``canonical``
    (an S3 user id), ``network`` (a VPC, an endpoint, addresses), ``source`` (one resource that calls) or ``deleted``."""
    name: str = ""


EVERYBODY = Party("everybody")
OWN = Party("own")
Bound = frozenset[Party]
_ALL: Bound = frozenset({EVERYBODY})


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
            let_in = tuple(map(_within, _certain(one.conditions)))
            for who in _named(one):
                for action, resource in product(one.actions or ("*",), one.resources or ("*",)):
                    spared = (_spared(deny) for deny in denials if _covers(deny, action, resource))
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


# Whom a statement names


def _named(allow: Statement) -> Bound:
    return _ALL if allow.not_principals else frozenset(_party(one, allow.conditions) for one in allow.principals)


def _party(who: Principal, conditions: tuple[Condition, ...]) -> Party:
    if "*" in who.name and not who.name.startswith("arn:"):
        return EVERYBODY
    match who.kind:
        case "AWS":
            return _of_arn(who.name)
        case "Service":
            return Party("service", who.name)
        case "Federated":
            return _federated(who.name, conditions)
        case _:
            return Party("canonical", who.name)


def _of_arn(name: str) -> Party:
    """``arn:aws:iam::cloudfront:user/...`` is one of AWS' own; a name that is no ARN is the id of somebody deleted."""
    account = _part(name, 4) if name.startswith("arn:") else name
    if account.isdecimal():
        return Party("account", account)
    if not name.startswith("arn:"):
        return Party("deleted", name)
    return EVERYBODY if _varies(account) or not account else Party("service", account)


def _federated(name: str, conditions: tuple[Condition, ...]) -> Party:
    """Anybody can have an account at a provider that many share: there it takes a condition on one of its claims."""
    issuer = name.rpartition("oidc-provider/")[2].lower()
    if _varies(name):
        return EVERYBODY
    if issuer not in SHARED_ISSUERS:
        return Party("federated", name)
    useless = SHARED_ISSUERS[issuer]
    claims = [one for one in _certain(conditions) if one.key.startswith(f"{issuer}:")]
    named = any(one.key.rpartition(":")[2] not in useless and all(map(_names_somebody, one.values)) for one in claims)
    return Party("federated", name) if named else EVERYBODY


def _names_somebody(claim: str) -> bool:
    """``repo:owner/...`` does, ``repo:*`` does not: what stands before the first wildcard must name an owner."""
    return not _varies(claim) or re.match(r"[^*?$]+:[^*?$:/]+[:/]", claim) is not None


# Whom conditions let in, and whom a Deny spares


def _certain(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    """Those that demand that a request has the key and that it is like the value."""
    present = {one.key for one in conditions if one.operator == "null" and one.values == ("false",)}
    for one in conditions:
        lax = one.if_exists or one.quantifier == "forallvalues"
        if one.operator in _ALIKE and (not lax or one.key in present):
            yield one


def _spared(deny: Statement) -> Bound:
    """Whom a Deny does not reach: those it does not name, and those for whom any of its conditions does not hold."""
    everybody = any(one.kind in ("*", "AWS") and one.name == "*" for one in deny.principals)
    if not everybody and not deny.not_principals:
        return _ALL
    spared = {_party(one, ()) for one in deny.not_principals}
    for one in deny.conditions:
        spared |= _exempt(one)
    return frozenset(spared)


def _exempt(condition: Condition) -> Bound:
    """For whom a condition of a Deny does not hold. Whoever lacks the key is denied by a ``Not`` operator, unless it is to be
    true for any of the key's values.
    """
    if condition.key == _BY_SERVICE and condition.operator == "bool":
        return frozenset({Party("service", "*")}) if set(condition.values) == {"false"} else _ALL
    if condition.operator not in _UNLIKE or condition.quantifier == "foranyvalue":
        return _ALL
    return _within(condition)


def _within(condition: Condition) -> Bound:
    """Who has the key, with one of these values."""
    party = _KEYS.get(condition.key)
    if party is None or not condition.values:
        return _ALL
    return frozenset(map(party, condition.values))


def _account(value: str) -> Party:
    if value.lower() == "${aws:resourceaccount}":
        return OWN
    return Party("account", value) if re.fullmatch(r"\d{12}", value) else EVERYBODY


def _organization(value: str) -> Party:
    first = value.partition("/")[0]
    if first.lower() == "${aws:resourceorgid}":
        return OWN
    return Party("organization", first) if re.fullmatch(r"o-[a-z0-9]+", first) else EVERYBODY


def _arn(value: str) -> Party:
    """A bucket's ARN names no account, and needs none: there is no other bucket of that name."""
    account, resource = _part(value, 4), _part(value, 5)
    if (party := _account(account)) is not EVERYBODY:
        return party
    bucket = _part(value, 2) == "s3" and account in ("", "*") and resource and not _varies(resource.partition("/")[0])
    return Party("source", value) if bucket or not (_varies(value) or account) else EVERYBODY


def _thing(value: str) -> Party:
    return EVERYBODY if _varies(value) or not value else Party("network", value)


def _addresses(value: str) -> Party:
    """S3 takes ranges wider than /8 and, for IPv6, /32 for everybody."""
    try:
        addresses = ip_network(value, strict=False)
    except ValueError:
        return EVERYBODY
    return Party("network", value) if addresses.prefixlen >= {4: 8, 6: 32}[addresses.version] else EVERYBODY


def _user(value: str) -> Party:
    """``AROA...:*`` is whoever holds one role."""
    return Party("source", value) if value and not _varies(value.partition(":")[0]) else EVERYBODY


def _service(value: str) -> Party:
    return EVERYBODY if _varies(value) else Party("service", value)


def _only_if_true(kind: str, name: str) -> Callable[[str], Party]:
    return lambda value: Party(kind, name) if value == "true" else EVERYBODY


def _token(value: str) -> Party:
    return EVERYBODY if _varies(value) else Party("source", "whoever shows the token")


_BY_SERVICE = "aws:principalisawsservice"
_KEYS: Mapping[str, Callable[[str], Party]] = {
    "aws:sourcearn": _arn,
    "aws:sourceaccount": _account,
    "aws:sourceowner": _account,
    "aws:sourceorgid": _organization,
    "aws:sourceorgpaths": _organization,
    "aws:principalaccount": _account,
    "aws:principalarn": _arn,
    "aws:principalorgid": _organization,
    "aws:principalorgpaths": _organization,
    "aws:principalservicename": _service,
    "aws:principalservicenameslist": _service,
    _BY_SERVICE: _only_if_true("service", "*"),
    "aws:userid": _user,
    "aws:sourceip": _addresses,
    "aws:sourcevpc": _thing,
    "aws:sourcevpcarn": _arn,
    "aws:sourcevpce": _thing,
    "aws:vpceaccount": _account,
    "aws:vpceorgid": _organization,
    "aws:vpceorgpaths": _organization,
    "aws:ec2instancesourcevpc": _thing,
    "elasticfilesystem:accessedviamounttarget": _only_if_true("network", "a mount target"),
    "elasticfilesystem:accesspointarn": _arn,
    "kms:calleraccount": _account,
    "lambda:eventsourcetoken": _token,
    "s3:dataaccesspointaccount": _account,
    "s3:dataaccesspointarn": _arn,
}
"""Keys that tell who asks, and whom a value of theirs lets in. Not here: ``aws:VpcSourceIp``, since whoever has a VPC chooses
its addresses; ``kms:ViaService`` and ``aws:ViaAWSService``, since everybody may use the service; ``sts:ExternalId``, tags."""
_ALIKE = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress", "bool"}
)
_UNLIKE = frozenset(
    {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike", "notipaddress"}
)


# What a Deny is about


def _covers(deny: Statement, action: str, resource: str) -> bool:
    """Whether it takes the whole of it; an action or a resource with wildcards included."""
    actions = not _meets(deny.not_actions, action) if deny.not_actions else _holds(deny.actions, action)
    if deny.not_resources:
        return actions and not _meets(deny.not_resources, resource)
    return actions and _holds(deny.resources or ("*",), resource)


def _holds(patterns: Iterable[str], inner: str) -> bool:
    return any(_glob(one.lower(), "[^*]").fullmatch(inner.lower()) for one in patterns)


def _meets(patterns: Iterable[str], other: str) -> bool:
    return any(_overlap(one.lower(), other.lower()) for one in patterns)


@cache
def _glob(pattern: str, one: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": one}.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL)


def _overlap(left: str, right: str) -> bool:
    """Whether something may match both: what stands before the first wildcard agrees."""
    if not _varies(left + right):
        return left == right
    heads = [re.split(r"[*?]", one)[0] for one in (left, right)]
    return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])


def _part(arn: str, number: int) -> str:
    parts = arn.split(":", 5)
    return parts[number] if len(parts) == 6 else ""


def _varies(value: str) -> bool:
    """Whether it holds a wildcard or a variable."""
    return any(sign in value for sign in "*?$")


SHARED_ISSUERS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"),
        frozenset({"amr"}),
    ),
    **dict.fromkeys(
        (
            "token.actions.githubusercontent.com",
            "gitlab.com",
            "agent.buildkite.com",
            "app.terraform.io",
            "oidc.codefresh.io",
            "oidc.vercel.com",
        ),
        frozenset({"aud", "amr"}),
    ),
}
"""Identity providers at which anybody can have an account, and the claims that say nothing of whose it is. An audience is the
customer's own at the first four, and is chosen by the caller at the others."""
LOG_DELIVERY = frozenset(
    {
        "098369216593",
        "754344448648",
        "582318560864",
        "600734575887",
        "383597477331",
        "718504428378",
        "114774131450",
        "783225319266",
        "589379963580",
        "985666609251",
        "638102146993",
        "037604701340",
        "054676820928",
        "897822967062",
        "635631232127",
        "156460612806",
        "652711504416",
        "009996457667",
        "076674570225",
        "507241528517",
        "127311923021",
        "033677994240",
        "190560391635",
        "048591011584",
        "027434742980",
        "797873946194",
    }
)
"""AWS' own accounts, one a region, from which load balancers write their access logs.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
