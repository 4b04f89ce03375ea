"""Driver's licenses and state identification cards: behind a word for them only.

Massachusetts gives ``S`` and eight digits, or ``SA`` and seven; before, nine digits
(https://www.mass.gov/info-details/massachusetts-identification-id-requirements). Other states have many forms: letters and digits.

Tiers:
high: a form of Massachusetts with its letters, behind a word for a driver's license or an identification card;
medium: the same behind a word for any license's number; nine digits behind a word for a driver's license;
low: what looks like any state's, behind a word for a driver's license.
"""

import re

from collectors.personal_information.digits import counted
from collectors.personal_information.finding import Finding
from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.surroundings import Surroundings

_MASSACHUSETTS = rb"(?<![A-Za-z0-9_-])(S[0-9]{8}|SA[0-9]{7})(?![A-Za-z0-9_-])"
_NEAR = re.compile(rb".{0,48}?" + _MASSACHUSETTS, re.DOTALL)
_OTHER = re.compile(
    rb"[^0-9]{0,28}?(?<![A-Za-z0-9_.+$/-])([A-Z]{0,2}[0-9]{6,14}[A-Z]?|[A-Z][0-9]{3,4}(?:[- ][0-9]{2,5}){2,4}"
    rb"|[0-9]{3} [0-9]{3} [0-9]{3})"
    rb"(?![A-Za-z0-9_]|[.,/:-][0-9])"
)
_CELL = re.compile(rb"[\s\"'=]*([A-Z]{0,2}[0-9]{6,14}[A-Z]?|[A-Z][0-9]{3,4}(?:[- ][0-9]{2,5}){2,4})(?:\.0)?[\s\"']*")
_MASSACHUSETTS_CELL = re.compile(rb"S[0-9]{8}|SA[0-9]{7}")
_NOT_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte <= 57)


def behind_word(around: Surroundings, end: int, *, drivers: bool) -> Finding | None:
    """Judge what follows a word for a license that ends at ``end``."""
    if match := _NEAR.match(around.text, end):
        return _massachusetts(match[1], *match.span(1), Tier.HIGH if drivers else Tier.MEDIUM)
    match = _OTHER.match(around.text, end) if drivers else None
    return _other(match[1], *match.span(1)) if match else None


def in_column(cell: bytes, start: int, *, drivers: bool) -> Finding | None:
    """Judge a cell of a column for them, or for the numbers of some license."""
    match = _CELL.fullmatch(cell)
    if not match:
        return None
    place = (start + match.start(1), start + match.end(1))
    if _MASSACHUSETTS_CELL.fullmatch(match[1]):
        return _massachusetts(match[1], *place, Tier.HIGH if drivers else Tier.MEDIUM)
    return _other(match[1], *place) if drivers else None


def _massachusetts(token: bytes, start: int, end: int, tier: Tier) -> Finding | None:
    return None if _made_up(token) else Finding(Kind.DRIVERS_LICENSE, tier, start, end)


def _other(token: bytes, start: int, end: int) -> Finding | None:
    if _made_up(token):
        return None
    old = len(token) == 9 and token.isdigit()
    return Finding(Kind.DRIVERS_LICENSE, Tier.MEDIUM if old else Tier.LOW, start, end)


def _made_up(token: bytes) -> bool:
    return counted(token.translate(None, _NOT_DIGITS))
