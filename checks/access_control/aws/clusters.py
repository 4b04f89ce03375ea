"""17.04(2)(a) at EKS: who may reach the control plane."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.aws.eks import EksCluster
from collectors.aws.openings import from_everybody


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        EksCluster(),
        EksCluster(public=True, sources=("198.51.100.0/24", "2001:db8::/32")),
        EksCluster(public=True, sources=("0.0.0.0/2",)),
    ],
    fails=[
        EksCluster(public=True, sources=("0.0.0.0/0",)),
        EksCluster(public=True, sources=("198.51.100.0/24", "::/0")),
        EksCluster(public=True, sources=("0.0.0.0/2", "128.0.0.0/2")),
    ],
)
def eks_endpoints_are_closed_to_the_internet(cluster: EksCluster) -> Verdict:
    """The control plane of a cluster cannot be reached from everywhere.

    Why: who gets through it reads every secret and every volume of the cluster. A stolen credential, or a flaw of the
    Kubernetes API, should be of no use from outside.
    Fix: switch off public access to the endpoint, or name the networks that need it under public access CIDRs.
    """
    if not cluster.public:
        return passed("its endpoint has private addresses only")
    if from_everybody(cluster.sources):
        return failed("its endpoint can be reached from the whole Internet", sources=cluster.sources)
    return passed("its public endpoint takes named networks only", sources=cluster.sources)
