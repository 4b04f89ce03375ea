"""Texts in columns: what the heads of the columns say of the cells below them.

The first of a text's first eight lines that has such a head, and no cell longer than a head can be, is taken for the line of
heads. Cells are parted by tab, comma, semicolon or bar; a delimiter or a line break between double quotes parts nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from collectors.personal_information.keywords import OTHER_CARDS

HEAD = 4096
LINE = 2048
"""A cell that begins further from the beginning of its line belongs to no column."""
_CELL = 64
_BLANKS = 4
"""A head is a few words; a sentence is more."""


class Column(Enum):
    """What a column holds, after its head."""

    SOCIAL_SECURITY = auto()
    TAXPAYER = auto()
    CARD = auto()
    LICENSE = auto()
    ANY_LICENSE = auto()
    """Of some license, not said of which."""
    ACCOUNT = auto()
    ANY_ACCOUNT = auto()
    """Of some account, not said whether that is its number."""
    ROUTING = auto()
    NAME = auto()


_NUMBER = rb"(?: ?(?:numbers?|num|nbr|no|#))"
_STATE = rb"(?: (?:and )?(?:state|st))?"
_HEADS = {
    Column.SOCIAL_SECURITY: rb".*(?:(?:^| )ssn.*|social ?sec.*|(?:^| )soc sec.*|(?:^| )ss%s)" % _NUMBER,
    Column.TAXPAYER: rb"(?:.* )?itin%s?" % _NUMBER,
    Column.CARD: rb"(?!(?:.* )?(?:%s) ?card)(?:.* )?(?:(?:credit|debit|payment|bank) ?card%s?|card%s|ccn%s?|cc%s|pan)|cc"
    % (rb"|".join(OTHER_CARDS), *(_NUMBER,) * 4),
    Column.LICENSE: rb"(?:.* )?(?:(?:driver|driving) ?s? ?lic(?:en[sc]e)?%s?|dl%s|dln)%s" % (_NUMBER, _NUMBER, _STATE),
    Column.ANY_LICENSE: rb"(?:.* )?(?:lic(?:en[sc]e)?%s|(?:mass|ma|state) id%s?|oln)%s"
    rb"|(?:ma |permit )?(?:dl|lic(?:en[sc]e)?)%s" % (_NUMBER, _NUMBER, _STATE, _STATE),
    Column.ACCOUNT: rb"(?:.* )?(?:acc(?:oun)?t%s|(?:bank|checking|savings) ?acc(?:oun)?t|dda%s?"
    rb"|(?:routing|aba) (?:and )?acc(?:oun)?t)" % (_NUMBER, _NUMBER),
    Column.ANY_ACCOUNT: rb"acc(?:oun)?t",
    Column.ROUTING: rb"(?:.* )?(?:routing|aba|rtn|transit)%s?" % _NUMBER,
    Column.NAME: rb"(?:(?:first|last|full|middle|maiden|given|family|employee|customer|patient|member|client|account"
    rb"|cardholder|card|f|l) ?)?name|surname|cardholder|employee|patient",
}
"""Most of them have a word that the engines look for, or stand above what they look for."""
_UNSOUGHT = tuple(
    b"\n%s\n" % head
    for head in (
        b"account",
        b"acct",
        b"dda",
        b"dl",
        b"dl state",
        b"dl and state",
        b"lic",
        b"license",
        b"license and state",
        b"oln",
        b"state id",
        b"mass id",
        b"ma id",
    )
)
_BEGINNING = 256
_HEADS_ONLY = bytes(
    byte | 32 if 65 <= byte <= 90 else byte if 97 <= byte <= 122 or byte == 32 else 10 for byte in range(256)
)
_COLUMN = {column: re.compile(head) for column, head in _HEADS.items()}
_DELIMITERS = (b"\t", b",", b";", b"|")
_LINES = 8
"""The heads stand in one of the first lines: a title may stand above."""
_PUNCTUATION = re.compile(rb"[^a-z0-9#]+")
_CAMEL = re.compile(rb"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a text that are worth knowing."""

    delimiter: bytes
    """Empty where each line is one cell."""
    kinds: dict[int, Column]

    @property
    def named(self) -> bool:
        """Whether one of them holds people's names."""
        return Column.NAME in self.kinds.values()

    def of(self, text: bytes, place: int) -> Column | None:
        """What the column holds in which a place lies."""
        start = text.rfind(b"\n", max(0, place - LINE), place) + 1
        if not start:
            return None
        first, begun = self._going_on(text, start)
        return self.kinds.get(first + _count(b'"' * begun + text[start:place], self.delimiter))

    def cells(self, text: bytes, start: int, end: int) -> Iterator[tuple[int, bytes, Column]]:
        """The cells that begin between two places, in columns worth knowing: where, what, of which kind."""
        line = text.rfind(b"\n", 0, max(0, start - LINE)) + 1 or text.find(b"\n") + 1
        while 0 < line < end:
            stop = text.find(b"\n", line)
            place = line
            end_of_line = min(stop if stop >= 0 else len(text), line + LINE + _CELL)
            first, begun = self._going_on(text, line)
            place -= begun
            for number, cell in enumerate(_cells(b'"' * begun + text[line:end_of_line], self.delimiter), first):
                kind = self.kinds.get(number)
                if kind is not None and start <= place < end and place - line <= LINE and len(cell) <= _CELL:
                    yield place, cell, kind
                place += len(cell) + 1
            line = stop + 1

    def _going_on(self, text: bytes, line: int) -> tuple[int, bool]:
        """The number of the cell with which a line begins, and whether that began in double quotes in a line before."""
        quote = text.find(b'"', line, line + _CELL)
        if quote <= line or text.find(b"\n", line, quote) >= 0 or not self.delimiter:
            return 0, False
        if text[quote - 1 : quote] == self.delimiter or text[quote + 1 : quote + 2] != self.delimiter:
            return 0, False
        stop = line - 1
        for _ in range(_LINES):
            start = text.rfind(b"\n", max(0, line - LINE), stop) + 1
            if not start:
                break
            if text.count(b'"', start, stop) % 2:
                return _count(text[start:stop], self.delimiter), True
            stop = start - 1
        return 0, False


