"""What an earlier run left behind: its snapshots, judged again with the checks of today, one after the other, so that a daemon
of thousands of assets answers signals and its watchdog meanwhile.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Container, Iterator
from datetime import timedelta

from agent.expected import Expected
from agent.gather import Scanned
from agent.plan import Plan
from agent.scanning.scan import replayed, scan_organization
from agent.scanning.worker import judged
from agent.state.store import Store


class Earlier:
    """Snapshots that wait to be judged. False when there are none left."""

    def __init__(self, store: Store, log: logging.Logger) -> None:
        self._store = store
        self._log = log
        self._names = deque(store.assets())
        self._all = len(self._names)
        self._shared: tuple[Plan, Scanned] | None = None

    def __bool__(self) -> bool:
        return bool(self._names)

    def __iter__(self) -> Iterator[str]:
        """The assets that wait."""
        return iter(self._names)

    @property
    def told(self) -> str:
        """How far it is."""
        done = self._all - len(self._names)
        return f"results of an earlier run are judged again: {done} of {self._all} are done"

    def organization(self, plan: Plan) -> Scanned:
        """The organization's own facts, read once for a plan."""
        if self._shared is None or self._shared[0] is not plan:
            self._shared = (plan, scan_organization(plan))
        return self._shared[1]

    def take_up(
        self, plan: Plan, expected: Expected, newer: Container[str], put: Callable[[Scanned], None], seconds: float
    ) -> None:
        """Judge and ``put`` the next one, and more for about so many seconds. What is not ``expected``, or is there in a
        newer scan, is left out.
        """
        until = time.monotonic() + seconds
        while self._names:
            asset = self._names.popleft()
            interval = expected.interval(asset)
            recorded = self._store.snapshot(asset) if interval is not None and asset not in newer else None
            if interval is not None and recorded is not None:
                try:
                    put(judged(plan, replayed(plan, recorded), self.organization(plan), timedelta(seconds=interval)))
                except Exception:  # noqa: BLE001 - it will be scanned again; an old result must not keep us from starting
                    self._log.exception("an earlier result is not used", extra={"asset": asset})
            if time.monotonic() >= until:
                return
