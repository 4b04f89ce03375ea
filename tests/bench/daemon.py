"""The daemon at rest and under scrapes."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests import hosts

_REST = 60
_SCRAPES = 2000


def measure() -> Iterator[str]:
    """One sentence a figure."""
    with tempfile.TemporaryDirectory() as state:
        port = _free_port()
        listen = f"127.0.0.1:{port}"
        command = [sys.executable, "-m", "agent", "run", "--listen", listen, "--state-dir", state]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            hosts.until(lambda: _status(port, "/-/ready") == 200, 60)
            time.sleep(2)
            before = _cpu_seconds(process.pid)
            time.sleep(_REST)
            used = _cpu_seconds(process.pid) - before
            yield f"daemon at rest: {_memory(process.pid, 'VmRSS'):.1f} MB (peak {_memory(process.pid, 'VmHWM'):.1f}), {100 * used / _REST:.3f} % of a core over {_REST} s"
            times, size = _scrape(port)
            p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
            yield f"scrape of {size} bytes, a connection each, {_SCRAPES} times: median {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms"
            yield f"daemon after the scrapes: {_memory(process.pid, 'VmRSS'):.1f} MB"
        finally:
            process.terminate()
            process.wait(10)


def _scrape(port: int) -> tuple[list[float], int]:
    times = []
    size = 0
    for _ in range(_SCRAPES):
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/metrics")
        size = len(connection.getresponse().read())
        connection.close()
        times.append(time.perf_counter() - begun)
    return times, size


def _status(port: int, path: str) -> int:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int, name: str) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024 / 1e6
