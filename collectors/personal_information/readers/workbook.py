"""Workbooks of ECMA-376, part 1, section 18 (xlsx), row by row. No library is needed: what the reader of one would put into tables
in memory, of a size that a hostile file chooses, passes by here.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from collectors.personal_information.pieces import Piece, Text
from collectors.personal_information.readers.cell_masks import Masks, masked, masks
from collectors.personal_information.readers.markup import stripped, unescaped, whole_until
from collectors.personal_information.readers.members import Members
from collectors.personal_information.readers.part import Stream
from collectors.personal_information.readers.zip_directory import Entry

_SHARED = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_SHEETS = ("xl/worksheets/", "xl/macrosheets/", "xl/dialogsheets/")
_PIVOT_CACHE = "xl/pivotCache/"
_SAYS_NOTHING = re.compile(
    r"xl/(?:styles|calcChain|metadata|workbook)\.xml|xl/theme/.*|.*\.rels|\[Content_Types\]\.xml"
)
_MOST_STRINGS = 24 << 20
"""Bytes of the table of strings that is kept; a larger one is read as a text of its own, apart from its cells."""
_MANY = 500_000
"""Strings that are kept, whatever their size."""
_TOKEN = re.compile(rb"<(?:\w{1,20}:)?(c|v|t|/row)(?:\s([^<>]*))?>([^<]*)")
"""The beginning of a cell with its attributes, a value with its text, the end of a row."""
_COLUMN = re.compile(rb"\br=[\"']([A-Z]{1,3})[0-9]")
"""Of the attributes of a cell: where it stands. Cells that hold nothing are mostly left out."""
_MOST_BLANK = 256
"""Cells in a row that were left out and are told as blank; a sheet may claim thousands for a few bytes."""
_STRING = re.compile(rb"<(?:\w{1,20}:)?(si|t)(?:\s[^<>]*)?/?>([^<]*)")
_KEPT_VALUE = re.compile(rb'<(?:\w{1,20}:)?[sn] [^<>]{0,200}?v="([^"<]*)"')


def is_workbook(names: Sequence[str]) -> bool:
    """Whether the members of an archive are those of a workbook."""
    return "xl/workbook.xml" in names


def workbook(members: Members) -> Iterator[Piece]:
    """The rows of each sheet, cells divided by tabs, then comments and the like, as texts of the file; what is embedded, as
    members.
    """
    member = members.part.member
    by_name = {entry.name: entry for entry in members.entries}
    strings: list[bytes] = []
    if _SHARED in by_name:
        kept = _strings(members.counted(by_name[_SHARED]))
        if kept is None:
            for text in stripped(_SHARED, members.counted(by_name[_SHARED])):
                yield Text(member, text)
        strings = kept or []
    shown = masks(members.counted(by_name[_STYLES])) if _STYLES in by_name else Masks()
    others: list[Entry] = []
    for name, entry in by_name.items():
        if _SAYS_NOTHING.fullmatch(name) or name == _SHARED:
            continue
        if not name.endswith((".xml", ".vml")):
            others.append(entry)
        elif name.startswith(_SHEETS):
            for text in _rows(members.counted(entry), strings, shown):
                yield Text(member, text)
            yield Text(member, b"", last=True)  # the next sheet has heads of its own
        else:
            stream = members.counted(entry)
            for text in _kept_values(stream) if name.startswith(_PIVOT_CACHE) else stripped(name, stream):
                yield Text(member, text)
            yield Text(member, b"\n")
    for entry in others:
        yield from members.inside(entry)


def _strings(stream: Stream) -> list[bytes] | None:
    """The table of strings, or None where it is too large to be kept."""
    found: list[bytes] = []
    size = 0
    for xml in whole_until(stream, b"</si>", b">"):
        size += len(xml)
        for name, text in _STRING.findall(xml):
            if name == b"si":
                found.append(b"")
            elif found:
                found[-1] = found[-1] + text if found[-1] else text
        if size > _MOST_STRINGS or len(found) > _MANY:
            return None
    return [unescaped(one) for one in found]


def _rows(stream: Stream, strings: list[bytes], shown: Masks) -> Iterator[bytes]:
    is_shared = False
    mask: bytes | None = None
    column = 0
    for xml in whole_until(stream, b"</row>", b"</c>"):
        out: list[bytes] = []
        put = out.append
        for name, about, text in _TOKEN.findall(xml):
            if name == b"c":
                place = _COLUMN.search(about)
                before, column = column, _number_of(place[1]) if place else column + 1
                put(b"\t" if column <= before + 1 else b"\t" * min(column - before, _MOST_BLANK))
                is_shared = b't="s"' in about or b"t='s'" in about
                mask = shown.of(about) if shown else None
            elif name == b"/row":
                put(b"\n")
                column = 0
            elif is_shared and name == b"v":
                put(strings[int(text)] if text.isdigit() and int(text) < len(strings) else b"")
            elif mask is not None:
                put(masked(text, mask))
            else:
                put(_number(text) if b"E" in text else unescaped(text))
        yield b"".join(out)


@lru_cache(1 << 15)
def _number_of(letters: bytes) -> int:
    """That of a column, from 1 on: there are fewer than 20,000 names."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _number(text: bytes) -> bytes:
    """A whole number in full, which Excel writes with an exponent."""
    try:
        number = float(text)
    except ValueError:
        return unescaped(text)
    return b"%d" % number if number.is_integer() and abs(number) < 1e17 else text


def _kept_values(stream: Stream) -> Iterator[bytes]:
    """The values that a pivot table keeps, also of sheets that are gone."""
    for xml in whole_until(stream, b">", b">"):
        yield b"\n".join([*map(unescaped, _KEPT_VALUE.findall(xml)), b""])
