"""The cells of old workbooks ([MS-XLS] version 12.0, and Excel 95's), record by record, so that no size that a hostile sheet claims
matters.
"""

import struct
from collections.abc import Callable, Iterator

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Why
from collectors.personal_information.readers.biff_strings import continued, shared_strings, text
from collectors.personal_information.readers.cell_masks import dashed, masked
from collectors.personal_information.readers.part import BLOCK, Stream

_BOF, _FILEPASS, _SST, _CONTINUE, _TEXT_BOX, _FORMAT, _XF = 0x809, 0x2F, 0xFC, 0x3C, 0x1B6, 0x41E, 0xE0
_LABEL, _LABEL_SST, _RICH, _STRING = 0x204, 0xFD, 0xD6, 0x207
_NUMBER, _RK, _MANY_RK, _FORMULA = 0x203, 0x27E, 0xBD, 0x06
_EXCEL_97 = 0x600
_LONGEST_RECORD = 4 + 0xFFFF
_AT_ONCE = 64 << 10
_MOST_STRINGS = 500_000
_COLUMNS = 256
"""A sheet has so many; cells before one that are not there are blank."""
_WHOLE = 1e17
"""Below this, a whole number is written in full."""


def cells(stream: Stream, most_held: int) -> Iterator[bytes]:
    """Rows of cells divided by tabs; an empty block where a sheet ends. ``CutError`` where the workbook is encrypted, is too large
    or breaks off.
    """
    sheet = _Workbook()
    try:
        for begins in _taken(sheet, stream, most_held):
            if begins or sheet.size > _AT_ONCE:
                yield sheet.told()
            if begins:
                yield b""
    except (CutError, struct.error, IndexError):
        yield sheet.told()
        raise
    yield sheet.told()


def _taken(sheet: "_Workbook", stream: Stream, most_held: int) -> Iterator[bool]:
    """Gives the records to the sheet; a long one together with those that go on with it. Tells of each whether another sheet
    begins with it.
    """
    going_on: list[bytes] = []
    started = held = 0
    for kind, data in _records(stream):
        if kind == _CONTINUE:
            if started:
                going_on.append(data)
                held += len(data)
                if held > most_held:
                    raise CutError(Why.TOO_LARGE)
            continue
        if started:
            sheet.take_long(started, going_on)
            started = 0
        if kind in {_SST, _TEXT_BOX}:
            started, going_on, held = kind, [data], len(data)
        else:
            sheet.take(kind, data)
        yield kind == _BOF


def _records(stream: Stream) -> Iterator[tuple[int, bytes]]:
    buffer, at, ended = b"", 0, False
    while True:
        while len(buffer) - at < _LONGEST_RECORD and not ended:
            more = stream.read(BLOCK)
            ended = not more
            buffer, at = buffer[at:] + more, 0
        if len(buffer) - at < 4:
            return
        kind, length = struct.unpack_from("<2H", buffer, at)
        if len(buffer) - at - 4 < length:
            raise CutError(Why.DAMAGED)
        yield kind, buffer[at + 4 : at + 4 + length]
        at += 4 + length


class _Workbook:
    """What has been read, as far as it matters for what follows."""

    def __init__(self) -> None:
        self.size = 0
        self._out: list[bytes] = []
        self._row = self._column = -1
        self._is_97 = True
        self._strings: list[bytes] = []
        self._codes: dict[int, bytes] = {}
        self._styles: list[bytes | None] = []
        self._takers: dict[int, Callable[[bytes], None]] = {
            _BOF: self._begin,
            _FORMAT: self._format,
            _XF: self._style,
            _LABEL: lambda data: self._cell(data, text(data[6:], is_97=self._is_97)),
            _RICH: lambda data: self._cell(data, text(data[6:], is_97=self._is_97)),
            _LABEL_SST: lambda data: self._cell(data, self._string(*struct.unpack_from("<I", data, 6))),
            _NUMBER: lambda data: self._cell(data, self._number(data, *struct.unpack_from("<d", data, 6))),
            _RK: lambda data: self._cell(data, self._number(data, _rk(*struct.unpack_from("<i", data, 6)))),
            _MANY_RK: self._several,
            _FORMULA: self._formula,
            _STRING: lambda data: self._put(text(data, is_97=self._is_97)),
        }

    def told(self) -> bytes:
        """The text since this was last asked."""
        out, self._out, self.size = b"".join(self._out), [], 0
        return out

    def take(self, kind: int, data: bytes) -> None:
        """One record."""
        if kind == _FILEPASS:
            raise CutError(Why.ENCRYPTED)
        taker = self._takers.get(kind)
        if taker is not None:
            taker(data)

    def take_long(self, kind: int, records: list[bytes]) -> None:
        """A record with those that go on with it."""
        if kind == _SST:
            self._strings = shared_strings(records, _MOST_STRINGS)
        elif len(records) > 1:
            self._put(b"\n" + continued(records[1]) + b"\n")

    def _put(self, text_: bytes) -> None:
        self._out.append(text_)
        self.size += len(text_) + 1

    def _begin(self, data: bytes) -> None:
        self._is_97 = struct.unpack_from("<H", data)[0] >= _EXCEL_97
        self._row = -1
        self._put(b"\n")

    def _format(self, data: bytes) -> None:
        code = dashed(text(data[2:])) if self._is_97 else None
        if code:
            self._codes[struct.unpack_from("<H", data)[0]] = code

    def _style(self, data: bytes) -> None:
        self._styles.append(self._codes.get(struct.unpack_from("<H", data, 2)[0]))

    def _cell(self, data: bytes, value: bytes) -> None:
        row, column = struct.unpack_from("<2H", data)
        goes_on = row == self._row
        ahead = column - self._column if goes_on else column
        self._put((b"" if goes_on else b"\n") + b"\t" * (ahead if goes_on <= ahead < _COLUMNS else goes_on))
        self._row, self._column = row, column
        self._put(value)

    def _string(self, number: int) -> bytes:
        return self._strings[number] if number < len(self._strings) else b""

    def _number(self, data: bytes, value: float) -> bytes:
        (style,) = struct.unpack_from("<H", data, 4)
        if not (value.is_integer() and abs(value) < _WHOLE):
            return repr(value).encode()
        mask = self._styles[style] if style < len(self._styles) else None
        return masked(b"%d" % value, mask) if mask else b"%d" % value

    def _several(self, data: bytes) -> None:
        row, first = struct.unpack_from("<2H", data)
        for number, at in enumerate(range(4, len(data) - 7, 6)):
            style, value = struct.unpack_from("<Hi", data, at)
            head = struct.pack("<3H", row, (first + number) & 0xFFFF, style)
            self._cell(head, self._number(head, _rk(value)))

    def _formula(self, data: bytes) -> None:
        is_number = data[12:14] != b"\xff\xff"
        self._cell(data, self._number(data, *struct.unpack_from("<d", data, 6)) if is_number else b"")


def _rk(value: int) -> float:
    """A number in four bytes (2.5.217)."""
    if value & 2:
        number = float(value >> 2)
    else:
        (number,) = struct.unpack("<d", bytes(4) + (value & 0xFFFFFFFC).to_bytes(4, "little"))
    return number / 100 if value & 1 else number
