"""Text as it stands, and bytes of no known format."""

import re
from collections.abc import Iterator

from collectors.personal_information.pieces import Piece, Text
from collectors.personal_information.readers.part import Part
from collectors.personal_information.readers.within import Within

_OF_TEXT = frozenset(b"\t\n\r\x1e") | frozenset(range(0x20, 0x7F)) | frozenset(range(0xA0, 0x100))
_CLASSES = bytes(ord("a") if one in _OF_TEXT else ord("0") if not one else ord("-") for one in range(256))
"""Turns bytes into ``a`` where they may be of a text, ``0`` where they are zero: a search in that is many times as fast as one by a
regular expression.
"""
_SHORTEST = b"a0" * 6
_RUN = re.compile(rb"(?:a0)+")
_LONGEST_CARRIED = 4096
"""Bytes of a run that is taken along into the next block, where it may go on."""
_GATHERED = 4 << 20
"""Bytes of such text that wait until the bytes as they stand are told."""


def plain(part: Part) -> Iterator[Piece]:
    """The bytes as they are on the disk, neither copied nor decoded; then what is packed among them."""
    within = Within(part)
    for block in part.blocks():
        within.look(block)
        yield Text(part.member, block)
    yield from within.pieces()


def raw(part: Part) -> Iterator[Piece]:
    """The bytes as they are, without long stretches of zeros, followed by what is among them in two bytes a character, and
    by what is packed.
    """
    within = Within(part)
    carried = b""
    gathered: list[bytes] = []
    size = 0
    for block in part.blocks():
        if block.count(0) == len(block):
            continue
        within.look(block)
        yield Text(part.member, block)
        runs, carried = _wide_runs(carried + block)
        gathered += runs
        size += sum(map(len, runs))
        if size > _GATHERED:
            yield Text(part.member, b"\n".join([b"", *gathered, b""]))
            gathered, size = [], 0
    last = carried[::2] if carried.translate(_CLASSES).startswith(_SHORTEST) else b""
    if gathered or last:
        yield Text(part.member, b"\n".join([b"", *gathered, last]))
    yield from within.pieces()


def _wide_runs(window: bytes) -> tuple[list[bytes], bytes]:
    """What ends within these bytes, and what has to be looked at again together with those that follow."""
    found: list[bytes] = []
    end = 0
    classes = window.translate(_CLASSES)
    while (at := classes.find(_SHORTEST, end)) >= 0:
        run = _RUN.match(classes, at)
        end = run.end() if run else len(window)
        if end >= len(window) - 1 and end - at <= _LONGEST_CARRIED:
            return found, window[at:]
        found.append(window[at:end:2])
    return found, window[max(end, len(window) - len(_SHORTEST)) :]
