"""Whom a Kafka cluster lets in."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.aws.kafka import KafkaCluster


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[KafkaCluster(logins=("IAM",)), KafkaCluster(logins=("SCRAM", "certificate"))],
    fails=[KafkaCluster(anonymous=True), KafkaCluster(logins=("IAM",), anonymous=True)],
)
def kafka_clusters_require_a_login(cluster: KafkaCluster) -> Verdict:
    """A Kafka cluster of MSK lets in only clients that prove who they are.

    Why: without it, everybody and everything in the network reads and writes the same nameless streams.
    Fix: switch on IAM, SASL/SCRAM or mutual TLS in the cluster's security settings, move the clients over, and switch
    unauthenticated access off.
    """
    if cluster.anonymous:
        return failed("clients need not say who they are", logins=cluster.logins or "none")
    return passed(logins=cluster.logins)
