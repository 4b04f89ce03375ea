"""What became of a request. Pure.

2xx is taken; 4xx but for 429 is refused, and asking again would not help; everything else may be otherwise later:
https://prometheus.io/docs/specs/prw/remote_write_spec/#retries--backoff. An address that leads elsewhere (3xx) is not followed, since
what is sent there was not meant for anybody else.
"""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

LONGEST_WAIT = 600.0
"""Seconds that a server may ask for at most."""
_TOO_MANY_REQUESTS = 429
_MULTIPLE, _BAD, _SERVER = 300, 400, 500


class Outcome(Enum):
    """What an answer means."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    ILL = "ill"
    """As ``LATER``, and the server says that the fault is its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, or that it said nothing."""

    status: int | None
    """None where there was no answer."""
    said: str = ""
    """For a log: one line, printable."""
    date: float | None = None
    """When it said so by its own clock, in seconds since the epoch."""
    retry_after: float | None = None
    """Seconds after which it wants to be asked again; at most ``LONGEST_WAIT``."""

    @property
    def outcome(self) -> Outcome:
        """What it means."""
        if self.status is None or self.status == _TOO_MANY_REQUESTS or _MULTIPLE <= self.status < _BAD:
            return Outcome.LATER
        if self.status >= _SERVER:
            return Outcome.ILL
        return Outcome.REFUSED if self.status >= _BAD else Outcome.TAKEN


def moment(header: str | None) -> float | None:
    """A date as HTTP has it, in seconds since the epoch; None where there is none."""
    try:
        found = parsedate_to_datetime(header) if header else None
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp() if found else None
    except (ValueError, OverflowError, IndexError):
        return None


def wait(header: str | None, date: float | None) -> float | None:
    """What ``Retry-After`` asks for, in seconds; ``date`` is when the server said so."""
    told = (header or "").strip()
    if told.isascii() and told.isdigit():
        return min(float(told[:9]), LONGEST_WAIT)
    until = moment(told)
    return None if until is None or date is None else min(max(0.0, until - date), LONGEST_WAIT)
