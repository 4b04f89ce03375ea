"""Everything that goes wrong on the way to a host. What could not be seen is ``Unread`` with a reason that can be read, no
verdict is made of it, and it is over in time.
"""

import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from agent.config import Config, Target
from agent.gather import Scanned
from agent.many import WORKERS, scan_many
from agent.plan import Selection, plan
from agent.ssh.settings import SshSettings
from checks.verdict import Status
from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Command, File, Files, Source, Stat
from collectors.transports.ssh.access import Privilege, Secret
from collectors.transports.ssh.connecting import Watch, connected
from collectors.transports.ssh.faults import SshFault
from tests.hosts import catalogue, until
from tests.ssh_outcomes import CHECKS, judged, measured, unseen
from tests.ssh_way import Way, black_hole, speaking
from tests.sshd import LOOPBACK, SCANNER, Sshd, free_port, make_key, sshd, with_scanner

pytestmark = pytest.mark.real

LARGE = Command("sh -c 'head -c 300000 /dev/zero | tr \\\\0 x'", limit=400_000, name="large")
ASKED: tuple[Source, ...] = (
    Command("echo first"),
    File("/etc/passwd"),
    File("/etc/nothing-there"),
    Files("/etc/ssh/*_config"),
    LARGE,
    Stat("/etc/passwd", "/etc/nothing-there"),
    Command("echo last"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with sshd("Compression no") as one:  # so that a place in what goes over the connection is a place in the answer
        yield one


@pytest.fixture(scope="module")
def honest(server: Sshd) -> Mapping[str, Reading]:
    """What the server says where nothing is wrong."""
    said = server.host().read(ASKED)
    assert [type(one) for one in said.values()] == [Text, Text, Absent, Text, Text, Text, Text], said
    return said


@pytest.fixture
def way(server: Sshd) -> Iterator[Way]:
    with Way(server.port) as one:
        server.known_at(one.port)
        yield one


# No connection


def test_without_a_fault_it_is_judged(server: Sshd, way: Way) -> None:
    readings, findings = judged(server.host(60, port=way.port))
    assert not [key for key, one in readings.items() if isinstance(one, Unread)]
    assert {one.verdict.status for one in findings} - {Status.UNKNOWN}
    assert way.connections == 1


def test_connection_refused(server: Sshd) -> None:
    told = r"^127\.0\.0\.1 port \d+: not reached: Connection refused \(3 tries\)$"
    unseen(server.host(port=free_port()), told, within=4, label="unreachable")


def test_refused_twice_and_then_up(server: Sshd, honest: Mapping[str, Reading]) -> None:
    port = free_port()
    server.known_at(port)

    def come_up() -> None:
        time.sleep(0.8)
        with Way(server.port) as late, socket.create_server((LOOPBACK, port)) as listening:
            listening.settimeout(20)
            client, _ = listening.accept()
            with client, socket.create_connection((LOOPBACK, late.port)) as behind:
                one = threading.Thread(target=pump, args=(client, behind))
                one.start()
                pump(behind, client)
                one.join()

    coming = threading.Thread(target=come_up)
    coming.start()
    begun = time.monotonic()
    assert server.host(port=port).read(ASKED) == honest
    assert time.monotonic() - begun > 0.8
    coming.join()


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
        told = r"not reached: no answer within (1\.5|0\.\d+) s|not reached within the time limit of the scan"
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
name, port, folder, seconds = sys.argv[1:]
import time
begun = time.monotonic()
access = Access(name, int(port), "root", known_as="here", key_files=(Path(folder) / "key",), agent=False,
    known_hosts=(Path(folder) / "here",), connect_seconds=float(seconds), retries=0)
print(Host(access, 30).read([Command("echo hi")])["command:echo hi"], time.monotonic() - begun < float(seconds) + 2)
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
    port = free_port()
    (tmp_path / "hosts").write_text("127.0.0.2 two.example\n127.0.0.3 two.example\n")
    change = f"mount --bind {tmp_path}/hosts /etc/hosts"
    with contextlib.ExitStack() as stack:
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


# Something else than an SSH server


def silent(one: socket.socket) -> None:
    one.recv(1 << 20)
    threading.Event().wait(30)


def http(one: socket.socket) -> None:
    """Answers what it takes for a request, as nginx does."""
    one.recv(1 << 20)
    one.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n<html>\x1b[2J</html>\r\n")


def hangs_up(one: socket.socket) -> None:
    one.recv(1 << 20)


def garbage_without_end(one: socket.socket) -> None:
    while True:
        one.sendall(os.urandom(65536))


def lines_without_end(one: socket.socket) -> None:
    while True:
        one.sendall(b"Welcome!\r\n" * 1000)


def a_line_without_end(one: socket.socket) -> None:
    while True:
        one.sendall(b"\x1b" * 65536)


def a_line_a_second(one: socket.socket) -> None:
    while True:
        one.sendall(b"wait\r\n")
        time.sleep(1)


def a_byte_at_a_time(one: socket.socket) -> None:
    while True:
        one.sendall(b"S")
        time.sleep(0.2)


def an_enormous_packet(one: socket.socket) -> None:
    one.sendall(b"SSH-2.0-Enormous_1.0\r\n\x7f\xff\xff\xf4\x04\x14")
    while True:
        one.sendall(bytes(1 << 20))


def a_negative_packet(one: socket.socket) -> None:
    one.sendall(b"SSH-2.0-Small_1.0\r\n\x00\x00\x00\x04\x00\x00\x00\x00")
    one.recv(1 << 20)
    time.sleep(0.3)


def noise_after_the_version(one: socket.socket) -> None:
    one.sendall(b"SSH-2.0-Noise_1.0\r\n" + b"\x00\x00\x00\x0c\x04\x14" + b"\xff" * 10)
    one.recv(1 << 20)
    while True:
        one.sendall(os.urandom(65536))


def ssh_one(one: socket.socket) -> None:
    one.sendall(b"SSH-1.5-Cisco-1.25\n")
    one.recv(1 << 20)


def nothing_in_common(one: socket.socket) -> None:
    lists = b"".join(len(name).to_bytes(4, "big") + name for name in [b"rot13@example.com"] * 8 + [b"", b""])
    payload = b"\x14" + bytes(16) + lists + bytes(5)
    padding = 8 - (len(payload) + 5) % 8 + 8
    packet = bytes([padding]) + payload + bytes(padding)
    one.sendall(b"SSH-2.0-Odd_1.0\r\n" + len(packet).to_bytes(4, "big") + packet)
    one.recv(1 << 20)
    time.sleep(0.3)


def tls(one: socket.socket) -> None:
    one.recv(1 << 20)
    one.sendall(b"\x15\x03\x01\x00\x02\x02\x46")


SPEAKING: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "silent": (silent, r"the SSH connection was not made within 1 s"),
    "http": (http, r"no SSH server answers there, but something that says: HTTP/1\.1 400 Bad Request"),
    "hangs up": (hangs_up, r"no SSH connection: it was closed"),
    "garbage": (garbage_without_end, r"no SSH server answers there, but something that says"),
    "lines": (lines_without_end, r"no SSH server answers there, but something that says: Welcome!"),
    "a line": (a_line_without_end, r"no SSH server answers there, but something that says: (\\x1b)+"),
    "a line a second": (a_line_a_second, r"was not made within 1 s|something that says: wait"),
    "a byte at a time": (a_byte_at_a_time, r"the SSH connection was not made within 1 s"),
    "an enormous packet": (an_enormous_packet, r"no SSH connection: a packet claims to have 21474\d+ bytes"),
    "a negative packet": (a_negative_packet, r"no SSH connection: "),
    "noise after the version": (noise_after_the_version, r"no SSH connection: "),
    "SSH 1": (ssh_one, r"no SSH connection: Incompatible version \(1\.5 instead of 2\.0\)"),
    "nothing in common": (nothing_in_common, r"no SSH connection: "),
    "TLS": (tls, r"no SSH server answers there, but something that says: "),
}


@pytest.mark.parametrize("which", SPEAKING)
def test_what_is_no_ssh_server(which: str, server: Sshd) -> None:
    speak, told = SPEAKING[which]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with speaking(speak) as port:
        unseen(server.host(port=port, connect_seconds=1, retries=0), told, within=3.5, label="unreachable")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10


# The key and the login


def test_an_unknown_key_is_never_tried_again(server: Sshd, way: Way) -> None:
    (server.folder / "none").write_text("")
    told = r"its host key \(ssh-ed25519 SHA256:\S+\) is not in known_hosts\. Compare with `ssh-keygen -lf`"
    host = server.host(port=way.port, known_hosts=(server.folder / "none",))
    unseen(host, told, within=3, label="host_key")
    assert way.connections == 1


def test_a_changed_key_is_never_tried_again(server: Sshd, way: Way) -> None:
    other = (server.folder / "key.pub").read_text()
    (server.folder / "changed").write_text(f"[{LOOPBACK}]:{way.port} {other}")
    host = server.host(port=way.port, known_hosts=(server.folder / "changed",))
    unseen(host, r"shows another host key .+ somebody may pose as it.+ssh-keygen -R", within=3, label="host_key")
    assert way.connections == 1


def test_no_file_of_known_hosts(server: Sshd, way: Way) -> None:
    host = server.host(port=way.port, known_hosts=(server.folder / "nowhere",))
    unseen(host, r"nowhere: there is no such file of known hosts", within=3, label="host_key")
    assert way.connections == 0


def test_a_denied_login_is_never_tried_again(server: Sshd, way: Way, tmp_path: Path) -> None:
    wrong = make_key(tmp_path / "wrong")
    told = r"denies root the login; tried \S+/wrong"
    unseen(server.host(port=way.port, key_files=(wrong,)), told, within=5, label="authentication")
    assert way.connections == 1


def test_too_many_keys_are_a_denial_that_says_so(server: Sshd, way: Way, tmp_path: Path) -> None:
    wrong = tuple(make_key(tmp_path / f"wrong-{number}") for number in range(9))
    told = r"denies root the login; tried \S+/wrong-0, \S+/wrong-1, \S+/wrong-2 and 3 more; then it hung up \(Too many authentication failures\)"
    unseen(server.host(port=way.port, key_files=wrong), told, within=5, label="authentication")
    assert way.connections == 1


def test_a_password_that_is_not_taken(server: Sshd, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WW_TEST_SECRET", "correct horse battery staple")
    host = server.host(port=way.port, key_files=(), password=Secret(variable="WW_TEST_SECRET"))
    monkeypatch.setenv("HOME", str(server.folder / "no-home"))
    reason = unseen(
        host, r"denies root the login; tried .*the password; it takes publickey", within=8, label="authentication"
    )
    assert "horse" not in reason
    assert way.connections == 1


@pytest.mark.parametrize(
    "content", ["", "no key\n", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
)
def test_a_key_file_that_is_none(content: str, server: Sshd, way: Way, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(content)
    told = r"is no private key that is understood"
    unseen(server.host(port=way.port, key_files=(tmp_path / "key",)), told, within=3, label="authentication")
    assert way.connections == 1


def test_an_account_that_is_not_let_in(way: Way, server: Sshd) -> None:
    unseen(server.host(port=way.port, user="nobody-at-all"), r"denies nobody-at-all the login", within=5)
    assert way.connections == 1


# Cut on the way


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
    """Wherever it is cut, a source is what it is, or unread: never less than it is."""
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
        assert counts == sorted(counts), "what came before the cut is kept"
        assert counts[-1] >= 5, counts
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


# What the target says


def seen_of(one: Sshd, *sources: Source, seconds: float = 20.0) -> Mapping[str, Reading]:
    return one.host(seconds).read(sources or ASKED)


@pytest.mark.parametrize(
    "before",
    [
        "echo Welcome to web-1; echo Authorized users only >&2",
        "printf 'no newline at the end'",
        "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2",
        "head -c 300000 /dev/urandom; head -c 300000 /dev/urandom >&2",
        "printf '\\n%s 0\\nroot::0:0::/:/bin/sh\\n\\n%s = 0\\n' " + " ".join(["0" * 32] * 2),
        "printf '\\033]0;owned\\007\\033[2J'",
    ],
)
def test_garbage_before_and_after_the_answer(before: str, honest: Mapping[str, Reading]) -> None:
    with sshd(f"ForceCommand {before}; $SSH_ORIGINAL_COMMAND; {before}") as one:
        assert seen_of(one) == honest


def test_a_forged_frame_and_nuls_are_content(tmp_path: Path) -> None:
    mark = "0" * 32
    forged = f"\n{mark} 0\nforged\n{mark} = 0\n\n{mark} .\n"
    (tmp_path / "forged").write_text(forged)
    (tmp_path / "nuls").write_bytes(b"a\0b\0\0c\n\0")
    with sshd() as one:
        nuls, text = File(str(tmp_path / "nuls")), File(str(tmp_path / "forged"))
        both = Files(f"{tmp_path}/*")
        said = seen_of(one, Command(f"cat {tmp_path}/forged"), text, nuls, both, Command("echo last"))
    assert said[text.key] == said[f"command:cat {tmp_path}/forged"] == Text(forged)
    assert said[nuls.key] == Text("a\0b\0\0c\n\0")
    together = said[both.key]
    assert isinstance(together, Text)
    assert "a\\u0000b\\u0000\\u0000c" in together.text
    assert said["command:echo last"] == Text("last\n")


@pytest.mark.parametrize(
    ("command", "told", "megabytes"),
    [
        # Of one host 64 MB are kept, which parsing has a second time, and what they are collected in grows by copies.
        ("exec yes", "the answer is longer than everything that was asked", 280),
        ("exec cat /dev/zero", "the answer is longer than everything that was asked", 280),
        ("exec yes >&2", "no answer within the time limit of the scan", 80),
        ("exec cat /dev/zero >&2", "no answer within the time limit of the scan", 80),
    ],
)
def test_endless_output(command: str, told: str, megabytes: int, server: Sshd) -> None:
    with sshd(f"ForceCommand {command}") as one:
        for file in ("known_hosts",):
            (one.folder / file).write_text((one.folder / file).read_text() + (server.folder / file).read_text())
        taken, seconds, reasons = measured(one.port, one.folder, 6)
    assert reasons == told
    assert taken < megabytes << 10
    assert seconds < 12


# What the target's administrator has set up


def test_sudo_without_a_password_works(tmp_path: Path, honest: Mapping[str, Reading]) -> None:
    rules = f"{SCANNER} ALL=(root) NOPASSWD: ALL\n"
    with sshd(user=SCANNER, changes=with_scanner(tmp_path, rules)) as one:
        said = one.host(privilege=Privilege.SUDO).read([*ASKED, Command("id -u")])
        assert said["command:id -u"] == Text("0\n")


SUDO: dict[str, tuple[str, str, str]] = {
    "asks for a password": (
        f"{SCANNER} ALL=(root) ALL\n",
        "",
        r"^sudo on the target does not run the script: sudo: a password is required$",
    ),
    "no rule": ("root ALL=(ALL) ALL\n", "", r"^sudo on the target does not run the script: .*password is required"),
    "another command only": (
        f"{SCANNER} ALL=(root) NOPASSWD: /usr/bin/true\n",
        "",
        r"^sudo on the target does not run the script: .*(a password is required|is not allowed to execute)",
    ),
    "denied by name": (
        f"{SCANNER} ALL=(root) NOPASSWD: ALL, !/usr/bin/sh, !/bin/sh\n",
        "",
        r"^sudo on the target does not run the script: Sorry, user \w+ is not allowed to execute '/usr/bin/sh -s' as root",
    ),
    "needs a terminal": (
        f"Defaults requiretty\n{SCANNER} ALL=(root) NOPASSWD: ALL\n",
        "",
        r"^sudo on the target does not run the script: sudo: sorry, you must have a tty to run sudo$",
    ),
    "rules that are broken": (
        "this is no rule %%%\n",
        "",
        r"^sudo on the target does not run the script: .*",
    ),
    "without its right to become root": (
        f"{SCANNER} ALL=(root) NOPASSWD: ALL\n",
        "mount --bind /usr/bin /usr/bin; mount -o remount,bind,nosuid /usr/bin",
        r"^sudo on the target does not run the script: sudo: .*(setuid|uid 0|nosuid)",
    ),
    "may not be run": (
        f"{SCANNER} ALL=(root) NOPASSWD: ALL\n",
        "mount --bind /dev/null /usr/bin/sudo",
        r"^sudo on the target does not run the script: .*sudo: (Permission denied|not found)$",
    ),
}


@pytest.mark.parametrize("which", SUDO)
def test_sudo_that_does_not(which: str, tmp_path: Path) -> None:
    rules, change, told = SUDO[which]
    changes = f"{with_scanner(tmp_path, rules)}; {change or ':'}"
    with sshd(user=SCANNER, changes=changes) as one:
        unseen(one.host(privilege=Privilege.SUDO), told, within=8, label="permission_denied")


def test_sudo_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/sh").symlink_to("/bin/sh")
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    with sshd(f"SetEnv PATH={tmp_path}/bin", user=SCANNER, changes=with_scanner(tmp_path, "")) as one:
        told = r"^sudo on the target does not run the script: .*sudo: (command )?not found$"
        unseen(one.host(privilege=Privilege.SUDO), told, within=8, label="permission_denied")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (
            "ForceCommand echo This account is currently not available.; exit 1",
            r"^no shell ran the script there: This account",
        ),
        ("ForceCommand exit 0", r"^no shell ran the script there, and nothing was said: "),
        ("ForceCommand internal-sftp", r"^no shell ran the script there|^no answer within"),
        ("ForceCommand sleep 60", r"^no answer within the time limit of the scan$"),
        ("ForceCommand kill -9 $$", r"^no shell ran the script there|^the connection ended before the answer$"),
        ("MaxSessions 0", r"^the login works, but no command may be run there \(.+\)$"),
    ],
)
def test_a_login_that_gives_no_shell(setting: str, told: str) -> None:
    with sshd(setting) as one:
        unseen(one.host(4), told, within=7)


FULL = """
mount --bind {folder} /srv
mount -t tmpfs -o size=64k none /tmp
mkdir -p {folder}
mount --bind /srv {folder}
mount -t tmpfs -o size=64k,mode=755 none /run
mkdir /run/sshd
for place in /var /root /home; do mount -t tmpfs -o size=64k none $place; done
for place in /tmp /run /var /root /home; do cat /dev/zero >$place/full 2>/dev/null || true; done
"""


def test_a_full_disk_is_nothing_to_us(honest: Mapping[str, Reading]) -> None:
    """Nothing is written on a target, so there need not be room."""
    writing = [Command(f"sh -c 'echo x >{place}/x'") for place in ("/tmp", "/run", "/var", "/root", "/home")]
    with sshd(changes=FULL) as one:
        said = seen_of(one, *ASKED, *writing)
    for each in writing:
        full = said[each.key]
        assert isinstance(full, Unread)
        assert "No space left on device" in full.reason or "I/O error" in full.reason, full
    assert {key: said[key] for key in honest} == honest


# The end of the other side


WAITING: tuple[Source, ...] = (
    Command("echo first"),
    File("/etc/passwd"),
    Command("sleep 30", seconds=40),
    Command("echo last"),
)


def killed(one: Sshd, kill: Callable[[list[psutil.Process]], None]) -> None:
    """Kill once the script is waiting for its third answer; what came before stays."""
    said: dict[str, Reading] = {}
    asking = threading.Thread(target=lambda: said.update(one.host(20).read(WAITING)))
    asking.start()
    until(lambda: any(each.name() == "sleep" for each in alive(one)), 10)
    time.sleep(0.3)
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


def of_names(*names: str) -> Callable[[list[psutil.Process]], None]:
    def kill(processes: list[psutil.Process]) -> None:
        chosen = [each for each in processes if each.name() in names]
        assert {each.name() for each in chosen} == set(names)
        for each in chosen:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()

    return kill


@pytest.mark.parametrize("names", [("sshd",), ("sh", "sleep")])
def test_the_session_is_killed(names: tuple[str, ...]) -> None:
    with sshd() as one:
        killed(one, of_names(*names))


def test_a_shell_that_is_killed_and_leaves_a_child_behind_takes_no_longer_than_the_scan() -> None:
    with sshd() as one:
        said: dict[str, Reading] = {}
        asking = threading.Thread(target=lambda: said.update(one.host(4).read(WAITING)))
        asking.start()
        until(lambda: any(each.name() == "sleep" for each in alive(one)), 4)
        begun = time.monotonic()
        of_names("sh")(alive(one))
        asking.join(20)
        assert time.monotonic() - begun < 6
        assert said["command:echo first"] == Text("first\n")
        assert isinstance(said["command:echo last"], Unread)


def test_the_target_reboots() -> None:
    with sshd() as one:

        def kill(processes: list[psutil.Process]) -> None:
            one.kill()

        killed(one, kill)
        unseen(one.host(), r"not reached: Connection refused \(3 tries\)$", within=5, label="unreachable")
        one.start()
        assert one.host().read([WAITING[0]]) == {"command:echo first": Text("first\n")}


def test_a_server_that_turns_away_whom_it_has_no_room_for(honest: Mapping[str, Reading]) -> None:
    """MaxStartups (sshd_config(5)) drops connections while others are logging in: who comes again is let in."""
    with sshd("MaxStartups 2:100:2", "LoginGraceTime 60") as one, Way(one.port) as way:
        one.known_at(way.port)
        with contextlib.ExitStack() as slow:
            for _ in range(2):
                slow.enter_context(socket.create_connection((LOOPBACK, one.port))).recv(100)
            told = r"^127\.0\.0\.1 port \d+: no SSH connection: .+ \(2 tries\)$"
            unseen(one.host(port=way.port, retries=1), told, within=5, label="unreachable")
            assert way.connections == 2
            leaving = threading.Timer(0.3, slow.pop_all().close)
        leaving.start()
        assert one.host(30, port=way.port, retries=5).read(ASKED) == honest
        assert way.connections > 3, "it was not turned away"
        assert "MaxStartups" in one.told()
        leaving.join()


def test_a_crowd_at_a_server_that_drops_at_random(honest: Mapping[str, Reading]) -> None:
    with sshd("MaxStartups 1:50:4") as one, Way(one.port) as way:
        one.known_at(way.port)
        said: list[Mapping[str, Reading]] = []
        asking = [
            threading.Thread(target=lambda: said.append(one.host(60, port=way.port, retries=10).read(ASKED)))
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
    unseen(server.host(2, port=way.port, retries=10), r"\(\d tries\)$", within=3.5, label="unreachable")
    assert time.monotonic() - begun < 3
    assert 2 <= way.connections <= 4


# Many


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
