"""17.04(3) by TLS: versions that web servers and the system's library offer."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.nginx import TlsSite
from collectors.host.openssl_policy import ORDER, OpensslPolicy

_LIBSSL_3 = OpensslPolicy(("3",), refusing_level=1)
_LIBSSL_1 = OpensslPolicy(("1.1",))
_LISTEN = ("443",)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        (TlsSite(listens=_LISTEN, protocols=("TLSv1.2", "TLSv1.3")), None),
        (TlsSite(listens=_LISTEN, protocols=("TLSv1", "TLSv1.2")), _LIBSSL_3),
        given(TlsSite(listens=_LISTEN, protocols=("TLSv1.1",)), None, minimum="TLSv1.1"),
    ],
    fails=[
        (TlsSite(listens=_LISTEN, protocols=("TLSv1.1", "TLSv1.2")), None),
        (TlsSite(listens=_LISTEN, protocols=("TLSv1", "TLSv1.2"), stated=False), _LIBSSL_1),
        (TlsSite(listens=_LISTEN, protocols=("TLSv1", "TLSv1.2"), security_level=0), _LIBSSL_3),
    ],
)
def nginx_offers_only_current_tls(
    tls_site: TlsSite, policy: OpensslPolicy | None, *, minimum: str = "TLSv1.2"
) -> Verdict:
    """Nginx speaks no version of TLS that is known to be weak.

    Why: SSL 3, TLS 1.0 and 1.1 have published attacks and are retired (RFC 8996): what they carry is not safely encrypted.
    Fix: set `ssl_protocols TLSv1.2 TLSv1.3;` in the `http` block of nginx.conf and in servers that state their own, and
    reload nginx. Before nginx 1.27.3 the old versions are offered where nothing is stated.
    Settings:
        minimum: the lowest version that passes. TLS 1.2 is the oldest that is not retired.
    """
    if tls_site.unread:
        return unknown(f"{', '.join(tls_site.unread)} is included and was not read")
    where = "in ssl_protocols" if tls_site.stated else "by nginx's default"
    return judged("nginx", tls_site.protocols, where, policy, tls_site.security_level, minimum)


def judged(
    program: str,
    protocols: tuple[str, ...],
    where: str,
    policy: OpensslPolicy | None,
    security_level: int | None,
    minimum: str,
) -> Verdict:
    """The verdict on the versions that a program which leaves OpenSSL's security level alone is configured to offer."""
    old = [one for one in protocols if ORDER.index(_named(one)) < ORDER.index(minimum)]
    if not old:
        return passed(protocols=protocols)
    refused = policy is not None and policy.refuses_old_versions(security_level)
    if refused and ORDER.index(minimum) <= ORDER.index("TLSv1.2"):
        return passed("old versions are named, but OpenSSL's security level refuses them", protocols=protocols)
    return failed(f"{program} offers {', '.join(old)} {where}", protocols=protocols)


def _named(version: str) -> str:
    """SSL 2 is no better than 3."""
    return {"SSLv2": "SSLv3"}.get(version, version)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        _LIBSSL_3,
        OpensslPolicy(("1.1",), min_protocol="TLSv1.2"),
        OpensslPolicy(("3",), min_protocol="TLSv1", security_level=1, refusing_level=1),
    ],
    fails=[
        OpensslPolicy(("1.1",)),
        OpensslPolicy(("3",), min_protocol="TLSv1", security_level=0, refusing_level=1),
        OpensslPolicy(("3",), security_level=0, refusing_level=1),
        given(_LIBSSL_3, minimum="TLSv1.3"),
    ],
)
def openssl_allows_only_current_tls(policy: OpensslPolicy, *, minimum: str = "TLSv1.2") -> Verdict:
    """Programs that use OpenSSL get no weak version of TLS unless they ask for it.

    Why: most services and clients take the system's default, so it decides whether what they send is safely encrypted.
    Fix: in /etc/ssl/openssl.cnf take out `MinProtocol` below TLSv1.2 and `@SECLEVEL=0`; on Red Hat run
    `update-crypto-policies --set DEFAULT`.
    Settings:
        minimum: the lowest version that passes. TLS 1.2 is the oldest that is not retired (RFC 8996).
    """
    observed = {
        "libssl": policy.libraries,
        "min_protocol": policy.min_protocol or "not set",
        "security_level": "not set" if policy.security_level is None else policy.security_level,
    }
    if ORDER.index(policy.lowest) >= ORDER.index(minimum):
        return passed(lowest=policy.lowest, **observed)
    return failed(f"OpenSSL allows {policy.lowest} by default", **observed)
