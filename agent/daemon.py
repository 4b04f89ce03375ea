"""``wispwatch run``: scans on a schedule, and serves what was found.

The main thread keeps the time and the state; scans and clients have threads of their own and tell it through one queue, on
which it waits. It wakes when something happens, when something is due, or once a minute, since a machine that slept does not
tell.
"""

import contextlib
import ctypes
import logging
import os
import queue
import signal
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from agent import __version__, logs, scan
from agent.config import Config, Target, load
from agent.discover import Catalogue, discover
from agent.errors import ConfigError, DaemonError
from agent.gather import ORGANIZATION, Scanned, sources_for
from agent.history import Changes, ErrorKey, History
from agent.metrics import SCAN, reason_of
from agent.notify import Notifier
from agent.scan import Plan
from agent.schedule import Job, Schedule
from agent.site import Site, publish
from agent.state import Asset, State, note, stale_at, state_of
from agent.store import Lock, Store
from agent.web import Server
from agent.web_config import Watched
from agent.worker import Ended, Workers, judged
from checks.verdict import Status
from collectors.readings import Unread
from collectors.snapshot import Snapshot
from collectors.transports.replay import Replay

TICK = 60.0
"""Seconds after which it looks at the clock in any case."""
_PRUNE_EVERY = 86400.0
_RELOAD_SECONDS = 30.0


@dataclass(frozen=True)
class _Stop:
    signal: int


@dataclass(frozen=True)
class _Reload:
    reply: "queue.SimpleQueue[str] | None" = None


_Event = _Stop | _Reload | Ended


def run(config_path: Path | None, *, listen: str | None = None, state_dir: Path | None = None) -> int:
    """Run until SIGTERM or SIGINT, and return 0. ``listen`` and ``state_dir`` stand over what the configuration says.

    ``ConfigError`` and ``DaemonError`` where it cannot start.
    """
    settings = _Settings(config_path, listen, state_dir)
    config, plan = settings.read(discover())
    log = logs.setup(config.log_level, config.log_format)
    watched = Watched(config.daemon.web_config, lambda faults: _told(log, faults))
    lock = Lock(config.daemon.state_dir)
    try:
        Daemon(settings, config, plan, watched, log).run()
    finally:
        lock.release()
    return 0


def _told(log: logging.Logger, faults: str) -> None:
    for line in faults.splitlines():
        log.error(line)


@dataclass(frozen=True)
class _Settings:
    """Where the configuration comes from, now and at a reload."""

    path: Path | None
    listen: str | None
    state_dir: Path | None

    def read(self, catalogue: Catalogue) -> tuple[Config, Plan]:
        """``ConfigError`` tells every fault."""
        config = load(self.path)
        daemon = config.daemon
        daemon = replace(daemon, listen=self.listen) if self.listen else daemon
        daemon = replace(daemon, state_dir=self.state_dir) if self.state_dir else daemon
        config = replace(config, daemon=daemon)
        return config, scan.plan(config, catalogue)


