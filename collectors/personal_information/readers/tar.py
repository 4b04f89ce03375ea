"""Archives of tar: POSIX ustar and pax, GNU. Only the contents of regular files are read; nothing is ever unpacked to a place.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html and the manual of GNU tar, "Basic Tar Format".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Piece, Why
from collectors.personal_information.readers.part import BLOCK, Part, Stream

_RECORD = 512
_REGULAR = frozenset((b"0", b"\0", b"7", b"S"))
_LONGEST_HEADER = 64 << 10
"""Bytes of a pax header or a long name that are looked at."""


def tar(part: Part) -> Iterator[Piece]:
    """The members, front to back."""
    name: str | None = None
    size: int | None = None
    while header := _header(part):
        part.budget.check()
        length = header.size if size is None else size
        if header.kind in {b"x", b"L"}:
            text = _Member(part, length).taken(_LONGEST_HEADER)
            if header.kind == b"L":
                name = text.rstrip(b"\0").decode("utf-8", "replace")
            else:
                kept = _pax(text)
                name = kept["path"].decode("utf-8", "replace") if "path" in kept else name
                size = _size(kept["size"]) if "size" in kept else size
            continue
        if header.sparse_goes_on:
            _skip_sparse_maps(part)
        member = _Member(part, length)
        if header.kind in _REGULAR and length:
            yield from part.inside(header.name if name is None else name, member)
        member.skip()
        if header.kind != b"g":
            name = size = None


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    kind: bytes
    size: int
    """Bytes that follow it."""
    sparse_goes_on: bool


def _header(stream: Stream) -> _Header | None:
    """None at the end. Records of zeros end an archive, behind which another may follow."""
    while not (record := _exactly(stream, _RECORD)).strip(b"\0"):
        if not record:
            return None
    if sum(record[:148]) + sum(record[156:]) + 8 * 32 != _number(record[148:156]):
        raise CutError(Why.DAMAGED)
    kind = record[156:157]
    is_ustar = record[257:263] == b"ustar\0"
    parts = [record[345:500]] if is_ustar else []
    name = "/".join(one.partition(b"\0")[0].decode("utf-8", "replace") for one in [*parts, record[:100]]).lstrip("/")
    carries = kind not in {b"1", b"2", b"3", b"4", b"5", b"6"}  # links, devices, directories and pipes carry nothing
    return _Header(name, kind, _number(record[124:136]) if carries else 0, kind == b"S" and record[482] == 1)


def _number(field: bytes) -> int:
    """Octal digits; or, as GNU writes large ones, base 256."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def _size(text: bytes) -> int:
    if not text.isdigit():
        raise CutError(Why.DAMAGED)
    return int(text)


def _pax(text: bytes) -> dict[str, bytes]:
    """Records of ``length keyword=value``; a broken one ends them."""
    found: dict[str, bytes] = {}
    while text:
        length, space, _ = text.partition(b" ")
        if not space or not length.isdigit() or not len(length) < int(length) <= len(text):
            break
        keyword, _, value = text[len(length) + 1 : int(length) - 1].partition(b"=")
        found[keyword.decode("utf-8", "replace")] = value
        text = text[int(length) :]
    return found


def _skip_sparse_maps(stream: Stream) -> None:
    while _exactly(stream, _RECORD)[504] == 1:
        pass


def _exactly(stream: Stream, size: int) -> bytes:
    """So many bytes, or none at the end. ``CutError`` in between."""
    found = b""
    while len(found) < size and (more := stream.read(size - len(found))):
        found += more
    if found and len(found) < size:
        raise CutError(Why.DAMAGED)
    return found


class _Member:
    """The bytes of one member."""

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % _RECORD

    def read(self, size: int, /) -> bytes:
        wanted = min(size, self._left)
        if not wanted:
            return b""
        block = self._stream.read(wanted)
        if not block:
            raise CutError(Why.DAMAGED)
        self._left -= len(block)
        return block

    def taken(self, most: int) -> bytes:
        """Its first bytes; the others are skipped."""
        found = b""
        while len(found) < most and (block := self.read(most - len(found))):
            found += block
        self.skip()
        return found

    def skip(self) -> None:
        """Go on to the next header."""
        while self.read(BLOCK):
            pass
        _exactly(self._stream, self._padding)
