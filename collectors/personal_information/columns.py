"""Texts in columns: what the heads of the columns say of the cells below them.

The first of a text's first eight lines that has such a head, and no cell longer than a head can be, is taken for the line of
heads. Cells are parted by tab, comma, semicolon or bar; a delimiter between double quotes parts nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

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
    NAME = auto()


_NUMBER = rb"(?: ?(?:numbers?|num|nbr|no|#))"
_HEADS = {
    Column.SOCIAL_SECURITY: rb".*(?:(?:^| )ssn.*|social ?sec.*|(?:^| )soc sec.*|(?:^| )ss%s)" % _NUMBER,
    Column.TAXPAYER: rb"(?:.* )?itin%s?" % _NUMBER,
    Column.CARD: rb"(?:.* )?(?:(?:credit|debit|payment|bank) ?card%s?|card%s|ccn?%s?|pan)" % ((_NUMBER,) * 3),
    Column.LICENSE: rb"(?:.* )?(?:(?:driver|driving) ?s? ?licen[sc]e%s?|dl%s|dln)" % ((_NUMBER,) * 2),
    Column.ANY_LICENSE: rb"(?:.* )?lic(?:en[sc]e)?%s" % _NUMBER,
    Column.ACCOUNT: rb"(?:.* )?(?:acc(?:oun)?t%s|(?:bank|checking|savings) ?acc(?:oun)?t)" % _NUMBER,
    Column.NAME: rb"(?:(?:first|last|full|middle|maiden|given|family|employee|customer|patient|member|client|account"
    rb"|cardholder|card|f|l) ?)?name|surname|cardholder|employee|patient",
}
"""All but that of cards and names have a word that the engines look for: without one, a text is never looked at for heads."""
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
        return self.kinds.get(_count(text[start:place], self.delimiter))

    def cells(self, text: bytes, start: int, end: int) -> Iterator[tuple[int, bytes, Column]]:
        """The cells that begin between two places, in columns worth knowing: where, what, of which kind."""
        line = text.rfind(b"\n", 0, max(0, start - LINE)) + 1 or text.find(b"\n") + 1
        while 0 < line < end:
            stop = text.find(b"\n", line)
            place = line
            end_of_line = min(stop if stop >= 0 else len(text), line + LINE + _CELL)
            for number, cell in enumerate(_cells(text[line:end_of_line], self.delimiter)):
                kind = self.kinds.get(number)
                if kind is not None and start <= place < end and place - line <= LINE and len(cell) <= _CELL:
                    yield place, cell, kind
                place += len(cell) + 1
            line = stop + 1


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
        if set(kinds.values()) - {Column.NAME}:
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
