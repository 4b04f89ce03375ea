"""Payment cards: credit and debit.

The first digits say who issued a card and how long its number is (ISO/IEC 7812; the issuers' published ranges); the last is a
check digit. Numbers that payment providers publish for tests are no cards, nor is what repeats its digits too much.

Tiers, of numbers that pass:
high: beside a word for a card, or in a column for it; as a magnetic stripe has it;
medium: in the groups that are printed on cards, and part of nothing longer; or one of a text's five and more unlabelled numbers, of
which at least four in five pass;
low: digits together, alone.
13 and 19 digits, and Maestro, count beside a word or in a column only; so do groups of four with more of them beside, also of
hexadecimal digits, or with the line broken between them: a table looks like that. Groups that something else parts count right
behind a word only.

One in ten of any numbers passes the check. So where a text has 20 or more of the shape and fewer than half pass, they are numbers of
orders or the like: none is told. Those with a word beside them and those without are reckoned apart.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from collectors.personal_information.columns import Column
from collectors.personal_information.digits import luhn, monotonous
from collectors.personal_information.finding import Finding
from collectors.personal_information.keywords import card_in, words_of
from collectors.personal_information.published_cards import PUBLISHED_CARDS
from collectors.personal_information.shapes import HYPHEN, LOOSE
from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.surroundings import Surroundings
from collectors.personal_information.tally import Tally

ENOUGH = 20
"""So many of the shape say how many pass."""
_SOME = 5
_NOT_DIGITS = bytes(byte for byte in range(256) if not 48 <= byte <= 57)
_MAESTRO = (b"5018", b"5020", b"5038", b"5893", b"6304", b"6759", b"6761", b"6762", b"6763")
_HEXADECIMAL = rb"(?=[A-Fa-f]{0,4}[0-9])[0-9A-Fa-f]{4,5}"
_FOUR_BEFORE = re.compile(rb"(?<![0-9A-Za-z])%s[ -]\Z" % _HEXADECIMAL)
_FOUR_AFTER = re.compile(rb"[ -]%s(?![0-9A-Za-z])" % _HEXADECIMAL)
_DELIMITER = re.compile(rb"[^0-9]+")
_DIGITS = re.compile(rb"[0-9]")
_HYPHEN = re.compile(HYPHEN)
_BROKEN = re.compile(rb"[0-9 ]\r?\n")
_GROUPS_OF_FOUR = re.compile(rb"[0-9]{4}[^0-9]")
_LOOSE = re.compile(LOOSE)
_LOOSE_BEFORE = re.compile(rb"[0-9]%s\Z" % LOOSE)
_LOOSE_AFTER = re.compile(rb"%s[0-9]" % LOOSE)
_RIGHT_BEHIND = 40
_CC = re.compile(
    rb"(?<![A-Za-z0-9./])cc[^A-Za-z0-9]{0,6}(?:(?:no|nbr|num|number)(?: is)?[^A-Za-z0-9]{0,6})?\Z", re.IGNORECASE
)
_CC_REACH = 26
_IN_PATH = re.compile(rb"[A-Za-z0-9]/\Z")
_STRIPE = (
    (re.compile(rb"%B\Z", re.IGNORECASE), re.compile(rb"\^[^^\r\n]{2,26}\^[0-9^]")),
    (re.compile(rb"(?:^|[^0-9A-Za-z]);\Z"), re.compile(rb"=[0-9]{7}")),
)
"""What stands before and after a number on the two tracks of a magnetic stripe (ISO/IEC 7813)."""
_BEHIND_ON_STRIPE = frozenset((b"^", b"="))


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


def judged(around: Surroundings, start: int, end: int) -> "Card | None":
    """A number of the shape that an issuer could have given; nothing where none could."""
    text = around.text
    written = text[start:end]
    digits = written.translate(None, _NOT_DIGITS)
    by_issuer = issued(digits)
    if not by_issuer and not digits.startswith(_MAESTRO):
        return None
    grouped = len(digits) != len(written)
    stripe = text[end : end + 1] in _BEHIND_ON_STRIPE and not grouped and _on_stripe(text, start, end)
    if not stripe and (around.in_word(start, end) or (grouped and not _is_one(text, start, end))):
        return None
    passes = luhn(digits)
    if passes and (monotonous(digits) or digits in PUBLISHED_CARDS):
        return None
    if grouped and _LOOSE.search(text, start, end):
        if not _right_behind_word(around, start, end):
            return None
        labelled = True
    else:
        labelled = stripe or around.column(start) is Column.CARD or _beside_word(around, start, end)
    if not labelled and (
        not by_issuer
        or len(digits) in {13, 19}
        or around.joined(start, end)
        or _in_table(text, start, end)
        or (not grouped and _IN_PATH.search(text[start - 2 : start]))
    ):
        return None
    tier = Tier.HIGH if labelled else Tier.MEDIUM if grouped else Tier.LOW
    return Card(Finding(Kind.PAYMENT_CARD, tier, start, end), labelled, passes)


def _on_stripe(text: bytes, start: int, end: int) -> bool:
    return any(after.match(text, end) and before.search(text[max(0, start - 2) : start]) for before, after in _STRIPE)


def _beside_word(around: Surroundings, start: int, end: int) -> bool:
    if card_in(around.words(start, end)):
        return True
    before = around.text[max(0, start - _CC_REACH) : start]
    return b"cc" in before.lower() and bool(_CC.search(before)) and not around.text.startswith(b"@", end)


def _right_behind_word(around: Surroundings, start: int, end: int) -> bool:
    """Whether a word for a card stands before groups that anything parts, with no digit between, and they are not some of more."""
    text = around.text
    if (
        around.joined(start, end)
        or _LOOSE_BEFORE.search(text[max(0, start - 3) : start])
        or _LOOSE_AFTER.match(text, end)
    ):
        return False
    before = _DIGITS.split(text[max(0, start - _RIGHT_BEHIND) : start].rpartition(b"\n")[2])[-1]
    return card_in(words_of(before)) or bool(_CC.search(before))


def _is_one(text: bytes, start: int, end: int) -> bool:
    """Whether groups are one number: hyphens throughout or spaces throughout; at most one of them ends a line, or is a line
    break in the stead of a space; and they are not the midst of a longer row of groups of four.
    """
    if _FOUR_BEFORE.search(text[max(0, start - 7) : start]) and _FOUR_AFTER.match(text, end):
        return False
    delimiters = _DELIMITER.findall(text, start, end)
    if len(set(delimiters)) == 1 and b"\n" not in delimiters[0]:  # nearly always
        return True
    return len({bool(_HYPHEN.match(one)) for one in delimiters}) == 1 and sum(b"\n" in one for one in delimiters) <= 1


def _in_table(text: bytes, start: int, end: int) -> bool:
    """Whether groups of four can be some of a table of them: more stand beside them, or the line breaks between them."""
    if not _GROUPS_OF_FOUR.match(text, start, end):
        return False
    return bool(
        _FOUR_BEFORE.search(text[max(0, start - 7) : start])
        or _FOUR_AFTER.match(text, end)
        or _BROKEN.search(text, start, end)
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

    def of(self, card: Card) -> Tally:
        """The tally to which a card adds if it passes. It is reckoned as one of the shape."""
        reckoned = self._reckoned[card.labelled]
        reckoned.shapes += 1
        return reckoned.passing

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
