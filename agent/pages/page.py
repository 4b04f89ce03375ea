"""A page of metrics that is put together when somebody asks for it, and of which only what has changed is packed again.

A page of ten thousand hosts has some 700 MB, which nobody should hold in memory; packed, it has a twentieth of that. It is
held as groups of assets: the text of a group is made when it is sent, and thrown away; its packed form is kept, and goes over to
the next page where the group has not changed.

What is sent as gzip is one member (RFC 1952), since browsers read only the first: its deflated blocks (RFC 1951) end on the
border of a byte and look back only to their own beginning, so that they can be put one after the other, and the CRC-32 of the
whole follows from those of its parts.
"""

import itertools
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.exposition.families import ERRORS, FAMILIES, OF_ASSETS
from agent.exposition.text import Family, is_empty, lines
from agent.pages.asset_series import Series
from agent.pages.crc import combined

TOGETHER = 50
"""Assets in a group."""
_LEVEL = 6
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_NOTHING_MORE = b"\x03\x00"
"""A last block that is empty."""
_PLACES = {family: place for place, family in enumerate(OF_ASSETS)}


@dataclass(frozen=True, slots=True)
class Deflated:
    """Text as deflated blocks that end on the border of a byte."""

    blocks: bytes
    crc: int
    length: int
    """Of the text, in bytes."""

    def before(self, other: "Deflated") -> "Deflated":
        """Checksum and length of both texts, one after the other; the blocks are put together by whoever sends them."""
        return Deflated(b"", combined(self.crc, other.crc, other.length), self.length + other.length)


class Piece:
    """What one family says of a few assets: its text is made each time, its packed form once somebody has asked for it."""

    __slots__ = ("_family", "_place", "packed", "series")

    def __init__(self, family: Family, place: int, series: tuple[Series, ...], before: "Piece | None" = None) -> None:
        """``place`` is where the family's part is in each of the series; ``before`` may say the same."""
        self._family = family.name
        self._place = place
        self.series = series
        self.packed: Deflated | None
        same = before is not None and self._says_what(before)
        self.packed = before.packed if before is not None and same else None

    def _says_what(self, before: "Piece") -> bool:
        """Whether another piece says the same."""
        place = self._place
        return len(self.series) == len(before.series) and all(
            one is other or (one.asset == other.asset and one.parts[place] == other.parts[place])
            for one, other in zip(self.series, before.series, strict=True)
        )

    def __bool__(self) -> bool:
        place = self._place
        return any(not is_empty(one.parts[place]) for one in self.series)

    def text(self) -> bytes:
        """The text."""
        place = self._place
        return "".join([lines(self._family, one.asset, one.parts[place]) for one in self.series]).encode()

    def deflated(self) -> Deflated:
        """The text, packed."""
        if self.packed is None:
            self.packed = _deflated(self.text())
        return self.packed

    def length(self) -> int:
        """Bytes of the text."""
        return self.packed.length if self.packed is not None else len(self.text())


class Words:
    """Text that does not change with the assets."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.encode()

    def __bool__(self) -> bool:
        return bool(self._text)

    def text(self) -> bytes:
        """The text."""
        return self._text

    def deflated(self) -> Deflated:
        """The text, packed."""
        return _of_words(self._text)

    def length(self) -> int:
        """Bytes of the text."""
        return len(self._text)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A few assets, and what each family says of them."""

    series: tuple[Series, ...]
    pieces: tuple[Piece, ...]


