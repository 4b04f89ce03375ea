"""Text as it stands, and bytes of no known format."""

import re
from collections.abc import Iterator

from collectors.personal_information.pieces import Piece, Text
from collectors.personal_information.readers.part import Part

_WIDE_RUN = re.compile(rb"(?:[\t\n\r\x1e\x20-\x7e\xa0-\xff]\0){6,}")
"""Text of two bytes a character among other bytes, wherever it begins."""
_SHORT = 12
"""Bytes of the shortest such run."""
_LONGEST_CARRIED = 4096
"""Bytes of a run that is taken along into the next block, where it may go on."""
_GATHERED = 4 << 20
"""Bytes of such text that wait until the bytes as they stand are told."""


def plain(part: Part) -> Iterator[Piece]:
    """The bytes as they are on the disk, neither copied nor decoded."""
    for block in part.blocks():
        yield Text(part.member, block)


def raw(part: Part) -> Iterator[Piece]:
    """The bytes as they are, without long stretches of zeros, followed by what is among them in two bytes a character."""
    carried = b""
    gathered: list[bytes] = []
    size = 0
    for block in part.blocks():
        if block.count(0) == len(block):
            continue
        yield Text(part.member, block)
        runs, carried = _wide_runs(carried + block)
        gathered += runs
        size += sum(map(len, runs))
        if size > _GATHERED:
            yield Text(part.member, b"\n".join([b"", *gathered, b""]))
            gathered, size = [], 0
    last = carried[::2] if _WIDE_RUN.fullmatch(carried) else b""
    if gathered or last:
        yield Text(part.member, b"\n".join([b"", *gathered, last]))


def _wide_runs(window: bytes) -> tuple[list[bytes], bytes]:
    """What ends within these bytes, and what has to be looked at again together with those that follow."""
    found: list[bytes] = []
    end = 0
    for run in _WIDE_RUN.finditer(window):
        if run.end() >= len(window) - 1 and len(run[0]) <= _LONGEST_CARRIED:
            return found, window[run.start() :]
        found.append(run[0][::2])
        end = run.end()
    return found, window[max(end, len(window) - _SHORT) :]
