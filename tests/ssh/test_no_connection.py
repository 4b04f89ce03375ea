"""No connection: refused, dropped, a name that nobody knows. Nothing is seen, no verdict, and it is soon known."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from checks.verdict import Status
from collectors.readings import Reading, Unread
from tests.ssh_outcomes import ASKED, judged, unseen
from tests.ssh_pauses import between_tries
from tests.ssh_way import Way, black_hole
from tests.sshd import LOOPBACK, Sshd, make_key, reserved_port, sshd

pytestmark = pytest.mark.real


def test_without_a_fault_it_is_judged(server: Sshd, way: Way) -> None:
    readings, findings = judged(server.host(60, port=way.port))
    assert not [key for key, one in readings.items() if isinstance(one, Unread)]
    assert {one.verdict.status for one in findings} - {Status.UNKNOWN}
    assert way.connections == 1


def test_connection_refused(server: Sshd) -> None:
    told = r"^127\.0\.0\.1 port \d+: not reached: Connection refused \(3 tries\)$"
    with reserved_port() as port:
        unseen(server.host(port=port), told, within=4, label="unreachable")


def test_refused_twice_and_then_up(
    server: Sshd, honest: Mapping[str, Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def come_up() -> None:
        client, _ = listening.accept()
        with client, socket.create_connection((LOOPBACK, server.port)) as behind:
            one = threading.Thread(target=pump, args=(client, behind))
            one.start()
            pump(behind, client)
            one.join()

    coming = threading.Thread(target=come_up)

    def after(failed: int) -> None:
        if failed == 2:
            listening.listen()
            coming.start()

    pauses = between_tries(monkeypatch, after)
    with listening, reserved_port() as port:
        listening.bind((LOOPBACK, port))
        server.known_at(port)
        assert server.host(port=port).read(ASKED) == honest
        coming.join()
    assert len(pauses) == 2
    assert sum(pauses) > 0.8


def pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := one.recv(65536):
            other.sendall(part)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)


def test_a_name_that_nobody_knows(server: Sshd) -> None:
    told = r"^no-such-host\.invalid: its address is not found \(.+\)"
    unseen(server.host(host="no-such-host.invalid"), told, within=20, label="unreachable")


@pytest.mark.parametrize(
    "name", ["", "a" * 300, "x..y", "\u00e4\u0000", "-oProxyCommand=true", "1.2.3.4.5", "fe80::1%nowhere"]
)
def test_what_is_no_name_at_all(server: Sshd, name: str) -> None:
    seen = server.host(host=name, connect_seconds=2, retries=0).read(ASKED)
    assert all(isinstance(one, Unread) for one in seen.values())


def test_syns_that_are_dropped(server: Sshd) -> None:
    with black_hole() as port:
        told = r"not reached: no answer within 1 s \(3 tries\)$"
        unseen(server.host(port=port, connect_seconds=1), told, within=7, label="unreachable")
        begun = time.monotonic()
        told = r"not reached: no answer within [01](\.\d+)? s|not reached within the time limit of the scan"
        unseen(server.host(1.5, port=port), told, within=4, label="unreachable")
        assert time.monotonic() - begun >= 1.4


INSIDE = """
import sys
from tests.sshd import LOOPBACK
from collectors.readings import Unread
from collectors.sources import Command
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.host import Host
from pathlib import Path
from tests.time_at_work import time_at_work
import collectors.transports.ssh.connecting  # whose import takes a second, once
name, port, folder, seconds = sys.argv[1:]
access = Access(name, int(port), "root", known_as="here", key_files=(Path(folder) / "key",), agent=False,
    known_hosts=(Path(folder) / "here",), connect_seconds=float(seconds), retries=0)
with time_at_work() as taken:
    said = Host(access, 30).read([Command("echo hi")])["command:echo hi"]
    print(said, taken() < float(seconds) + 2)
"""


def elsewhere(changes: str, *arguments: object) -> str:
    """Ask from a mount namespace where these files are others; what a host says."""
    command = [sys.executable, "-c", INSIDE, *map(str, arguments)]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-ec", f'{changes}\nexec "$@"', "sh", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_name_server_that_is_silent(server: Sshd, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.9", 53))
        (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.9\noptions timeout:30\n")
        change = f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf"
        (server.folder / "here").write_text("")
        said = elsewhere(change, "a.example", server.port, server.folder, 1)
    assert said == "Unread(reason='a.example: its address is not found (no answer within 1 s)') True\n"


@pytest.mark.parametrize("dead", [("127.0.0.2",), ("127.0.0.3",), ("127.0.0.2", "127.0.0.3")])
def test_one_of_two_addresses_is_dead(dead: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("127.0.0.2 two.example\n127.0.0.3 two.example\n")
    change = f"mount --bind {tmp_path}/hosts /etc/hosts"
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(reserved_port("127.0.0.2"))
        stack.enter_context(reserved_port("127.0.0.3", port))
        for address in dead:
            stack.enter_context(black_hole(address, port))
        alive = {"127.0.0.2", "127.0.0.3"} - set(dead)
        if alive:
            one = stack.enter_context(sshd(address=alive.pop(), port=port))
            key = (one.folder / "host_key.pub").read_text()
            (one.folder / "here").write_text(f"here {key}")
            assert elsewhere(change, "two.example", port, one.folder, 3) == "Text(text='hi\\n') True\n"
        else:
            make_key(tmp_path / "key")
            (tmp_path / "here").write_text("")
            said = elsewhere(change, "two.example", port, tmp_path, 2)
            assert said == f"Unread(reason='two.example port {port}: not reached: no answer within 2 s') True\n"
