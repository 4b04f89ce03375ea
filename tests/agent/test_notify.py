import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.daemon.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@wispwatch-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + address[1:] if address.startswith("@") else address)
        listening.settimeout(60)
        yield listening, address


def test_every_message_arrives_as_one_datagram(manager: tuple[socket.socket, str]) -> None:
    listening, address = manager
    one = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())})
    assert one.watchdog == 10.0
    one.ready("first\nscan")
    assert listening.recv(999) == b"READY=1\nSTATUS=first scan"
    one.alive()
    assert listening.recv(999) == b"WATCHDOG=1"
    before = time.monotonic()
    one.reloading()
    first, second = listening.recv(999).decode().split("\n")
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) / 1e6 + 0.001
    one.stopping()
    assert listening.recv(999).startswith(b"STOPPING=1\n")


def test_the_watchdog_of_another_process_is_not_ours(manager: tuple[socket.socket, str]) -> None:
    listening, address = manager
    one = Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"})
    assert one.watchdog is None
    one.alive()
    listening.settimeout(0.05)
    with pytest.raises(TimeoutError):
        listening.recv(999)


def test_no_manager_and_a_dead_one_are_both_fine(tmp_path: Path) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "1"}):
        one = Notifier(environment)
        assert (one.ready("x"), one.alive(), one.stopping()) == (None, None, None)
