"""Application and network load balancers. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/

Gateway load balancers pass packets to appliances inside the network: nothing here is about them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of, Place, Row
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LOAD_BALANCERS = Api("elbv2", "DescribeLoadBalancers", "LoadBalancers{LoadBalancerArn Scheme Type}")
LISTENERS = Api(
    "elbv2",
    "DescribeListeners",
    "Listeners{ListenerArn Protocol Port SslPolicy}",
    {"LoadBalancerArn": Of("LoadBalancerArn")},
    absent=("LoadBalancerNotFound",),
)
RULES = Api(
    "elbv2",
    "DescribeRules",
    "Rules{Actions{Type RedirectConfig{Protocol}}}",
    {"ListenerArn": Of("ListenerArn")},
    absent=("ListenerNotFound",),
)
SSL_POLICIES = Api("elbv2", "DescribeSSLPolicies", "SslPolicies{Name SslProtocols}")
ATTRIBUTES = Api(
    "elbv2",
    "DescribeLoadBalancerAttributes",
    "Attributes{Key Value}",
    {"LoadBalancerArn": Of("LoadBalancerArn")},
    absent=("LoadBalancerNotFound",),
)


def _facing_the_internet(answer: Answer) -> Iterator[Answer]:
    for one in answer["LoadBalancers"]:
        if one["Type"] in ("application", "network") and one["Scheme"] == "internet-facing":
            yield one


def _application(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["LoadBalancers"] if one["Type"] == "application")


def _plain(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["Listeners"] if one["Protocol"] == "HTTP")


def _with_policy(answer: Answer) -> Iterator[Answer]:
    return (one for one in answer["Listeners"] if one.get("SslPolicy"))


_EXPOSED = Items(LOAD_BALANCERS, _facing_the_internet, "{LoadBalancerArn}")
_APPLICATION = Items(LOAD_BALANCERS, _application, "{LoadBalancerArn}")
_LISTENERS = Items(LISTENERS, "Listeners", "{ListenerArn}", of=_EXPOSED)
_PLAIN_LISTENERS = Items(LISTENERS, _plain, "{ListenerArn}", of=_EXPOSED)
_TLS_LISTENERS = Items(LISTENERS, _with_policy, "{ListenerArn}", of=_EXPOSED)


@dataclass(frozen=True, kw_only=True)
class ApplicationLoadBalancer(Resource):
    """A load balancer that understands HTTP."""

    internal: bool = False
    """Whether its addresses are private ones."""


@aws_collector(LOAD_BALANCERS)
def application_load_balancers(at: Place, listed: Answer) -> tuple[ApplicationLoadBalancer, ...]:
    """Those that do not face the Internet too."""
    return tuple(
        ApplicationLoadBalancer(arn=one["LoadBalancerArn"], region=at.region, internal=one["Scheme"] == "internal")
        for one in _application(listed)
    )


@dataclass(frozen=True, kw_only=True)
class PublicListener(Resource):
    """A port of a load balancer that faces the Internet."""

    protocol: str = "HTTPS"
    """As AWS names it: HTTP and HTTPS of application, TLS, TCP, UDP, TCP_UDP, QUIC and TCP_QUIC of network load balancers."""
    port: int = 443


@aws_collector(each=_LISTENERS)
def public_listener(listener: Item) -> PublicListener:
    """What an internal load balancer takes comes from its own network, and is not asked for."""
    return PublicListener(
        arn=listener.arn, region=listener.region, protocol=listener["Protocol"], port=listener["Port"]
    )


@dataclass(frozen=True, kw_only=True)
class PlainListenerRules(Resource):
    """What the rules of a public HTTP listener do, the default one among them."""

    plain: tuple[str, ...] = ()
    """What they do other than to send the caller on to HTTPS or to answer with a fixed text, e.g. ``forward``."""


@aws_collector(RULES, each=_PLAIN_LISTENERS)
def plain_listener_rules(listener: Item, rules: Answer) -> PlainListenerRules:
    """Every listener has its default rule in the answer."""
    actions = [action for rule in rules["Rules"] for action in rule["Actions"]]
    if not actions:
        raise ValueError("a listener without a default action")
    plain = sorted({action["Type"] for action in actions if not _keeps_nothing_plain(action)})
    return PlainListenerRules(arn=listener.arn, region=listener.region, plain=tuple(plain))


def _keeps_nothing_plain(action: Answer) -> bool:
    match action["Type"]:
        case "redirect":
            # Left out, it is "#{protocol}": the protocol stays the one that the caller came with.
            return bool(action["RedirectConfig"].get("Protocol") == "HTTPS")
        case kind:
            return bool(kind == "fixed-response")


@dataclass(frozen=True, kw_only=True)
class PublicListenerTls(Resource):
    """Which versions of TLS a public listener agrees to."""

    policy: str = ""
    protocols: tuple[str, ...] = ()
    """As AWS names them, e.g. ``TLSv1.2``; none where AWS does not list the policy."""


@aws_collector(Row(SSL_POLICIES, "SslPolicies", "Name", Of("SslPolicy")), each=_TLS_LISTENERS)
def public_listener_tls(listener: Item, policy: Answer | None) -> PublicListenerTls:
    """AWS tells what its policies hold, so that no table of ours goes stale."""
    return PublicListenerTls(
        arn=listener.arn,
        region=listener.region,
        policy=listener["SslPolicy"],
        protocols=tuple(policy["SslProtocols"]) if policy is not None else (),
    )


@dataclass(frozen=True, kw_only=True)
class ApplicationLoadBalancerLog(Resource):
    """Whether an application load balancer writes down who asks it for what."""

    on: bool = False
    bucket: str = ""


@aws_collector(ATTRIBUTES, each=_APPLICATION)
def application_load_balancer_log(balancer: Item, attributes: Answer) -> ApplicationLoadBalancerLog:
    """Network load balancers write down TLS handshakes only; flow logs see what goes through them."""
    held = {one["Key"]: one.get("Value", "") for one in attributes["Attributes"]}
    return ApplicationLoadBalancerLog(
        arn=balancer.arn,
        region=balancer.region,
        on=held["access_logs.s3.enabled"] == "true",
        bucket=held.get("access_logs.s3.bucket", ""),
    )
