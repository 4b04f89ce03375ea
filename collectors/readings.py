"""What came back for a source: it was read, it is not there, or it could not be seen.

The three are different types, so that "could not see" can never be mistaken for an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The target answered with this text, decoded as UTF-8; bytes that are not UTF-8 stand as hexadecimal escapes."""

    text: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The target itself said that this is not there: no such file, no such program."""

    what: str = ""


NOT_OFFERED = "no service of AWS "
"""How an ``Absent`` begins that is about a whole service which a region does not have: nothing of it can be there, and nobody
can have switched it off.
"""
NO_LONGER = "no longer there: "
"""How an ``Absent`` begins that is about the very thing that was asked about, not about something that it may lack."""


@dataclass(frozen=True, slots=True)
class Unread:
    """It could not be seen: denied, timed out, cut off, too long, not understood. It says nothing about the target."""

    reason: str


Reading = Text | Absent | Unread


class Answers(dict[str, Reading]):
    """One reading for each source key; how long the target took over each, and what its clock said, where the transport could
    tell.
    """

    def __init__(
        self, readings: Mapping[str, Reading], seconds: Mapping[str, float] | None = None, clock: int | None = None
    ) -> None:
        super().__init__(readings)
        self.seconds: Mapping[str, float] = seconds or {}
        self.clock = clock
        """Seconds since the epoch, by the target's clock, when it began to answer."""
