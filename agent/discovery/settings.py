"""Where personal information is looked for, as configured, and how gently."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MOST_JOBS = 64
FORMATS = ("table", "json", "jsonl", "csv")
"""What a survey is told as."""


@dataclass(frozen=True)
class Discover:
    """What ``wispwatch discover`` does where its command line does not say it."""

    paths: tuple[Path, ...] = ()
    """Folders or files to look through; relative to the configuration file."""
    exclude: tuple[str, ...] = ()
    """Patterns of paths that are left out, e.g. ``/home/*/.cache``."""
    jobs: int = 1
    """Processes that read at a time."""
    rate: float = 0.0
    """Megabytes a second that are read at most; 0 sets no bound."""


def faults_of_discover(place: str, given: Discover) -> Iterator[str]:
    """What cannot be done, one sentence each."""
    if not 1 <= given.jobs <= _MOST_JOBS:
        yield f"{place}.jobs: must be from 1 to {_MOST_JOBS}"
    if not 0 <= given.rate < float("inf"):
        yield f"{place}.rate: must be a number of megabytes a second, or 0"
