"""Certificates that AWS holds: of ACM and of IAM.

https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html
"""

from dataclasses import dataclass
from datetime import datetime

from collectors.api import ACCOUNT, Answer, Api, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

_KEYS = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
CERTIFICATES = Api(
    "acm",
    "ListCertificates",
    "CertificateSummaryList{CertificateArn DomainName Status Type InUse Exported NotAfter}",
    {"Includes": {"keyTypes": _KEYS}},  # without it AWS leaves out all but RSA of 1024 and 2048 bits
)
SERVER_CERTIFICATES = Api(
    "iam", "ListServerCertificates", "ServerCertificateMetadataList{Arn Expiration}", where=ACCOUNT
)


@dataclass(frozen=True, kw_only=True)
class AcmCertificate(Resource):
    """A certificate of the Certificate Manager. Those of CloudFront are in us-east-1."""

    domain: str = ""
    status: str = "ISSUED"
    """As AWS names it: ISSUED, EXPIRED, REVOKED; INACTIVE, FAILED and others where none was issued."""
    imported: bool = False
    """Whether it came from elsewhere; AWS renews only its own."""
    in_use: bool = True
    """Whether a service of AWS shows it, or it was exported to be shown elsewhere."""
    ends: datetime | None = None
    """None where none was issued."""


@aws_collector(CERTIFICATES)
def acm_certificates(at: Place, listed: Answer) -> tuple[AcmCertificate, ...]:
    """The listing tells all; none needs to be described."""
    return tuple(
        AcmCertificate(
            arn=one["CertificateArn"],
            region=at.region,
            domain=one.get("DomainName", ""),
            status=one["Status"],
            imported=one["Type"] == "IMPORTED",
            in_use=one["InUse"] or one.get("Exported", False),
            ends=datetime.fromisoformat(one["NotAfter"]) if one.get("NotAfter") else None,
        )
        for one in listed["CertificateSummaryList"]
    )


@dataclass(frozen=True, kw_only=True)
class IamServerCertificate(Resource):
    """A certificate that was uploaded to IAM. AWS does not tell here who uses it, and never renews it."""

    ends: datetime


@aws_collector(SERVER_CERTIFICATES)
def iam_server_certificates(at: Place, listed: Answer) -> tuple[IamServerCertificate, ...]:
    """All in one answer."""
    del at
    return tuple(
        IamServerCertificate(arn=one["Arn"], ends=datetime.fromisoformat(one["Expiration"]))
        for one in listed["ServerCertificateMetadataList"]
    )
