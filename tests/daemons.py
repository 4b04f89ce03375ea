"""The real daemon as a process of its own, on a loopback port that the kernel chooses."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collectors.collector import Platform
from collectors.host.sshd import sshd
from collectors.readings import Reading, Text
from collectors.snapshot import Snapshot, dump
from tests.hosts import until

ROOT = Path(__file__).parent.parent


@dataclass
class Running:
    """A daemon that runs."""

    process: "subprocess.Popen[bytes]"
    log: Path
    config: Path
    state: Path
    begun: int = 0

    @property
    def said(self) -> str:
        """Its log since it was started."""
        return self.log.read_text()[self.begun :]

    @property
    def port(self) -> int:
        """Where it listens."""
        found = re.search(r"msg=\"wispwatch is running\".* address=\S+:(\d+)", self.said)
        assert found, self.said
        return int(found[1])

    def ask(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name: str, **labels: str) -> float | None:
        """The value of the one series of a name with these labels, or None."""
        found = []
        for line in self.ask("/metrics")[1].splitlines():
            matched = re.fullmatch(rf"wispwatch_{name}(\{{.*\}})? (\S+)", line)
            if matched and all(f'{key}="{value}"' in (matched[1] or "") for key, value in labels.items()):
                found.append(float(matched[2]))
        assert len(found) < 2, f"{name}: {len(found)} series"
        return found[0] if found else None

    def ready(self) -> "Running":
        """Wait until the first scan has ended."""
        until(lambda: self.ask("/-/ready")[0] == 200)
        return self

    def stop(self, number: int = signal.SIGTERM, seconds: float = 60.0) -> int:
        """End it, and return its exit status. How soon it ends is for those to say who run alone."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)


@contextlib.contextmanager
def daemon(folder: Path, config: str, environment: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Start it with a configuration; it is killed at the end if it still runs."""
    path = folder / "config.yaml"
    path.write_text(config)
    log = folder / "log"
    log.touch()
    begun = len(log.read_text())
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [*COMMAND, "--config", str(path), "--listen", "127.0.0.1:0", "--state-dir", str(folder / "state")],
            cwd=ROOT,
            stderr=stderr,
            env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONPATH": str(ROOT), **(environment or {})},
        )
    running = Running(process, log, path, folder / "state", begun)
    try:
        until(lambda: "wispwatch is running" in running.said or process.poll() is not None)
        yield running
    finally:
        process.kill()
        process.wait()


COMMAND = (sys.executable, "-m", "agent", "run")


def recording(path: Path, empty: str = "no", at: datetime | None = None, *, age: float = 0.0) -> Path:
    """Write a snapshot of a host whose sshd has ``PermitEmptyPasswords`` as given; all else was not asked."""
    readings: dict[str, Reading] = {
        sshd.sources[0].key: Text(f"port 22\npermitemptypasswords {empty}\n"),
        sshd.sources[1].key: Text('{"/etc/ssh/sshd_config": ""}'),
    }
    taken = at or datetime.now(UTC) - timedelta(seconds=age)
    making = path.with_suffix(".new")
    making.write_text(dump(Snapshot("recorded", Platform.LINUX, taken, readings)))
    making.replace(path)
    return path
