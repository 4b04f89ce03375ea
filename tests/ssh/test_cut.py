"""A connection that is cut, falls silent or crawls: what came is what it is, the rest is unread."""

import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from checks.verdict import Status
from collectors.readings import Reading, Text, Unread
from collectors.transports.ssh import connecting
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.connecting import Watch, connected
from collectors.transports.ssh.host_keys import verify
from collectors.transports.ssh.known_hosts import Line
from collectors.transports.ssh.transport import Transport
from tests.hosts import until
from tests.ssh_agent import ssh_agent
from tests.ssh_outcomes import ASKED, CHECKS, LARGE, judged, unseen
from tests.ssh_way import Way
from tests.sshd import Sshd, sshd
from tests.time_at_work import time_at_work

pytestmark = pytest.mark.real


_NEWKEYS = 21
"""SSH_MSG_NEWKEYS (RFC 4253, section 7.3): the last packet that is not encrypted."""


@dataclass(frozen=True)
class Flow:
    """How many bytes of answers a connection has."""

    key: int
    """Until the keys are exchanged."""
    login: int
    """Until the login is done, and what the server says of itself after it."""
    whole: int

    def in_login(self, share: float) -> int:
        """A place between the two; about the last third of it comes behind the login."""
        return self.key + int((self.login - self.key) * share)


def until_keys(beginning: bytes) -> int:
    """Bytes until the keys are exchanged: the server's line, and packets with their length before them (RFC 4253, 4.2, 6)."""
    at = beginning.index(b"\n") + 1
    while True:
        (length,) = struct.unpack_from(">I", beginning, at)
        kind = beginning[at + 5]
        at += 4 + length
        if kind == _NEWKEYS:
            return at


@pytest.fixture(scope="module")
def flow(server: Sshd, honest: Mapping[str, Reading]) -> Flow:
    with Way(server.port) as one:
        server.known_at(one.port)
        with connected(replace(server.access, port=one.port), Watch(time.monotonic() + 9)):
            login = -1
            while login < one.down:  # what the server says after the login, it says at once
                login = one.down
                time.sleep(0.2)
        key = until_keys(one.beginning)
        one.forget()
        assert server.host(port=one.port).read(ASKED) == honest
        assert key < login < one.down
        return Flow(key, login, one.down)


@pytest.mark.parametrize("then", ["end", "reset"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.02, 0.3, 0.5, 0.7, 0.9])
def test_cut_during_the_key_exchange(share: float, then: str, server: Sshd, way: Way, flow: Flow) -> None:
    way.fault(then, int(flow.key * share))
    told = r": (no SSH connection: it was closed|.+: Connection reset by peer) \(2 tries\)$"
    unseen(server.host(port=way.port, retries=1), told, within=4, label="unreachable")
    assert way.connections == 2


@pytest.mark.parametrize("then", ["end", "reset"])
@pytest.mark.parametrize("share", [0.0, 0.03, 0.25, 0.45, 0.5, 0.55])
def test_cut_during_the_login(share: float, then: str, server: Sshd, way: Way, flow: Flow) -> None:
    way.fault(then, flow.in_login(share))
    told = r"the connection was closed during the login|no SSH connection: (it was closed|Connection reset by peer)"
    unseen(server.host(port=way.port, retries=1), told, within=4, label="unreachable")
    assert way.connections == 2


