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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from agent import __version__, logs
from agent import plan as planning
from agent.clocks import awake_and_asleep
from agent.config import Config, Target, load
from agent.daemon.board import Board
from agent.daemon.events import Events
from agent.daemon.notify import Notifier
from agent.daemon.outlets import Outlets
from agent.daemon.packing import Packing
from agent.daemon.schedule import Job, Schedule
from agent.discover import discover_for
from agent.errors import DaemonError, WispwatchError
from agent.expected import Expected, expected_of, interval_of
from agent.plan import Plan
from agent.scanning.kinds import kinds_of
from agent.scanning.worker import Ended, Workers
from agent.state.store import Lock
from agent.web.server import Server
from agent.web.site import Site, Unready
from agent.web.web_config import Watched

TICK = 60.0
"""Seconds after which it looks at the clock in any case."""
_SLICE = 0.2
"""Seconds at a time for what an earlier run left behind: signals, clients that reload, and scans that end wait for no more."""
_RELOAD_SECONDS = 30.0


@dataclass(frozen=True)
class _Stop:
    signal: int


@dataclass(frozen=True)
class _Reload:
    reply: "queue.SimpleQueue[str] | None" = None


_Event = _Stop | _Reload | Ended


def run(
    config_path: Path | None,
    *,
    listen: str | None = None,
    state_dir: Path | None = None,
    textfile_dir: Path | None = None,
) -> int:
    """Run until SIGTERM or SIGINT, and return 0. ``listen`` and the directories stand over what the configuration says.

    ``ConfigError`` and ``DaemonError`` where it cannot start.
    """
    settings = _Settings(config_path, listen, state_dir, textfile_dir)
    config, plan = settings.read()
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
    textfile_dir: Path | None

    def read(self) -> tuple[Config, Plan]:
        """``ConfigError`` tells every fault."""
        config = load(self.path)
        catalogue = discover_for(config.named_checks, kinds_of(config.all_targets()))
        daemon = config.daemon
        daemon = replace(daemon, listen=self.listen) if self.listen else daemon
        daemon = replace(daemon, state_dir=self.state_dir) if self.state_dir else daemon
        daemon = replace(daemon, textfile_dir=self.textfile_dir) if self.textfile_dir else daemon
        config = replace(config, daemon=daemon)
        return config, replace(planning.plan(config, catalogue), interval=config.daemon.interval)