class Daemon:
    """The running daemon. All its state belongs to the thread that calls ``run``."""

    def __init__(self, settings: _Settings, config: Config, plan: Plan, watched: Watched, log: logging.Logger) -> None:
        """Listen, and take up what an earlier run left behind. ``DaemonError`` where the address cannot be had."""
        self._settings = settings
        self._config = config
        self._plan = plan
        self._log = log
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._notifier = Notifier()
        self._workers = Workers(self._events.put)
        self._schedule = Schedule()
        self._scanned: dict[str, Scanned] = {}
        self._reload_succeeded = True
        self._ready = False
        self._expires = 0.0
        """When what is published says something else by the mere passing of time, in seconds since the epoch."""
        self._server = _listening(config, watched, log)
        self._store = Store(config.daemon.state_dir, time.time())
        self._history: History = self._store.load()
        self._pruned = 0.0
        self._restore()
        self._site = Site(publish(self._state(), ready=False), self._asked_to_reload)
        self._site.allow_reload = config.daemon.reload_over_http
        self._watched = watched

    def run(self) -> None:
        """Run until a signal ends it."""
        sys.setswitchinterval(0.001)  # a scan that computes must not hold up a scrape
        self._plan_times(restarted=True)
        self._publish()
        self._server.start(self._site)
        self._warn_if_open()
        self._log.info(
            "wispwatch is running",
            extra={"version": __version__, "address": self._server.address, "targets": len(self._targets)},
        )
        self._notifier.ready(
            "the first scan is under way" if not self._ready else "results of an earlier run are served"
        )
        _rest()
        try:
            while self._turn():
                pass
        finally:
            self._notifier.stopping()
            self._server.stop()
            self._workers.stop()
            self._store.close()
            self._log.info("wispwatch has stopped")

    # Events

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        """In a signal handler only this is safe: SimpleQueue.put is reentrant."""
        self._events.put(_Reload() if number == signal.SIGHUP else _Stop(number))

    def _asked_to_reload(self) -> str:
        """From a client's thread: let the main thread reload, and wait for what it says."""
        reply: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._events.put(_Reload(reply))
        try:
            return reply.get(timeout=_RELOAD_SECONDS)
        except queue.Empty:
            return "the daemon has not answered in time"

    def _turn(self) -> bool:
        """Start what is due, publish what time has changed, and wait for the next event. False ends the daemon."""
        for name in self._schedule.take(_clock()):
            self._workers.submit(self._plan, self._targets[name])
        if time.time() >= self._expires:
            self._publish()
        self._notifier.alive()
        try:
            event = self._events.get(timeout=self._patience())
        except queue.Empty:
            return True
        match event:
            case _Stop(number):
                self._log.info("stopping", extra={"signal": signal.Signals(number).name})
                return False
            case _Reload(reply):
                faults = self._reload()
                if reply is not None:
                    reply.put(faults)
            case Ended():
                self._take_in(event)
        return True

    def _patience(self) -> float:
        waits = [TICK, max(0.05, self._expires - time.time())]
        due = self._schedule.wait(_clock())
        waits += [due] if due is not None else []
        waits += [self._notifier.watchdog] if self._notifier.watchdog is not None else []
        return max(0.0, min(waits))

    # Scans

    @property
    def _targets(self) -> dict[str, Target]:
        return {target.name: target for target in self._config.all_targets()}

    def _interval(self, target: Target) -> float:
        return (target.interval or self._config.daemon.interval).total_seconds()

    def _intervals(self) -> dict[str, float]:
        """Seconds by asset. The organization is read with every scan."""
        own = {name: self._interval(target) for name, target in self._targets.items()}
        return {ORGANIZATION: min(own.values()), **own}

    def _plan_times(self, *, restarted: bool = False) -> None:
        splay = self._config.daemon.splay.total_seconds()
        jobs = [Job(name, self._interval(target), splay) for name, target in self._targets.items()]
        last: dict[str, float] = {}
        if restarted:
            wall, now = time.time(), _clock()
            last = {
                name: now - (wall - attempt.tried)
                for name, attempt in self._history.attempts.items()
                if name in self._scanned
            }
        self._schedule.plan(jobs, _clock(), last)

    def _restore(self) -> None:
        """Judge the snapshots of the earlier run again, with the checks of today."""
        organization = scan.scan_organization(self._plan)
        for recorded in self._store.snapshots():
            if recorded.asset in self._targets:
                sources = sources_for(self._plan.catalogue, self._plan.checks, recorded.platform)
                taken = replace(recorded, readings=Replay(recorded).read(sources))
                try:
                    self._scanned[recorded.asset] = judged(self._plan, taken, organization)
                except Exception:  # noqa: BLE001 - it will be scanned again; an old result must not keep us from starting
                    self._log.exception("an earlier result is not used", extra={"asset": recorded.asset})
        if self._scanned:
            self._scanned[ORGANIZATION] = organization
        self._store.save(self._history, self._history.keep_only(frozenset(self._intervals())))
        self._log_store()

    def _take_in(self, ended: Ended) -> None:
        """A scan has ended: remember and publish it."""
        name = ended.target.name
        self._schedule.done(name)
        if ended.plan is not self._plan or name not in self._targets:
            return  # of an earlier configuration: it is scanned again at once, or no longer at all
        changes, now = Changes(), time.time()
        if ended.fault is not None:
            self._log.error("the scan failed", extra={"asset": name}, exc_info=ended.fault)
            changes.add(self._history.count([(name, SCAN, "raised")]))
        if ended.organization is not None:
            self._scanned[ORGANIZATION] = ended.organization
            changes.add(self._history.attempted(ORGANIZATION, now, succeeded=True))
        if ended.scanned is not None:
            self._scanned[name] = ended.scanned
        changes.add(self._history.attempted(name, now, succeeded=ended.fault is None and _saw_anything(ended.taken)))
        self._publish(changes, ended.taken, scanned=name)
        _rest()

    # What is published

    def _state(self) -> State:
        return state_of(
            self._plan,
            list(self._scanned.values()),
            self._intervals(),
            self._history,
            now=time.time(),
            reload_succeeded=self._reload_succeeded,
        )

    def _publish(self, changes: Changes | None = None, taken: Snapshot | None = None, scanned: str = "") -> None:
        """Render the present state, and write what changed."""
        changes = changes or Changes()
        state = self._state()
        changes.add(note(state, state.at))
        for asset in state.assets:
            if scanned and asset.result.asset in (scanned, ORGANIZATION):
                changes.add(self._history.count(_errors(asset)))
        self._ready = self._ready or all(name in self._scanned for name in self._targets)
        self._site.published = publish(state, ready=self._ready)
        self._expires = min([_midnight(state.at), *_changes_ahead(state)])
        self._store.save(self._history, changes, [taken] if taken is not None else [])
        if state.at - self._pruned > _PRUNE_EVERY:
            self._store.prune(state.at)
            self._pruned = state.at
        self._log_store()
        for asset in state.assets:
            if asset.result.asset == scanned:
                self._log_result(asset)

    def _log_result(self, asset: Asset) -> None:
        held = [one.status for one in asset.controls]
        told = {status.value: held.count(status) for status in Status}
        seconds = round(asset.result.seconds, 3)
        self._log.info("scanned", extra={"asset": asset.result.asset, "seconds": seconds, **told})
        self._notifier.status(
            f"last scan of {asset.result.asset}: {told['fail']} failing, {told['unknown']} unseen, {told['pass']} passing"
        )

    def _log_store(self) -> None:
        for fault in self._store.faults():
            self._log.error(fault)

    # The configuration

    def _reload(self) -> str:
        """Read the configuration again. The faults, and the old one goes on; or nothing."""
        self._notifier.reloading()
        try:
            config, plan = self._settings.read(self._plan.catalogue)
            watched = self._watched_by(config)
        except ConfigError as faults:
            self._log.error("the configuration is not taken, the one before holds")
            _told(self._log, str(faults))
            self._reload_succeeded = False
            self._publish()
            self._notifier.ready("the configuration is faulty, the one before holds")
            return str(faults)
        for name in ("listen", "state_dir"):
            if getattr(config.daemon, name) != getattr(self._config.daemon, name):
                self._log.warning(f"daemon.{name} has changed: restart to use it")
        logs.setup(config.log_level, config.log_format)
        self._config, self._plan, self._reload_succeeded = config, plan, True
        self._watched = self._server.watched = watched
        self._site.allow_reload = config.daemon.reload_over_http
        kept = self._intervals()
        self._scanned = {name: one for name, one in self._scanned.items() if name in kept}
        self._plan_times()
        self._schedule.hurry(_clock())
        self._publish(self._history.keep_only(frozenset(kept)))
        self._log.info("the configuration is reloaded", extra={"targets": len(self._targets)})
        self._notifier.ready("the configuration is reloaded")
        return ""

    def _watched_by(self, config: Config) -> Watched:
        """The web configuration as it is now; a faulty one makes the reload fail."""
        return Watched(config.daemon.web_config, lambda fault: _told(self._log, fault))

    def _warn_if_open(self) -> None:
        host = self._server.address.rpartition(":")[0]
        if not host.startswith(("127.", "[::1]")) and self._watched.access().passwords is None:
            self._log.warning(
                "everyone who reaches this address can read the results: give daemon.web_config passwords, or listen on "
                "127.0.0.1",
                extra={"address": self._server.address},
            )


