"""One scan of all targets: results are put by as they come, streamed where somebody reads along, and kept when it is stopped."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.config import Target
from agent.gather import ORGANIZATION, Scanned
from agent.plan import Plan
from agent.results import Result, Results
from agent.scanning.children import kill_children
from agent.scanning.many import Expanded, Limits, Pool, scan_and_count
from agent.scanning.progress import Progress
from agent.scanning.scan import scan_organization
from agent.scanning.shards import EVERYTHING
from agent.scanning.spool import Spool


class Sweep:
    """A scan that runs once."""

    def __init__(
        self,
        plan: Plan,
        targets: Sequence[Target],
        limits: Limits,
        tell: Callable[[Results], None] | None = None,
        pool: Pool | None = None,
    ) -> None:
        """``tell`` is given each asset when it is there, as far as others cannot change what is said of it."""
        self._plan, self._targets, self._limits, self._tell, self._pool = plan, targets, limits, tell, pool
        self._spool = Spool(plan, datetime.now(UTC).date())
        self._progress = Progress()
        self.stopped = ""
        """What to say of a scan that was broken off."""

    def results(self) -> Results:
        """Scan, until the end or an interrupt. What is done by then is kept; where that is nothing, the interrupt goes on."""
        organization = scan_organization(self._plan)
        self._progress.say(f"scanning {self._targets[0].name or 'the account'}")
        try:
            self._take_all(organization)
        except KeyboardInterrupt:
            kill_children()
            if not len(self._spool):
                raise
            self.stopped = f"Stopped: {self._progress.line}; what was not scanned is not in the report"
        if ORGANIZATION in self._limits.shard:
            self._spool.put(organization, len(self._targets))
        self._progress.end()
        notes = (self.stopped.replace("Stopped", "the scan was stopped", 1),) if self.stopped else ()
        return self._spool.results(whole=not self.stopped and self._limits.shard == EVERYTHING, notes=notes)

    def close(self) -> None:
        """Let go of the results."""
        self._spool.close()

    def untold(self, results: Results) -> Results:
        """What ``tell`` was not given."""
        return results if self._tell is None else replace(results, assets=_Untold(results.assets, self._spool))

    def _take_all(self, organization: Scanned) -> None:
        ranks = {target.name: rank for rank, target in enumerate(self._targets)}
        for told in scan_and_count(self._plan, self._targets, organization.facts, limits=self._limits, pool=self._pool):
            if isinstance(told, Expanded):
                self._progress.count(told)
                continue
            self._spool.put(told, ranks.get(told.asset, ranks.get(told.asset.rpartition("/")[0], 0)))
            self._progress.took(told)
            if self._tell is not None and (settled := self._spool.settled(told)) is not None:
                self._tell(Results((settled,), ()))


@dataclass(frozen=True)
class _Untold(Collection[Result]):
    """The assets of a scan, of each the findings that were not told yet."""

    assets: Collection[Result]
    spool: Spool

    def __iter__(self) -> Iterator[Result]:
        for one in self.assets:
            left = [found for found in one.findings if one.asset == ORGANIZATION or not self.spool.is_settled(found)]
            yield replace(one, findings=tuple(left))

    def __len__(self) -> int:
        return len(self.assets)

    def __contains__(self, one: object) -> bool:
        return one in self.assets
