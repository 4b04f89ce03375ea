"""What is told of personal information in a text: its kind, how sure that is, how often and where. Never a value, nor a hash of one."""

from dataclasses import dataclass
from enum import StrEnum

MOST = 1000
"""What is seen more often is counted as this."""


class Kind(StrEnum):
    """An element of personal information after 201 CMR 17.02, or what looks like one and is none."""

    SOCIAL_SECURITY_NUMBER = "social_security_number"
    DRIVERS_LICENSE = "drivers_license"
    """A driver's license or state-issued identification card."""
    FINANCIAL_ACCOUNT = "financial_account"
    PAYMENT_CARD = "payment_card"
    TAXPAYER_NUMBER = "taxpayer_number"
    """An individual taxpayer identification number. 17.02 does not name it: it is told apart and makes no file one of PI."""


class Tier(StrEnum):
    """How sure it is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One kind of personal information in one text."""

    kind: Kind
    tier: Tier
    """The highest of all that were seen."""
    count: int
    """How often, at most ``MOST``."""
    near_name: bool
    """Whether what looks like a person's name stands near one of them."""
    offset: int
    """Where the first was seen, in bytes from the beginning of the text."""
