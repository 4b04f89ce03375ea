"""Processes that examine files. Reading a hostile file may end one of them, or keep it for ever: that costs the file, and no other.

They are told a file a line, and answer a line each, in that order; so the file that one of them died of is the first without
an answer. What they answer is JSON, and bounded: a library that somebody has taken over in there cannot reach further.
"""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import IO, cast

from agent.discovery.examined import LONGEST, READY, Examined
from agent.errors import StoppedError
from collectors.personal_information.contents import Limits, Why

WINDOW = 16
"""Files that a child is given ahead. All their answers fit in a pipe, so that nobody waits for the other."""
_PIPE = 64 << 10
"""Bytes that a pipe takes though nobody reads: whoever writes more waits for a child that may not come back."""
_LONGEST_LINE = 25_000
"""Bytes of a file's line: of the longest path that the system takes, each byte may be written as six."""
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from agent.discovery.examiner import main; main()"
)
_SLOWEST = 2_000_000
"""Bytes of a file that are examined in a second at least."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is to be examined."""

    path: str
    device: int
    inode: int
    """It must be this one still."""
    size: int
    """Bytes that lie on the disk: a file with holes may say that it is of any length."""

    @property
    def line(self) -> bytes:
        """As a child is told it."""
        return json.dumps([self.path, self.device, self.inode, self.size]).encode() + b"\n"


@dataclass(eq=False)
class _Child:
    process: "subprocess.Popen[bytes]"
    given: deque[Wanted] = field(default_factory=deque)
    said: bytes = b""
    since: float = 0.0
    """When it began with the first of them, by the monotonic clock."""

    @property
    def has_room(self) -> bool:
        """Whether its pipe takes another file, however long that one's path is; a character may be written as twelve bytes."""
        waiting = sum(12 * len(one.path) + 100 for one in self.given)
        return len(self.given) < WINDOW and waiting <= _PIPE - _LONGEST_LINE


class Children:
    """A few of them. ``StoppedError`` where they do not start."""

    def __init__(self, count: int, limits: Limits) -> None:
        """They are started when they are needed."""
        self._limits = limits
        self._selector = selectors.DefaultSelector()
        self._most = count
        self._children: list[_Child] = []
        self._answered: deque[tuple[Wanted, Examined]] = deque()

    @property
    def room(self) -> bool:
        """Whether one of them takes another file now."""
        return len(self._children) < self._most or any(one.has_room for one in self._children)

    @property
    def busy(self) -> bool:
        """Whether answers are still to come."""
        return bool(self._answered) or any(one.given for one in self._children)

    def give(self, wanted: Wanted) -> None:
        """A file for the one that has the fewest. Only while there is ``room``."""
        if len(self._children) < self._most and all(one.given for one in self._children):
            self._children.append(self._started())
        self._give(min((one for one in self._children if one.has_room), key=lambda one: len(one.given)), wanted)

    def answers(self, *, wait: bool) -> Iterator[tuple[Wanted, Examined]]:
        """What was examined meanwhile; with ``wait``, at least one while any of them is busy."""
        while True:
            self._listen(0.2 if wait and not self._answered else 0.0)
            if self._answered or not (wait and self.busy):
                break
        while self._answered:
            yield self._answered.popleft()

    def end(self) -> None:
        """Let go of all of them."""
        for child in self._children:
            self._selector.unregister(_output(child))
            _end(child)
        self._selector.close()

    def _started(self) -> _Child:
        # The same wispwatch and libraries as here, wherever they are installed.
        command = [sys.executable, "-I", "-c", _PROGRAM, json.dumps(sys.path), json.dumps(asdict(self._limits))]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        child = _Child(process)
        if os.read(_output(child), len(READY)) != READY:
            _end(child)
            raise StoppedError("the process that reads files does not start; what it says is above")
        os.set_blocking(_output(child), False)
        self._selector.register(_output(child), selectors.EVENT_READ, child)
        return child

    def _give(self, child: _Child, wanted: Wanted) -> None:
        if not child.given:
            child.since = time.monotonic()
        child.given.append(wanted)
        pipe = cast("IO[bytes]", child.process.stdin)
        with contextlib.suppress(BrokenPipeError):  # it has died: what listens to it learns that
            pipe.write(wanted.line)
            pipe.flush()

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            child = key.data
            try:
                said = os.read(key.fd, 65536)
            except BlockingIOError:
                continue
            if not said:
                self._replace(child, Why.DAMAGED)
                continue
            *lines, child.said = (child.said + said).split(b"\n")
            try:
                self._understand(child, lines)
            except (ValueError, TypeError, IndexError, AttributeError, RecursionError):
                self._replace(child, Why.DAMAGED)
        now = time.monotonic()
        for child in list(self._children):
            if child.given and now - child.since > self._patience(child.given[0]):
                self._replace(child, Why.TIME)

    def _understand(self, child: _Child, lines: list[bytes]) -> None:
        if len(child.said) > LONGEST:
            raise ValueError("an answer without end")
        for line in lines:
            examined = Examined.understood(json.loads(line))
            self._answered.append((child.given.popleft(), examined))
            child.since = time.monotonic()

    def _patience(self, wanted: Wanted) -> float:
        return 2 * self._limits.seconds + wanted.size / _SLOWEST

    def _replace(self, child: _Child, why: Why) -> None:
        """Another in its place, which goes on after the file that it ended with."""
        self._selector.unregister(_output(child))
        _end(child)
        self._children[self._children.index(child)] = new = self._started()
        if child.given:
            self._answered.append((child.given.popleft(), Examined(unexamined={why: 1})))
        for wanted in child.given:
            self._give(new, wanted)


def _output(child: _Child) -> int:
    return cast("IO[bytes]", child.process.stdout).fileno()


def _end(child: _Child) -> None:
    child.process.kill()
    for pipe in (child.process.stdin, child.process.stdout):
        with contextlib.suppress(BrokenPipeError):
            cast("IO[bytes]", pipe).close()
    child.process.wait()
