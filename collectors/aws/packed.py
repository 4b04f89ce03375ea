"""What stands in a text compressed or coded, as user data does: gzip, base64, ``data:`` addresses. Pure, and bounded."""

import base64
import re
import zlib
from collections.abc import Iterator

GZIP = b"\x1f\x8b"
"""How compressed data begins."""


def decompressed(data: bytes, most: int) -> tuple[bytes, str]:
    """All members of it, together no more than so many bytes; and why it is not whole, where it is not."""
    made = b""
    while data.startswith(GZIP):
        stream = zlib.decompressobj(wbits=31)
        try:
            made += stream.decompress(data, most - len(made))
        except zlib.error:
            return made, "it is compressed, and not to be read"
        if len(made) >= most:
            return made, "it is larger than what is unpacked"
        if not stream.eof:
            return made, "it is compressed, and not whole"
        data = stream.unused_data
    return made, ""


_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{40,})*(?:\r?\n[ \t]*[A-Za-z0-9+/]+)?={0,2}")
_ADDRESS = re.compile("data:[^ \t\r\n\"']*")
_CODE = re.compile("%([0-9A-Fa-f]{2})")


def unpacked(text: str) -> Iterator[tuple[int, bytes]]:
    """Where something stands in base64, wrapped or not, that is text or compressed, or in a ``data:`` address; and what."""
    for found in _BASE64.finditer(text):
        block = re.sub("[^A-Za-z0-9+/]", "", found.group())
        data = base64.b64decode(block[:-1] + "==" if len(block) % 4 == 1 else block + "=" * (-len(block) % 4))
        if data.startswith(GZIP) or as_text(data)[1]:
            yield found.start(), data
    for found in _ADDRESS.finditer(text):
        plain, codes = _CODE.subn(lambda code: chr(int(code.group(1), 16)), found.group())
        if codes:
            yield found.start(), plain.encode()


def as_text(data: bytes) -> tuple[str, bool]:
    """Data as text, and whether it is one."""
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = data.decode("utf-16" if wide else "utf-8", "replace")
    return text, sum(text.count(one) for one in _NOT_IN_TEXT) * 20 <= len(text)


_NOT_IN_TEXT = ("\ufffd", *(chr(code) for code in range(32) if chr(code) not in "\t\n\r\f\x1b"))
