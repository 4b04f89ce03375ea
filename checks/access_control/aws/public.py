"""What is said of a resource whose policy lets in too many; and the examples that its checks share."""

from collections.abc import Iterable

from checks.access_control.aws.policies import open_to_everybody, services_for_anybody, strangers
from checks.verdict import Verdict, failed, passed, unknown
from collectors.aws.known_accounts import KnownAccounts
from collectors.aws.policy import ALLOW, Condition, Principal, Statement

PUBLIC = (Statement(ALLOW, principals=(Principal("*", "*"),), actions=("*",)),)
OF_THE_ACCOUNT = (Statement(ALLOW, principals=(Principal("AWS", "111111111111"),), actions=("*",)),)
FOREIGN = (Statement(ALLOW, principals=(Principal("AWS", "arn:aws:iam::999999999999:root"),), actions=("*",)),)
OF_THE_ORGANIZATION = (
    Statement(
        ALLOW,
        principals=(Principal("*", "*"),),
        actions=("*",),
        conditions=(Condition("stringequals", "aws:principalorgid", ("o-ours123456",)),),
    ),
)
OURS = KnownAccounts(own=frozenset({"111111111111"}), organization="o-ours123456")


def refuses_everybody(policy: Iterable[Statement]) -> Verdict:
    """Pass unless a policy lets everybody in; what is told then is what they may do. A service that may act for anybody is
    told, too.
    """
    policy = tuple(policy)
    if actions := open_to_everybody(policy):
        return failed("its policy lets everybody in", actions=actions)
    services = services_for_anybody(policy)
    return passed(services_for_anybody=services) if services else passed()


def refuses_strangers(policy: Iterable[Statement], known: KnownAccounts) -> Verdict:
    """Pass unless a policy lets in an account or an organization that nobody listed. Unknown where it may be our own."""
    found = strangers(policy, known)
    if not found:
        return passed()
    accounts = [one for one in found if len(one) == 12 and one.isdecimal()]
    organizations = [one for one in found if one.startswith("o-")]
    if (accounts and not known.unseen) or (organizations and known.organization):
        return failed("its policy lets in somebody whom nobody has listed", admits=found)
    if accounts:
        return unknown(known.unseen, admits=found)
    return unknown("whether they belong to the organization cannot be told", admits=found)
