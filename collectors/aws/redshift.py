"""Redshift clusters. https://docs.aws.amazon.com/redshift/latest/APIReference/"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

CLUSTERS = Api(
    "redshift",
    "DescribeClusters",
    "Clusters{ClusterIdentifier ClusterStatus MasterUsername PubliclyAccessible Encrypted"
    " ClusterParameterGroups{ParameterGroupName ParameterApplyStatus}}",
)


def _clusters(answer: Answer) -> Iterator[dict[str, Any]]:
    for one in answer["Clusters"]:
        if one.get("ClusterStatus") not in ("deleting", "final-snapshot"):
            groups: Sequence[Answer] = one.get("ClusterParameterGroups") or ({},)
            yield {**one, **groups[0]}


ALL_CLUSTERS = Items(CLUSTERS, _clusters, "arn:{partition}:redshift:{region}:{account}:cluster:{ClusterIdentifier}")
"""Every cluster with the fields of its parameter group; those on their way out are left out."""


def _require_ssl(answer: Any) -> Any:
    told = [one for one in answer.get("Parameters", ()) if one.get("ParameterName") == "require_ssl"]
    return {**answer, "Parameters": told}


PARAMETERS = Api(
    "redshift",
    "DescribeClusterParameters",
    "Parameters{ParameterName ParameterValue}",
    {"ParameterGroupName": Of("ParameterGroupName")},
    redact=_require_ssl,
)


@dataclass(frozen=True, kw_only=True)
class RedshiftCluster(Resource):
    """A data warehouse."""

    administrator: str = ""
    """The name of the account that came with it."""
    public: bool = False
    encrypted: bool = False


@aws_collector(each=ALL_CLUSTERS)
def redshift_cluster(cluster: Item) -> RedshiftCluster:
    """All is in the listing."""
    return RedshiftCluster(
        arn=cluster.arn,
        region=cluster.region,
        administrator=cluster["MasterUsername"],
        public=cluster["PubliclyAccessible"],
        encrypted=cluster["Encrypted"],
    )


@dataclass(frozen=True, kw_only=True)
class RedshiftTls(Resource):
    """Whether a data warehouse refuses connections without TLS."""

    forced: bool = False
    applied: bool = True
    """Whether the cluster runs with its parameter group as that now is, and does not wait for a restart."""


@aws_collector(PARAMETERS, each=ALL_CLUSTERS)
def redshift_tls(cluster: Item, parameters: Answer) -> RedshiftTls:
    """AWS lists every parameter, those too that nobody changed."""
    (told,) = parameters["Parameters"]
    return RedshiftTls(
        arn=cluster.arn,
        region=cluster.region,
        forced=told["ParameterValue"].lower() == "true",
        applied=cluster["ParameterApplyStatus"] == "in-sync",
    )
