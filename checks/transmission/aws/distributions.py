"""17.04(3) at CloudFront: between viewers and the edge, and between the edge and the origins."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.cloudfront import Distribution

_DISABLED = Distribution(enabled=False, plain_paths=("*",), minimum="TLSv1", plain_origins=("site",))
_VERSIONS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[Distribution()],
    fails=[Distribution(plain_paths=("*",))],
    not_applicable=[_DISABLED],
)
def cloudfront_distributions_serve_only_tls(distribution: Distribution) -> Verdict:
    """A distribution serves nothing without TLS: HTTP is redirected or refused in all its cache behaviors.

    Why: what viewers send and receive travels across public networks, and must be encrypted if it holds personal information.
    Fix: set the viewer protocol policy of each cache behavior to `redirect-to-https` or `https-only`.
    """
    if not distribution.enabled:
        return not_applicable("the distribution is disabled")
    if distribution.plain_paths:
        return failed("paths are served without TLS too", paths=distribution.plain_paths)
    return passed()


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        Distribution(minimum="TLSv1.2_2018"),
        Distribution(minimum="TLSv1.3_2025"),
        given(Distribution(minimum="TLSv1.1_2016"), oldest="TLSv1.1"),
    ],
    fails=[
        Distribution(minimum="TLSv1"),
        Distribution(minimum="TLSv1.1_2016"),
        Distribution(minimum="TLSv1_2016"),
        Distribution(minimum="SSLv3"),
        Distribution(minimum="TLSv1.2_2021", default_certificate=True),
    ],
    not_applicable=[_DISABLED],
)
def cloudfront_distributions_agree_to_current_tls_only(
    distribution: Distribution, *, oldest: str = "TLSv1.2"
) -> Verdict:
    """A distribution agrees to no version of TLS older than 1.2 with viewers.

    Why: TLS 1.0 and 1.1 rest on broken ciphers and hashes; what they encrypt may be read by others on the way. With
    CloudFront's own certificate (`*.cloudfront.net`) a distribution takes TLS 1.0, whatever its security policy says.
    Fix: give the distribution a name and a certificate of your own, and the security policy TLSv1.2_2021 or a later one.
    Settings:
        oldest: version that may be agreed to, as AWS names it. RFC 8996 says that those before TLSv1.2 must not be used.
    """
    if not distribution.enabled:
        return not_applicable("the distribution is disabled")
    if distribution.for_tenants and distribution.default_certificate:
        return unknown("its tenants show certificates of their own, which are not looked at")
    minimum = "TLSv1" if distribution.default_certificate else distribution.minimum
    version = minimum.partition("_")[0]
    observed = {"security_policy": minimum, "default_certificate": distribution.default_certificate}
    if version not in _VERSIONS or oldest not in _VERSIONS:
        return unknown("this version of the scanner does not know the security policy", **observed)
    if _VERSIONS.index(version) >= _VERSIONS.index(oldest):
        return passed(**observed)
    if distribution.default_certificate:
        return failed("with CloudFront's own certificate it agrees to old versions", **observed)
    return failed("it agrees to old versions", **observed)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[Distribution()],
    fails=[Distribution(plain_origins=("site",)), Distribution(obsolete_origins=("site",))],
    not_applicable=[_DISABLED],
)
def cloudfront_distributions_ask_origins_over_tls(distribution: Distribution) -> Verdict:
    """A distribution asks its origins over TLS, whatever the viewer came with.

    Why: the way from CloudFront to an origin is across public networks too, and carries the same records. A bucket is asked
    as the viewer asked, so it needs cache behaviors that take only HTTPS. The website endpoint of a bucket has no TLS at all.
    Fix: set the protocol policy of each origin to `https-only` with TLSv1.2, and let cache behaviors take only HTTPS; use
    the bucket itself with an origin access control in place of its website endpoint.
    """
    if not distribution.enabled:
        return not_applicable("the distribution is disabled")
    if distribution.plain_origins:
        return failed("origins are asked without TLS", origins=distribution.plain_origins)
    if distribution.obsolete_origins:
        return failed("origins are offered nothing newer than TLS 1.1", origins=distribution.obsolete_origins)
    return passed()