class Page:
    """One page. It does not change, whatever becomes of the assets."""

    def __init__(
        self,
        own: Mapping[Family, str],
        series: Sequence[Series],
        errors: Sequence[Series],
        before: "Page | None" = None,
    ) -> None:
        """``own`` is the text of the families that are not the assets'; ``errors`` are what the assets' collectors could not
        see. ``before`` is the page before this one.
        """
        self.groups: tuple[Group, ...] = _grouped(OF_ASSETS, series, before.groups if before is not None else ())
        self.errors: tuple[Group, ...] = _grouped((ERRORS,), errors, before.errors if before is not None else ())
        self._own = own
        self._pieces = tuple(self._in_order(own))
        self._by_asset: dict[str, tuple[Sequence[Series], Sequence[Series]]] | None = None
        self._text: bytes | None = None
        self._zipped: tuple[Deflated, list[bytes]] | None = None

    def _in_order(self, own: Mapping[Family, str]) -> Iterator[Piece | Words]:
        for family in FAMILIES:
            pieces: list[Piece | Words] = [Words(own.get(family, ""))]
            if family in _PLACES:
                pieces += [group.pieces[_PLACES[family]] for group in self.groups]
            if family is ERRORS:
                pieces += [group.pieces[0] for group in self.errors]
            if held := [piece for piece in pieces if piece]:
                yield Words(family.header)
                yield from held

    def own(self) -> "Page":
        """What is not the assets'."""
        return Page(self._own, (), ())

    def of(self, asset: str) -> "Page | None":
        """What is said of one asset, whose name is given as a label has it; None where there is none."""
        if self._by_asset is None:  # two threads make the same
            errors = {one.asset: (one,) for group in self.errors for one in group.series}
            self._by_asset = {
                one.asset: ((one,), errors.get(one.asset, ())) for group in self.groups for one in group.series
            }
        found = self._by_asset.get(asset)
        return Page({}, *found) if found is not None else None

    def __bytes__(self) -> bytes:
        return b"".join(piece.text() for piece in self._pieces)

    def plain(self) -> tuple[int, Iterable[bytes]]:
        """Length and pieces of the text. That of a few assets is kept; that of many is made twice, and never whole."""
        if len(self.groups) > 1:
            return sum(piece.length() for piece in self._pieces), (piece.text() for piece in self._pieces)
        if self._text is None:
            self._text = bytes(self)
        return len(self._text), [self._text]

    def packed_ahead(self) -> Iterator[None]:
        """Pack it piece by piece, so that whoever asks finds it done."""
        for piece in self._pieces:
            piece.deflated()
            yield

    def zipped(self) -> tuple[int, Iterable[bytes]]:
        """Length and pieces of the text as gzip."""
        return self.zipped_before(Words(""))

    def zipped_before(self, last: "Words") -> tuple[int, Iterable[bytes]]:
        """The same, with something behind it."""
        if self._zipped is None:
            whole = Deflated(b"", 0, 0)
            blocks = [_HEADER]
            for piece in self._pieces:
                deflated = piece.deflated()
                blocks.append(deflated.blocks)
                whole = whole.before(deflated)
            self._zipped = whole, blocks
        before, blocks = self._zipped
        deflated = _deflated(last.text())
        whole = before.before(deflated)
        end = struct.pack("<II", whole.crc, whole.length & 0xFFFFFFFF)
        told = [*blocks, deflated.blocks, _NOTHING_MORE, end]
        return sum(map(len, told)), told


@dataclass(frozen=True, slots=True)
class Followed:
    """A page with something behind it that is another each time."""

    page: Page
    last: Words

    def plain(self) -> tuple[int, Iterable[bytes]]:
        """As it is."""
        length, pieces = self.page.plain()
        return length + self.last.length(), itertools.chain(pieces, [self.last.text()])

    def zipped(self) -> tuple[int, Iterable[bytes]]:
        """As gzip."""
        return self.page.zipped_before(self.last)


def _grouped(families: Sequence[Family], series: Sequence[Series], before: tuple[Group, ...]) -> tuple[Group, ...]:
    """The assets in groups; one that is as it was before is the one before."""
    groups = []
    for number, start in enumerate(range(0, len(series), TOGETHER)):
        own = tuple(series[start : start + TOGETHER])
        old = before[number] if number < len(before) else None
        if old is not None and old.series == own:
            groups.append(old)
        else:
            pieces = (
                Piece(family, place, own, old.pieces[place] if old is not None else None)
                for place, family in enumerate(families)
            )
            groups.append(Group(own, tuple(pieces)))
    return tuple(groups)


def _deflated(text: bytes) -> Deflated:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Deflated(packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH), zlib.crc32(text), len(text))


@lru_cache(maxsize=256)
def _of_words(text: bytes) -> Deflated:
    return _deflated(text)
