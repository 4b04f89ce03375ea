"""Debian's node_exporter, with a directory of text files."""

import contextlib
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.hosts import need, until
from tests.ports import free_port


@contextlib.contextmanager
def node_exporter(directory: Path) -> Iterator[str]:
    """Where it answers. It runs by another account, which must be able to read what root has written."""
    need("prometheus-node-exporter")
    port = free_port()
    command = [
        *("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile"),
        *(f"--collector.textfile.directory={directory}", f"--web.listen-address=127.0.0.1:{port}"),
    ]
    process = subprocess.Popen(["setpriv", "--reuid=65534", "--clear-groups", *command], stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/metrics"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def asked(address: str) -> str:
    """The page; empty where nobody answers yet."""
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
        return str(answer.read().decode())
    return ""


def page_with(address: str, told: str) -> str:
    """The first page that tells this."""
    pages: list[str] = []

    def tells() -> bool:
        pages.append(asked(address))
        return told in pages[-1]

    until(tells)
    return pages[-1]
