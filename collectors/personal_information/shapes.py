"""The shapes that the engines look for, and where each candidate begins and ends exactly.

An engine may suspect too much: these patterns decide, so every engine yields the same candidates. Letters are ASCII.
"""

import re
from enum import IntEnum
from typing import NamedTuple


class Shape(IntEnum):
    """What a candidate looks like."""

    SOCIAL_SECURITY = 0
    """Three, two and four digits with something between."""
    CARD = 1
    """13 to 19 digits, together or in the groups that are printed on cards; not right behind a full stop, where fractions stand."""
    IBAN = 2
    """The first twelve characters of an international bank account number."""
    SOCIAL_SECURITY_WORD = 3
    TAXPAYER_WORD = 4
    DRIVERS_LICENSE_WORD = 5
    LICENSE_NUMBER_WORD = 6
    """A number of some license, not said of which; or a word for a license as a label."""
    ACCOUNT_WORD = 7
    LICENSE_NUMBER = 8
    """The form of Massachusetts' driver's licenses."""
    BANK_LINE = 9
    """A routing number as the line at the foot of a check has it, or a line of a file for the clearing of payments."""


class Candidate(NamedTuple):
    """Where a shape stands in a text: positions only, never what stands there."""

    start: int
    end: int
    shape: Shape


HYPHEN = rb"(?:[-\x1e\x02]|\xe2\x80[\x90-\x93]|\xc2\xad|\xef\xbf\xbe)"
"""ASCII's; Word's non-breaking hyphen (0x1E in its binary files); hyphens, figure and en dash of Unicode; the soft hyphen; what
readers of PDF give for a hyphen at the end of a line (U+0002, U+FFFE)."""
SPACE = rb"(?: |\xc2\xa0)"
BREAK = rb"(?:\r?\n)"
LOOSE = rb"(?:[./\t]|  )"
"""What parts the groups of a card's number right behind a word for it, and of much else elsewhere."""
_BETWEEN = rb"(?:%s%s?|%s| %s )" % (HYPHEN, BREAK, SPACE, HYPHEN)
_BETWEEN_CARD = rb"(?:%s|%s%s?|%s%s?|%s)" % (LOOSE, HYPHEN, BREAK, SPACE, BREAK, BREAK)
_BETWEEN_WIDE = rb"(?: %s |(?:[- \x1e\x02]|\xe2\x80[\x90-\x93]|\xc2[\xa0\xad]|\xef\xbf\xbe|-?\r?\n)(?:\r?\n)?)" % HYPHEN
_BETWEEN_CARD_WIDE = rb"(?:  |(?:[-./\t \x1e\x02]|\xe2\x80[\x90-\x93]|\xc2[\xa0\xad]|\xef\xbf\xbe|-?\r?\n)(?:\r?\n)?)"


def _spread(groups: tuple[int, ...], between: bytes) -> bytes:
    return between.join(rb"[0-9]{%d}" % size for size in groups)


_CARD_GROUPS = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (6, 13))
_NUMBER = rb"(?:numbers?|num|nbr|no|#)"
_APART = rb"[^a-z0-9]{0,3}"
# Each word is written once. "<" stands for a place with no letter before it, ">" for one with no letter after it.
_WORDS = {
    Shape.SOCIAL_SECURITY_WORD: rb"social%ssec|<soc%ssec|<ssn|<ss%s%s>" % (_APART, _APART, _APART, _NUMBER),
    Shape.TAXPAYER_WORD: rb"<i?tin>|taxpayer%sid" % _APART,
    Shape.DRIVERS_LICENSE_WORD: rb"driv(?:er|ing)%s(?:s%s)?(?:licen[sc]e|lic>)|<dln>|<dl%s%s>|identification%scard"
    % (_APART, _APART, _APART, _NUMBER, _APART),
    Shape.LICENSE_NUMBER_WORD: rb"<lic(?:en[sc]e)?%s%s>|<(?:dl|lic(?:en[sc]e)?) ?[:=]" % (_APART, _NUMBER),
    Shape.ACCOUNT_WORD: rb"acc(?:oun)?t%s%s>|acc(?:oun)?t ?[:=]|(?:bank|checking|savings)%sacc(?:oun)?t"
    % (_APART, _NUMBER, _APART),
}


