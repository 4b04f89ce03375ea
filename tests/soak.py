"""A long life of the daemon in short: thousands of scans of hosts that change, and a new configuration every few seconds.

``make soak`` runs it for 20 minutes and writes what it took at the end; the tests run a short one. After every reload the page
of metrics must be that of the new configuration and consistent in itself; memory, file descriptors, threads and the size of the
state must not grow with the number of scans.
"""

import argparse
import json
import random
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil

from agent.gather import ORGANIZATION
from collectors.snapshot import dump
from tests.at_rest import is_at_rest
from tests.daemons import Running, daemon
from tests.hosts import until
from tests.pages import PageOfMetrics
from tests.varied_hosts import host

HOSTS = 16
GENERATIONS = 4
SHELLS = ("this-machine-1", "this-machine-2")
"""Targets that are really read, by a shell that the daemon starts."""
RELOADS = 4
"""At least."""
WATCHDOG = 20.0
"""Seconds within which a service manager would want to hear of it."""
_LOOKS, _BETWEEN_LOOKS = 20, 0.05


@dataclass
class Sample:
    """The daemon at a moment."""

    at: float
    """Seconds since it was ready."""
    rss: int
    descriptors: int
    threads: int
    state: int
    """Bytes in the state directory."""
    transitions: int
    """Rows that the state holds by design, one for each change of a status."""


