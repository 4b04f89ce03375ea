"""How much is read of one file, and what of it is used up."""

import time
from dataclasses import dataclass

from collectors.personal_information.pieces import Why


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. What a limit cuts is told as ``Unexamined``."""

    member: int = 4 << 30
    """Bytes of one member, unpacked. They are streamed, not held."""
    held: int = 32 << 20
    """Bytes of a member that has to be in memory as a whole, since its format is not read from front to back."""
    total: int = 8 << 30
    """Bytes of all members together, unpacked, at every depth: what lies in two containers counts twice."""
    ratio: int = 2000
    """Bytes that one packed byte may become, once a member is larger than ``held``."""
    depth: int = 8
    """Containers within containers: 1 reads the members of an archive, but no archive in it."""
    members: int = 100_000
    """Members of one file, at every depth."""
    rows: int = 100_000
    """Rows of one table of a database; of a larger one, that many spread over it are read."""
    seconds: float = 300.0
    """Time spent reading one file, without the time spent on what was read."""


class CutError(Exception):
    """A member is not read any further."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class OverError(CutError):
    """The whole file is not read any further."""


class Budget:
    """What one file has cost so far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._bytes = 0
        self._members = 0
        self._left = limits.seconds
        self._since = time.monotonic()

    def resume(self) -> None:
        """Let the time run."""
        self._since = time.monotonic()

    def pause(self) -> None:
        """Let the time stand still: others work on what was read."""
        self._left -= time.monotonic() - self._since

    def in_time(self) -> bool:
        """Whether there is time left, for readers that can only ask."""
        return time.monotonic() - self._since <= self._left

    def check(self) -> None:
        """Raise ``OverError`` when the time is over."""
        if not self.in_time():
            raise OverError(Why.TIME)

    def unpacked(self, count: int) -> None:
        """Count bytes that were taken out of a container. Raises ``OverError`` when they, or the time, are too much."""
        self._bytes += count
        if self._bytes > self.limits.total:
            raise OverError(Why.TOO_LARGE)
        self.check()

    def another_member(self) -> None:
        """Count a member. Raises ``OverError`` when they, or the time, are too much."""
        self._members += 1
        if self._members > self.limits.members:
            raise OverError(Why.TOO_MANY)
        self.check()
