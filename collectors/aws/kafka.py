"""Kafka clusters of MSK. https://docs.aws.amazon.com/MSK/2.0/APIReference/v2-clusters.html"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

CLUSTERS = Api(
    "kafka",
    "ListClustersV2",
    "ClusterInfoList{ClusterArn State"
    " Provisioned{ClientAuthentication{Sasl{Scram{Enabled} Iam{Enabled}} Tls{Enabled} Unauthenticated{Enabled}}"
    " EncryptionInfo{EncryptionInTransit{ClientBroker InCluster}}}"
    " Serverless{ClientAuthentication{Sasl{Iam{Enabled}}}}}",
)


def _clusters(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["ClusterInfoList"] if one.get("State") != "DELETING")


ALL_CLUSTERS = Items(CLUSTERS, _clusters, "{ClusterArn}")


@dataclass(frozen=True, kw_only=True)
class KafkaCluster(Resource):
    """A Kafka cluster."""

    logins: tuple[str, ...] = ()
    """How clients may prove who they are: ``IAM``, ``SCRAM``, ``certificate``."""
    anonymous: bool = False
    """Whether clients need not prove it."""
    to_clients: str = ""
    """How it talks to clients: ``TLS``, ``TLS_PLAINTEXT`` or ``PLAINTEXT``."""
    among_brokers: bool = False
    """Whether the brokers talk to one another over TLS."""


@aws_collector(each=ALL_CLUSTERS)
def kafka_cluster(cluster: Item) -> KafkaCluster:
    """Serverless clusters know only IAM and TLS. A provisioned one without any way to log in lets everybody in."""
    if "Serverless" in cluster:
        return KafkaCluster(
            arn=cluster.arn, region=cluster.region, logins=("IAM",), to_clients="TLS", among_brokers=True
        )
    provisioned = cluster["Provisioned"]
    ways = provisioned.get("ClientAuthentication") or {}
    sasl = ways.get("Sasl") or {}
    offered = {"IAM": sasl.get("Iam"), "SCRAM": sasl.get("Scram"), "certificate": ways.get("Tls")}
    logins = tuple(name for name, way in offered.items() if way and way.get("Enabled"))
    transit = provisioned["EncryptionInfo"]["EncryptionInTransit"]
    return KafkaCluster(
        arn=cluster.arn,
        region=cluster.region,
        logins=logins,
        anonymous=not logins or (ways.get("Unauthenticated") or {}).get("Enabled", False),
        to_clients=transit["ClientBroker"],
        among_brokers=transit["InCluster"],
    )
