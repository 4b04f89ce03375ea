"""Account numbers at a bank or the like: known by the words before them only, for they have no form of their own.

A routing number is nine digits of which the first two are a district's and the last is a check digit
(https://www.aba.com/about-us/routing-number). One that stands near says that the other number is an account's.

Tiers of 6 to 17 digits behind a word for an account's number:
high: a routing number with a word for it, within 120 bytes;
medium: a routing number without one, or a word of banks beside it;
low: otherwise.
Below the head of a column, the routing number stands in the same line: in others stand other accounts.
Twelve digits near a word of Amazon's cloud are the number of an account there: nothing.
"""

import re

from collectors.personal_information.digits import counted
from collectors.personal_information.finding import Finding
from collectors.personal_information.keywords import BANK, CLOUD, ROUTING, any_of, words_of
from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.surroundings import Surroundings

_REACH = 120
_BEHIND = re.compile(
    rb"(?:[^0-9\r\n]{0,24}|[^0-9\r\n]{0,24}\r?\n[^0-9\r\n]{0,24})(?<![0-9A-Za-z_.+$/-])"
    rb"([0-9](?:[- ]?[0-9]){5,16})(?![0-9A-Za-z_]|[.,/-][0-9]|%)"
)
_CELL = re.compile(rb"[\s\"'=]*([0-9](?:[- ]?[0-9]){5,16})(?:\.0)?[\s\"']*")
_NOT_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte <= 57)
_ROUTING = re.compile(rb"(?<![0-9A-Za-z])[0-9]{9}(?![0-9A-Za-z])")
_DATE = re.compile(rb"(?:19|20)[0-9]{2}[- ]?[01][0-9][- ]?[0-3][0-9]")


def is_routing(digits: bytes) -> bool:
    """Whether nine digits can be a routing number: the district of a Federal Reserve Bank, and the check digit."""
    district = int(digits[:2])
    known = 1 <= district <= 12 or 21 <= district <= 32 or 61 <= district <= 72 or district == 80
    weighed = sum(int(digit) * weight for digit, weight in zip(digits.decode(), (3, 7, 1) * 3, strict=True))
    return known and weighed % 10 == 0


def behind_word(around: Surroundings, end: int) -> Finding | None:
    """Judge what follows a word for an account's number that ends at ``end``."""
    match = _BEHIND.match(around.text, end)
    return _judged(around, match[1], *match.span(1)) if match else None


def in_column(around: Surroundings, cell: bytes, start: int) -> Finding | None:
    """Judge a cell that holds nothing but digits."""
    match = _CELL.fullmatch(cell)
    if not match:
        return None
    return _judged(around, match[1], start + match.start(1), start + match.end(1), in_line=True)


def _judged(around: Surroundings, written: bytes, start: int, end: int, *, in_line: bool = False) -> Finding | None:
    digits = written.translate(None, _NOT_DIGITS)
    if counted(digits) or len(set(digits)) == 1 or _DATE.fullmatch(written):
        return None
    before, after = around.text[max(0, start - _REACH) : start], around.text[end : end + _REACH]
    words = words_of(before + b"\n" + after)
    if len(digits) == 12 and any_of(CLOUD, around.words(start, end)):
        return None
    if in_line:
        before, after = before.rpartition(b"\n")[2], after.partition(b"\n")[0]
    if any(is_routing(number) for number in _ROUTING.findall(before + b"\n" + after)):
        tier = Tier.HIGH if any_of(ROUTING, words) else Tier.MEDIUM
    else:
        tier = Tier.MEDIUM if any_of(BANK, words) else Tier.LOW
    return Finding(Kind.FINANCIAL_ACCOUNT, tier, start, end)
