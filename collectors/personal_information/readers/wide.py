"""Text in UTF-16, UTF-32 and EBCDIC, and what a message says that it is written in."""

import codecs
import re
from collections.abc import Iterator

from collectors.personal_information.pieces import Piece, Text
from collectors.personal_information.readers.part import BLOCK, Part, Stream, Streamed

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""In this order: that of UTF-32 begins with that of UTF-16."""


_LINE_ENDS = {0x85: "\n"}
_MICROSOFTS = re.compile(r"^(?:ibm-?|cp-|x-ebcdic-)(?=\d)")
_UNLIKE_ASCII = frozenset(
    (
        *(f"utf-{width}{order}" for width in (16, 32) for order in ("", "le", "be", "-le", "-be")),
        *(f"cp{page}" for page in ("037", "273", "424", "500", "875", "1026", "1140")),
        "utf-7",
    )
)


def wide(part: Part) -> Iterator[Piece]:
    """The text in UTF-8. What is no character becomes U+FFFD."""
    encoding, mark = _encoding(part.head)
    part.head = part.head.removeprefix(mark)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in part.blocks():
        yield Text(part.member, decoder.decode(block).encode("utf-8", "replace"))
    yield Text(part.member, decoder.decode(b"", final=True).encode("utf-8", "replace"))


def ebcdic(part: Part) -> Iterator[Piece]:
    """The text in UTF-8; letters, digits and blanks are the same in all countries."""
    for block in part.blocks():
        yield Text(part.member, block.decode("cp037").translate(_LINE_ENDS).encode())


def in_utf_8(stream: Stream) -> Stream:
    """Text of which a mark tells that it is UTF-16 or UTF-32, or any other as it stands."""
    head = stream.read(BLOCK)
    encoding = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "")

    def blocks() -> Iterator[bytes]:
        decoder, block = Recoded(encoding), head
        while block:
            yield decoder.text(block)
            block = stream.read(BLOCK)

    return Streamed(blocks())


class Recoded:
    """Text whose character set has a name. Where that has the characters of ASCII as they are, it is left so."""

    def __init__(self, charset: str) -> None:
        name = _MICROSOFTS.sub("cp", charset.lower().replace("_", "-"))
        self._decoder = codecs.getincrementaldecoder(name)("replace") if name in _UNLIKE_ASCII else None

    def text(self, block: bytes, *, final: bool = False) -> bytes:
        """In UTF-8."""
        return block if self._decoder is None else self._decoder.decode(block, final).encode("utf-8", "replace")


def _encoding(head: bytes) -> tuple[str, bytes]:
    """And the mark that says so."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, mark
    zeros = [head[at : len(head) & ~3 : 4].count(0) for at in range(4)]
    of_four = zeros[1] > 0 and abs(zeros[1] - zeros[2]) * 10 < zeros[1]
    order = "le" if zeros[3] > zeros[0] else "be"
    return (f"utf-32-{order}" if of_four else f"utf-16-{order}"), b""
