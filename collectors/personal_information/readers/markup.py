"""The text of the XML in documents: ECMA-376 (docx, pptx, xlsx) and ISO/IEC 26300 (odt, odp, ods)."""

import re
from collections.abc import Iterator

from collectors.personal_information.readers.part import BLOCK, Stream

_LONGEST = 1 << 20
"""Bytes that are waited for the end of a tag, a cell or a row."""
_BETWEEN_TAGS = re.compile(rb">[ \t\r]*\n\s*<")
"""Only a program that lays XML out for people puts line ends between tags."""
_CELLS = (b"w:tc", b"a:tc", b"table:table-cell", b"c")
_LINES = (
    *(b"w:p", b"a:p", b"text:p", b"text:h", b"w:tr", b"a:tr", b"table:table-row", b"si", b"p", b"text", b"row"),
    *(b"comment", b"threadedComment"),
)
"""Elements that stand on lines of their own."""
_REPLACED = (
    *((b"</%s></%s>" % (inner, cell), b"\t") for cell in _CELLS for inner in (b"w:p", b"text:p")),
    *((b"</%s>" % cell, b"\t") for cell in _CELLS),
    *((b"</%s>" % line, b"\n") for line in _LINES),
    *(
        (b"<w:tab/>", b"\t"),
        (b"<w:cr/>", b"\n"),
        (b"<w:br/>", b"\n"),
        (b"<a:br/>", b"\n"),
        (b"<w:noBreakHyphen/>", b"-"),
    ),
    *((b"<text:tab/>", b"\t"), (b"<text:s/>", b" "), (b"<text:line-break/>", b"\n")),
)
_WITH_ATTRIBUTES = (
    (b"<w:br ", re.compile(rb"<w:br\s[^<>]*>"), b"\n"),
    (b"<a:br>", re.compile(rb"<a:br>"), b"\n"),
    (b"<text:s ", re.compile(rb"<text:s\s[^<>]*>"), b" "),
    (b"<text:tab ", re.compile(rb"<text:tab\s[^<>]*>"), b"\t"),
)
_BLANK_CELLS = re.compile(rb"<table:(?:covered-)?table-cell(?:\s[^<>]*)?/>")
_REPEATED = re.compile(rb'number-columns-repeated="(\d{1,3})"')
"""More blank cells than that stand at the end of a row."""
_OF_VALUES = re.compile(
    r"docProps/|customXml/|(?:word|ppt|xl)/(?:charts|customXml|externalLinks|queryTables|connections)|meta\.xml"
)
"""Parts that hold values rather than running text."""
_TAG = re.compile(rb"<[^<>]*>")
_ENTITY = re.compile(rb"&(?:#(?P<decimal>\d{1,7})|#x(?P<hex>[0-9A-Fa-f]{1,6})|(?P<name>amp|lt|gt|quot|apos));")
_NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}


def stripped(name: str, stream: Stream) -> Iterator[bytes]:
    """The text of a part of a document without tags: what stands in several runs of a paragraph is whole again, paragraphs stand on
    lines of their own and cells are divided by tabs. In parts that are no running text, each tag divides.
    """
    between = b"\n" if _OF_VALUES.match(name) else b""
    for xml in whole_until(stream, b">", b">"):
        text = _BETWEEN_TAGS.sub(b"><", xml) if b"\n" in xml else xml
        if b"<!" in text:
            text = text.replace(b"<![CDATA[", b"").replace(b"<!--", b" ")
        for tag, meaning in _REPLACED:
            text = text.replace(tag, meaning)
        for beginning, pattern, meaning in _WITH_ATTRIBUTES:
            if beginning in text:
                text = pattern.sub(meaning, text)
        if b"table-cell" in text:
            text = _BLANK_CELLS.sub(_blanks, text)
        yield unescaped(_TAG.sub(between, text))


def _blanks(cells: re.Match[bytes]) -> bytes:
    repeated = _REPEATED.search(cells[0])
    return b"\t" * int(repeated[1]) if repeated else b"\t"


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


def _character(entity: re.Match[bytes]) -> bytes:
    if entity["name"]:
        return _NAMED[entity["name"]]
    number = int(entity["decimal"]) if entity["decimal"] else int(entity["hex"], 16)
    return chr(number).encode("utf-8", "replace") if number <= 0x10FFFF else b""
