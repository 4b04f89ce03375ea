"""17.04(6) at EKS: patches of the control plane."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.aws.eks import EksClusterVersion


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[
        EksClusterVersion(version="1.34", support="STANDARD_SUPPORT"),
        EksClusterVersion(version="1.31", support="EXTENDED_SUPPORT"),
    ],
    fails=[
        EksClusterVersion(version="1.22", support="UNSUPPORTED"),
        given(EksClusterVersion(version="1.31", support="EXTENDED_SUPPORT"), extended=False),
    ],
)
def eks_clusters_run_a_supported_version(cluster: EksClusterVersion, *, extended: bool = True) -> Verdict:
    """The version of Kubernetes that a cluster runs still gets security patches from AWS.

    Why: patches must be "reasonably up-to-date"; for an unsupported version there are none.
    Fix: upgrade the control plane, one minor version after the other, and then the nodes.
    Settings:
        extended: whether AWS' extended support counts, which is paid for and still brings security patches.
    """
    observed = {"version": cluster.version, "support": cluster.support.lower().replace("_", " ")}
    match cluster.support:
        case "":
            return unknown("AWS does not list this version", version=cluster.version)
        case "STANDARD_SUPPORT":
            return passed(**observed)
        case "EXTENDED_SUPPORT" if extended:
            return passed(**observed)
        case "EXTENDED_SUPPORT":
            return failed("the version is in extended support only", **observed)
        case _:
            return failed("AWS no longer supports the version", **observed)
