"""A recorded snapshot, read again: the answers of another day, judged with today's checks."""

from collections.abc import Sequence
from dataclasses import dataclass

from collectors.readings import Answers, Unread
from collectors.snapshot import Snapshot
from collectors.sources import Source


@dataclass(frozen=True)
class Replay:
    """Answers every source from a snapshot; what it did not record is ``Unread``."""

    snapshot: Snapshot

    def read(self, sources: Sequence[Source]) -> Answers:
        """Look the sources up."""
        missing = Unread("is not in the recording")
        return Answers({source.key: self.snapshot.readings.get(source.key, missing) for source in sources})
