"""How far a scan has come, on standard error: one line that is written over on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Protocol, TextIO

from agent.printable import printable
from agent.scanning.many import Expanded

_EVERY = 0.1
"""Seconds between two lines on a terminal."""
_SELDOM = 30.0
"""Seconds between two lines elsewhere."""


class Done(Protocol):
    """A target that was scanned or recorded."""

    @property
    def asset(self) -> str:
        """Its name."""

    @property
    def was_reached(self) -> bool:
        """Whether anything at all could be seen of it."""


class Progress:
    """Counts what is done, of how many, how fast, and how many could not be reached."""

    def __init__(self, stream: TextIO | None = None, verb: str = "scanned") -> None:
        self._verb = verb
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._begun = time.monotonic()
        self._told = 0.0 if self._terminal else self._begun
        self.total = 0
        self.whole = False
        """Whether the total is final."""
        self.done = 0
        self.unreached = 0

    def say(self, text: str) -> None:
        """One line that the next one replaces; on a terminal only."""
        if self._terminal:
            self._stream.write(f"\r\033[K{printable(text, 200)}")
            self._stream.flush()

    def count(self, told: Expanded) -> None:
        """The number of targets has changed."""
        self.total, self.whole = told.total, told.whole

    def took(self, one: Done) -> None:
        """A target has its result."""
        self.done += 1
        self.unreached += not one.was_reached
        now = time.monotonic()
        if now - self._told >= (_EVERY if self._terminal else _SELDOM):
            self._told = now
            if self._terminal:
                self.say(f"{self.line} {one.asset}")
            else:
                self._stream.write(f"{self.line}\n")

    def end(self) -> None:
        """Clear the line; of many targets say how it went."""
        self.say("")
        if self.total > 1:
            seconds = time.monotonic() - self._begun
            self._stream.write(f"{self.line} in {seconds:.1f} s\n")

    @property
    def line(self) -> str:
        """E.g. ``scanned 37 of 200, 8.3 a second, 2 could not be reached``."""
        rate = self.done / max(time.monotonic() - self._begun, 0.001)
        unreached = f", {self.unreached} could not be reached" if self.unreached else ""
        return f"{self._verb} {self.done} of {self.total}{'' if self.whole else ' or more'}, {rate:.1f} a second{unreached}"
