"""Dates that a test writes beside what reads the clock."""

import time
from datetime import UTC, date, datetime, timedelta


def today(seconds: float = 60.0) -> date:
    """The day in UTC, which it will be for so many seconds more: shortly before midnight, the next one is waited for."""
    while (soon := datetime.now(UTC) + timedelta(seconds=seconds)).date() != datetime.now(UTC).date():
        time.sleep(
            max(0.01, (datetime.combine(soon.date(), datetime.min.time(), UTC) - datetime.now(UTC)).total_seconds())
        )
    return soon.date()
