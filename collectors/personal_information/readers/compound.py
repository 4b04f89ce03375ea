"""The streams of a compound file, after [MS-CFB] version 12.0: sectors in chains, of which small streams share some."""

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Why
from collectors.personal_information.readers.part import BLOCK

_HEADER = struct.Struct("<24s5H6xIIIIIIIII")
_ENTRY = struct.Struct("<64sHBB12x36xIQ")
_FIRST_PLACES = 109
_LAST = 0xFFFFFFFA
"""Numbers from here on are no sectors (2.1)."""
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_MINI_SHIFT = 6
_MOST_ENTRIES = 100_000
_MOST_TABLE = 16 << 20
"""Sectors whose chains are kept: those of a file of 8 GiB."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream."""

    name: str
    start: int
    size: int


class Compound:
    """A compound file whose chains are read; ``CutError`` where they cannot be."""

    def __init__(self, file: BinaryIO, most_held: int) -> None:
        self._file = file
        file.seek(0)
        head = file.read(512)
        if len(head) < 512:
            raise CutError(Why.DAMAGED)
        fields = _HEADER.unpack_from(head)
        self._shift, mini_shift = fields[4], fields[5]
        if self._shift not in {9, 12} or mini_shift != _MINI_SHIFT:
            raise CutError(Why.DAMAGED)
        _, _, directory, _, self._cutoff, mini_table, _, further, _ = fields[6:]
        self._most = max(file.seek(0, 2) >> self._shift, 1)
        if self._most > _MOST_TABLE:
            raise CutError(Why.TOO_LARGE)
        self._next = self._table(head, further)
        root: Entry | None = None
        self.entries: list[Entry] = []
        for kind, entry in self._directory(directory):
            if kind == _ROOT:
                root = root or entry
            elif kind == _STREAM:
                self.entries.append(entry)
        self._mini_next = self._numbers(self._chain(mini_table))
        self._mini = b""
        if root and root.size <= most_held:
            self._mini = b"".join(self._sectors(root.start, root.size))

    def stream(self, entry: Entry) -> Iterator[bytes]:
        """Its bytes. ``CutError`` where its chain breaks off."""
        if entry.size >= self._cutoff:
            yield from self._sectors(entry.start, entry.size)
            return
        left, sector = entry.size, entry.start
        for _ in range(len(self._mini_next) + 1):
            if left <= 0:
                return
            block = self._mini[sector << _MINI_SHIFT : (sector + 1) << _MINI_SHIFT][:left]
            if not block or sector >= len(self._mini_next):
                break
            yield block
            left -= len(block)
            sector = self._mini_next[sector]
        if left > 0:
            raise CutError(Why.DAMAGED)

    def _table(self, head: bytes, further: int) -> "array[int]":
        """The table of chains: its sectors are named in the header and in a chain of their own."""
        places = list(struct.unpack_from(f"<{_FIRST_PLACES}I", head, 76))
        for _ in range(self._most):
            if further >= _LAST:
                break
            numbers = self._numbers([further])
            if not numbers:
                break
            places += numbers[:-1]
            further = numbers[-1]
        return self._numbers([one for one in places if one < _LAST][: self._most])

    def _numbers(self, sectors: Iterator[int] | list[int]) -> "array[int]":
        found = array("I")
        for sector in sectors:
            block = self._read(sector, 1)
            found.frombytes(block[: len(block) & ~3])
        if sys.byteorder == "big":
            found.byteswap()
        return found

    def _directory(self, start: int) -> Iterator[tuple[int, Entry]]:
        count = 0
        seen: set[int] = set()
        for sector in self._chain(start):
            if sector in seen:
                raise CutError(Why.DAMAGED)
            seen.add(sector)
            block = self._read(sector, 1)
            for at in range(0, len(block) - _ENTRY.size + 1, _ENTRY.size):
                name, length, kind, _, first, size = _ENTRY.unpack_from(block, at)
                count += 1
                if count > _MOST_ENTRIES:
                    raise CutError(Why.TOO_MANY)
                shown = name[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
                yield kind, Entry(shown, first, size & 0xFFFFFFFF if self._shift == 9 else size)

    def _chain(self, start: int) -> Iterator[int]:
        for _ in range(self._most):
            if start >= len(self._next):
                return
            yield start
            start = self._next[start]

    def _sectors(self, start: int, size: int) -> Iterator[bytes]:
        """The bytes of a chain; neighbours are read together."""
        together = BLOCK >> self._shift
        first, count, left = start, 0, size
        for sector in self._chain(start):
            if sector == first + count and count < together:
                count += 1
            else:
                block = self._read(first, count)[:left]
                yield block
                left -= len(block)
                first, count = sector, 1
            if left <= count << self._shift:
                break
        block = self._read(first, count)[: max(left, 0)] if count else b""
        if block:
            yield block
        if len(block) < left:
            raise CutError(Why.DAMAGED)

    def _read(self, sector: int, count: int) -> bytes:
        self._file.seek((sector + 1) << self._shift)
        return self._file.read(count << self._shift)
