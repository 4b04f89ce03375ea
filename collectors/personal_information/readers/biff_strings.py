"""Strings of old workbooks: [MS-XLS] 2.5.293 and 2.5.294. A table of strings goes over several records, within a string, too."""

import struct

_WIDE, _WITH_MORE, _WITH_RUNS = 0x01, 0x04, 0x08


class _Records:
    """Records that go on in each other."""

    def __init__(self, records: list[bytes]) -> None:
        self._records = records
        self._number = self._at = 0

    def left(self) -> bytes:
        """What is left of the record; nothing at the end of the last."""
        while self._number < len(self._records):
            left = self._records[self._number][self._at :]
            if left:
                return left
            self._number += 1
            self._at = 0
        return b""

    def take(self, size: int) -> bytes:
        """So many bytes, or as many as there are."""
        found = b""
        while len(found) < size and (left := self.left()):
            piece = left[: size - len(found)]
            self._at += len(piece)
            found += piece
        return found

    def characters(self, count: int, flags: int) -> bytes:
        """So many characters, in UTF-8. In each further record, a byte says anew how wide they are."""
        found: list[bytes] = []
        while True:
            width = 2 if flags & _WIDE else 1
            left = self._records[self._number][self._at :] if self._number < len(self._records) else b""
            piece = left[: min(count, len(left) // width) * width]
            found.append(_decoded(piece, flags))
            self._at += len(piece)
            count -= len(piece) // width
            if count <= 0 or self._number + 1 >= len(self._records):
                return b"".join(found)
            self._number, self._at = self._number + 1, 0
            flags = self.take(1)[0] if self.left() else 0


def _decoded(text: bytes, flags: int) -> bytes:
    if flags & _WIDE:
        return text.decode("utf-16-le", "replace").encode("utf-8", "replace")
    return text if text.isascii() else text.decode("latin-1").encode()


def shared_strings(records: list[bytes], most: int) -> list[bytes]:
    """The table of strings (2.4.265), as far as it goes."""
    reader = _Records(records)
    reader.take(8)
    found: list[bytes] = []
    while len(found) < most and len(head := reader.take(3)) == 3:
        count, flags = struct.unpack("<HB", head)
        runs = int.from_bytes(reader.take(2), "little") * 4 if flags & _WITH_RUNS else 0
        further = int.from_bytes(reader.take(4), "little") if flags & _WITH_MORE else 0
        found.append(reader.characters(count, flags))
        reader.take(runs + further)
    return found


def text(data: bytes, *, is_97: bool = True) -> bytes:
    """A string that its length of two bytes stands before."""
    if is_97:
        count, flags = struct.unpack_from("<HB", data)
        return _decoded(data[3 : 3 + count * (2 if flags & _WIDE else 1)], flags)
    return data[2 : 2 + struct.unpack_from("<H", data)[0]]


def continued(data: bytes) -> bytes:
    """The text of a box, in a record that goes on with it: a byte says how wide its characters are."""
    return _decoded(data[1:], data[0]) if data else b""