def names_unsought(beginning: bytes) -> bool:
    """Whether a head may stand in the first line which has no word that the engines look for."""
    line = beginning[: max(0, beginning.find(b"\n", 0, _BEGINNING))]
    if not (b"," in line or b"\t" in line or b";" in line or b"|" in line):  # a file of heads is rare: no loop
        return False
    heads = b"\n%s\n" % line.translate(_HEADS_ONLY)
    return any(map(heads.__contains__, _UNSOUGHT))


def columns_of(beginning: bytes) -> Columns | None:
    """What the heads say; nothing where there are none. Takes the first ``HEAD`` bytes of a text, of which the last line is not
    looked at: it may go on.
    """
    for number, line in enumerate(beginning.split(b"\n", _LINES)[:-1]):
        delimiter = max(_DELIMITERS, key=line.count)
        if delimiter not in line:
            delimiter = b""
        heads = _cells(line, delimiter)
        if (number and not delimiter) or any(len(head) > _CELL or head.count(b" ") > _BLANKS for head in heads):
            continue  # a line of a text, not the heads of a list
        kinds = {place: kind for place, head in enumerate(heads) if (kind := _kind(head)) is not None}
        if set(kinds.values()) - {Column.NAME, Column.ROUTING}:
            return Columns(delimiter, kinds)
    return None


def _kind(head: bytes) -> Column | None:
    plain = _PUNCTUATION.sub(b" ", _CAMEL.sub(b" ", head).lower()).strip()
    return next((column for column, pattern in _COLUMN.items() if pattern.fullmatch(plain)), None)


def _cells(line: bytes, delimiter: bytes) -> list[bytes]:
    """The cells as they stand, with their quotes."""
    if not delimiter:
        return [line]
    cells = line.split(delimiter)
    if b'"' not in line:
        return cells
    whole: list[bytes] = []
    is_open = False
    for cell in cells:
        if is_open:
            whole[-1] += delimiter + cell
        else:
            whole.append(cell)
        is_open ^= cell.count(b'"') % 2 == 1
    return whole


def _count(line: bytes, delimiter: bytes) -> int:
    return len(_cells(line, delimiter)) - 1
