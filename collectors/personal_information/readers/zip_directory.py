"""The central directory of a zip archive, read in stretches.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7 to 4.3.16.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Why
from collectors.personal_information.readers.part import Window

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_LENGTHS = struct.Struct("<3H")
_LONGEST_COMMENT = 0xFFFF
_FULL = 0xFFFFFFFF
"""A number that stands in the extra field instead."""
_ENCRYPTED = 0x1
_OF_A_FOLDER = 2
"""Bytes of nothing at all, deflated."""
_READ_AT_ONCE = 64 << 10


@dataclass(frozen=True, slots=True)
class Entry:
    """A member, as the directory tells of it."""

    name: str
    method: int
    is_encrypted: bool
    packed: int
    """Bytes, packed."""
    header: int
    """Where its local header lies."""


def entries(file: BinaryIO) -> Iterator[Entry]:
    """The members in the order of the directory, without folders. ``CutError`` where there is none, or when it breaks off."""
    at, size, shift = _directory(file)
    window = Window(file, at, size)
    buffer = b""
    while True:
        while len(buffer) < _ENTRY.size + 3 * _LONGEST_COMMENT and (more := window.read(_READ_AT_ONCE)):
            buffer += more
        if not buffer:
            return
        position = 0
        while (length := _length(buffer, position)) <= len(buffer) - position:
            entry = _entry(buffer[position : position + length], shift)
            if not entry.name.endswith("/") or entry.packed > _OF_A_FOLDER:
                yield entry
            position += length
        if not position:
            raise CutError(Why.DAMAGED)
        buffer = buffer[position:]


def is_archive(file: BinaryIO | None) -> bool:
    """Whether a file ends with the list of an archive's members. Its position is left as it is."""
    if file is None:
        return False
    place = file.tell()
    try:
        return next(entries(file), None) is not None
    except CutError:
        return False
    finally:
        file.seek(place)


def begins_with_another(file: BinaryIO) -> bool:
    """Whether another archive stands before the one that the directory tells of."""
    with suppress(CutError):
        _, _, shift = _directory(file)
        file.seek(0)
        return shift > 0 and file.read(4) == b"PK\x03\x04"
    return False


def data(file: BinaryIO, entry: Entry) -> Window:
    """The packed bytes of a member."""
    file.seek(entry.header)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise CutError(Why.DAMAGED)
    names = _LOCAL.unpack(header)[-2:]
    return Window(file, entry.header + _LOCAL.size + sum(names), entry.packed)


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Where it begins, its length, and by how much all places are shifted since something stands before the archive."""
    end = file.seek(0, 2)
    looked_at = min(end, _END.size + _LONGEST_COMMENT)
    file.seek(end - looked_at)
    tail = file.read(looked_at)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        raise CutError(Why.DAMAGED)
    *_, size, offset, _comment = _END.unpack_from(tail, found)
    place = end - looked_at + found
    if place >= _LOCATOR_64.size:
        file.seek(place - _LOCATOR_64.size)
        mark, _disk, place_64, _disks = _LOCATOR_64.unpack(file.read(_LOCATOR_64.size))
        if mark == b"PK\x06\x07":
            file.seek(place_64)
            mark, *_, size, offset = _END_64.unpack(file.read(_END_64.size))
            if mark != b"PK\x06\x06":
                raise CutError(Why.DAMAGED)
            place = place_64
    shift = place - size - offset
    if shift < 0:
        raise CutError(Why.DAMAGED)
    return offset + shift, size, shift


def _length(buffer: bytes, position: int) -> int:
    """Bytes of the entry that begins there; more than there can be, where it is not all there."""
    if position == len(buffer):
        return 1
    if len(buffer) - position < _ENTRY.size:
        return _ENTRY.size
    if buffer[position : position + 4] != b"PK\x01\x02":
        raise CutError(Why.DAMAGED)
    name, extra, comment = _LENGTHS.unpack_from(buffer, position + 28)
    return _ENTRY.size + int(name + extra + comment)


def _entry(record: bytes, shift: int) -> Entry:
    fields = _ENTRY.unpack_from(record)
    flags, method = fields[5], fields[6]
    packed, unpacked = fields[10], fields[11]
    name_length, extra_length = fields[12], fields[13]
    header = fields[18]
    name = record[_ENTRY.size : _ENTRY.size + name_length]
    extra = record[_ENTRY.size + name_length :][:extra_length]
    if _FULL in {packed, unpacked, header}:
        packed, header = _large(extra, packed, unpacked, header)
    return Entry(name.decode("utf-8", "replace"), method, bool(flags & _ENCRYPTED), packed, header + shift)


def _large(extra: bytes, packed: int, unpacked: int, header: int) -> tuple[int, int]:
    """The numbers of 64 bits, those that are wanted, in this order."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == 1:
            numbers = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) & ~7]))
            if unpacked == _FULL:
                next(numbers, 0)
            packed = next(numbers, packed) if packed == _FULL else packed
            header = next(numbers, header) if header == _FULL else header
    return packed, header
