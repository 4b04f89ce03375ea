"""Classic load balancers. https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LOAD_BALANCERS = Api(
    "elb",
    "DescribeLoadBalancers",
    "LoadBalancerDescriptions{LoadBalancerName Scheme ListenerDescriptions{Listener{Protocol LoadBalancerPort} PolicyNames}}",
)
POLICIES = Api(
    "elb",
    "DescribeLoadBalancerPolicies",
    "PolicyDescriptions{PolicyName PolicyTypeName PolicyAttributeDescriptions{AttributeName AttributeValue}}",
    {"LoadBalancerName": Of("LoadBalancerName")},
    absent=("LoadBalancerNotFound",),
)
ATTRIBUTES = Api(
    "elb",
    "DescribeLoadBalancerAttributes",
    "LoadBalancerAttributes{AccessLog{Enabled S3BucketName}}",
    {"LoadBalancerName": Of("LoadBalancerName")},
    absent=("LoadBalancerNotFound",),
)
_NAME = "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{LoadBalancerName}"
_ENCRYPTED = ("HTTPS", "SSL")
_PROTOCOL = "Protocol-"


def _internal(balancer: Answer) -> bool:
    """AWS tells the scheme of load balancers in a VPC; one outside of any faces the Internet."""
    return bool(balancer.get("Scheme") == "internal")


def _encrypting(balancer: Answer) -> list[Answer]:
    return [one for one in balancer["ListenerDescriptions"] if one["Listener"]["Protocol"].upper() in _ENCRYPTED]


def _exposing_tls(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["LoadBalancerDescriptions"] if not _internal(one) and _encrypting(one))


_ALL = Items(LOAD_BALANCERS, "LoadBalancerDescriptions", _NAME)
_EXPOSING_TLS = Items(LOAD_BALANCERS, _exposing_tls, _NAME)


@dataclass(frozen=True, kw_only=True)
class ClassicLoadBalancer(Resource):
    """A classic load balancer and its ports."""

    internal: bool = False
    listeners: tuple[tuple[str, int], ...] = ()
    """Protocol (HTTP, HTTPS, TCP or SSL) and port of each."""


@aws_collector(LOAD_BALANCERS)
def classic_load_balancers(at: Place, listed: Answer) -> tuple[ClassicLoadBalancer, ...]:
    """All in one answer."""
    return tuple(
        ClassicLoadBalancer(
            arn=at.arn("elasticloadbalancing", f"loadbalancer/{one['LoadBalancerName']}"),
            region=at.region,
            internal=_internal(one),
            listeners=tuple(
                (held["Listener"]["Protocol"].upper(), held["Listener"]["LoadBalancerPort"])
                for held in one["ListenerDescriptions"]
            ),
        )
        for one in listed["LoadBalancerDescriptions"]
    )


@dataclass(frozen=True, kw_only=True)
class ClassicListenersTls(Resource):
    """Which versions of TLS the listeners of a classic load balancer that faces the Internet agree to."""

    protocols: frozenset[str] = frozenset()
    """Of all its listeners together, e.g. ``TLSv1.2``."""
    untold: tuple[str, ...] = ()
    """Ports of listeners of which AWS does not tell the versions."""


@aws_collector(POLICIES, each=_EXPOSING_TLS)
def classic_listeners_tls(balancer: Item, policies: Answer) -> ClassicListenersTls:
    """A predefined policy is answered with what it holds; stickiness policies stand in the same list."""
    by_name = {
        one["PolicyName"]: frozenset(
            held["AttributeName"].removeprefix(_PROTOCOL)
            for held in one["PolicyAttributeDescriptions"]
            if held["AttributeName"].startswith(_PROTOCOL) and held["AttributeValue"].lower() == "true"
        )
        for one in policies["PolicyDescriptions"]
        if one["PolicyTypeName"] == "SSLNegotiationPolicyType"
    }
    agreed: set[str] = set()
    untold = []
    for one in _encrypting(balancer):
        held = frozenset[str]().union(*(by_name.get(name, ()) for name in one["PolicyNames"]))
        agreed |= held
        if not held:
            untold.append(str(one["Listener"]["LoadBalancerPort"]))
    return ClassicListenersTls(
        arn=balancer.arn, region=balancer.region, protocols=frozenset(agreed), untold=tuple(untold)
    )


@dataclass(frozen=True, kw_only=True)
class ClassicLoadBalancerLog(Resource):
    """Whether a classic load balancer writes down who asks it for what."""

    on: bool = False
    bucket: str = ""


@aws_collector(ATTRIBUTES, each=_ALL)
def classic_load_balancer_log(balancer: Item, attributes: Answer) -> ClassicLoadBalancerLog:
    """The bucket stays in the answer when the log is switched off."""
    log = attributes["LoadBalancerAttributes"]["AccessLog"]
    return ClassicLoadBalancerLog(
        arn=balancer.arn, region=balancer.region, on=log["Enabled"], bucket=log.get("S3BucketName", "")
    )
