"""The lines of a mailbox, and which of them end a part (RFC 2046, section 5.1.1; RFC 4155)."""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.personal_information.readers.part import BLOCK, Stream

_LONGEST = 64 << 10
"""Bytes of a line; a longer one is told in pieces of this."""


class Lines:
    """Lines from front to back, with their ends."""

    def __init__(self, part: Stream) -> None:
        self._part = part
        self._rest = b""
        self._lines: Iterator[bytes] = iter(())
        self._again: list[bytes] = []
        self.after_blank = True
        """Whether the line before the one that was told last was blank."""
        self._was_blank = True

    def next(self) -> bytes:
        """The next line; none at the end."""
        line = self._again.pop() if self._again else next(self._lines, b"") or self._more()
        self.after_blank, self._was_blank = self._was_blank, line in {b"\n", b"\r\n"}
        return line

    def back(self, line: bytes) -> None:
        """Tell the line that was told last once more."""
        self._again.append(line)
        self._was_blank = self.after_blank

    def _more(self) -> bytes:
        while block := self._part.read(BLOCK):
            lines = (self._rest + block).splitlines(keepends=True) if b"\r" not in block else _split(self._rest + block)
            self._rest = b""
            if lines and not lines[-1].endswith(b"\n") and len(lines[-1]) < _LONGEST:
                self._rest = lines.pop()
            self._lines = iter(lines)
            if lines:
                return next(self._lines)
        last, self._rest = self._rest, b""
        return last


def _split(text: bytes) -> list[bytes]:
    """At line feeds alone."""
    lines = [line + b"\n" for line in text.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


@dataclass(frozen=True, slots=True)
class Ends:
    """What ends a part: the boundaries of all that it lies in and, in a mailbox, the next message."""

    boundaries: tuple[bytes, ...] = ()
    in_mailbox: bool = False

    def at(self, line: bytes, lines: Lines) -> bool:
        """Whether a line, the last one told, is such an end."""
        if line.startswith(b"--"):
            return self.delimiter(line) is not None
        return self.in_mailbox and line.startswith(b"From ") and lines.after_blank

    def delimiter(self, line: bytes) -> tuple[bytes, bool] | None:
        """Which boundary a line is, and whether it closes the parts that the boundary divides."""
        text = line[2:].rstrip()
        for boundary in reversed(self.boundaries):
            if text == boundary:
                return boundary, False
            if text == boundary + b"--":
                return boundary, True
        return None
