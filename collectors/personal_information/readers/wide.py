"""Text in UTF-16 and UTF-32."""

import codecs
from collections.abc import Iterator

from collectors.personal_information.pieces import Piece, Text
from collectors.personal_information.readers.part import Part

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""In this order: that of UTF-32 begins with that of UTF-16."""


def wide(part: Part) -> Iterator[Piece]:
    """The text in UTF-8. What is no character becomes U+FFFD."""
    encoding, mark = _encoding(part.head)
    part.head = part.head.removeprefix(mark)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in part.blocks():
        yield Text(part.member, decoder.decode(block).encode("utf-8", "replace"))
    yield Text(part.member, decoder.decode(b"", final=True).encode("utf-8", "replace"))


def _encoding(head: bytes) -> tuple[str, bytes]:
    """And the mark that says so."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, mark
    zeros = [head[at : len(head) & ~3 : 4].count(0) for at in range(4)]
    of_four = zeros[1] > 0 and abs(zeros[1] - zeros[2]) * 10 < zeros[1]
    order = "le" if zeros[3] > zeros[0] else "be"
    return (f"utf-32-{order}" if of_four else f"utf-16-{order}"), b""
