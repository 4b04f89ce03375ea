"""What a file says, whatever its format: its text piece by piece, and what in it was not examined.

Nothing is unpacked to a disk, little is held in memory, and no file makes this raise. A library that reads a format (PDFium) may
end the whole process on a hostile file, or not come back: whoever cannot bear that reads files in child processes, with a bound on
their time and memory.
"""

import io
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from collectors.personal_information.limits import Budget, CutError, Limits, OverError
from collectors.personal_information.pieces import Piece, Text, Unexamined, Why
from collectors.personal_information.readers.folded import folded
from collectors.personal_information.readers.mail import mail
from collectors.personal_information.readers.ole import ole
from collectors.personal_information.readers.packed import packed
from collectors.personal_information.readers.part import BLOCK, OnDisk, Part, Remembering
from collectors.personal_information.readers.pdf import pdf
from collectors.personal_information.readers.plain import plain, raw
from collectors.personal_information.readers.rtf import rtf
from collectors.personal_information.readers.sqlite import sqlite
from collectors.personal_information.readers.tar import tar
from collectors.personal_information.readers.unread import UNREAD
from collectors.personal_information.readers.wide import ebcdic, wide
from collectors.personal_information.readers.zip import zipped
from collectors.personal_information.readers.zip_directory import is_archive
from collectors.personal_information.sniffing import Family, family

__all__ = ["Limits", "Piece", "Text", "Unexamined", "Why", "contents"]

_READERS: dict[Family, Callable[[Part], Iterator[Piece]]] = {
    Family.PLAIN: plain,
    Family.RAW: raw,
    Family.WIDE: wide,
    Family.PACKED: packed,
    Family.TAR: tar,
    Family.ZIP: zipped,
    Family.PDF: pdf,
    Family.RTF: rtf,
    Family.MAIL: mail,
    Family.SQLITE: sqlite,
    Family.OLE: ole,
    Family.FOLDED: folded,
    Family.EBCDIC: ebcdic,
}
_READ_TO_THE_END = frozenset(UNREAD) - {Family.PROGRAM} | {
    *(Family.ZIP, Family.PACKED, Family.TAR, Family.MAIL, Family.SQLITE, Family.OLE),
}
"""An archive at the end of these is told already, is one of their members, or they are not examined anyway."""
_IN_ORDER = frozenset({Family.PLAIN, Family.RAW, Family.WIDE})
_LATELY = 86400.0
"""Seconds: what was written so long before it is read may be written to meanwhile, as a log is."""
_AT_ITS_END = 22 + 0xFFFF
_END_OF_ARCHIVE = b"PK\x05\x06"
_ENDS_UNREAD = (b"\x57\xfb\x80\x8b\x24\x75\x47\xdb", b"\xf7\xcf\xf4\x85\xb7\x41\xe2\x88")
"""Tables of LevelDB and RocksDB; images of disks of Apple's end with the other (koly)."""
_NO_LIMITS_NAMED = Limits()


def contents(file: BinaryIO, limits: Limits = _NO_LIMITS_NAMED) -> Iterator[Piece]:
    """What a file says. ``file`` can be sought and is read from its beginning; it is left open, at any position.

    The pieces of one member follow each other, and the last of each of its texts is marked as such, also where a limit or a fault
    cut the member short; that is then told after it. A file in which nothing is, and one that is no container, is the member with the empty name.
    """
    budget = Budget(limits)
    pieces = _in_whole_members(_file(file, budget))
    while True:
        budget.resume()
        piece = next(pieces, None)
        budget.pause()
        if piece is None:
            return
        yield piece


def _in_whole_members(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Marks the last piece of each member."""
    held: Text | None = None
    for piece in pieces:
        if isinstance(piece, Text):
            if held is not None:
                yield held if held.member == piece.member else replace(held, last=True)
            held = piece
        else:
            if held is not None:
                yield replace(held, last=True)
            held = None
            yield piece
    if held is not None:
        yield replace(held, last=True)


def _file(file: BinaryIO, budget: Budget) -> Iterator[Piece]:
    try:
        file.seek(0)
        before = _state(file)
        on_disk = Remembering(file) if _was_written_lately(file) else OnDisk(file)
        part = Part("", b"", on_disk, file, 0, budget, _part)
        yield from _part(part)
        if _state(file) != before and not _has_only_grown(part):
            yield Unexamined("", Why.CHANGED)
    except CutError as cut:
        yield Unexamined("", cut.why)
    except PermissionError:
        yield Unexamined("", Why.DENIED)
    except Exception:  # noqa: BLE001 - whatever a disk or a file system says
        yield Unexamined("", Why.DAMAGED)


def _state(file: BinaryIO) -> tuple[int, ...]:
    """Which file it is, its size and when its content and its inode were changed, the last of which nobody can set; nothing where
    it is in memory.
    """
    try:
        about = os.fstat(file.fileno())
    except io.UnsupportedOperation:
        return ()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def _was_written_lately(file: BinaryIO) -> bool:
    try:
        return os.fstat(file.fileno()).st_mtime > time.time() - _LATELY
    except io.UnsupportedOperation:
        return False


def _has_only_grown(part: Part) -> bool:
    """Whether all that was read still stands there, so that nothing but what came after it was missed: the next survey reads that."""
    on_disk = part.rest
    return (
        part.is_in_order
        and isinstance(on_disk, Remembering)
        and on_disk.is_at_end
        and on_disk.still_begins_so(part.budget)
    )


def _end(part: Part) -> bytes:
    """Its last bytes, as many as may stand behind the list of an archive's members; none of a member that is streamed."""
    if part.file is None:
        return b""
    if len(part.head) < BLOCK:
        return part.head if len(part.head) < _AT_ITS_END else part.head[-_AT_ITS_END:]
    place = part.file.tell()
    part.file.seek(-_AT_ITS_END, os.SEEK_END)
    end = part.file.read(_AT_ITS_END)
    part.file.seek(place)
    return end


def _part(part: Part) -> Iterator[Piece]:
    """The contents of the file, or of a member of it. Only what ends the reading of the whole file leaves this."""
    try:
        if part.depth > part.budget.limits.depth:
            raise CutError(Why.TOO_DEEP)  # noqa: TRY301 - told where everything that cuts is told
        part.head = part.rest.read(BLOCK)
        found = family(part.head)
        end = _end(part) if found not in _READ_TO_THE_END else b""
        part.ends_as_archive = _END_OF_ARCHIVE in end and is_archive(part.file)
        part.is_in_order = found in _IN_ORDER and not part.ends_as_archive
        if found in UNREAD:
            yield Unexamined(part.member, UNREAD[found])
        else:
            yield from _READERS[found](part)
        if part.ends_as_archive:
            yield from zipped(part)
        if end.endswith(_ENDS_UNREAD) or end.startswith(b"koly", max(len(end) - 512, 0)):
            yield Unexamined(part.member, Why.NO_READER)
    except OverError:
        raise
    except CutError as cut:
        yield Unexamined(part.member, cut.why)
    except MemoryError:
        yield Unexamined(part.member, Why.TOO_LARGE)
    except PermissionError:
        yield Unexamined(part.member, Why.DENIED)
    except Exception:  # noqa: BLE001 - a reader of hostile bytes fails in any way
        yield Unexamined(part.member, Why.DAMAGED)
