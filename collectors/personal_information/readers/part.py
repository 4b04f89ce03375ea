"""A file or a member of one, as a reader gets it: its first bytes, what follows them, and the way into what it contains."""

import errno
import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from collectors.personal_information.limits import Budget, CutError
from collectors.personal_information.pieces import Piece, Why, named

BLOCK = 256 << 10
"""Bytes that are read at a time: they stay in the cache of one core."""
_ZEROS = bytes(4096)


class Stream(Protocol):
    """Bytes from front to back."""

    def read(self, size: int, /) -> bytes:
        """At most that many of the next bytes; none at the end, and only there."""
        ...


@dataclass(slots=True)
class Part:
    """What a reader reads."""

    member: str
    head: bytes
    """The first bytes, at most ``BLOCK``, which ``rest`` does not give again."""
    rest: Stream
    file: BinaryIO | None
    """Where it can be read at any place: the file itself, whose position may have been moved. None for a member."""
    depth: int
    budget: Budget
    open: Callable[["Part"], Iterator[Piece]]
    """Tells the contents of another part, by its own first bytes."""
    at: int = 0
    """How far ``head`` is read."""
    ends_as_archive: bool = False
    """Whether it is a zip archive behind something else, and read as one, too."""
    is_in_order: bool = False
    """Whether it is a text of which each byte means the same whatever comes after it."""

    def blocks(self) -> Iterator[bytes]:
        """All its bytes, in order."""
        if self.head:
            yield self.head
        while block := self.rest.read(BLOCK):
            self.budget.check()
            yield block

    def read(self, size: int, /) -> bytes:
        """The next bytes: ``Part`` is a ``Stream``, too. Reads ahead, so that many small reads cost little."""
        if self.at >= len(self.head):
            self.head, self.at = self.rest.read(BLOCK), 0
            self.budget.check()
        taken = self.head[self.at : self.at + size]
        self.at += len(taken)
        return taken

    def whole(self) -> BinaryIO:
        """All of it, to be read at any place. A member is held in memory; ``CutError`` where it is too large for that."""
        if self.file is not None:
            self.file.seek(0)
            return self.file
        held = io.BytesIO()
        for block in self.blocks():
            held.write(block)
            if held.tell() > self.budget.limits.held:
                raise CutError(Why.TOO_LARGE)
        held.seek(0)
        return held

    def inside(self, name: str, stream: Stream) -> Iterator[Piece]:
        """The contents of a member of this part."""
        self.budget.another_member()
        bounded = Bounded(stream, self.budget)
        yield from self.open(Part(named(self.member, name), b"", bounded, None, self.depth + 1, self.budget, self.open))

    def told(self, name: str) -> str:
        """The path of a member that is only told of."""
        self.budget.another_member()
        return named(self.member, name)


class Bounded:
    """A member's bytes, counted."""

    def __init__(self, stream: Stream, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._left = budget.limits.member

    def read(self, size: int, /) -> bytes:
        """The next bytes. ``CutError`` where they are more than a member may have."""
        block = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise CutError(Why.TOO_LARGE)
        self._budget.unpacked(len(block))
        return block


class First:
    """So many of the next bytes of a stream, or as many as there are."""

    def __init__(self, stream: Stream, count: int) -> None:
        self._stream = stream
        self._left = count

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        block = self._stream.read(min(size, self._left)) if self._left else b""
        self._left -= len(block)
        return block


class OnDisk:
    """The file itself. Where it has holes, which read as zeros and may be of any size, they are left out."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.at = 0
        """Where the bytes that were read last lie."""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        self.at = self._file.tell()
        block = self._file.read(size)
        if block.startswith(_ZEROS):
            with suppress(OSError, io.UnsupportedOperation):
                self._go_on(self._file.fileno(), self._file.tell())
        return block

    def _go_on(self, descriptor: int, at: int) -> None:
        try:
            self._file.seek(os.lseek(descriptor, at, os.SEEK_DATA))
        except OSError as fault:
            if fault.errno != errno.ENXIO:
                self._file.seek(at)
                raise
            self._file.seek(0, os.SEEK_END)


class Remembering(OnDisk):
    """The file itself, of which it can be asked whether it still begins with what was read. A checksum is kept, and no content."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._sum = 0
        self._count = 0
        self.is_at_end = False
        """Whether there was once nothing more to read."""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        block = super().read(size)
        self._sum = zlib.crc32(block, self._sum)
        self._count += len(block)
        self.is_at_end = not block
        return block

    def still_begins_so(self, budget: Budget) -> bool:
        """Read it again. ``OverError`` when there is no time for that."""
        self._file.seek(0)
        again = First(OnDisk(self._file), self._count)
        sum_, count = 0, 0
        while block := again.read(BLOCK):
            budget.check()
            sum_ = zlib.crc32(block, sum_)
            count += len(block)
        return (sum_, count) == (self._sum, self._count)


class Window:
    """A stretch of a file. Others may move the file's position between two reads."""

    def __init__(self, file: BinaryIO, at: int, length: int) -> None:
        self._file = file
        self._at = at
        self._left = length

    def read(self, size: int, /) -> bytes:
        """The next bytes of the stretch. ``CutError`` where the file ends before it."""
        wanted = min(size, self._left)
        if not wanted:
            return b""
        self._file.seek(self._at)
        block = self._file.read(wanted)
        if not block:
            raise CutError(Why.DAMAGED)
        self._at += len(block)
        self._left -= len(block)
        return block


class Streamed:
    """Blocks of any size, as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._rest = block
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken
