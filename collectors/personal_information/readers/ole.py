"""Compound files: the old documents of Word, Excel and PowerPoint, and messages of Outlook."""

from collections.abc import Iterator

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Piece, Text, Unexamined, Why
from collectors.personal_information.readers.biff import cells
from collectors.personal_information.readers.compound import Compound, Entry
from collectors.personal_information.readers.part import BLOCK, Bounded, Part, Streamed
from collectors.personal_information.readers.plain import plain, raw
from collectors.personal_information.readers.wide import wide
from collectors.personal_information.sniffing import Family, family

_AS_THEY_STAND = {Family.PLAIN: plain, Family.RAW: raw, Family.WIDE: wide}
_WORKBOOK = frozenset({"Workbook", "Book"})
_ENCRYPTED = frozenset({"EncryptedPackage", "EncryptedSummary"})
"""[MS-OFFCRYPTO] 2.3.4.4; [MS-PPT] 2.1.4."""
_PACKED_RTF = b"LZFu"
_PLAIN_BODY = "__substg1.0_1000"
"""[MS-OXRTFCP] 2.1.3.1, [MS-OXPROPS] 2.618: the body of a message of Outlook, packed, and the same as plain text."""
_WORD = b"\xec\xa5"
_WORD_IS_ENCRYPTED = 0x01
"""In byte 11 of the stream ([MS-DOC] 2.5.2)."""


def ole(part: Part) -> Iterator[Piece]:
    """The text of all streams as that of the file itself; what is embedded in another format, as members."""
    compound = Compound(part.whole(), part.budget.limits.held)
    if any(entry.name in _ENCRYPTED for entry in compound.entries):
        raise CutError(Why.ENCRYPTED)
    for entry in compound.entries:
        part.budget.another_member()
        try:
            yield from _stream(part, compound, entry)
        except CutError as cut:
            yield Unexamined(part.member, cut.why)
            if cut.why is Why.ENCRYPTED:
                return
            part.budget.check()


def _stream(part: Part, compound: Compound, entry: Entry) -> Iterator[Piece]:
    stream = Bounded(Streamed(compound.stream(entry)), part.budget)
    if entry.name in _WORKBOOK:
        for block in cells(stream, part.budget.limits.held):
            yield Text(part.member, block, last=not block)
        return
    head = stream.read(BLOCK)
    if entry.name == "WordDocument" and head.startswith(_WORD) and len(head) > 11 and head[11] & _WORD_IS_ENCRYPTED:
        raise CutError(Why.ENCRYPTED)
    if head[8:12] == _PACKED_RTF and not any(one.name.startswith(_PLAIN_BODY) for one in compound.entries):
        raise CutError(Why.NO_READER)
    found = family(head)
    if found in _AS_THEY_STAND:
        inner = Part(part.member, head, stream, None, part.depth, part.budget, part.open)
        yield from _AS_THEY_STAND[found](inner)
        yield Text(part.member, b"\n")
    else:
        yield from part.inside(entry.name, Streamed(compound.stream(entry)))
