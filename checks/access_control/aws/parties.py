"""The parties that policies name: by principal, and by condition. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from collectors.aws.policy import Condition, Principal


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
"""Whoever is admitted is one of these."""
ALL: Bound = frozenset({EVERYBODY})


def party(who: Principal, conditions: tuple[Condition, ...]) -> Party:
    """Whom a principal stands for, in a statement with these conditions."""
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
    return EVERYBODY if varies(account) or not account else Party("service", account)


def _federated(name: str, conditions: tuple[Condition, ...]) -> Party:
    """Anybody can have an account at a provider that many share: there it takes a condition on one of its claims."""
    issuer = name.rpartition("oidc-provider/")[2].lower()
    if varies(name):
        return EVERYBODY
    if issuer not in SHARED_ISSUERS:
        return Party("federated", name)
    useless = SHARED_ISSUERS[issuer]
    claims = [one for one in certain(conditions) if one.key.startswith(f"{issuer}:")]
    named = any(one.key.rpartition(":")[2] not in useless and all(map(_names_somebody, one.values)) for one in claims)
    return Party("federated", name) if named else EVERYBODY


def _names_somebody(claim: str) -> bool:
    """``repo:owner/...`` does, ``repo:*`` does not: what stands before the first wildcard must name an owner."""
    return not varies(claim) or re.match(r"[^*?$]+:[^*?$:/]+[:/]", claim) is not None


def certain(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    """Those that demand that a request has the key and that it is like the value."""
    present = {one.key for one in conditions if one.operator == "null" and one.values == ("false",)}
    for one in conditions:
        lax = one.if_exists or one.quantifier == "forallvalues"
        if one.operator in _ALIKE and (not lax or one.key in present):
            yield one


def within(condition: Condition) -> Bound:
    """Who has the key, with one of these values."""
    tell = _KEYS.get(condition.key)
    return frozenset(map(tell, condition.values)) if tell is not None and condition.values else ALL


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
    bucket = _part(value, 2) == "s3" and account in ("", "*") and resource and not varies(resource.partition("/")[0])
    return Party("source", value) if bucket or not (varies(value) or account) else EVERYBODY


def _thing(value: str) -> Party:
    return EVERYBODY if varies(value) or not value else Party("network", value)


def _addresses(value: str) -> Party:
    """S3 takes ranges wider than /8 and, for IPv6, /32 for everybody."""
    try:
        addresses = ip_network(value, strict=False)
    except ValueError:
        return EVERYBODY
    return Party("network", value) if addresses.prefixlen >= {4: 8, 6: 32}[addresses.version] else EVERYBODY


def _user(value: str) -> Party:
    """``AROA...:*`` is whoever holds one role."""
    return Party("source", value) if value and not varies(value.partition(":")[0]) else EVERYBODY


def _service(value: str) -> Party:
    return EVERYBODY if varies(value) else Party("service", value)


def _only_if_true(kind: str, name: str) -> Callable[[str], Party]:
    return lambda value: Party(kind, name) if value == "true" else EVERYBODY


def _token(value: str) -> Party:
    return EVERYBODY if varies(value) else Party("source", "whoever shows the token")


def _same(variable: str) -> Callable[[str], Party]:
    return lambda value: OWN if value.lower() == variable else EVERYBODY


BY_SERVICE = "aws:principalisawsservice"
_KEYS: Mapping[str, Callable[[str], Party]] = {
    "aws:resourceaccount": _same("${aws:principalaccount}"),
    "aws:resourceorgid": _same("${aws:principalorgid}"),
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
    BY_SERVICE: _only_if_true("service", "*"),
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


def _part(arn: str, number: int) -> str:
    parts = arn.split(":", 5)
    return parts[number] if len(parts) == 6 else ""


def varies(value: str) -> bool:
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
        frozenset({"aud", "amr", "environment", "ref", "workflow"}),
    ),
}
"""Identity providers at which anybody can have an account, and the claims that say nothing of whose it is. An audience is the
customer's own at the first four, and is chosen by the caller at the others, as are the names of branches and the like."""
LOG_DELIVERY = frozenset(
    """
    098369216593 754344448648 582318560864 600734575887 383597477331 718504428378 114774131450 783225319266
    589379963580 985666609251 638102146993 037604701340 054676820928 897822967062 635631232127 156460612806
    652711504416 009996457667 076674570225 507241528517 127311923021 033677994240 190560391635 048591011584
    027434742980 797873946194
    """.split()  # noqa: SIM905 - numbers read better without quotes
)
"""AWS' own accounts, one a region, from which load balancers write their access logs.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
