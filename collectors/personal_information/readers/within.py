"""What is packed somewhere within a text, or within bytes of no known format: installers are shell scripts with an archive at their
end, images of disks hold files. It is looked for by its marks, and else by its bytes having no order.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.personal_information.pieces import Piece, Unexamined, Why
from collectors.personal_information.readers.part import OnDisk, Part, Window
from collectors.personal_information.sniffing import has_no_order

_RARE = (0x03, 0x07, 0x1C, 0x1F)
"""Bytes that no text holds, each of them in every thousand bytes that are packed."""
_GZIP, _ZIP = b"\x1f\x8b\x08", b"PK\x03\x04"
_READ = {0x1F: _GZIP, 0xFD: b"\xfd7zXZ\x00", 0x26: b"1AY&SY"}
"""What is read, and a byte of each that is rare: where that is missing, it need not be searched for."""
_UNREAD = {0x03: _ZIP, 0x1C: b"7z\xbc\xaf\x27\x1c", 0x07: b"Rar!\x1a\x07", 0xFD: b"\x28\xb5\x2f\xfd"}
_BEFORE_ITS_BLOCK = 4
"""Bytes of bzip2 before the mark of its first block."""
_LONGEST_MARK = 64
_TRIED = 1024
_FLAGS_OF_NONE = 0xE0
_METHODS = frozenset((0, 8, 9, 12, 14, 93, 95, 98, 99))
_STEP = 16 << 10
_SAMPLE = 1024
_LEAST_DIFFERENT = 230
"""Of the 256, in a sample without order."""
_MOST = 16
"""Places from which a file is read once more."""
_WRITTEN = (
    (
        b"-----BEGIN PGP MESSAGE-----",
        re.compile(rb"[ \t]*\r?\n(?:[A-Z][A-Za-z]{1,20}: [^\n]{0,200}\n){0,9}[ \t]*\r?\n[A-Za-z0-9+/]{6}"),
        Why.ENCRYPTED,
    ),
    (b"begin 6", re.compile(rb"[0-7]{2,3} [^\r\n]{1,250}\r?\n[ -`]{5}"), Why.NO_READER),
    (b"begin-base64 ", re.compile(rb"[0-7]{3,4} [^\r\n]{1,250}\r?\n[A-Za-z0-9+/]{4}"), Why.NO_READER),
)
"""What is encrypted or packed and written in letters: OpenPGP (RFC 9580, 6.2) and uuencode (POSIX), how each goes on, and what it
is.
"""


@dataclass(slots=True)
class Within:
    """Looks at the blocks of a part as they pass."""

    part: Part
    in_mail: bool = False
    """Whether files may stand in it, written in letters."""
    _places: list[int] = field(default_factory=list)
    """From where on something can be read."""
    _why: dict[Why, None] = field(default_factory=dict)
    _found: bool = False
    """Whether there was a mark: what follows has no order, and that has a reason."""
    _carried: bytes = b""
    _passed: int = 0

    def look(self, block: bytes) -> None:
        """The next block."""
        if not self._carried and block.isascii() and _WRITTEN[0][0] not in block and not self.in_mail:
            self._carried, self._passed = block[-_LONGEST_MARK:], len(block)
            return
        window = self._carried + block[:_LONGEST_MARK] if self._carried else b""
        at = self._place()
        for text, place in ((window, at - len(self._carried)), (block, at)) if window else ((block, at),):
            self._written(text)
            if not text.isascii():
                self._packed(text, place)
        self._carried = block[-_LONGEST_MARK:]
        self._passed += len(block)

    def pieces(self) -> Iterator[Piece]:
        """What was found, when all blocks have passed."""
        for why in self._why:
            yield Unexamined(self.part.member, why)
        file = self.part.file
        if self._places and file is not None:
            end = file.seek(0, 2)
            for place in self._places:
                yield from self.part.inside("", Window(file, place, end - place))

    def _place(self) -> int:
        """Where the block that was read last lies in the file."""
        rest = self.part.rest
        return rest.at if isinstance(rest, OnDisk) else self._passed

    def _written(self, text: bytes) -> None:
        for begin, goes_on, why in _WRITTEN if self.in_mail else _WRITTEN[:1]:
            place = text.find(begin)
            while place >= 0 and why not in self._why:
                if goes_on.match(text, place + len(begin)):
                    self._why[why] = None
                place = text.find(begin, place + 1)

    def _packed(self, block: bytes, at: int) -> None:
        for rare, mark in _UNREAD.items():
            if rare in block and (place := block.find(mark)) >= 0 and (mark != _ZIP or _is_member(block, place)):
                self._found = True
                if mark != _ZIP or not self.part.ends_as_archive:
                    self._why[Why.NO_READER] = None
        for rare, mark in _READ.items():
            place = block.find(mark) if rare in block else -1
            while place >= 0:
                self._begins(block, mark, place, at)
                place = block.find(mark, place + 1)
        if not self._found and all(one in block for one in _RARE):
            self._samples(block)

    def _begins(self, block: bytes, mark: bytes, place: int, at: int) -> None:
        if mark == _GZIP and not _inflates(block[place : place + _TRIED]):
            return
        if mark == _READ[0x26]:
            place -= _BEFORE_ITS_BLOCK
            if block[max(place, 0) : place + 3] != b"BZh":
                return
        self._found = True
        if self.part.file is None:
            self._why[Why.NO_READER] = None
        elif at + place not in self._places:
            if len(self._places) < _MOST:
                self._places.append(at + place)
            else:
                self._why[Why.TOO_MANY] = None

    def _samples(self, block: bytes) -> None:
        for start in range(0, len(block), _STEP if len(block) > 4 * _STEP else _SAMPLE):
            sample = block[start : start + _SAMPLE]
            if len(set(sample)) * _SAMPLE >= _LEAST_DIFFERENT * len(sample) and has_no_order(sample):
                self._why[Why.OPAQUE] = None
                return


def _is_member(block: bytes, place: int) -> bool:
    """Whether the header of a member of a zip archive stands there (APPNOTE 4.3.7)."""
    header = block[place : place + 30]
    return (
        len(header) == 30
        and header[5] == 0
        and header[9] == 0
        and header[8] in _METHODS
        and header[26] + header[27] > 0
    )


def _inflates(first: bytes) -> bool:
    if len(first) < 12 or first[3] & _FLAGS_OF_NONE:
        return False
    try:
        return bool(zlib.decompressobj(31).decompress(first, _TRIED))
    except zlib.error:
        return False
