"""Account numbers at a bank or the like: known by the words before them only, for they have no form of their own.

A routing number is nine digits of which the first two are a district's and the last is a check digit
(https://www.aba.com/about-us/routing-number). One that stands near says that the other number is an account's.

Tiers of 6 to 17 digits behind a word for an account's number:
high: a routing number with a word for it, within 120 bytes;
medium: a routing number without one, or a word of banks beside it;
low: otherwise; with letters before the digits.
high besides: behind a routing number at the foot of a check, in an entry for the Automated Clearing House, in a cell of both.
Below the head of a column, the routing number stands in the same line: in others stand other accounts.
Twelve digits near a word of Amazon's cloud are the number of an account there: nothing.
"""

import re

from collectors.personal_information.columns import Column, Columns
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
_LETTERED = re.compile(
    rb"[^0-9A-Za-z\r\n]{0,8}(?<![0-9A-Za-z_.+$/-])([A-Z]{1,4}-?[0-9]{6,14})(?![0-9A-Za-z_]|[.,/-][0-9]|%)"
)
_ROUTING_AND_ACCOUNT = re.compile(rb"[\s\"'=]*([0-9]{9}) ?[/-] ?([0-9]{5,17})[\s\"']*")
_ENTRY = 94
_ON_CHECK = re.compile(rb"[ \t]{0,4}([0-9][0-9 -]{3,16}[0-9])[ \t]{0,2}\xe2\x91\x88")
"""Behind a routing number at the foot of a check: the account, and the sign behind it (U+2448)."""
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
    if match := _BEHIND.match(around.text, end):
        return _judged(around, match[1], *match.span(1))
    match = _LETTERED.match(around.text, end)
    if match is None or counted(match[1].translate(None, _NOT_DIGITS)):
        return None
    return Finding(Kind.FINANCIAL_ACCOUNT, Tier.LOW, *match.span(1))


def in_column(around: Surroundings, cell: bytes, start: int, *, any_account: bool) -> Finding | None:
    """Judge a cell that holds nothing but digits; ``any_account`` where the head does not say that they are an account's number."""
    if (match := _ROUTING_AND_ACCOUNT.fullmatch(cell)) and is_routing(match[1]) and not counted(match[2]):
        return Finding(Kind.FINANCIAL_ACCOUNT, Tier.HIGH, start + match.start(2), start + match.end(2))
    match = _CELL.fullmatch(cell)
    if not match:
        return None
    found = _judged(around, match[1], start + match.start(1), start + match.end(1), in_line=True)
    if not found or not around.columns or not any_account:
        return found
    tier = Tier.HIGH if _routed(around, around.columns, start) else Tier.LOW
    return Finding(found.kind, tier, found.start, found.end)


def _routed(around: Surroundings, columns: Columns, start: int) -> bool:
    """Whether a routing number stands in the column for it, in the same line."""
    line = around.text.rfind(b"\n", max(0, start - _REACH), start) + 1 or start - _REACH
    stop = around.text.find(b"\n", start, start + _REACH)
    end = stop if stop >= 0 else start + _REACH
    return any(
        is_routing(one[0]) and columns.of(around.text, one.start()) is Column.ROUTING
        for one in _ROUTING.finditer(around.text, max(1, line), end)
    )


def bank_line(around: Surroundings, start: int, end: int) -> Finding | None:
    """Judge the line at the foot of a check, of which the routing number stands between two places; or an entry of a file for the
    Automated Clearing House, whose columns are fixed (https://achdevguide.nacha.org/ach-file-details).
    """
    text = around.text
    if end - start == _ENTRY:
        routing, place = text[start + 3 : start + 12], start + 12
        account = text[place : place + 17].rstrip()
    else:
        match = _ON_CHECK.match(text, end)
        if not match:
            return None
        routing, place, account = text[start:end].translate(None, _NOT_DIGITS), match.start(1), match[1]
    digits = account.translate(None, _NOT_DIGITS)
    if not is_routing(routing[-9:]) or len(digits) < 4 or counted(digits):
        return None
    return Finding(Kind.FINANCIAL_ACCOUNT, Tier.HIGH, place, place + len(account))


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
