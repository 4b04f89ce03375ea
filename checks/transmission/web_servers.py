"""17.04(3) at Apache and HAProxy, by their configuration."""

from checks.check import check, given
from checks.transmission.tls import judged
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.host.apache import ApacheSite
from collectors.host.haproxy import HaproxyBind
from collectors.host.openssl_policy import ORDER, OpensslPolicy

_LIBSSL_3 = OpensslPolicy(("3",), refusing_level=1)
_LIBSSL_1 = OpensslPolicy(("1.1",))
_CURRENT = ("TLSv1.2", "TLSv1.3")
_OLD = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        (ApacheSite(protocols=_CURRENT), None),
        (ApacheSite(protocols=_OLD), _LIBSSL_3),
        (ApacheSite(protocols=None, stated=False), _LIBSSL_3),
        given(ApacheSite(protocols=_OLD), None, minimum="TLSv1"),
    ],
    fails=[
        (ApacheSite(protocols=_OLD, stated=False), _LIBSSL_1),
        (ApacheSite(protocols=_OLD, security_level=0), _LIBSSL_3),
        (ApacheSite(protocols=None, stated=False), _LIBSSL_1),
    ],
)
def apache_offers_only_current_tls(
    apache_site: ApacheSite, policy: OpensslPolicy | None, *, minimum: str = "TLSv1.2"
) -> Verdict:
    """Apache speaks no version of TLS that is known to be weak.

    Why: SSL 3, TLS 1.0 and 1.1 have published attacks and are retired (RFC 8996): what they carry is not safely encrypted.
    Fix: set `SSLProtocol -all +TLSv1.2 +TLSv1.3` for the server (Debian: mods-available/ssl.conf) and in virtual hosts that
    state their own, and reload Apache.
    Settings:
        minimum: the lowest version that passes. TLS 1.2 is the oldest that is not retired.
    """
    if apache_site.unread:
        return unknown(f"{', '.join(apache_site.unread)} was not read")
    if apache_site.protocols is None:
        if policy is None:
            return unknown("the system's policy decides, and there is none that is known")
        if ORDER.index(policy.lowest) < ORDER.index(minimum):
            return failed(f"Apache offers {policy.lowest}, as the system's policy allows", lowest=policy.lowest)
        return passed("the system's policy decides", lowest=policy.lowest)
    where = "in SSLProtocol" if apache_site.stated else "by its default"
    return judged("Apache", apache_site.protocols, where, policy, apache_site.security_level, minimum)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        (HaproxyBind("www", "*:443", _CURRENT), None),
        (HaproxyBind("www", "*:443", _OLD), _LIBSSL_3),
        given(HaproxyBind("www", "*:443", _OLD), None, minimum="TLSv1"),
    ],
    fails=[
        (HaproxyBind("www", "*:443", _OLD), _LIBSSL_1),
        (HaproxyBind("www", "*:443", _OLD, security_level=0), _LIBSSL_3),
    ],
)
def haproxy_offers_only_current_tls(
    haproxy_bind: HaproxyBind, policy: OpensslPolicy | None, *, minimum: str = "TLSv1.2"
) -> Verdict:
    """HAProxy speaks no version of TLS that is known to be weak.

    Why: SSL 3, TLS 1.0 and 1.1 have published attacks and are retired (RFC 8996): what they carry is not safely encrypted.
    Fix: set `ssl-default-bind-options ssl-min-ver TLSv1.2` in the `global` section, above all `bind` lines, take lower
    versions out of those, and reload HAProxy. Before HAProxy 2.2 TLS 1.0 is offered where nothing is stated.
    Settings:
        minimum: the lowest version that passes. TLS 1.2 is the oldest that is not retired.
    """
    if haproxy_bind.unread:
        return unknown(haproxy_bind.unread)
    return judged("HAProxy", haproxy_bind.protocols, "here", policy, haproxy_bind.security_level, minimum)
