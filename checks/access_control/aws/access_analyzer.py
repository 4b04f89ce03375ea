"""Whether anybody looks for resources that are open to others."""

from checks.check import SUPPORTING, check
from checks.verdict import MEDIUM, Verdict, failed, passed, unknown
from collectors.aws.access_analyzer import ExternalAnalyzers


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[ExternalAnalyzers(active=("ours",)), ExternalAnalyzers(active=("ours",), member=True)],
    fails=[ExternalAnalyzers(), ExternalAnalyzers(idle=("ours",))],
)
def access_from_outside_is_analyzed(analyzers: ExternalAnalyzers) -> Verdict:
    """In every region, IAM Access Analyzer looks for resources that are open to other accounts or to everybody.

    Why: rights to records are given in many places; the analyzer tells of each that reaches beyond the account.
    Fix: make an external access analyzer in every region, best one for the whole organization.
    """
    if analyzers.active:
        return passed(analyzers=analyzers.active)
    if analyzers.member:
        return unknown("there is none here, but one of the organization, in another account, would not show")
    return failed("nothing here looks for access from outside", idle=analyzers.idle or "none")
