"""Clusters of EKS. https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

CLUSTERS = Api("eks", "ListClusters", "clusters")
CLUSTER = Api(
    "eks",
    "DescribeCluster",
    "cluster{status version resourcesVpcConfig{endpointPublicAccess publicAccessCidrs} logging{clusterLogging{types enabled}}}",
    {"name": Of("value")},
    absent=("ResourceNotFoundException",),
)
VERSIONS = Api(
    "eks",
    "DescribeClusterVersions",
    "clusterVersions{clusterVersion status versionStatus}",
    {"includeAll": True},  # those that are no longer supported too
)
_CLUSTERS = Items(CLUSTERS, "clusters", "arn:{partition}:eks:{region}:{account}:cluster/{value}")


@dataclass(frozen=True, kw_only=True)
class EksCluster(Resource):
    """Who may reach the control plane of a cluster, and what it writes down."""

    public: bool = False
    """Whether its endpoint has a public address."""
    sources: tuple[str, ...] = ()
    """The networks that may reach the public endpoint, in CIDR notation."""
    audited: bool = False
    """Whether the audit log is sent to CloudWatch."""


@aws_collector(CLUSTER, each=_CLUSTERS)
def eks_cluster(cluster: Item, described: Answer) -> EksCluster | None:
    """One that is being deleted is left out."""
    held = described["cluster"]
    if held["status"] == "DELETING":
        return None
    network = held["resourcesVpcConfig"]
    return EksCluster(
        arn=cluster.arn,
        region=cluster.region,
        public=network["endpointPublicAccess"],
        sources=_networks(network["publicAccessCidrs"]) if network["endpointPublicAccess"] else (),
        audited=any("audit" in one["types"] and one["enabled"] for one in held["logging"]["clusterLogging"]),
    )


def _networks(named: Sequence[str]) -> tuple[str, ...]:
    """``ValueError`` where one is no network."""
    return tuple(str(ip_network(one, strict=False)) for one in named)


@dataclass(frozen=True, kw_only=True)
class EksClusterVersion(Resource):
    """The version of Kubernetes that a cluster runs."""

    version: str = ""
    """E.g. ``1.33``."""
    support: str = ""
    """STANDARD_SUPPORT, EXTENDED_SUPPORT or UNSUPPORTED; empty where AWS does not list the version."""


@aws_collector(CLUSTER, VERSIONS, each=_CLUSTERS)
def eks_cluster_version(cluster: Item, described: Answer, versions: Answer) -> EksClusterVersion | None:
    """AWS tells what it supports today, so that no table of ours goes stale. One that is being deleted is left out."""
    held = described["cluster"]
    if held["status"] == "DELETING":
        return None
    listed = [one for one in versions["clusterVersions"] if one["clusterVersion"] == held["version"]]
    told = {one.get("versionStatus") or one["status"].upper().replace("-", "_") for one in listed}
    best = next((one for one in ("STANDARD_SUPPORT", "EXTENDED_SUPPORT", "UNSUPPORTED") if one in told), "")
    return EksClusterVersion(arn=cluster.arn, region=cluster.region, version=held["version"], support=best)
