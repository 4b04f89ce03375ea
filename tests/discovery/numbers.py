"""Made-up numbers that look real. They are put together here, so that no file of this repository holds one."""

SOCIAL_SECURITY = f"{512}-{43}-{8876}"
ANOTHER = f"{513}-{44}-{8877}"
CARD = f"{4539} {5787} {6362} {1486}"
"""Passes the check of Luhn."""
ALL = (SOCIAL_SECURITY, ANOTHER, CARD)


def told(number: str) -> tuple[bytes, bytes]:
    """As it stands, and without what divides its groups."""
    return number.encode(), number.translate({ord(one): None for one in "- "}).encode()
