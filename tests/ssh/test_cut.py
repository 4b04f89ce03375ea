"""A connection that is cut, falls silent or crawls: what came is what it is, the rest is unread."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from checks.verdict import Status
from collectors.readings import Reading, Text, Unread
from collectors.transports.ssh.connecting import Watch, connected
from collectors.transports.ssh.faults import SshFault
from tests.ssh_outcomes import ASKED, CHECKS, LARGE, judged, unseen
from tests.ssh_way import Way
from tests.sshd import Sshd, sshd

pytestmark = pytest.mark.real


@dataclass(frozen=True)
class Flow:
    """How many bytes of answers a connection has."""

    key: int
    """Until the keys are exchanged, about."""
    login: int
    """Until the login is done."""
    whole: int


@pytest.fixture(scope="module")
def flow(server: Sshd, honest: Mapping[str, Reading]) -> Flow:
    with Way(server.port) as one:
        server.known_at(one.port)
        wrong = replace(server.access, port=one.port, known_hosts=(server.folder / "nobody",), retries=0)
        (server.folder / "nobody").write_text("")
        with pytest.raises(SshFault, match="not in known_hosts"), connected(wrong, Watch(time.monotonic() + 9)):
            pass
        key = one.down
        one.forget()
        with connected(replace(server.access, port=one.port), Watch(time.monotonic() + 9)):
            time.sleep(0.1)
        login = one.down
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
@pytest.mark.parametrize("more", [0, 20, 45, 60])
def test_cut_during_the_login(more: int, then: str, server: Sshd, way: Way, flow: Flow) -> None:
    way.fault(then, flow.key + more)
    told = r"the connection was closed during the login|no SSH connection: (it was closed|Connection reset by peer)"
    unseen(server.host(port=way.port, retries=1), told, within=4, label="unreachable")
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
    # The last of them is in what comes behind the answer: the status, the end, the farewell.
    for position in [*positions, flow.whole - 3000, flow.whole - 300, flow.whole - 60]:
        way.forget()
        way.fault(then, position)
        begun = time.monotonic()
        said = server.host(port=way.port).read(ASKED)
        assert time.monotonic() - begun < 5
        assert set(said) == set(honest)
        cut = [key for key, one in said.items() if one != honest[key]]
        assert all(said[key] == Unread("the connection ended before the answer") for key in cut)
        assert way.connections == 1, "what has begun to answer is not asked again"
        counts.append(len(said) - len(cut))
    assert counts[0] == 0
    if then == "end":
        assert counts[:12] == sorted(counts[:12]), "what came before the cut is kept"
        assert max(counts[12:]) >= 5, counts
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
    way.fault("drip", 0 if phase == "key" else flow.key + 20, seconds=0.3)
    told = r"was not made within 1\.5 s|no answer to the login within"
    unseen(server.host(port=way.port, connect_seconds=1.5, retries=0), told, within=4, label="unreachable")
    assert way.connections == 1


def test_a_byte_a_second_after_the_login(server: Sshd, way: Way, flow: Flow, honest: Mapping[str, Reading]) -> None:
    way.fault("drip", flow.login + (flow.whole - flow.login) // 10)
    begun = time.monotonic()
    said = server.host(4, port=way.port).read(ASKED)
    assert 3.5 < time.monotonic() - begun < 7
    assert said[LARGE.key] == Unread("no answer within the time limit of the scan")
    assert said["command:echo first"] == Text("first\n")
    assert all(one in {honest[key], Unread("no answer within the time limit of the scan")} for key, one in said.items())


@pytest.mark.parametrize("phase", ["key", "login", "answer"])
def test_a_connection_that_falls_silent(phase: str, server: Sshd, way: Way, flow: Flow) -> None:
    after = {"key": flow.key // 2, "login": flow.key + 60, "answer": flow.login + 100}[phase]
    way.fault("silence", after)
    told = (
        "no answer within the time limit of the scan"
        if phase == "answer"
        else r"within 1 s|no answer to the login within"
    )
    host = server.host(4, port=way.port, connect_seconds=1, retries=0)
    unseen(host, told, within=7, label="timeout" if phase == "answer" else "unreachable")
