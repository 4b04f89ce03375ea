"""What the pushing says of itself, on the page of metrics and in what is pushed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.exposition.families import PUSH_FAILED, PUSH_QUEUE, PUSH_SENT, PUSH_SUCCEEDED

REASONS = ("refused", "too_old", "queue_full", "clock", "too_many")
"""Why samples were dropped. The series of all are always there, so that the first is an increase."""


@dataclass(frozen=True, slots=True)
class Told:
    """The state of the pushing at one moment."""

    waiting: int = 0
    """Snapshots."""
    sent: int = 0
    """Samples that the server took."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """Samples that were dropped, by reason."""
    succeeded: float | None = None
    """When the server last took a snapshot, in seconds since the epoch."""

    def text(self) -> str:
        """As metrics."""
        told = [PUSH_QUEUE.header, PUSH_QUEUE.line((), self.waiting), PUSH_SENT.header, PUSH_SENT.line((), self.sent)]
        told += [PUSH_FAILED.header, *(PUSH_FAILED.line((one,), self.failed.get(one, 0)) for one in REASONS)]
        if self.succeeded is not None:
            told += [PUSH_SUCCEEDED.header, PUSH_SUCCEEDED.line((), self.succeeded)]
        return "".join(told)
