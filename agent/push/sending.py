"""A snapshot on its way: which of its series the server has answered for. A large one goes in several requests."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.push.messages import STALE
from agent.push.queue import Queued
from agent.push.samples import Layout


@dataclass
class Sending:
    """A snapshot on its way."""

    queued: Queued
    series: list[bytes]
    values: list[bytes]
    """Those of the series that have ended come last."""
    at: int = 0
    tried: bool = False
    ill: int = 0
    """How often the server said that the fault was its own."""
    became: dict[str, int] = field(default_factory=dict)
    """Samples, by what became of them."""

    def count(self, what: str, until: int) -> None:
        """What became of the series from ``at`` on. Those that have ended are not counted: they are no samples of ours."""
        samples = min(until, self.queued.samples) - min(self.at, self.queued.samples)
        self.became[what] = self.became.get(what, 0) + samples
        self.at = until


def sending_of(queued: Queued, layout: Layout, values: Sequence[bytes], ended: Sequence[bytes]) -> Sending:
    """A snapshot with the marks of the series that have ``ended``. ``ValueError`` where values and series do not fit together."""
    if len(layout.series) != len(values):
        raise ValueError("has not as many values as series")
    return Sending(queued, [*layout.series, *ended], [*values, *([STALE] * len(ended))])
