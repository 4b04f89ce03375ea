"""The program of one child, with its limits as the only argument; it ends with its standard input.

A line in: the path of a file and which file it must be; a line out: what was seen in it. Both are JSON.
"""

import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from typing import BinaryIO

from agent.discovery.examined import LONGEST, READY, Examined, Sum
from collectors.personal_information.contents import Limits, Text, Why, contents
from collectors.personal_information.engine import Engine
from collectors.personal_information.examination import Examination, engine
from collectors.personal_information.opening import Opened, ahead
from collectors.personal_information.walk import Found, Unseen

_MEMORY = 2 << 30
"""Bytes of address space."""
_DENIED = frozenset(os.strerror(one) for one in (errno.EACCES, errno.EPERM))


def main() -> None:
    """Examine until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this decides when it is over
    with suppress(OSError, ValueError):  # a sandbox may forbid it, and then bounds the memory itself
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with suppress(OSError, ValueError):
        # Its memory is full of what was read. A limit of 0 does not keep it from a program that takes cores, one of 1 does.
        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
    limits = Limits(**json.loads(sys.argv[1]))
    chosen = engine()
    _say(READY)
    for lines in _waiting(sys.stdin.fileno()):
        for one in ahead(map(_found, lines)):
            _answer(_examined(one, chosen, limits))


def _waiting(descriptor: int) -> Iterator[list[bytes]]:
    """The lines that are there, as soon as there are any."""
    said = b""
    while more := os.read(descriptor, 1 << 16):
        *lines, said = (said + more).split(b"\n")
        if lines:
            yield lines


def _found(line: bytes) -> Found:
    path, device, inode, size = json.loads(line)
    return Found(path, os.stat_result((0, inode, device, 0, 0, 0, size, 0, 0, 0)))


def _answer(examined: Examined) -> None:
    line = _line(examined)
    if len(line) > LONGEST:  # of long names of members, each character of which may take many bytes
        line = _line(replace(examined, seen=tuple(replace(one, member="") for one in examined.seen)))
    _say(line)


def _line(examined: Examined) -> bytes:
    return json.dumps(examined.told()).encode() + b"\n"


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _examined(one: Opened | Unseen, chosen: Engine, limits: Limits) -> Examined:
    if isinstance(one, Unseen):
        return Examined(unexamined={Why.DENIED if one.why in _DENIED else Why.CHANGED: 1})
    with closing(one):
        return _contents(one.file, chosen, limits)


def _contents(file: BinaryIO, chosen: Engine, limits: Limits) -> Examined:
    total = Sum()
    examination = Examination(chosen)
    member, size, begin = "", 0, 0
    for piece in contents(file, limits):
        if not isinstance(piece, Text):
            total.left_out(piece.why)
            continue
        if piece.member != member:
            member, size, begin = piece.member, 0, 0
        examination.feed(piece.data)
        size += len(piece.data)
        if piece.last:
            total.sighted(member, begin, examination.end())
            examination, begin = Examination(chosen), size
    return total.whole()
