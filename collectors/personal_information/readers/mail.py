"""Messages (RFC 5322) with their parts (RFC 2045, 2046), and mailboxes of them (RFC 4155), read line by line: a mailbox may be of any
size. The headers, of bounded size, are left to the standard library.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser

from collectors.personal_information.pieces import Piece, Text, Unexamined, Why
from collectors.personal_information.readers.mail_lines import Ends, Lines
from collectors.personal_information.readers.part import First, Part, Streamed
from collectors.personal_information.readers.wide import Recoded
from collectors.personal_information.readers.within import Within
from collectors.personal_information.sniffing import beginning

_LONGEST_HEADERS = 256 << 10
_FIELDS = frozenset((b"content-type", b"content-disposition", b"content-transfer-encoding", b"subject"))
_HOW_IT_IS_WRITTEN = frozenset((b"content-type", b"content-transfer-encoding"))
_LONGEST_FIELD = 8 << 10
_MOST_NESTED = 20
"""Parts within parts; what lies deeper is read as text."""
_AT_ONCE = 64 << 10
"""Bytes of lines that are decoded together."""
_ENCODING = re.compile(r"\([^()]*\)|[\s;]")
"""What does not belong to its name."""
_READ = frozenset(("", "7bit", "8bit", "binary", "base64", "quoted-printable"))
_COUNT = re.compile(rb"\d+")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_OTHERS = bytes(one for one in range(256) if one not in _BASE64)


def mail(part: Part) -> Iterator[Piece]:
    """The texts as those of the file itself, attachments as members."""
    begin = beginning(part.head)
    counted = _COUNT.search(part.head, 0, begin)
    part.head = part.head[begin:]
    lines = Lines(First(part, int(counted[0])) if counted else part)
    yield from _messages(part, lines)
    if counted:
        yield from part.inside("", part)


def _messages(part: Part, lines: Lines) -> Iterator[Piece]:
    first = lines.next()
    lines.back(first)
    if not first.startswith(b"From "):
        yield from _message(part, lines, Ends(), 0)
        return
    while line := lines.next():
        if not line.startswith(b"From "):
            lines.back(line)
        yield from _message(part, lines, Ends(in_mailbox=True), 0)


def _message(part: Part, lines: Lines, ends: Ends, depth: int) -> Iterator[Piece]:
    """A message, or a part of one: up to the line that ends it, which is told again."""
    part.budget.check()
    raw = _headers(lines, ends)
    wanted, is_cut = _wanted(raw)
    about = BytesHeaderParser().parsebytes(wanted)
    if not depth:
        yield Text(part.member, raw + _subject(about) + b"\n")
    if is_cut:
        yield Unexamined(part.member, Why.TOO_LARGE)
    kind = about.get_content_type()
    boundary = about.get_boundary() if kind.startswith("multipart/") else None
    if boundary and depth < _MOST_NESTED:
        yield from _parts(part, lines, ends, boundary.encode("utf-8", "replace").rstrip(), depth)
        return
    encoding = _ENCODING.sub("", str(about.get("Content-Transfer-Encoding", "")).lower())
    if kind == "message/rfc822" and encoding not in {"base64", "quoted-printable"} and depth < _MOST_NESTED:
        yield from _message(part, lines, ends, depth + 1)
        return
    body = _body(lines, ends, encoding)
    name = _name(about)
    if kind.startswith("text/") and not name:
        recoded, within = Recoded(str(about.get_content_charset(""))), Within(replace(part, file=None), in_mail=True)
        for block in body:
            part.budget.check()
            within.look(block)
            yield Text(part.member, recoded.text(block))
        yield Text(part.member, recoded.text(b"", final=True) + b"\n")
        yield from within.pieces()
        if encoding not in _READ:
            yield Unexamined(part.member, Why.NO_READER)
    else:
        yield from part.inside(name or kind, Streamed(body))
        for _ in body:  # what a limit has left
            part.budget.check()


def _parts(part: Part, lines: Lines, ends: Ends, boundary: bytes, depth: int) -> Iterator[Piece]:
    within = Ends((*ends.boundaries, boundary), ends.in_mailbox)
    for block in _body(lines, within, ""):
        yield Text(part.member, block)
    while line := lines.next():
        delimiter = within.delimiter(line) if line.startswith(b"--") else None
        if delimiter is None or delimiter[0] != boundary:
            lines.back(line)
            return
        if delimiter[1]:
            for block in _body(lines, ends, ""):
                yield Text(part.member, block)
            return
        yield from _message(part, lines, within, depth + 1)


def _headers(lines: Lines, ends: Ends) -> bytes:
    found: list[bytes] = []
    size = 0
    while (line := lines.next()) and line not in {b"\n", b"\r\n"} and size < _LONGEST_HEADERS:
        if ends.at(line, lines) and found:
            lines.back(line)
            break
        found.append(line)
        size += len(line)
    return b"".join(found)


def _wanted(raw: bytes) -> tuple[bytes, bool]:
    """The fields that matter, of bounded length: taking their parameters apart takes time by the square of that. And whether
    one of those is longer without which the body cannot be read.
    """
    found: list[bytes] = []
    name, is_cut, left = b"", False, 0
    for line in raw.splitlines(keepends=True):
        if not line.startswith((b" ", b"\t")):
            name, left = line.partition(b":")[0].strip().lower(), _LONGEST_FIELD
        if name not in _FIELDS:
            continue
        if len(line) <= left:
            found.append(line)
        elif name in _HOW_IT_IS_WRITTEN:
            is_cut = True
        left -= len(line)
    return b"".join(found), is_cut


def _subject(about: Message) -> bytes:
    """The subject, where it is encoded (RFC 2047)."""
    subject = str(about.get("Subject", ""))
    if "=?" not in subject:
        return b""
    try:
        words = decode_header(subject)
    except (HeaderParseError, ValueError):
        return b""
    return b" ".join(word if isinstance(word, bytes) else word.encode("utf-8", "replace") for word, _ in words)


def _name(about: Message) -> str:
    """The name of an attachment; empty where there is none."""
    try:
        return str(about.get_filename("") or "")
    except (LookupError, ValueError, TypeError):
        return "attachment"


def _body(lines: Lines, ends: Ends, encoding: str) -> Iterator[bytes]:
    """The decoded body, up to what ends it."""
    held: list[bytes] = []
    size = 0
    rest = b""
    while line := lines.next():
        if ends.at(line, lines):
            lines.back(line)
            break
        held.append(line)
        size += len(line)
        if size >= _AT_ONCE:
            block, rest = _decoded(rest + b"".join(held), encoding)
            yield block
            held, size = [], 0
    block, rest = _decoded(rest + b"".join(held), encoding)
    yield block
    if encoding == "base64" and rest:
        yield binascii.a2b_base64(rest[: len(rest) - (len(rest) % 4 == 1)].ljust(-(-len(rest) // 4) * 4, b"="))


def _decoded(text: bytes, encoding: str) -> tuple[bytes, bytes]:
    """And what has to wait for more."""
    if encoding == "base64":
        text = text.translate(None, _OTHERS)
        whole = len(text) & ~3
        return binascii.a2b_base64(text[:whole]), text[whole:]
    return (binascii.a2b_qp(text) if encoding == "quoted-printable" else text), b""