def _exact(word: bytes) -> re.Pattern[bytes]:
    return re.compile(word.replace(b"<", rb"(?<![A-Za-z])").replace(b">", rb"(?![A-Za-z])"), re.IGNORECASE)


_ISSUERS = rb"2[2-7]|3[04-9]|4|5[0-58]|6[02-57]"
"""The first digits of all cards: what is commonest of their length are moments, which begin with 20."""
_IBAN = rb"[A-Z]{2}[0-9]{2}%s?[A-Z0-9]{4}%s?[A-Z0-9]{4}" % ((rb"(?:[ -]|\xc2\xa0)",) * 2)
TRANSIT = b"\xe2\x91\x86"
"""The sign on both sides of a routing number (U+2446)."""
EXACT: dict[Shape, re.Pattern[bytes]] = {
    Shape.SOCIAL_SECURITY: re.compile(rb"(?<![0-9])%s(?![0-9])" % _spread((3, 2, 4), _BETWEEN)),
    Shape.CARD: re.compile(
        rb"(?<![0-9.])(?=%s)(?:%s)(?![0-9])"
        % (_ISSUERS, rb"|".join([rb"[0-9]{13,19}", *(_spread(one, _BETWEEN_CARD) for one in _CARD_GROUPS)]))
    ),
    Shape.IBAN: re.compile(rb"(?<![A-Za-z0-9])(?:%s|%s)" % (_IBAN, _IBAN.replace(b"A-Z", b"a-z"))),
    Shape.LICENSE_NUMBER: re.compile(rb"(?<![A-Za-z0-9_-])S[0-9A][0-9]{7}(?![A-Za-z0-9_-])"),
    Shape.BANK_LINE: re.compile(
        rb"(?<=\n)6[2-5][0-9]{10}[A-Z0-9 -]{17}[0-9]{10}[^\r\n]{15}(?=[^\r\n]{0,20}[A-Za-z]{2})[^\r\n]{24}[01][0-9]{15}(?=\r?\n)"
        rb"|(?<=%s)[0-9]{9}%s" % (TRANSIT, TRANSIT)
    ),
    **{shape: _exact(word) for shape, word in _WORDS.items()},
}
"""Matched at a place that an engine suspects; it says whether a candidate begins there."""
WIDE: dict[Shape, bytes] = {
    Shape.SOCIAL_SECURITY: rb"[^0-9]%s[^0-9]" % _spread((3, 2, 4), _BETWEEN_WIDE),
    Shape.CARD: rb"[^0-9.][2-6](?:[0-9]{12,18}|[0-9]{3}%s(?:%s|%s)|[0-9]{5}%s[0-9]{13})[^0-9]"
    % (
        _BETWEEN_CARD_WIDE,
        _spread((4, 4, 4), _BETWEEN_CARD_WIDE),
        _spread((6, 4), _BETWEEN_CARD_WIDE) + rb"[0-9]?",
        _BETWEEN_CARD_WIDE,
    ),
    Shape.IBAN: rb"[^A-Za-z0-9](?:%s|%s)" % (_IBAN, _IBAN.replace(b"A-Z", b"a-z")),
    Shape.LICENSE_NUMBER: rb"[^A-Za-z0-9_-]S[0-9A][0-9]{7}[^A-Za-z0-9_-]",
    Shape.BANK_LINE: rb"[\n\x86][0-9]{9}[0-9\xe2]",
    **{shape: word.replace(b"<", rb"[^a-z]").replace(b">", rb"[^a-z]") for shape, word in _WORDS.items()},
}
"""At least as much as ``EXACT``, for an automaton that knows nothing of what stands around a match and is fast while it is small. A
match begins where the candidate does, or one byte before."""
WORD_SHAPES = frozenset(_WORDS)
