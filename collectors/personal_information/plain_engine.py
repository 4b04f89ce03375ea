"""The shapes by the standard library alone.

Digits by one regular expression. Words, and what begins with letters, by finding plain pieces in a text whose bytes are reduced to
classes: ``bytes.translate`` and ``bytes.find`` are many times as fast as an expression of alternatives.
"""

import re
from collections.abc import Iterator

from collectors.personal_information.shapes import EXACT, TRANSIT, Candidate, Shape

_GAP = rb"[-./\t \x1e\x02\xe2\xc2\xef\r\n][^0-9]{0,4}"
_DIGITS = re.compile(
    rb"[0-9](?<![0-9][0-9])(?=[0-9]{2}(?:%(gap)s[0-9]{2}%(gap)s[0-9]{4}"
    rb"|[0-9](?:[0-9]{9}|%(gap)s[0-9]{4,6}%(gap)s|[0-9]{2}%(gap)s[0-9]{13})))" % {b"gap": _GAP}
)
"""Where digits begin that can be one of the two shapes. It begins with a plain class, for which the library looks fast."""
_LETTERS_ONLY = bytes(byte | 32 if 65 <= byte <= 90 else byte if 97 <= byte <= 122 else 32 for byte in range(256))
_CLASSES = bytes(65 if 97 <= byte | 32 <= 122 else 48 if 48 <= byte <= 57 else 32 for byte in range(256))
_BLANK = ord(" ")
_AHEAD = 12
_I = re.compile(rb"i\Z", re.IGNORECASE)
_BANK = re.compile(rb"(?:bank|checking|savings)[^a-z0-9]{0,3}\Z", re.IGNORECASE)
_PIECES: tuple[tuple[bytes, tuple[Shape, ...], re.Pattern[bytes] | None], ...] = (
    (b"soc", (Shape.SOCIAL_SECURITY_WORD,), None),
    (b" ss", (Shape.SOCIAL_SECURITY_WORD,), None),
    (b"tin ", (Shape.TAXPAYER_WORD,), _I),
    (b"taxpayer", (Shape.TAXPAYER_WORD,), None),
    (b"driv", (Shape.DRIVERS_LICENSE_WORD,), None),
    (b" dl", (Shape.DRIVERS_LICENSE_WORD, Shape.LICENSE_NUMBER_WORD), None),
    (b"identification", (Shape.DRIVERS_LICENSE_WORD,), None),
    (b" lic", (Shape.LICENSE_NUMBER_WORD,), None),
    (b"account", (Shape.ACCOUNT_WORD,), _BANK),
    (b"acct", (Shape.ACCOUNT_WORD,), _BANK),
)
"""Pieces of words, of which shapes they can be, and what may stand before a piece as part of it."""


_ROWS = (
    (b" AA00", (1,), Shape.IBAN),
    (b"A0000000", (-1, 0), Shape.LICENSE_NUMBER),
    (b"000000000000", (0,), Shape.BANK_LINE),
)
"""Classes of bytes, how far behind their beginning a candidate can begin, and of which shape it can be."""


class PlainEngine:
    """Needs nothing."""

    name = "plain"

    def candidates(self, text: bytes) -> list[Candidate]:
        """All of them, sorted."""
        return sorted({*_numbers(text), *_rows(text), *_words(text)})


def _numbers(text: bytes) -> Iterator[Candidate]:
    for suspected in _DIGITS.finditer(text):
        start = suspected.start()
        for shape in (Shape.SOCIAL_SECURITY, Shape.CARD):
            if match := EXACT[shape].match(text, start):
                yield Candidate(start, match.end(), shape)


def _rows(text: bytes) -> Iterator[Candidate]:
    classes = text.translate(_CLASSES)
    for piece, begins, shape in _ROWS:
        exact = EXACT[shape]
        for place in _places(classes, piece):
            for begin in begins:
                if match := exact.match(text, place + begin):
                    yield Candidate(match.start(), match.end(), shape)
    if TRANSIT[-1:] in text:
        exact = EXACT[Shape.BANK_LINE]
        for place in _places(text, TRANSIT):
            if match := exact.match(text, place + len(TRANSIT)):
                yield Candidate(match.start(), match.end(), Shape.BANK_LINE)


def _words(text: bytes) -> Iterator[Candidate]:
    letters = text.translate(_LETTERS_ONLY)
    for piece, shapes, ahead in _PIECES:
        exact = [(shape, EXACT[shape]) for shape in shapes]
        for place in _places(letters, piece):
            start = place + (piece[0] == _BLANK)
            for begin in (start, *_before(ahead, text, start)):
                for shape, pattern in exact:
                    if match := pattern.match(text, begin):
                        yield Candidate(begin, match.end(), shape)


def _before(ahead: re.Pattern[bytes] | None, text: bytes, start: int) -> Iterator[int]:
    """Where what stands before a piece begins, if it is part of the same."""
    if ahead and (match := ahead.search(text, max(0, start - _AHEAD), start)):
        yield match.start()


def _places(text: bytes, piece: bytes) -> Iterator[int]:
    place = text.find(piece)
    while place >= 0:
        yield place
        place = text.find(piece, place + 1)
