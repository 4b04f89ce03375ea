"""When a snapshot was made, and whether to believe it.

A sample says when something was so. A machine whose clock is wrong would say it of another time: nobody could tell afterwards,
and one sample of the future keeps a server from taking those of the present. So each snapshot is stamped by two clocks, the one on the
wall and one that nobody sets and that counts sleep; each answer of the server says what time it is there; and what was
stamped while the two differed by more than ``TOLERATED`` is not sent. It is not dated anew either: the times among its values
are as wrong as its own.
"""

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.clocks import awake_and_asleep

TOLERATED = 120.0
"""Seconds between the machine's clock and the server's that are no fault."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment by both clocks."""

    wall: float
    """Seconds since the epoch, as this machine believes."""
    steady: float
    """Seconds of a clock that nobody sets and that counts sleep."""
    boot: str
    """Which run of the machine the steady clock belongs to."""


def boot() -> str:
    """Which run of the machine this is; of the program, where the system does not say."""
    with suppress(OSError):
        return _BOOT.read_text("ascii").strip()
    return uuid.uuid4().hex


def now(of: str) -> Moment:
    """The present, in the run of the machine that ``boot`` has told."""
    return Moment(time.time(), awake_and_asleep(), of)


@dataclass(frozen=True, slots=True)
class ServerTime:
    """What the server said the time was, and when it said so."""

    told: float
    """Seconds since the epoch."""
    at: Moment

    def of(self, moment: Moment) -> float | None:
        """What the server's clock showed at a moment; None where that cannot be told, since the machine ran anew in between."""
        if moment.boot != self.at.boot:
            return None
        return self.told + (moment.steady - self.at.steady)

    def ahead(self, moment: Moment) -> float | None:
        """By how many seconds the stamp of a moment is ahead of the server's clock then."""
        true = self.of(moment)
        return None if true is None else moment.wall - true

    def believes(self, moment: Moment) -> bool:
        """Whether a stamp is right, as far as can be told: of an earlier run of the machine only that it is not of the future."""
        ahead = self.ahead(moment)
        if ahead is None:
            return moment.wall <= self.told + TOLERATED
        return abs(ahead) <= TOLERATED
