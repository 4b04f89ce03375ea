"""Distributions of CloudFront. https://docs.aws.amazon.com/cloudfront/latest/APIReference/

They are global to a partition; GovCloud has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import ACCOUNT, Answer, Api, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

DISTRIBUTIONS = Api(
    "cloudfront",
    "ListDistributions",
    "DistributionList{Items{ARN Enabled WebACLId ConnectionMode"
    " ViewerCertificate{CloudFrontDefaultCertificate MinimumProtocolVersion}"
    " DefaultCacheBehavior{TargetOriginId ViewerProtocolPolicy}"
    " CacheBehaviors{Items{PathPattern TargetOriginId ViewerProtocolPolicy}}"
    " Origins{Items{Id VpcOriginConfig{VpcOriginId} CustomOriginConfig{OriginProtocolPolicy OriginSslProtocols{Items}}}}"
    " OriginGroups{Items{Id Members{Items{OriginId}}}}}}",
    where=ACCOUNT,
)


@dataclass(frozen=True, kw_only=True)
class Distribution(Resource):
    """What a distribution asks of viewers and of its origins."""

    enabled: bool = True
    plain_paths: tuple[str, ...] = ()
    """Patterns of paths that are also served without TLS."""
    default_certificate: bool = False
    """Whether it shows CloudFront's own certificate, that of ``*.cloudfront.net``."""
    for_tenants: bool = False
    """Whether only its tenants are asked for anything, under names and certificates of their own."""
    minimum: str = "TLSv1.2_2021"
    """Its security policy, named after the oldest version of TLS that it takes from viewers."""
    plain_origins: tuple[str, ...] = ()
    """Ids of origins that it asks without TLS, always or where the viewer came without."""
    obsolete_origins: tuple[str, ...] = ()
    """Ids of origins that it offers nothing newer than TLS 1.1."""
    web_acl: str = ""
    """ARN of its web ACL (an id where that is one of WAF Classic); empty where it has none."""


@aws_collector(DISTRIBUTIONS)
def distributions(at: Place, listed: Answer) -> tuple[Distribution, ...]:
    """The answer of an account that has none lacks ``Items``."""
    del at
    return tuple(_distribution(one) for one in listed["DistributionList"].get("Items") or ())


def _distribution(one: Answer) -> Distribution:
    certificate = one["ViewerCertificate"]
    behaviors = [{"PathPattern": "*", **one["DefaultCacheBehavior"]}, *(one["CacheBehaviors"].get("Items") or ())]
    plain = [held for held in behaviors if held["ViewerProtocolPolicy"] not in ("https-only", "redirect-to-https")]
    targets = frozenset(_origins(one, (held["TargetOriginId"] for held in plain)))
    origins = one["Origins"]["Items"]
    return Distribution(
        arn=one["ARN"],
        enabled=one["Enabled"],
        plain_paths=tuple(held["PathPattern"] for held in plain),
        default_certificate=certificate.get("CloudFrontDefaultCertificate", False),
        for_tenants=one.get("ConnectionMode", "direct") == "tenant-only",
        minimum=certificate.get("MinimumProtocolVersion", ""),
        plain_origins=tuple(held["Id"] for held in origins if _asked_plainly(held, held["Id"] in targets)),
        obsolete_origins=tuple(held["Id"] for held in origins if _asked_by_old_versions(held)),
        web_acl=one["WebACLId"],
    )


def _origins(one: Answer, targets: Iterator[str]) -> Iterator[str]:
    """The origins behind what cache behaviors name: an origin, or a group of them."""
    groups = {
        held["Id"]: [member["OriginId"] for member in held["Members"]["Items"]]
        for held in one.get("OriginGroups", {}).get("Items") or ()
    }
    for name in targets:
        yield from groups.get(name, [name])


def _asked_plainly(origin: Answer, viewers_may_come_plainly: bool) -> bool:
    """A bucket is asked as the viewer asked. What is asked through a VPC origin never leaves private networks."""
    if "VpcOriginConfig" in origin:
        return False
    policy = origin["CustomOriginConfig"]["OriginProtocolPolicy"] if "CustomOriginConfig" in origin else "match-viewer"
    return bool(policy == "http-only" or (policy == "match-viewer" and viewers_may_come_plainly))


def _asked_by_old_versions(origin: Answer) -> bool:
    """The list counts wherever TLS is spoken at all."""
    if origin.get("CustomOriginConfig", {"OriginProtocolPolicy": "http-only"})["OriginProtocolPolicy"] == "http-only":
        return False
    offered = origin["CustomOriginConfig"]["OriginSslProtocols"]["Items"]
    return not any(version not in ("SSLv3", "TLSv1", "TLSv1.1") for version in offered)
