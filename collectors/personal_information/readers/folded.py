"""Calendars (RFC 5545) and cards of addresses (RFC 6350, and their older forms), whose long lines are broken wherever they are long."""

import binascii
import re
from collections.abc import Iterator

from collectors.personal_information.pieces import Piece, Text
from collectors.personal_information.readers.markup import whole_until
from collectors.personal_information.readers.part import Part

_FOLD = re.compile(rb"\r?\n[ \t]")
_QUOTED = re.compile(
    rb"^[^:\n]{0,200};(?:ENCODING=)?QUOTED-PRINTABLE[^:\n]{0,200}:(?:[^\n]*=\r?\n)*[^\n]*", re.IGNORECASE | re.MULTILINE
)


def folded(part: Part) -> Iterator[Piece]:
    """The text with its lines whole again."""
    held = b""
    for block in whole_until(part, b"\n", b" "):
        text = held + block
        held = text[len(text.rstrip(b"\r\n")) :]  # the next line may go on with this one
        text = _FOLD.sub(b"", text[: len(text) - len(held)])
        yield Text(part.member, _QUOTED.sub(lambda line: binascii.a2b_qp(line[0]), text))
    yield Text(part.member, held)
