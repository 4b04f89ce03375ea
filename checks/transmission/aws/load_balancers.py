"""17.04(3) at load balancers that face the Internet."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.elb import ClassicListenersTls, ClassicLoadBalancer
from collectors.aws.elbv2 import PlainListenerRules, PublicListener, PublicListenerTls
from collectors.collector import Unseen, Whole

CURRENT = ("TLSv1.2", "TLSv1.3")
"""RFC 8996 took TLS 1.0 and 1.1 out of use in 2021."""

_NO_RULES: Whole[PlainListenerRules] = Whole(())
_HTTP = PublicListener(arn="http", protocol="HTTP", port=80)
_REDIRECTS = Whole((PlainListenerRules(arn="other", plain=("forward",)), PlainListenerRules(arn="http")))
_FORWARDS = Whole((PlainListenerRules(arn="http", plain=("forward",)),), (Unseen("other", "needs it"),))
_PASSED_THROUGH = PublicListener(protocol="TCP", port=443)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        (PublicListener(), _NO_RULES),
        (PublicListener(protocol="TLS"), _NO_RULES),
        (PublicListener(protocol="QUIC"), _NO_RULES),
        (_HTTP, _REDIRECTS),
        given(_PASSED_THROUGH, _NO_RULES, tls_behind=(443,)),
    ],
    fails=[(_HTTP, _FORWARDS)],
    not_applicable=[(_HTTP, _NO_RULES)],
)
def load_balancer_listeners_serve_only_tls(
    listener: PublicListener, rules: Whole[PlainListenerRules], *, tls_behind: tuple[int, ...] = ()
) -> Verdict:
    """A port that a load balancer opens to the Internet speaks TLS, or only sends callers on to HTTPS.

    Why: records with personal information that travel across public networks must be encrypted. A port of HTTP is fine where
    each of its rules redirects to HTTPS or answers with a fixed text. What a network load balancer passes through is
    encrypted, or not, by the servers behind: it cannot be seen here, and stays unknown. Internal load balancers are not
    asked: what they carry does not cross a public network.
    Fix: give the port a certificate (HTTPS or TLS); let port 80 redirect to HTTPS in its default action and in every rule.
    Settings:
        tls_behind: ports of network load balancers that pass TCP or UDP through to servers which you know to speak TLS
            there.
    """
    observed = {"protocol": listener.protocol, "port": listener.port}
    if listener.protocol in ("HTTPS", "TLS"):
        return passed(**observed)
    if listener.protocol == "QUIC":
        return passed("QUIC is always encrypted", **observed)
    if listener.protocol != "HTTP":
        if listener.port in tls_behind:
            return passed("the servers behind are said to speak TLS on this port", **observed)
        return unknown("it is passed through: whether it is encrypted is up to the servers behind", **observed)
    if unseen := [one.reason for one in rules.unseen if one.subject == listener.arn]:
        return unknown(unseen[0], **observed)
    held = next((one for one in rules.facts if one.arn == listener.arn), None)
    if held is None:
        return not_applicable("the listener is no longer there", **observed)
    if held.plain:
        return failed("it takes requests without TLS and does not redirect all of them", **observed, rules=held.plain)
    return passed("it only redirects to HTTPS or answers with a fixed text", **observed)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        PublicListenerTls(protocols=CURRENT),
        given(PublicListenerTls(protocols=("TLSv1.1",)), accepted=("TLSv1.1",)),
    ],
    fails=[PublicListenerTls(protocols=("TLSv1", "TLSv1.1", "TLSv1.2"))],
)
def load_balancer_listeners_agree_to_current_tls_only(
    tls: PublicListenerTls, *, accepted: tuple[str, ...] = CURRENT
) -> Verdict:
    """A port that a load balancer opens to the Internet agrees to no version of TLS older than 1.2.

    Why: TLS 1.0 and 1.1 rest on broken ciphers and hashes; what they encrypt may be read by others on the way.
    Fix: choose a newer security policy, such as ELBSecurityPolicy-TLS13-1-2-2021-06 or one with a later date.
    Settings:
        accepted: versions that may be agreed to, as AWS names them. RFC 8996 says that those before TLSv1.2 must not be used.
    """
    if not tls.protocols:
        return unknown("AWS does not list the security policy", policy=tls.policy)
    return _judged(tls.protocols, accepted, policy=tls.policy)


def _judged(protocols: tuple[str, ...], accepted: tuple[str, ...], **observed: object) -> Verdict:
    if old := [one for one in protocols if one not in accepted]:
        return failed("it agrees to old versions", **observed, old=old)
    return passed(**observed, versions=protocols)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        ClassicLoadBalancer(listeners=(("HTTPS", 443), ("SSL", 993))),
        given(ClassicLoadBalancer(listeners=(("TCP", 443),)), tls_behind=(443,)),
    ],
    fails=[
        ClassicLoadBalancer(listeners=(("HTTPS", 443), ("HTTP", 80))),
        ClassicLoadBalancer(listeners=(("TCP", 443), ("HTTP", 80))),
    ],
    not_applicable=[ClassicLoadBalancer(internal=True, listeners=(("HTTP", 80),)), ClassicLoadBalancer()],
)
def classic_load_balancers_serve_only_tls(
    balancer: ClassicLoadBalancer, *, tls_behind: tuple[int, ...] = ()
) -> Verdict:
    """A classic load balancer that faces the Internet takes no HTTP.

    Why: records with personal information that travel across public networks must be encrypted. A classic load balancer
    cannot redirect: what callers send to its port of HTTP reaches the servers behind unencrypted, whatever those answer.
    What it passes through (TCP) is encrypted, or not, by the servers behind: that cannot be seen here, and stays unknown.
    Fix: move to an application load balancer, whose port 80 can redirect to HTTPS; or take the listener of HTTP away. Where the
    servers behind answer it with nothing but a redirect, write a waiver that says so.
    Settings:
        tls_behind: ports passed through (TCP) to servers which you know to speak TLS there.
    """
    if balancer.internal:
        return not_applicable("it is internal: what it carries does not cross a public network")
    if not balancer.listeners:
        return not_applicable("it has no listeners")
    ports = {kind: [port for held, port in balancer.listeners if held == kind] for kind, _ in balancer.listeners}
    if "HTTP" in ports:
        return failed("it takes requests without TLS", ports=ports["HTTP"])
    opaque = [port for kind, port in balancer.listeners if kind not in ("HTTPS", "SSL") and port not in tls_behind]
    if opaque:
        return unknown("it passes ports through: whether they are encrypted is up to the servers behind", ports=opaque)
    return passed(listeners=[f"{kind} {port}" for kind, port in balancer.listeners])


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        ClassicListenersTls(protocols=frozenset({"TLSv1.2"})),
        given(ClassicListenersTls(protocols=frozenset({"TLSv1.1"})), accepted=("TLSv1.1",)),
    ],
    fails=[
        ClassicListenersTls(protocols=frozenset({"TLSv1", "TLSv1.1", "TLSv1.2"})),
        ClassicListenersTls(protocols=frozenset({"SSLv3"}), untold=("443",)),
    ],
)
def classic_load_balancers_agree_to_current_tls_only(
    tls: ClassicListenersTls, *, accepted: tuple[str, ...] = CURRENT
) -> Verdict:
    """A classic load balancer that faces the Internet agrees to no version of TLS older than 1.2.

    Why: TLS 1.0 and 1.1 rest on broken ciphers and hashes; what they encrypt may be read by others on the way.
    Fix: set the policy ELBSecurityPolicy-TLS-1-2-2017-01 for its listeners; the default one takes TLS 1.0. Application load
    balancers have newer policies.
    Settings:
        accepted: versions that may be agreed to, as AWS names them. RFC 8996 says that those before TLSv1.2 must not be used.
    """
    verdict = _judged(tuple(sorted(tls.protocols)), accepted)
    if tls.untold and tls.protocols <= set(accepted):
        return unknown("AWS does not tell the versions of all its listeners", ports=tls.untold)
    return verdict
