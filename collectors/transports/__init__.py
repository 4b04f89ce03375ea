"""How sources are reached. A transport reads, and never understands."""

from collections.abc import Sequence
from typing import Protocol

from collectors.readings import Answers
from collectors.sources import Source


class Transport(Protocol):
    """Something that answers sources."""

    def read(self, sources: Sequence[Source]) -> Answers:
        """Read all sources in one round trip: one reading for each key. Never raises: what cannot be seen is ``Unread``."""
