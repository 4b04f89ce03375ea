"""What the daemon knows of its assets: the last scan of each, remembered on disk, rendered for those who ask."""

import logging
import math
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from agent.daemon.earlier import Earlier
from agent.expected import Expected
from agent.gather import ORGANIZATION, Scanned
from agent.pages.metrics import SCAN, Metrics, errors_of
from agent.pages.page import Page
from agent.plan import Plan
from agent.scanning.worker import Ended
from agent.state.assets import Assets, State, note
from agent.state.history import Changes, ErrorKey
from agent.state.store import Store
from agent.web import site
from agent.web.site import Published, Unready
from checks.verdict import Status
from collectors.collector import Platform
from collectors.readings import Unread
from collectors.snapshot import Snapshot

_PRUNE_EVERY = 86400.0
_AT_START = 2.0
"""Seconds for what an earlier run left behind, before anybody is answered: enough for some sixty hosts."""
_PUBLISH_EVERY = 15.0
"""Seconds, while the accounts of an organization come in one by one."""


class Board:
    """Belongs to the daemon's main thread; only ``published`` may be asked by others."""

    def __init__(self, plan: Plan, expected: Expected, directory: Path, log: logging.Logger) -> None:
        """Take up what an earlier run left behind. Only what is ``expected`` is published."""
        self._plan = plan
        self._expected = expected
        self._log = log
        self._assets = Assets()
        self._metrics = Metrics()
        self._store = Store(directory, time.time())
        self._history = self._store.load()
        self._pruned = 0.0
        self._reload_succeeded = True
        self._ready = False
        self._listed: set[str] = set()
        """Organizations whose accounts were all scanned, or could not be listed."""
        self._fresh: dict[str, list[ErrorKey]] = {}
        """Errors that are not counted yet, by asset."""
        self._organization: list[ErrorKey] = []
        """Errors of the last scan of the organization itself."""
        self.expires = 0.0
        """When what is published says something else by the mere passing of time, in seconds since the epoch."""
        self._earlier = Earlier(self._store, log)
        self._state: State | None = None
        self._published: Published | Unready
        self.restore(_AT_START)

    def published(self) -> Published | Unready:
        """What was rendered last, as a whole."""
        return self._published

    def page(self) -> Page | None:
        """The metrics of what was rendered last; None before there is anything to publish."""
        return self._published.metrics if isinstance(self._published, Published) else None

    @property
    def restoring(self) -> bool:
        """Whether there is more of an earlier run to take up: ``restore``. Nothing is published before."""
        return bool(self._earlier)

    def last_attempts(self) -> dict[str, float]:
        """When each target of which there is a result was last scanned, in seconds since the epoch: an organization, when
        the first of its accounts was.
        """
        tried: dict[str, float] = {}
        known = set(self._known)
        for name, one in self._history.attempts.items():
            if name in known:
                target = self._expected.organization_of(name) or name
                tried[target] = min(one.tried, tried.get(target, one.tried))
        return tried

    @property
    def _known(self) -> list[str]:
        """The assets of which there is a result, of an earlier run too."""
        return [*self._assets, *self._earlier]

    def judge_by(self, plan: Plan, expected: Expected) -> None:
        """A new configuration holds. Results of targets that are gone are dropped."""
        self._plan, self._expected, self._reload_succeeded = plan, expected, True
        self.publish(self._kept(self._known))

    def refuse(self) -> None:
        """A new configuration is faulty: say so."""
        self._reload_succeeded = False
        self.publish()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def restore(self, seconds: float) -> None:
        """Take up more of what an earlier run left behind, for about so many seconds. Publishes when there is no more."""
        today = _today(time.time())
        self._earlier.take_up(
            self._plan, self._expected, self._assets, lambda one: self._assets.put(self._plan, one, today), seconds
        )
        if not self._earlier and len(self._assets) and ORGANIZATION not in self._assets:
            self._put_organization(self._earlier.organization(self._plan), today)
        self.publish(Changes() if self._earlier else self._kept(self._known))

    def _put_organization(self, organization: Scanned, today: date) -> None:
        self._assets.put(self._plan, organization, today)
        self._organization = errors_of(organization)

    def _kept(self, assets: Iterable[str], gone: str = "") -> Changes:
        """Forget the assets that are neither targets nor, among these, accounts of one; and the one that is ``gone``."""
        kept = set(self._expected.of(assets)) - {gone}
        self._assets.keep_only(frozenset(kept))
        return self._history.keep_only(frozenset(kept))

    def take_in(self, ended: Ended) -> str:
        """A scan has ended: remember and publish it. Returns the outcome in a few words."""
        name = ended.target.name
        changes, now = Changes(), time.time()
        if ended.fault is not None:
            self._log.error("the scan failed", extra={"asset": name}, exc_info=ended.fault)
            changes.add(self._history.count([(name, SCAN, "raised")]))
        if ended.organization is not None:
            self._put_organization(ended.organization, _today(now))
            changes.add(self._history.attempted(ORGANIZATION, now, succeeded=True))
        if ended.scanned is not None:
            self._assets.put(self._plan, ended.scanned, _today(now))
        if ended.accounts is not None:
            self._listed.add(name)
            others = (one for one in self._known if self._expected.organization_of(one) != name)
            changes.add(self._kept([*others, *ended.accounts], gone=name))  # what told that they could not be listed
        else:
            self._fresh |= {name: errors_of(ended.scanned) if ended.scanned is not None else []}
            self._fresh |= {ORGANIZATION: self._organization}
            succeeded = ended.fault is None and _saw_anything(ended.taken)
            changes.add(self._history.attempted(name, now, succeeded=succeeded))
        if ended.more_to_come and self._state is not None and now - self._state.at < _PUBLISH_EVERY:
            self._store.save(self._history, changes, [ended.taken] if ended.taken is not None else [])
            return f"scanned {name}"
        self.publish(changes, ended.taken)
        return self._told(name) if ended.accounts is None else f"scanned the {len(ended.accounts)} accounts of {name}"

    def publish(self, changes: Changes | None = None, taken: Snapshot | None = None) -> None:
        """Render the present state, and write what changed. While an earlier run is being taken up, only write."""
        changes, snapshots = changes or Changes(), [taken] if taken is not None else []
        if self._earlier:
            self._store.save(self._history, changes, snapshots)
            self._published, self.expires = Unready(self._earlier.told), math.inf
        else:
            self._render(changes, snapshots)
        self._log_store()

    def _render(self, changes: Changes, snapshots: Sequence[Snapshot]) -> None:
        intervals = self._expected.of(self._assets)
        state = self._assets.state(
            self._plan, intervals, self._history, now=time.time(), reload_succeeded=self._reload_succeeded
        )
        changes.add(note(state, state.at))
        for asset in state.assets:
            if asset.name in self._fresh:
                raised = [(asset.name, SCAN, "check_raised") for finding in asset.compared if finding.raised]
                changes.add(self._history.count([*self._fresh[asset.name], *raised]))
        self._fresh = {}
        if not self._ready:
            self._ready = {*self._assets, *self._listed, ORGANIZATION}.issuperset(self._expected.intervals)
        self._state = state
        self._published = site.published(state, self._metrics.page(state), ready=self._ready)
        self.expires = min(_midnight(state.at), state.stale_from)
        self._store.save(self._history, changes, snapshots)
        if state.at - self._pruned > _PRUNE_EVERY:
            self._store.prune(state.at)
            self._pruned = state.at

    def _told(self, name: str) -> str:
        """Log what a scan of an asset found, and tell it in a few words."""
        if self._state is None:
            return self._earlier.told
        found = next((one for one in self._state.assets if one.name == name), None)
        if found is None:
            return f"the scan of {name} failed"
        held = [one.status for one in found.controls]
        told = {status.value: held.count(status) for status in Status}
        self._log.info("scanned", extra={"asset": name, "seconds": round(found.standing.seconds, 3), **told})
        return f"last scan of {name}: {told['fail']} failing, {told['unknown']} unseen, {told['pass']} passing"

    def _log_store(self) -> None:
        for fault in self._store.faults():
            self._log.error(fault)


def _midnight(now: float) -> float:
    """The next one in UTC: waivers end then."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=1)).timestamp()


def _today(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _saw_anything(taken: Snapshot | None) -> bool:
    """Whether anything was read of the target itself, as against what was declared of it."""
    return taken is not None and any(
        not isinstance(reading, Unread)
        for key, reading in taken.readings.items()
        if taken.platform is not Platform.AWS or not key.startswith("declared:")
    )
