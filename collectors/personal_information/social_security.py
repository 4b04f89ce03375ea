"""Social Security numbers, and the taxpayer numbers that are written in the same way.

The Social Security Administration gives no area 000, 666 or 900 to 999, no group 00 and no serial 0000; since 2011-06-25 the area
says nothing more (https://www.ssa.gov/employer/randomization.html). Individual taxpayer numbers begin with 9, with 50 to 65, 70
to 88, 90 to 92 or 94 to 99 in the middle (https://www.irs.gov/individuals/individual-taxpayer-identification-number).

Tiers, of numbers with the same delimiter twice:
high: beside a word for it, or in a column for it;
medium: with hyphens, and part of nothing longer;
low: with spaces, and part of nothing longer.
With a hyphen between spaces: as the first, and nothing elsewhere, where it is a subtraction.
Of nine digits together: medium, behind such a word or below it, or in such a column; nothing elsewhere.
Taxpayer numbers: high beside their word, medium together behind it, low elsewhere.
"""

import re

from collectors.personal_information.columns import Column
from collectors.personal_information.digits import counted
from collectors.personal_information.finding import Finding
from collectors.personal_information.heads import below
from collectors.personal_information.keywords import SOCIAL_SECURITY, TAXPAYER, any_of
from collectors.personal_information.shapes import BREAK, HYPHEN, SPACE
from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.statements import value_of
from collectors.personal_information.surroundings import Surroundings

ADVERTISED = frozenset(
    b"002281852 022281852 042103580 062360749 078051120 095073645 128036045 135016629 141186941 165167999 165187999 165207999"
    b" 165227999 165247999 189092294 212097694 212099999 219099999 306302348 308125070 468288779 549241889".split()
)
"""Numbers that were printed on sample cards in wallets and in pamphlets and are void: among them 078-05-1120 (a wallet of 1938,
https://www.ssa.gov/history/ssn/misused.html) and 219-09-9999 (a pamphlet of 1940)."""
_EXAMPLES = frozenset((b"123456789", b"012345678"))
_DELIMITED = re.compile(rb"([0-9]{3})([^0-9]+)([0-9]{2})([^0-9]+)([0-9]{4})")
_ROW_BEFORE = re.compile(rb"[0-9]-\Z")
_ROW_AFTER = re.compile(rb"-[0-9]")
"""More groups, before and after: some longer number, whatever stands beside it."""
_PERSON = re.compile(
    rb"(?:recipient|borrower|student|participant|transferor|winner)[^a-z0-9]{0,3}(?:s[^a-z0-9]{0,3})?\Z", re.IGNORECASE
)
"""Who is asked for a taxpayer number in forms of the Internal Revenue Service, and most often has it from Social Security."""
_BEFORE = 24
_SPACE = re.compile(SPACE)
_APART = re.compile(rb" %s " % HYPHEN)
_BREAK = re.compile(BREAK)
_TOGETHER_CELL = re.compile(rb"(?<![0-9A-Za-z_.+/-])[0-9]{9}(?![0-9A-Za-z_]|[.,/-][0-9])")
_TOGETHER = re.compile(rb"[^0-9]{0,32}?(?<![0-9A-Za-z_.+/-])([0-9]{9})(?![0-9A-Za-z_]|[.,/-][0-9])")
_ELSEWHERE = re.compile(rb"<tr[\s>]|[,;|\t][^\n]*[A-Za-z][^\n]*\n", re.IGNORECASE)
"""Behind this comes the first cell of another row, whatever the head before it."""
_CELL = re.compile(rb"[\s\"'=]*([0-9]{7,9})(?:\.0)?[\s\"']*")
"""A worksheet that takes the number for a quantity drops the noughts before it (010 to 034 were given in Massachusetts), and its
readers may add one behind a point."""


def is_social_security(digits: bytes) -> bool:
    """Whether nine digits can be somebody's number."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return not (
        area in {b"000", b"666"}
        or area[0] == ord("9")
        or group == b"00"
        or serial == b"0000"
        or digits in ADVERTISED
        or digits in _EXAMPLES
        or len(set(area)) == len(set(group)) == len(set(serial)) == 1  # 111-22-3333
    )


def is_taxpayer(digits: bytes) -> bool:
    """Whether nine digits can be an individual taxpayer's number."""
    group = int(digits[3:5])
    fits = 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99
    return digits[0] == ord("9") and fits and digits[5:] != b"0000"


def delimited(around: Surroundings, start: int, end: int) -> Finding | None:
    """Judge a number in three groups."""
    parts = _DELIMITED.fullmatch(around.text, start, end)
    if not parts:
        return None
    area, one, group, other, serial = parts.groups()
    spaced = bool(_SPACE.match(one))
    apart = bool(_APART.match(one))
    if (
        spaced != bool(_SPACE.match(other))
        or apart != bool(_APART.match(other))
        or (_BREAK.search(one) and _BREAK.search(other))
    ):
        return None
    digits = area + group + serial
    if is_taxpayer(digits):
        kind, pieces, column = Kind.TAXPAYER_NUMBER, TAXPAYER, Column.TAXPAYER
    elif is_social_security(digits):
        kind, pieces, column = Kind.SOCIAL_SECURITY_NUMBER, SOCIAL_SECURITY, Column.SOCIAL_SECURITY
    else:
        return None
    if (
        around.in_word(start, end)
        or _ROW_BEFORE.search(around.text, max(0, start - 2), start)
        or _ROW_AFTER.match(around.text, end)
    ):
        return None
    if around.column(start) is column or any_of(pieces, around.words(start, end)):
        return Finding(kind, Tier.HIGH, start, end)
    if apart or around.joined(start, end):
        return None
    low = spaced or kind is Kind.TAXPAYER_NUMBER
    return Finding(kind, Tier.LOW if low else Tier.MEDIUM, start, end)


def behind_word(around: Surroundings, start: int, end: int, *, taxpayer: bool) -> Finding | None:
    """Judge what follows the word for one of the two, which stands between two places: nine digits together. Where the word is
    the name of a column in a statement of SQL or the like, the column's first value; where it is a head, what stands below.
    """
    if taxpayer and _PERSON.search(around.text, max(0, start - _BEFORE), start):
        taxpayer = False
    if value := value_of(around.text, start):
        return in_column(value[1], value[0], taxpayer=taxpayer)
    match = _TOGETHER.match(around.text, end)
    if match and not _ELSEWHERE.search(around.text, end, match.start(1)):
        return _together(match[1], *match.span(1), taxpayer=taxpayer)
    if match := below(around.text, start, end, _TOGETHER_CELL):
        return _together(match[0], *match.span(), taxpayer=taxpayer)
    return None


def in_column(cell: bytes, start: int, *, taxpayer: bool) -> Finding | None:
    """Judge a cell that holds nothing but nine digits, or seven or eight that lack noughts before them."""
    match = _CELL.fullmatch(cell)
    if not match:
        return None
    return _together(match[1].zfill(9), start + match.start(1), start + match.end(1), taxpayer=taxpayer)


def _together(digits: bytes, start: int, end: int, *, taxpayer: bool) -> Finding | None:
    if counted(digits):
        return None
    if is_taxpayer(digits):
        return Finding(Kind.TAXPAYER_NUMBER, Tier.MEDIUM, start, end)
    if taxpayer or not is_social_security(digits):
        return None
    return Finding(Kind.SOCIAL_SECURITY_NUMBER, Tier.MEDIUM, start, end)
