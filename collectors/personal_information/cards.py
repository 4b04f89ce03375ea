"""Payment cards: credit and debit.

The first digits say who issued a card and how long its number is (ISO/IEC 7812; the issuers' published ranges); the last is a check
digit. Numbers that payment providers publish for tests are no cards, nor is what repeats its digits too much.

Tiers, of numbers that pass:
high: beside a word for a card, or in a column for it;
medium: in the groups that are printed on cards, and part of nothing longer; or one of a text's five and more unlabelled numbers, of
which at least four in five pass;
low: digits together, alone.
13 and 19 digits, and Maestro, count beside a word or in a column only.

One in ten of any numbers passes the check. So where a text has 20 or more of the shape and fewer than half pass, they are numbers of
orders or the like: none is told. Those with a word beside them and those without are reckoned apart.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from collectors.personal_information.columns import Column
from collectors.personal_information.digits import luhn, monotonous
from collectors.personal_information.finding import Finding
from collectors.personal_information.keywords import CARD, any_of
from collectors.personal_information.shapes import HYPHEN
from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.surroundings import Surroundings
from collectors.personal_information.tally import Tally
from collectors.personal_information.test_cards import TEST_CARDS

ENOUGH = 20
"""So many of the shape say how many pass."""
_SOME = 5
_NOT_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte <= 57)
_MAESTRO = (b"5018", b"5020", b"5038", b"5893", b"6304", b"6759", b"6761", b"6762", b"6763")
_ROW_BEFORE = re.compile(rb"(?<![0-9])[0-9]{4}[ -]\Z")
_ROW_AFTER = re.compile(rb"[ -][0-9]{4}(?![0-9])")
_DELIMITERS = re.compile(rb"[^0-9]+")
_HYPHEN = re.compile(HYPHEN)
_BROKEN_SPACE = re.compile(rb"[0-9 ]\r?\n")
_GROUPS_OF_FOUR = re.compile(rb"[0-9]{4}[^0-9]")


def issued(digits: bytes) -> bool:
    """Whether an issuer has numbers of these first digits and this length."""
    size, four = len(digits), int(digits[:4])
    two = four // 100
    if size == 16:
        return (
            40 <= two <= 49
            or 51 <= two <= 55
            or 2221 <= four <= 2720
            or _discover(four)
            or 3528 <= four <= 3589
            or two == 62
        )
    if size == 15:
        return two in {34, 37}
    if size == 14:
        return two in {36, 38, 39} or four // 10 in range(300, 306) or four == 3095
    if size == 13:
        return 40 <= two <= 49
    return (size == 19 and (40 <= two <= 49 or _discover(four))) or two == 62


def _discover(four: int) -> bool:
    return four == 6011 or 6440 <= four <= 6599


def _maestro(digits: bytes) -> bool:
    return digits.startswith(_MAESTRO)


def judged(around: Surroundings, start: int, end: int) -> "Card | None":
    """A number of the shape that an issuer could have given; nothing where none could."""
    written = around.text[start:end]
    digits = written.translate(None, _NOT_DIGITS)
    grouped = len(digits) != len(written)
    by_issuer = issued(digits)
    if not by_issuer and not _maestro(digits):
        return None
    if around.in_word(start, end) or (grouped and not _one_delimiter(written)):
        return None
    passes = luhn(digits)
    if passes and (monotonous(digits) or digits in TEST_CARDS):
        return None
    labelled = around.column(start) is Column.CARD or any_of(CARD, around.words(start, end))
    if not labelled and (not by_issuer or len(digits) in {13, 19} or _part_of_more(around, start, end)):
        return None
    tier = Tier.HIGH if labelled else Tier.MEDIUM if grouped else Tier.LOW
    return Card(Finding(Kind.PAYMENT_CARD, tier, start, end), labelled, passes)


def _one_delimiter(written: bytes) -> bool:
    """Hyphens throughout or spaces throughout; at most one of them, or one line break in the stead of a space, ends a line."""
    delimiters = _DELIMITERS.findall(written)
    breaks = sum(b"\n" in one for one in delimiters)
    kinds = {bool(_HYPHEN.match(one)) for one in delimiters}
    return len(kinds) == 1 and breaks <= 1


def _part_of_more(around: Surroundings, start: int, end: int) -> bool:
    """Whether it is a piece of something longer: of what is joined by punctuation, of a row of groups of four, of a table of them."""
    if around.joined(start, end):
        return True
    text = around.text
    if not _GROUPS_OF_FOUR.match(text, start, end):
        return False
    is_table = bool(_BROKEN_SPACE.search(text, start, end))
    return is_table or bool(
        _ROW_BEFORE.search(text[max(0, start - 6) : start]) or _ROW_AFTER.match(text[end : end + 6])
    )


class Card(NamedTuple):
    """A number of a card's shape."""

    finding: Finding
    labelled: bool
    passes: bool


class CardTally:
    """All numbers of a card's shape in a text, with and without a word beside them."""

    def __init__(self) -> None:
        self._reckoned = {True: _Reckoned(), False: _Reckoned()}

    def add(self, card: Card, offset: int, *, near_name: bool) -> None:
        """One more that passes."""
        self._reckoned[card.labelled].passing.add(card.finding.tier, offset, near_name=near_name)

    def count(self, card: Card) -> None:
        """One more of the shape, whether it passes or not."""
        self._reckoned[card.labelled].shapes += 1

    def total(self) -> Tally:
        """Those that are taken for cards."""
        unlabelled = self._reckoned[False].believed()
        if (
            unlabelled.count >= _SOME
            and unlabelled.count * 5 >= self._reckoned[False].shapes * 4
            and unlabelled.tier is Tier.LOW
        ):
            unlabelled.tier = Tier.MEDIUM
        return self._reckoned[True].believed().with_(unlabelled)


@dataclass(slots=True)
class _Reckoned:
    shapes: int = 0
    passing: Tally = field(default_factory=Tally)

    def believed(self) -> Tally:
        if self.shapes >= ENOUGH and self.passing.count * 2 < self.shapes:
            return Tally()
        return self.passing
