"""Domains of OpenSearch and Elasticsearch. https://docs.aws.amazon.com/opensearch-service/latest/APIReference/"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Batch, Item, Items, Of
from collectors.aws.policy import Statement, statements
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api("opensearch", "ListDomainNames", "DomainNames{DomainName}")
DOMAINS = Items(LIST, "DomainNames", "arn:{partition}:es:{region}:{account}:domain/{DomainName}")
DESCRIBE = Api(
    "opensearch",
    "DescribeDomains",
    "DomainStatusList{DomainName Deleted AccessPolicies VPCOptions{VPCId}"
    " AdvancedSecurityOptions{Enabled AnonymousAuthEnabled} DomainEndpointOptions{EnforceHTTPS TLSSecurityPolicy}"
    " NodeToNodeEncryptionOptions{Enabled} EncryptionAtRestOptions{Enabled}}",
)
DOMAIN = Batch(DESCRIBE, "DomainNames", Of("DomainName"), "DomainStatusList", "DomainName", most=5)


@dataclass(frozen=True, kw_only=True)
class OpenSearchDomain(Resource):
    """How a domain is encrypted."""

    https_only: bool = False
    tls_policy: str = ""
    """Which versions of TLS it speaks, as AWS names it."""
    among_nodes: bool = False
    """Whether its nodes talk to one another over TLS."""
    encrypted: bool = False
    """Whether its indices are, on disk."""


@aws_collector(DOMAIN, each=DOMAINS)
def opensearch_domain(domain: Item, status: Answer) -> OpenSearchDomain | None:
    """Domains that are being deleted are left out."""
    if status.get("Deleted"):
        return None
    endpoint = status["DomainEndpointOptions"]
    return OpenSearchDomain(
        arn=domain.arn,
        region=domain.region,
        https_only=endpoint["EnforceHTTPS"],
        tls_policy=endpoint.get("TLSSecurityPolicy", ""),
        among_nodes=status["NodeToNodeEncryptionOptions"]["Enabled"],
        encrypted=status["EncryptionAtRestOptions"]["Enabled"],
    )


@dataclass(frozen=True, kw_only=True)
class OpenSearchAccess(Resource):
    """Who may use a domain."""

    in_vpc: bool = False
    """Whether its address is one of a VPC."""
    policy: tuple[Statement, ...] = ()
    """Its access policy; one that says nothing lets nobody in but the account's own IAM identities."""
    fine_grained: bool = False
    """Whether it asks each user who they are, by itself."""


@aws_collector(DOMAIN, each=DOMAINS)
def opensearch_access(domain: Item, status: Answer) -> OpenSearchAccess | None:
    """While a domain is migrated to users of its own it goes on without asking. Deleted ones are left out."""
    if status.get("Deleted"):
        return None
    security = status["AdvancedSecurityOptions"]
    return OpenSearchAccess(
        arn=domain.arn,
        region=domain.region,
        in_vpc=bool(status.get("VPCOptions", {}).get("VPCId")),
        policy=statements(status["AccessPolicies"]) if status.get("AccessPolicies") else (),
        fine_grained=security["Enabled"] and not security.get("AnonymousAuthEnabled", False),
    )