@pytest.mark.parametrize("then", ["end", "reset"])
@pytest.mark.parametrize("agent", [False, True], ids=["key", "agent"])
def test_cut_before_the_login_begins(
    agent: bool, then: str, server: Sshd, way: Way, flow: Flow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However long it takes from the keys to the login, what is said of it is the same."""

    def verify_and_linger(transport: Transport, access: Access, known: Sequence[Line]) -> None:
        verify(transport, access, known)
        until(lambda: not transport.is_active())

    monkeypatch.setattr(connecting, "verify", verify_and_linger)
    way.fault(then, flow.key)
    told = r": no SSH connection: (it was closed|Connection reset by peer) \(2 tries\)$"
    with ssh_agent(tmp_path / "agent") as one:
        one.add(server.folder / "key")
        monkeypatch.setenv("SSH_AUTH_SOCK", str(one.place))
        keys = {"agent": True, "key_files": ()} if agent else {}
        unseen(server.host(port=way.port, retries=1, **keys), told, within=4, label="unreachable")
    assert way.connections == 2


@pytest.mark.parametrize("then", ["end", "reset"])
def test_cut_in_the_middle_of_the_answer(
    then: str, server: Sshd, way: Way, flow: Flow, honest: Mapping[str, Reading]
) -> None:
    """Wherever it is cut, a source is what it is, or unread: never less than it is. Into how many packets an answer comes
    differs a little from run to run, so that only places far from each other are in order.
    """
    positions = [flow.login + (flow.whole - flow.login) * part // 12 for part in range(12)]
    counts = []
    # The first of the others is in the last but one answer; the last in what comes behind: the status, the end, the farewell.
    for position in [*positions, flow.whole - 20_000, flow.whole - 300, flow.whole - 60]:
        way.forget()
        way.fault(then, position)
        with time_at_work() as taken:
            said = server.host(port=way.port).read(ASKED)
            assert taken() < 5
        assert set(said) == set(honest)
        cut = [key for key, one in said.items() if one != honest[key]]
        assert all(said[key] == Unread("the connection ended before the answer") for key in cut)
        assert way.connections == 1, "what has begun to answer is not asked again"
        counts.append(len(said) - len(cut))
    assert counts[0] == 0
    if then == "end":
        assert counts[:12] == sorted(counts[:12]), "what came before the cut is kept"
        assert max(counts[12:]) >= 6, counts
        assert len(set(counts)) >= 3
    else:  # a reset takes along what was on its way
        assert max(counts) >= 4, counts


@pytest.mark.parametrize("then", ["end", "reset"])
def test_cut_in_the_middle_of_a_compressed_answer(then: str, honest: Mapping[str, Reading]) -> None:
    """As above; which place in what goes over the connection is which in the answer is another each time."""
    with sshd() as one, Way(one.port) as between:
        one.known_at(between.port)
        assert set(one.host(port=between.port).read(ASKED)) == set(honest)
        whole = between.down
        counts = []
        for position in [*(whole * part // 12 for part in range(6, 12)), whole - 60]:
            between.forget()
            between.fault(then, position)
            said = one.host(port=between.port).read(ASKED)
            assert set(said) == set(honest)
            cut = [key for key in said if said[key] != honest[key]]
            assert all(said[key] == Unread("the connection ended before the answer") for key in cut)
            assert between.connections == 1, "what has begun to answer is not asked again"
            counts.append(len(said) - len(cut))
        assert counts[-1] > counts[0]


def test_verdicts_of_half_an_answer_are_those_of_the_whole_or_unknown(server: Sshd, way: Way) -> None:
    _, whole = judged(server.host(60, port=way.port))
    all_of_it = way.down
    expected = {(one.check.id, one.subject): one.verdict.status for one in whole}
    seen = set()
    for part in range(1, 10):
        way.fault("end", 4000 + (all_of_it - 4000) * part // 10)
        readings, findings = judged(server.host(60, port=way.port))
        assert {one.check.id for one in findings} == set(CHECKS)
        for one in findings:
            assert one.verdict.status in {Status.UNKNOWN, expected.get((one.check.id, one.subject))}, (part, one)
        seen.add(sum(isinstance(one, Unread) for one in readings.values()))
    assert len(seen) > 2


@pytest.mark.parametrize("phase", ["key", "login"])
def test_a_byte_a_second_before_the_login_is_done(phase: str, server: Sshd, way: Way, flow: Flow) -> None:
    way.fault("drip", 0 if phase == "key" else flow.in_login(0.5), seconds=0.3)
    told = r"was not made within 1\.5 s|no answer to the login within"
    unseen(server.host(port=way.port, connect_seconds=1.5, retries=0), told, within=4, label="unreachable")
    assert way.connections == 1


def test_a_byte_a_second_after_the_login(server: Sshd, way: Way, flow: Flow, honest: Mapping[str, Reading]) -> None:
    way.fault("drip", flow.login + (flow.whole - flow.login) // 10)
    begun = time.monotonic()
    with time_at_work() as taken:
        said = server.host(8, port=way.port).read(ASKED)
        assert taken() < 11
    assert time.monotonic() - begun > 7.5
    assert said[LARGE.key] == Unread("no answer within the time limit of the scan")
    assert said["command:echo first"] == Text("first\n")
    assert all(one in {honest[key], Unread("no answer within the time limit of the scan")} for key, one in said.items())


@pytest.mark.parametrize("phase", ["key", "login", "answer"])
def test_a_connection_that_falls_silent(phase: str, server: Sshd, way: Way, flow: Flow) -> None:
    after = {"key": flow.key // 2, "login": flow.in_login(0.5), "answer": flow.login + 100}[phase]
    way.fault("silence", after)
    told = (
        "no answer within the time limit of the scan"
        if phase == "answer"
        else r"within 1 s|no answer to the login within"
    )
    if phase == "answer":
        unseen(server.host(8, port=way.port), told, within=11, label="timeout")
    else:
        unseen(server.host(4, port=way.port, connect_seconds=1, retries=0), told, within=7, label="unreachable")