def _listening(config: Config, watched: Watched, log: logging.Logger) -> Server:
    try:
        return Server(config.daemon.listen, watched, log.debug)
    except OSError as fault:
        why = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else fault.strerror  # a name that is unknown
        raise DaemonError(
            f"{config.daemon.listen}: {why}; name another address with --listen or daemon.listen"
        ) from fault


def _clock() -> float:
    """Seconds that count sleep and that nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _midnight(now: float) -> float:
    """The next one in UTC: waivers end then."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=1)).timestamp()


def _changes_ahead(state: State) -> list[float]:
    """When the results that still count will be too old."""
    return [stale_at(asset.result.taken_at, asset.interval) + 0.001 for asset in state.assets if not asset.stale]


def _errors(asset: Asset) -> list[ErrorKey]:
    """What to count of a scan that has just ended."""
    name = asset.result.asset
    unseen = [(name, one.name, reason_of(one.reason)) for one in asset.result.collectors if not one.seen]
    return unseen + [(name, SCAN, "check_raised") for finding in asset.result.findings if finding.raised]


def _saw_anything(taken: Snapshot | None) -> bool:
    return taken is not None and any(not isinstance(reading, Unread) for reading in taken.readings.values())


def _rest() -> None:
    """Give back what the C library holds after a scan: about a megabyte for one host, more for many."""
    with contextlib.suppress(OSError, AttributeError):  # not every C library has it
        ctypes.CDLL(None).malloc_trim(0)
