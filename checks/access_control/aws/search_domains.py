"""Who may use an OpenSearch domain."""

from checks.access_control.aws.policies import Grant, grants, open_to_everybody
from checks.check import check
from checks.verdict import CRITICAL, HIGH, Verdict, failed, passed
from collectors.aws.opensearch import OpenSearchAccess
from collectors.aws.policy import ALLOW, Condition, Principal, Statement

_ALL = Statement(ALLOW, principals=(Principal("*", "*"),), actions=("es:*",))
_OFFICE = Statement(
    ALLOW,
    principals=(Principal("AWS", "*"),),
    actions=("es:ESHttp*",),
    conditions=(Condition("ipaddress", "aws:sourceip", ("203.0.113.0/24",)),),
)
_ROLE = Statement(
    ALLOW, principals=(Principal("AWS", "arn:aws:iam::123456789012:role/search"),), actions=("es:ESHttp*",)
)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[
        OpenSearchAccess(policy=(_ROLE,)),
        OpenSearchAccess(policy=(_OFFICE,)),
        OpenSearchAccess(in_vpc=True, policy=(_ALL,)),
        OpenSearchAccess(policy=(_ALL,), fine_grained=True),
        OpenSearchAccess(),
    ],
    fails=[OpenSearchAccess(policy=(_ALL,))],
)
def opensearch_domains_are_not_public(access: OpenSearchAccess) -> Verdict:
    """An OpenSearch domain is not open to everybody on the Internet.

    Why: open search clusters are found within hours, read, and held to ransom.
    Fix: name roles and accounts in the access policy instead of `*`, switch on fine-grained access control, or move the domain
    into a VPC.
    """
    if access.in_vpc:
        return passed("its address is one of a VPC")
    may = open_to_everybody(access.policy)
    if may and access.fine_grained:
        return passed("the policy admits everybody, and the domain asks each of them to log in", everybody_may=may)
    return failed("everybody on the Internet may use it", everybody_may=may) if may else passed()


def _nameless(grant: Grant) -> bool:
    """Whether somebody is admitted who need not sign: by ``*``, or by where the request comes from."""
    return not any(all(one.kind not in ("everybody", "network") for one in bound) for bound in grant.bounds)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[OpenSearchAccess(fine_grained=True, policy=(_ALL,)), OpenSearchAccess(policy=(_ROLE,))],
    fails=[OpenSearchAccess(in_vpc=True, policy=(_ALL,)), OpenSearchAccess(policy=(_OFFICE,))],
)
def opensearch_domains_require_a_login(access: OpenSearchAccess) -> Verdict:
    """An OpenSearch domain knows who asks: by fine-grained access control, or since its policy admits IAM identities only.

    Why: a policy that admits `*`, or whoever comes from some address, gives everybody the same nameless access.
    Fix: switch on fine-grained access control, with users from IAM, SAML or the internal database; end the migration period.
    """
    if access.fine_grained:
        return passed("fine-grained access control is on")
    nameless = sorted({grant.action for grant in grants(access.policy) if _nameless(grant)})
    if nameless:
        return failed("requests are answered whoever sends them", without_login=nameless)
    return passed("only requests that an IAM identity has signed are answered")
