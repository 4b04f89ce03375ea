"""The other side is killed, reboots, has no room, or hangs while many others do not."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from agent.config import Config, Target
from agent.gather import Scanned
from agent.plan import Selection, plan
from agent.scanning.many import WORKERS, scan_many
from agent.ssh.settings import SshSettings
from checks.verdict import Status
from collectors.readings import Reading, Text, Unread
from collectors.sources import Command, File, Source
from collectors.transports.ssh import exchange
from tests.hosts import catalogue, until
from tests.ssh_outcomes import ASKED, CHECKS, unseen
from tests.ssh_pauses import between_tries
from tests.ssh_way import Way, black_hole, speaking
from tests.sshd import LOOPBACK, Sshd, make_key, sshd

pytestmark = pytest.mark.real


WAITING: tuple[Source, ...] = (
    Command("echo first"),
    File("/etc/passwd"),
    Command("sleep 30", seconds=40),
    Command("echo last"),
)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[int, bytes]:
    """What has come of an answer, by stream."""
    streams: dict[int, bytes] = {}
    feed = exchange._Heard.feed

    def note(stream: exchange._Heard, data: bytes) -> None:
        feed(stream, data)
        streams[id(stream)] = streams.get(id(stream), b"") + bytes(data)

    monkeypatch.setattr(exchange._Heard, "feed", note)
    return streams


def third_is_begun(heard: dict[int, bytes]) -> bool:
    """Whether the third source was begun on both streams, so that those before it have come whole."""
    return sum(re.search(rb"\n[0-9a-f]{32} 2\n", said) is not None for said in heard.values()) == 2


def killed(one: Sshd, heard: dict[int, bytes], kill: Callable[[list[psutil.Process]], None]) -> None:
    """Kill once the script is waiting for its third answer; what came before stays."""
    said: dict[str, Reading] = {}
    asking = threading.Thread(target=lambda: said.update(one.host(20).read(WAITING)))
    asking.start()
    until(lambda: third_is_begun(heard) and is_asleep(one))
    begun = time.monotonic()
    kill(alive(one))
    asking.join(20)
    assert time.monotonic() - begun < 3
    assert said == {
        "command:echo first": Text("first\n"),
        "file:/etc/passwd": Text(Path("/etc/passwd").read_text()),
        "command:sleep 30": Unread("the connection ended before the answer"),
        "command:echo last": Unread("the connection ended before the answer"),
    }


def alive(one: Sshd) -> list[psutil.Process]:
    return [each for each in one.sessions() if each.status() != psutil.STATUS_ZOMBIE]


def is_asleep(one: Sshd) -> bool:
    """Whether the command that takes long has begun."""
    with contextlib.suppress(psutil.NoSuchProcess):  # of those before it, one has ended while it was looked at
        return any(each.name() == "sleep" for each in alive(one))
    return False


def of_names(*names: str) -> Callable[[list[psutil.Process]], None]:
    def kill(processes: list[psutil.Process]) -> None:
        chosen = [each for each in processes if each.name() in names]
        assert {each.name() for each in chosen} == set(names)
        for each in chosen:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()

    return kill


@pytest.mark.alone
@pytest.mark.parametrize("names", [("sshd",), ("sh", "sleep")])
def test_the_session_is_killed(names: tuple[str, ...], heard: dict[int, bytes]) -> None:
    with sshd() as one:
        killed(one, heard, of_names(*names))


def test_a_shell_that_is_killed_and_leaves_a_child_behind_takes_no_longer_than_the_scan() -> None:
    with sshd() as one:
        said: dict[str, Reading] = {}
        asking = threading.Thread(target=lambda: said.update(one.host(8).read(WAITING)))
        asking.start()
        until(lambda: is_asleep(one))
        begun = time.monotonic()
        of_names("sh")(alive(one))
        asking.join(20)
        assert time.monotonic() - begun < 10
        assert said["command:echo first"] == Text("first\n")
        assert isinstance(said["command:echo last"], Unread)


@pytest.mark.alone
def test_the_target_reboots(heard: dict[int, bytes]) -> None:
    with sshd() as one:

        def kill(processes: list[psutil.Process]) -> None:
            one.kill()

        killed(one, heard, kill)
        unseen(one.host(), r"not reached: Connection refused \(3 tries\)$", within=5, label="unreachable")
        one.start()
        assert one.host().read([WAITING[0]]) == {"command:echo first": Text("first\n")}


def test_a_server_that_turns_away_whom_it_has_no_room_for(
    honest: Mapping[str, Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MaxStartups (sshd_config(5)) drops connections while others are logging in: who comes again is let in."""
    with sshd("MaxStartups 2:100:2", "LoginGraceTime 60") as one, Way(one.port) as way:
        one.known_at(way.port)
        with contextlib.ExitStack() as slow:
            for _ in range(2):
                slow.enter_context(socket.create_connection((LOOPBACK, one.port))).recv(100)
            told = r"^127\.0\.0\.1 port \d+: no SSH connection: .+ \(2 tries\)$"
            unseen(one.host(port=way.port, retries=1), told, within=5, label="unreachable")
            assert way.connections == 2
            between_tries(monkeypatch, lambda _: slow.close())
            assert one.host(30, port=way.port, retries=5).read(ASKED) == honest
        assert way.connections > 3, "it was not turned away"
        assert "MaxStartups" in one.told()


