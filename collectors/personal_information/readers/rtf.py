"""Rich Text Format, version 1.9.1: what stands in several runs is whole again."""

import re
from collections.abc import Iterator

from collectors.personal_information.pieces import Piece, Text, Unexamined, Why
from collectors.personal_information.readers.markup import whole_until
from collectors.personal_information.readers.part import Part

_HEXADECIMAL = re.compile(rb"(?:[0-9a-fA-F]{2}[\r\n]{0,2}){24,}")
"""The bytes of pictures and of embedded objects."""
_MARKUP = re.compile(
    rb"\\'(?P<byte>[0-9a-fA-F]{2})|\\u(?P<number>-?\d{1,5}) ?(?:\?|\\'[0-9a-fA-F]{2})?|\\(?P<line>par|line|row|sect|page)(?![a-z])(?:-?\d{1,10})? ?"
    rb"|\\(?P<tab>cell|nestcell|tab)(?![a-z])(?:-?\d{1,10})? ?|\\(?P<hyphen>_)|\\(?P<space>~)|\\(?P<itself>[\\{}])"
    rb"|\\[a-z]{1,32}(?:-?\d{1,10})? ?|\\[^a-z]|[{}\r\n]"
)
_BYTES = re.compile(rb"\\objdata|\\bin[1-9]")
_MEANT = {"line": b"\n", "tab": b"\t", "hyphen": b"-", "space": b" "}


def rtf(part: Part) -> Iterator[Piece]:
    """The text without control words. That there are pictures or embedded objects is told."""
    has_picture = has_object = False
    for block in whole_until(part, b"\n", b" "):
        has_picture = has_picture or b"\\pict" in block
        has_object = has_object or _BYTES.search(block) is not None
        yield Text(part.member, _MARKUP.sub(_meaning, _HEXADECIMAL.sub(b" ", block)))
    if has_picture:
        yield Unexamined(part.member, Why.IMAGE)
    if has_object:
        yield Unexamined(part.member, Why.NO_READER)


def _meaning(markup: re.Match[bytes]) -> bytes:
    kind = markup.lastgroup
    if kind is None:
        return b""
    if kind == "byte":
        return bytes([int(markup["byte"], 16)]).decode("cp1252", "replace").encode()
    if kind == "number":
        return chr(int(markup["number"]) & 0xFFFF).encode("utf-8", "replace")
    return markup["itself"] if kind == "itself" else _MEANT[kind]