@dataclass
class Life:
    """What was seen of it."""

    scans: int = 0
    reloads: int = 0
    refused: int = 0
    """Configurations that are faulty, and were refused."""
    pages: int = 0
    """Pages of metrics that were held against the configuration."""
    samples: list[Sample] = field(default_factory=list)
    silent: float = 0.0
    """Seconds between two signs of life to the service manager, at most."""
    at_first: tuple[int, int] = (0, 0)
    """Descriptors and threads while nothing is scanned, before everything."""
    at_last: tuple[int, int] = (0, 0)
    """The same after everything."""

    def parts(self) -> tuple[Sequence[Sample], Sequence[Sample]]:
        """The second and the last quarter: the first fills caches, and what is judged in it is new."""
        quarter = max(1, len(self.samples) // 4)
        return self.samples[quarter : 2 * quarter], self.samples[-quarter:]

    def growth(self, name: str) -> float:
        """How much more there is in the last quarter than in the second, as a share of it; medians."""
        early, late = (statistics.median(getattr(one, name) for one in part) for part in self.parts())
        return late / early - 1

    def lifted(self, name: str) -> float:
        """The same of the lowest values. Memory goes up and down by a tenth, over minutes, as garbage is collected: what leaks
        lifts the lowest that it comes down to.
        """
        early, late = (min(getattr(one, name) for one in part) for part in self.parts())
        return late / early - 1

    def told(self) -> Iterator[str]:
        """In lines."""
        first, last = self.samples[0], self.samples[-1]
        yield f"{last.at / 60:.1f} minutes, {self.scans} scans, {self.reloads} reloads, {self.refused} refused, {self.pages} pages"
        for name, unit in (("rss", 1e6), ("descriptors", 1), ("threads", 1), ("state", 1e6), ("transitions", 1)):
            values = [getattr(one, name) / unit for one in self.samples]
            yield (
                f"{name}: {values[0]:.1f} at first, {values[-1]:.1f} at last, {max(values):.1f} at most; "
                f"last quarter over second {self.growth(name):+.1%}, the lowest {self.lifted(name):+.1%}"
            )
        rows = last.transitions - first.transitions
        yield f"state: {(last.state - first.state) / max(rows, 1):.0f} bytes a transition; silent for {self.silent:.1f} s at most"


class Soak:
    """Changes the hosts and the configuration of a daemon, and looks at it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self._own = random.Random(seed)
        self._bodies = {
            (number, generation): host(number, generation)
            for number in range(HOSTS)
            for generation in range(GENERATIONS)
        }
        for number in range(HOSTS):
            self.change(number)
        self.life = Life()

    def change(self, number: int) -> None:
        """The host is another than at its last scan."""
        path = self.folder / f"{number}.jsonl"
        now = datetime.now(UTC)
        body = replace(self._bodies[number, self._own.randrange(GENERATIONS)], taken_at=now)
        making = path.with_suffix(".new")
        making.write_text(dump(body))
        making.replace(path)

    def configuration(self) -> tuple[str, set[str]]:
        """One of many, and the assets that it has."""
        chosen = sorted(self._own.sample(range(HOSTS), self._own.randrange(HOSTS // 2, HOSTS)))
        rows = [
            {"name": f"host-{number}", "kind": "replay", "path": f"{self.folder}/{number}.jsonl", "interval": "1s"}
            for number in chosen
        ]
        shells = [name for name in SHELLS if self._own.random() < 0.8]
        rows += [{"name": name, "kind": "shell", "command": ["sh"], "interval": "20s"} for name in shells]
        waiver = {"check": "sshd-refuses-empty-passwords", "until": "2099-12-31", "owner": "o", "reason": "r"}
        config = {
            "targets": rows,
            "daemon": {"splay": "0s", "reload_over_http": True},
            "log_format": self._own.choice(["logfmt", "json"]),
            "waivers": [{**waiver, "compensating_control": "c"}] if self._own.random() < 0.5 else [],
        }
        return json.dumps(config), {row["name"] for row in rows if isinstance(row["name"], str)} | {ORGANIZATION}

    def live(self, seconds: float, reload_every: float, watched: "Watchdog") -> Life:
        """Run a daemon for so long, and until it has had some configurations."""
        config, assets = self.configuration()
        environment = {"NOTIFY_SOCKET": watched.address, "WATCHDOG_USEC": str(int(WATCHDOG * 1e6))}
        with daemon(self.folder, config, environment) as alive:
            until(lambda: alive.ask("/-/ready")[0] == 200, 180)
            self.life.at_first = self._rest(alive)
            alive.config.write_text(config)
            assert alive.ask("/-/reload", "POST")[0] == 200
            self._hold(alive, assets)
            began = reloaded = time.monotonic()
            while (now := time.monotonic()) < began + seconds or self.life.reloads < RELOADS:
                for number in self._own.sample(range(HOSTS), 3):
                    self.change(number)
                if now - reloaded > reload_every:
                    reloaded = now
                    assets = self._reload(alive, assets)
                self._look(alive, now - began)
            self._hold(alive, assets)
            self.life.at_last = self._rest(alive)
            self.life.silent = watched.silent
            assert alive.stop() == 0
            self.life.scans = alive.log.read_text().count("scanned")
            for line in alive.log.read_text().splitlines():
                assert "Traceback" not in line, line
                if line.startswith("{"):
                    json.loads(line)
                else:
                    assert line.startswith("ts="), line
        return self.life

    def _reload(self, alive: Running, assets: set[str]) -> set[str]:
        before = PageOfMetrics(alive.ask("/metrics")[1])
        if self.life.reloads % 4 == 1:
            alive.config.write_text("targets: [{kind: nothing}]\n")
            assert alive.ask("/-/reload", "POST")[0] == 500
            assert alive.metric("config_last_reload_successful") == 0
            self.life.refused += 1
            self._hold(alive, assets)
        config, assets = self.configuration()
        alive.config.write_text(config)
        code, told = alive.ask("/-/reload", "POST")
        assert code == 200, told
        self.life.reloads += 1
        self._hold(alive, assets)
        after = PageOfMetrics(alive.ask("/metrics")[1])
        for series, value in before.counters.items():
            if dict(series.labels).get("asset") in assets & before.assets:
                assert after.counters.get(series, value) >= value, f"{series} went back"
        return assets

    def _hold(self, alive: Running, assets: set[str]) -> None:
        """The page becomes that of these assets, and never says anything that does not fit together."""

        def is_there() -> bool:
            page = PageOfMetrics(alive.ask("/metrics")[1])
            page.hold_together()
            assert page.assets <= assets, f"nothing is left of {page.assets - assets}"
            self.life.pages += 1
            return page.assets == assets

        until(is_there, 180)

    def _rest(self, alive: Running) -> tuple[int, int]:
        """Descriptors and threads once there is nothing to scan, and everything that was under way has ended."""
        row = {"name": "host-0", "kind": "replay", "path": f"{self.folder}/0.jsonl", "interval": "1h"}
        alive.config.write_text(json.dumps({"targets": [row], "daemon": {"splay": "0s", "reload_over_http": True}}))
        assert alive.ask("/-/reload", "POST")[0] == 200
        self._hold(alive, {"host-0", ORGANIZATION})
        until(lambda: is_at_rest(alive.process.pid), 180)
        process = psutil.Process(alive.process.pid)
        return process.num_fds(), process.num_threads()

    def _look(self, alive: Running, at: float) -> None:
        process = psutil.Process(alive.process.pid)
        state = sum(map(_size, alive.state.iterdir()))
        with sqlite3.connect(f"file:{alive.state}/state.db?mode=ro", timeout=60, uri=True) as db:
            rows = [
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("check_transition", "control_transition")
            ]
        db.close()
        descriptors, threads = _at_rest(process)
        self.life.samples.append(Sample(at, process.memory_info().rss, descriptors, threads, state, sum(rows)))


def _size(path: Path) -> int:
    """Bytes of a file; of a journal that has just come to its end, none."""
    with suppress(FileNotFoundError):
        return path.stat().st_size if path.is_file() else 0
    return 0


def _at_rest(process: psutil.Process) -> tuple[int, int]:
    """Descriptors and threads that are there between two scans, after a second of looking: a scan in flight has some besides."""
    looks = []
    for _ in range(_LOOKS):
        looks.append((process.num_fds(), process.num_threads()))
        time.sleep(_BETWEEN_LOOKS)
    return min(fds for fds, _ in looks), min(threads for _, threads in looks)


class Watchdog:
    """Listens to signs of life, as a service manager does."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.silent = 0.0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(0.2)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    @contextmanager
    def listening(self) -> "Iterator[Watchdog]":
        """Until the end of the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self._ends.set()
            self._thread.join()
            self._socket.close()

    def _listen(self) -> None:
        last: float | None = None
        while not self._ends.is_set():
            try:
                told = self._socket.recv(4096)
            except TimeoutError:
                continue
            if b"READY=1" in told or b"WATCHDOG=1" in told:
                now = time.monotonic()
                self.silent = max(self.silent, now - last) if last is not None else 0.0
                last = now


def soak(folder: Path, seconds: float, reload_every: float = 15.0, seed: int = 5) -> Life:
    """Let a daemon live for so long."""
    with Watchdog(folder).listening() as watched:
        return Soak(folder, seed).live(seconds, reload_every, watched)


def main() -> None:
    """Run it, and tell what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        life = soak(Path(folder), asked.minutes * 60)
    sys.stdout.write("".join(f"{line}\n" for line in life.told()))
    for name, bound in (("rss", 0.05), ("descriptors", 0.05), ("threads", 0.05)):
        assert life.growth(name) < bound, f"{name} grows"
        assert life.lifted(name) < bound, f"{name} grows"
    assert life.silent < WATCHDOG


if __name__ == "__main__":
    main()