def test_a_crowd_at_a_server_that_drops_at_random(honest: Mapping[str, Reading]) -> None:
    with sshd("MaxStartups 1:50:4") as one, Way(one.port) as way:
        one.known_at(way.port)
        said: list[Mapping[str, Reading]] = []
        asking = [
            threading.Thread(target=lambda: said.append(one.host(300, port=way.port, retries=10).read(ASKED)))
            for _ in range(12)
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
    assert said == [honest] * 12


def test_turned_away_each_time_says_so() -> None:
    def full(one: socket.socket) -> None:
        """As OpenSSH 9 does."""
        one.sendall(b"Exceeded MaxStartups\r\n")
        one.recv(1 << 20)

    with sshd() as one, speaking(full) as port:
        told = r"no SSH server answers there, but something that says: Exceeded MaxStartups \(2 tries\)$"
        unseen(one.host(port=port, retries=1), told, within=5, label="unreachable")


def test_no_more_tries_than_there_is_time_for(server: Sshd, way: Way) -> None:
    way.fault("reset")
    begun = time.monotonic()
    unseen(server.host(6, port=way.port, retries=10), r"\(\d tries\)$", within=7.5, label="unreachable")
    assert time.monotonic() - begun < 7
    assert 2 <= way.connections <= 4


@pytest.mark.alone
def test_two_of_two_hundred_hang(tmp_path: Path) -> None:
    """Twenty servers, each visited ten times; two targets are black holes. They cost only themselves."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(sshd()) for _ in range(20)]
        holes = [stack.enter_context(black_hole()) for _ in range(2)]
        known = tmp_path / "known_hosts"
        known.write_text("".join((one.folder / "known_hosts").read_text() for one in servers))
        key = make_key(tmp_path / "key")
        for one in servers:
            with (one.folder / "authorized_keys").open("a") as keys:
                keys.write((tmp_path / "key.pub").read_text())
        common = SshSettings(host=LOOPBACK, user="root", key_files=(key,), agent=False, known_hosts=(known,))
        ports = [one.port for one in servers] * 10
        ports[3], ports[120] = holes
        targets = tuple(
            Target(f"host-{number}", "ssh", ssh=replace(common, port=port, connect_seconds=3, retries=1), seconds=120)
            for number, port in enumerate(ports)
        )
        made = plan(Config(targets=targets), catalogue(), Selection(checks=CHECKS[:1]))
        came: dict[str, list[Scanned]] = {}
        order: list[str] = []
        for one_of_them in scan_many(made, targets, None):
            came.setdefault(one_of_them.asset, []).append(one_of_them)
            order.append(one_of_them.asset)
    assert set(came) == {one.name for one in targets}
    assert all(len(results) == 1 for results in came.values()), "each has one result"
    dead = {"host-3", "host-120"}
    for name, (result,) in came.items():
        (finding,) = result.findings
        if name in dead:
            assert finding.status is Status.UNKNOWN
            assert re.search(r"not reached: no answer within 3 s \(2 tries\)$", finding.verdict.reason)
            assert result.seconds < 9
        else:
            assert finding.status is Status.PASS, finding.verdict
    others = [result.seconds for name, (result,) in came.items() if name not in dead]
    assert max(others) < 20, "a host that hangs holds up another"
    # More of them came while it hung than are under way at a time: its place was the only one that it held.
    assert order.index("host-3") > 2 * WORKERS, "the others wait for no one"