class Daemon:
    """The running daemon. All its state belongs to the thread that calls ``run``."""

    def __init__(self, settings: _Settings, config: Config, plan: Plan, watched: Watched, log: logging.Logger) -> None:
        """Listen, and take up what an earlier run left behind. ``DaemonError`` where the address cannot be had."""
        self._settings = settings
        self._config = config
        self._plan = plan
        self._log = log
        self._events: Events[_Event] = Events()
        self._events.wake_on_signals()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._notifier = Notifier()
        self._workers = Workers(self._events.put)
        self._schedule = Schedule()
        self._server = _listening(config, watched, log)
        self._board = Board(plan, self._expected(), config.daemon.state_dir, log)
        self._outlets = Outlets(self._board.page, config.daemon.state_dir, log)
        self._site = Site(self._board.published, self._asked_to_reload, self._outlets.metrics)
        self._site.allow_reload = config.daemon.reload_over_http
        self._watched = watched
        self._packing = Packing()

    def run(self) -> None:
        """Run until a signal ends it."""
        sys.setswitchinterval(0.001)  # a scan that computes must not hold up a scrape
        self._plan_times(self._board.last_attempts())
        self._server.start(self._site)
        self._packing.start()
        self._outlets.take(self._config)
        self._warn_if_open()
        self._log.info(
            "wispwatch is running",
            extra={"version": __version__, "address": self._server.address, "targets": len(self._targets)},
        )
        self._notifier.ready(self._begun())
        _rest()
        try:
            while self._turn():
                pass
        finally:
            self._notifier.stopping()
            self._outlets.end()
            self._server.stop()
            self._packing.stop()
            self._workers.stop()
            self._outlets.stop()
            self._board.close()
            self._log.info("wispwatch has stopped")

    def _begun(self) -> str:
        published = self._board.published()
        if isinstance(published, Unready):
            return published.told
        return "results of an earlier run are served" if published.ready else "the first scan is under way"

    # Events

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        """In a signal handler no more than this."""
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
        for name in self._schedule.take(awake_and_asleep()):
            self._workers.submit(self._plan, self._targets[name])
        if self._board.restoring:
            self._board.restore(_SLICE)
        if time.time() >= self._board.expires:
            self._board.publish()
        self._packing.put(self._board.published())
        self._outlets.write()
        self._notifier.alive()
        match self._events.get(self._patience()):
            case _Stop(number):
                self._log.info("stopping", extra={"signal": signal.Signals(number).name})
                return False
            case _Reload(reply):
                faults = self._reload()
                if reply is not None:
                    reply.put(faults)
            case Ended() as ended:
                self._take_in(ended)
        return True

    def _patience(self) -> float:
        if self._board.restoring:
            return 0.0
        waits = [TICK, max(0.05, self._board.expires - time.time())]
        due = self._schedule.wait(awake_and_asleep())
        waits += [due] if due is not None else []
        waits += [self._notifier.watchdog] if self._notifier.watchdog is not None else []
        return max(0.0, min(waits))

    # Scans

    @property
    def _targets(self) -> dict[str, Target]:
        return {target.name: target for target in self._config.all_targets()}

    def _expected(self) -> Expected:
        """The assets that there should be."""
        return expected_of(self._config, self._config.all_targets())

    def _plan_times(self, attempts: Mapping[str, float]) -> None:
        """``attempts``: when each asset was last scanned, by the wall clock."""
        splay = self._config.daemon.splay.total_seconds()
        jobs = [Job(name, interval_of(self._config, target), splay) for name, target in self._targets.items()]
        wall, now = time.time(), awake_and_asleep()
        self._schedule.plan(jobs, now, {name: now - (wall - tried) for name, tried in attempts.items()})

    def _take_in(self, ended: Ended) -> None:
        """A scan has ended."""
        if not ended.more_to_come:
            self._schedule.done(ended.target.name)
        if ended.plan is self._plan and self._expected().interval(ended.target.name) is not None:
            told = self._board.take_in(ended)
            self._notifier.status(told)
            _rest()
        # Otherwise it is of an earlier configuration: scanned again at once, or no longer at all.

    # The configuration

    def _reload(self) -> str:
        """Read the configuration again. The faults, and the old one goes on; or nothing."""
        self._notifier.reloading()
        try:
            config, plan = self._settings.read()
            watched = self._watched_by(config)
        except WispwatchError as faults:  # of the configuration, or of modules that were replaced or added meanwhile
            self._log.error("the configuration is not taken, the one before holds")
            _told(self._log, str(faults))
            self._board.refuse()
            self._notifier.ready("the configuration is faulty, the one before holds")
            return str(faults)
        for name in ("listen", "state_dir"):
            if getattr(config.daemon, name) != getattr(self._config.daemon, name):
                self._log.warning(f"daemon.{name} has changed: restart to use it")
        logs.setup(config.log_level, config.log_format)
        self._config, self._plan = config, plan
        self._watched = self._server.watched = watched
        self._site.allow_reload = config.daemon.reload_over_http
        self._workers.drop_waiting()
        self._board.judge_by(plan, self._expected())
        self._outlets.take(config)
        self._plan_times({})
        self._schedule.hurry(awake_and_asleep())
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


def _rest() -> None:
    """Give back what the C library holds after a scan: about a megabyte for one host, more for many."""
    with contextlib.suppress(OSError, AttributeError):  # not every C library has it
        ctypes.CDLL(None).malloc_trim(0)
