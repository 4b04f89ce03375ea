"""The text of the XML in documents: ECMA-376 (docx, pptx, xlsx) and ISO/IEC 26300 (odt, odp, ods)."""

import re
from collections.abc import Iterator

from collectors.personal_information.readers.part import BLOCK, Stream

_LONGEST = 1 << 20
"""Bytes that are waited for the end of a tag, a cell or a row."""
_BETWEEN_TAGS = re.compile(rb">[ \t\r]*\n\s*<")
"""Only a program that lays XML out for people puts line ends between tags."""
_MEANS = re.compile(
    rb"(?:</(?:w|a|text):p>)?</(?P<cell>w:tc|a:tc|table:table-cell|c)>|</(?:\w{1,20}:)?(?P<line>p|h|si|tr|row|table-row|sp)>"
    rb"|<(?:w:br|w:cr|a:br|text:line-break)[^<>]*>|<(?P<tab>w:tab|text:tab)(?:\s[^<>]*)?/>"
    rb"|<(?P<hyphen>w:noBreakHyphen)/>|<(?P<space>text:s)(?:\s[^<>]*)?/>"
)
_TAG = re.compile(rb"<[^<>]*>")
_ENTITY = re.compile(rb"&(?:#(?P<decimal>\d{1,7})|#x(?P<hex>[0-9A-Fa-f]{1,6})|(?P<name>amp|lt|gt|quot|apos));")
_NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}


def stripped(stream: Stream) -> Iterator[bytes]:
    """The text without tags: what stands in several runs of a paragraph is whole again, paragraphs stand on lines of their own and
    cells are divided by tabs.
    """
    for xml in whole_until(stream, b">", b">"):
        text = _BETWEEN_TAGS.sub(b"><", xml) if b"\n" in xml else xml
        yield unescaped(_TAG.sub(b"", _MEANS.sub(_meaning, text)))


def unescaped(text: bytes) -> bytes:
    """The characters that entities stand for, in UTF-8."""
    return _ENTITY.sub(_character, text) if b"&" in text else text


def whole_until(stream: Stream, mark: bytes, lesser: bytes) -> Iterator[bytes]:
    """Blocks that end where ``mark`` ends; where that does not come for long, where ``lesser`` does."""
    rest = b""
    while block := stream.read(BLOCK):
        rest += block
        end = rest.rfind(mark)
        end = end + len(mark) if end >= 0 else 0
        if not end and len(rest) > _LONGEST:
            end = rest.rfind(lesser) + len(lesser) if lesser in rest else len(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _meaning(tag: re.Match[bytes]) -> bytes:
    kind = tag.lastgroup
    if kind in {"cell", "tab"}:
        return b"\t"
    if kind == "hyphen":
        return b"-"
    return b" " if kind == "space" else b"\n"


def _character(entity: re.Match[bytes]) -> bytes:
    if entity["name"]:
        return _NAMED[entity["name"]]
    number = int(entity["decimal"]) if entity["decimal"] else int(entity["hex"], 16)
    return chr(number).encode("utf-8", "replace") if number <= 0x10FFFF else b""
