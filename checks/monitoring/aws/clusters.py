"""17.04(4) at EKS."""

from checks.check import SUPPORTING, check
from checks.verdict import MEDIUM, Verdict, failed, passed
from collectors.aws.eks import EksCluster


@check(
    "17.04(4)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[EksCluster(audited=True)],
    fails=[EksCluster()],
)
def eks_clusters_keep_an_audit_log(cluster: EksCluster) -> Verdict:
    """The control plane of a cluster writes down who does what in it.

    Why: whoever may change a workload may read what it reads. Only the audit log tells who did, and EKS keeps none unless it
    is told to.
    Fix: switch on the log type `audit` in the cluster's observability settings.
    """
    return passed() if cluster.audited else failed("the audit log is off")
