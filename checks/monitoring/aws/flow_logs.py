"""What is written down of the traffic of networks."""

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed
from collectors.aws.flow_logs import VpcTraffic


@check(
    "17.04(4)",
    severity=MEDIUM,
    passes=[
        VpcTraffic(interfaces=3),
        given(VpcTraffic(interfaces=3, accepted_unlogged=3), rejected_is_enough=True),
    ],
    fails=[
        VpcTraffic(interfaces=3, unlogged=3, accepted_unlogged=3),
        VpcTraffic(interfaces=3, accepted_unlogged=1),
        VpcTraffic(interfaces=1, unlogged=1, accepted_unlogged=1, undelivered=("fl-1 (Access error)",)),
    ],
    not_applicable=[VpcTraffic(interfaces=0)],
)
def vpcs_log_their_traffic(traffic: VpcTraffic, *, rejected_is_enough: bool = False) -> Verdict:
    """Flow logs write down what is let in and out at every network interface of a VPC.

    Why: "reasonable monitoring of systems, for unauthorized use of or access to" records needs to know who connected; a log of
    rejected connections tells of those who failed.
    Fix: create a flow log of the VPC for all traffic. Where AWS cannot deliver a log, mend its role, its bucket's policy or the
    limits of the log group.
    Settings:
        rejected_is_enough: whether a log of rejected connections alone will do, as the CIS benchmark has it; no by default.
    """
    observed = {"interfaces": traffic.interfaces, "undelivered": traffic.undelivered}
    if not traffic.interfaces:
        return not_applicable("the VPC has no network interface, so it carries no traffic")
    missing = traffic.unlogged if rejected_is_enough else traffic.accepted_unlogged
    if not missing:
        return passed(**observed)
    what = "no traffic" if missing == traffic.unlogged else "no accepted traffic"
    return failed(f"{what} is written down at {missing} of its network interfaces", **observed)
