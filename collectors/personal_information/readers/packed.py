"""One stream, packed: gzip (RFC 1952), zlib (RFC 1950), bzip2, xz and LZMA alone."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from collectors.personal_information.limits import Budget, CutError
from collectors.personal_information.pieces import Piece, Why
from collectors.personal_information.readers.part import BLOCK, Part, Stream
from collectors.personal_information.readers.plain import plain

FAULTS = (zlib.error, lzma.LZMAError, OSError, EOFError)
"""What unpacking raises for damaged bytes."""
_MOST_MEMORY = 96 << 20
"""Bytes that unpacking xz may take; its highest level takes 65 MiB."""
_BLOCKS = frozenset((b"1AY&SY", b"\x17rE8P\x90"))
"""What follows the signature of bzip2: the mark of a block, or that of the end."""
_TRIED = 1024
"""First bytes that have to unpack, so that two bytes of a text are not taken for a signature."""


class Unpacker(Protocol):
    """As ``bz2.BZ2Decompressor`` and ``lzma.LZMADecompressor``."""

    @property
    def eof(self) -> bool: ...  # noqa: D102
    @property
    def needs_input(self) -> bool: ...  # noqa: D102
    @property
    def unused_data(self) -> bytes: ...  # noqa: D102
    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes: ...  # noqa: D102


class Inflater:
    """zlib's, as those of the other two modules."""

    def __init__(self, window_bits: int) -> None:
        self._inflate = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without further bytes."""
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What follows the stream."""
        return self._inflate.unused_data

    def decompress(self, data: bytes, /, max_length: int = 0) -> bytes:
        """The next bytes, at most so many; without a number, all of them."""
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


class Unpacked:
    """What comes out of a packed stream, as a stream. Raises what the standard library's modules raise."""

    def __init__(self, packed: Stream, make: Callable[[], Unpacker], budget: Budget, *, several: bool) -> None:
        self._packed = packed
        self._make = make
        self._unpacker = make()
        self._budget = budget
        self._several = several
        """Whether streams may follow each other, as ``cat a.gz b.gz`` makes them."""
        self._taken = self._given = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes. ``CutError`` where they end too early or are too many for what they came from."""
        while True:
            if self._unpacker.eof and not self._goes_on():
                return b""
            data = b""
            if self._unpacker.needs_input:
                data = self._packed.read(BLOCK)
                self._taken += len(data)
            given = self._unpacker.decompress(data, size)
            if given:
                self._count(len(given))
                return given
            if not data and self._unpacker.needs_input and not self._unpacker.eof:
                raise CutError(Why.DAMAGED)
            self._budget.check()

    def _goes_on(self) -> bool:
        rest = self._unpacker.unused_data
        if not self._several:
            return False
        while not rest.strip(b"\0"):
            rest = self._packed.read(BLOCK)
            self._taken += len(rest)
            if not rest:
                return False
        self._unpacker = self._make()
        self._packed = _Before(rest.lstrip(b"\0"), self._packed)
        return True

    def _count(self, given: int) -> None:
        self._given += given
        limits = self._budget.limits
        if self._given > limits.held and self._given > limits.ratio * self._taken:
            raise CutError(Why.TOO_LARGE)


class _Before:
    """Some bytes, and then a stream."""

    def __init__(self, first: bytes, rest: Stream) -> None:
        self._first = first
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if self._first:
            taken, self._first = self._first[:size], self._first[size:]
            return taken
        return self._rest.read(size)


def packed(part: Part) -> Iterator[Piece]:
    """What it holds, which may be a container again."""
    make = _unpacker(part.head)
    if part.head.startswith((b"x", b"BZ")) and not _unpacks(make(), part.head[:_TRIED]):
        yield from plain(part)
        return
    stream = Unpacked(part, make, part.budget, several=True)
    yield from part.inside("", stream)


def _unpacks(unpacker: Unpacker, first: bytes) -> bool:
    if first.startswith(b"BZ"):
        return first[4:10] in _BLOCKS
    try:
        return bool(unpacker.decompress(first, _TRIED))
    except zlib.error:
        return False


def _unpacker(head: bytes) -> Callable[[], Unpacker]:
    if head.startswith(b"BZh"):
        return bz2.BZ2Decompressor
    if head.startswith((b"\xfd7zXZ", b"]")):
        return lambda: lzma.LZMADecompressor(lzma.FORMAT_AUTO, _MOST_MEMORY)
    return lambda: Inflater(31 if head.startswith(b"\x1f") else 15)
