"""What the agent knows of its own work, as a fact beside those of the asset."""

from dataclasses import dataclass
from datetime import timedelta

from collectors.collector import Fact


@dataclass(frozen=True)
class Scanning(Fact):
    """How an asset is looked at."""

    interval: timedelta | None = None
    """Between two scans by a daemon; None for a scan that somebody started."""
