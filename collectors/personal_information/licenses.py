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
from collectors.personal_information.heads import below
from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.statements import value_of
from collectors.personal_information.surroundings import Surroundings

_FORM = (
    rb"(?:[Ss][0-9]{8}|[Ss][Aa][0-9]{7}|S [0-9]{8}|S[ -]?[0-9]{4}[ -][0-9]{4}|SA [0-9]{7}|SA[ -]?[0-9]{3}[ -][0-9]{4})"
)
_MASSACHUSETTS = rb"(?<![A-Za-z0-9_-])(%s)(?![A-Za-z0-9_-])" % _FORM
_LABEL = b":="
_BELOW = re.compile(_MASSACHUSETTS)
_NEAR = re.compile(rb".{0,48}?" + _MASSACHUSETTS, re.DOTALL)
_OTHER = re.compile(
    rb"[^0-9]{0,28}?(?<![A-Za-z0-9_.+$/-])([A-Z]{0,2}[0-9]{6,14}[A-Z]?|[A-Z][0-9]{3,4}(?:[- ][0-9]{2,5}){2,4}"
    rb"|[0-9]{3} [0-9]{3} [0-9]{3})"
    rb"(?![A-Za-z0-9_]|[.,/:-][0-9])"
)
_CELL = re.compile(rb"[\s\"'=]*([A-Z]{0,2}[0-9]{6,14}[A-Z]?|[A-Z][0-9]{3,4}(?:[- ][0-9]{2,5}){2,4})(?:\.0)?[\s\"']*")
_MASSACHUSETTS_CELL = re.compile(rb"[\s\"'=]*(?:[A-Z]{2}[ /-]{1,2})?(%s)(?:[ /,-]{1,2}[A-Z]{2})?[\s\"']*" % _FORM)
"""With the state before or after it, or without."""
_SHORTLY = 40
_OF_DRIVERS = re.compile(
    rb"(?<![a-z])ma[^a-z0-9]{0,3}dl(?![a-z])|learner[^a-z0-9]{0,3}(?:s[^a-z0-9]{0,3})?permit(?![a-z])", re.IGNORECASE
)
_OF_SOME = re.compile(
    rb"(?<![a-z])(?:oln|(?:mass|ma|state)[^a-z0-9]{0,3}id|permit[^a-z0-9]{0,3}lic(?:en[sc]e)?)(?![a-z])|(?<![a-z<])dl[ #:.]{0,3}\Z",
    re.IGNORECASE,
)
_NOT_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte <= 57)


def judged(around: Surroundings, start: int, end: int) -> Finding | None:
    """Judge a number of Massachusetts' form: behind one of the words that nobody looks for, since they are seldom meant so."""
    before = around.text[max(0, start - _SHORTLY) : start]
    tier = Tier.HIGH if _OF_DRIVERS.search(before) else Tier.MEDIUM if _OF_SOME.search(before) else None
    return _massachusetts(around.text[start:end], start, end, tier) if tier else None


def behind_word(around: Surroundings, start: int, end: int, *, drivers: bool) -> Finding | None:
    """Judge what follows a word for a license, which stands between two places. Where the word is the name of a column in a
    statement of SQL or the like, the column's first value; where it is a head, what stands below.
    """
    is_head = around.text[end - 1] not in _LABEL
    if is_head and (value := value_of(around.text, start)):
        return in_column(value[1], value[0], drivers=drivers)
    if match := _NEAR.match(around.text, end):
        return _massachusetts(match[1], *match.span(1), Tier.HIGH if drivers else Tier.MEDIUM)
    if is_head and (match := below(around.text, start, end, _BELOW)):
        return _massachusetts(match[1], *match.span(1), Tier.HIGH if drivers else Tier.MEDIUM)
    match = _OTHER.match(around.text, end) if drivers else None
    return _other(match[1], *match.span(1)) if match else None


def in_column(cell: bytes, start: int, *, drivers: bool) -> Finding | None:
    """Judge a cell of a column for them, or for the numbers of some license."""
    if match := _MASSACHUSETTS_CELL.fullmatch(cell):
        tier = Tier.HIGH if drivers else Tier.MEDIUM
        return _massachusetts(match[1], start + match.start(1), start + match.end(1), tier)
    match = _CELL.fullmatch(cell) if drivers else None
    return _other(match[1], start + match.start(1), start + match.end(1)) if match else None


def _massachusetts(token: bytes, start: int, end: int, tier: Tier) -> Finding | None:
    return None if _made_up(token) else Finding(Kind.DRIVERS_LICENSE, tier, start, end)


def _other(token: bytes, start: int, end: int) -> Finding | None:
    if _made_up(token):
        return None
    old = len(token) == 9 and token.isdigit()
    return Finding(Kind.DRIVERS_LICENSE, Tier.MEDIUM if old else Tier.LOW, start, end)


def _made_up(token: bytes) -> bool:
    return counted(token.translate(None, _NOT_DIGITS))
