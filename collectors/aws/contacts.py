"""Whom AWS tells of what happens. https://docs.aws.amazon.com/accounts/latest/reference/API_GetAlternateContact.html"""

from dataclasses import dataclass

from collectors.api import ACCOUNT, Answer, Api, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

SECURITY = Api(
    "account",
    "GetAlternateContact",
    "AlternateContact{AlternateContactType}",  # who it is, is nobody's business here
    {"AlternateContactType": "SECURITY"},
    where=ACCOUNT,
    absent=("ResourceNotFoundException",),
)


@dataclass(frozen=True, kw_only=True)
class SecurityContact(Resource):
    """Whether AWS knows whom to tell of security matters."""

    named: bool = True


@aws_collector(SECURITY)
def security_contact(at: Place, contact: Answer | None) -> SecurityContact:
    """Without one AWS writes to the address of root alone."""
    del at
    return SecurityContact(named=contact is not None)
