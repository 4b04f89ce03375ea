"""The members of a zip archive, opened one by one."""

import bz2
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Piece, Unexamined, Why
from collectors.personal_information.readers.packed import Inflater, Unpacked, Unpacker
from collectors.personal_information.readers.part import Bounded, Part, Stream
from collectors.personal_information.readers.wide import in_utf_8
from collectors.personal_information.readers.zip_directory import Entry, data

_STORED = 0
_NO_HEADER = -15
_UNPACKERS: dict[int, Callable[[], Unpacker]] = {8: lambda: Inflater(_NO_HEADER), 12: bz2.BZ2Decompressor}
"""By the number of the method, APPNOTE 4.4.5."""


@dataclass(frozen=True, slots=True)
class Members:
    """An archive with its list of members."""

    part: Part
    file: BinaryIO
    entries: tuple[Entry, ...]

    def stream(self, entry: Entry) -> Stream:
        """The bytes of a member. ``CutError`` where they cannot be had."""
        if entry.is_encrypted:
            raise CutError(Why.ENCRYPTED)
        packed = data(self.file, entry)
        if entry.method == _STORED:
            return packed
        if entry.method not in _UNPACKERS:
            raise CutError(Why.NO_READER)
        return Unpacked(packed, _UNPACKERS[entry.method], self.part.budget, several=False)

    def counted(self, entry: Entry) -> Stream:
        """The XML of a member that is read as a part of its archive, in UTF-8."""
        self.part.budget.another_member()
        return in_utf_8(Bounded(self.stream(entry), self.part.budget))

    def inside(self, entry: Entry) -> Iterator[Piece]:
        """The contents of a member."""
        try:
            stream = self.stream(entry)
        except CutError as cut:
            yield Unexamined(self.part.told(entry.name), cut.why)
        else:
            yield from self.part.inside(entry.name, stream)
