"""Number formats that write a number with dashes, as Excel's "Social Security Number" does (ECMA-376, part 1, 18.8.30): the cell
holds the number alone, without leading zeros.
"""

import re
from dataclasses import dataclass, field

from collectors.personal_information.readers.markup import unescaped
from collectors.personal_information.readers.part import Stream

_MOST = 4 << 20
"""Bytes of the styles that are looked at."""
_FORMAT = re.compile(rb"<(?:\w{1,20}:)?numFmt\s([^<>]*)>")
_ID = re.compile(rb'numFmtId="(\d{1,9})"')
_CODE = re.compile(rb'formatCode="([^"<]{1,200})"')
_STYLES = re.compile(rb"<(?:\w{1,20}:)?(cellXfs|/cellXfs|xf)\b([^<>]*)>")
_STYLE = re.compile(rb'\bs="(\d{1,9})"')
_DASHED = re.compile(rb"0{1,20}(?:[- ]0{1,20}){1,8}")


@dataclass(frozen=True, slots=True)
class Masks:
    """The formats with dashes, by the number of the cell's style."""

    by_style: dict[bytes, bytes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.by_style)

    def of(self, about: bytes) -> bytes | None:
        """That of a cell with these attributes."""
        style = _STYLE.search(about)
        return self.by_style.get(style[1]) if style else None


def masked(text: bytes, mask: bytes) -> bytes:
    """A whole number as the sheet shows it; anything else as it is."""
    zeros = mask.count(b"0")
    if not text.isdigit() or len(text) > zeros:
        return text
    digits = iter(text.rjust(zeros, b"0"))
    return bytes(next(digits) if one == ord("0") else one for one in mask)


def dashed(code: bytes) -> bytes | None:
    """The digits and dashes of such a format; None of any other."""
    plain = code.partition(b";")[0].replace(b"\\", b"").replace(b'"', b"")
    return plain if _DASHED.fullmatch(plain) else None


def masks(stream: Stream) -> Masks:
    """Those of a workbook's styles."""
    xml = b""
    while len(xml) < _MOST and (block := stream.read(_MOST - len(xml))):
        xml += block
    codes: dict[bytes, bytes] = {}
    for about in _FORMAT.findall(xml):
        number, code = _ID.search(about), _CODE.search(about)
        if number and code:
            plain = dashed(unescaped(code[1]))
            if plain:
                codes[number[1]] = plain
    if not codes:
        return Masks()
    found: dict[bytes, bytes] = {}
    at = -1
    for name, about in _STYLES.findall(xml):
        if name == b"cellXfs":
            at = 0
        elif name == b"/cellXfs":
            break
        elif at >= 0:
            number = _ID.search(about)
            if number and number[1] in codes:
                found[b"%d" % at] = codes[number[1]]
            at += 1
    return Masks(found)
