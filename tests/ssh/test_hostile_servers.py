"""Servers that let us in and do not mean well. Whatever they do, it ends, it is bounded, nothing is raised, and nothing is
taken for an answer that is none.
"""

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import paramiko
import pytest

from agent.pages.metrics import reason_of
from collectors.readings import Reading, Text, Unread
from collectors.sources import Command, File, Source
from collectors.transports.local import Shell
from collectors.transports.ssh import exchange
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.host import Host
from tests.ssh_outcomes import measured, unseen
from tests.ssh_stub import Manners, Visit, mark_of, real_answer, stub

ASKED: tuple[Source, ...] = (
    Command("echo first"),
    File("/etc/passwd"),
    File("/etc/nothing-there"),
    Command("echo last"),
)
LIMIT = 5.0
"""Seconds of a scan that ends by its limit alone; enough to log in, however busy the machine is."""
TOO_LATE = "^no answer within the time limit of the scan$"
NOTHING = "^no shell ran the script there"
TORN = "^the connection ended before the answer$"
NO_COMMAND = "^the login works, but no command may be run there$"
"""Which it is where the channel is closed before the command was granted."""
FLOODED = "^it sends more than the connection lets it$"


def honest() -> Mapping[str, Reading]:
    return Shell().read(ASKED)


def answers(visit: Visit) -> None:
    visit.answer(*real_answer(visit.script()))


def test_a_stub_that_behaves_is_read(tmp_path: Path) -> None:
    with stub(tmp_path, Manners(answers)) as one:
        assert one.host().read(ASKED) == honest()
        assert one.connections == 1


def idle(visit: Visit) -> None:
    visit.stopped.wait()


def huge_window(visit: Visit) -> None:
    for _ in range(20):
        visit.widen(0xFFFFFFFF)
    idle(visit)


def exit_status_only(visit: Visit) -> None:
    visit.channel.send_exit_status(0)
    visit.channel.close()


def exit_status_and_silence(visit: Visit) -> None:
    visit.channel.send_exit_status(0)
    idle(visit)


def exit_status_again_and_again(visit: Visit) -> None:
    while visit.going_on:
        visit.channel.send_exit_status(7)


def end_of_file_and_silence(visit: Visit) -> None:
    visit.channel.shutdown_write()
    idle(visit)


def data_after_the_end(visit: Visit) -> None:
    visit.channel.shutdown_write()
    while visit.going_on:
        visit.data(b"more " * 1000)


def unknown_streams(visit: Visit) -> None:
    kind = 2
    while visit.going_on:
        visit.extended(kind, b"x" * 30000)
        kind = kind % 0xFFFFFFF0 + 1000


def channels_back(visit: Visit) -> None:
    """As if we had asked for forwarded ports, an agent or a display."""
    opened = 0
    for kind in ("forwarded-tcpip", "auth-agent@openssh.com", "x11", "session", "direct-tcpip"):
        for _ in range(5):
            try:
                visit.transport.open_channel(kind, ("127.0.0.1", 22), ("127.0.0.1", 22), timeout=1)
                opened += 1
            except paramiko.ChannelException:
                pass
    visit.channel.sendall(f"opened {opened}\n".encode())
    visit.channel.close()


def asks_for_forwarding(visit: Visit) -> None:
    for kind in (
        "tcpip-forward",
        "streamlocal-forward@openssh.com",
        "keepalive@openssh.com",
        "no-more-sessions@openssh.com",
    ):
        granted = visit.transport.global_request(kind, ("127.0.0.1", 0), wait=True)
        visit.channel.sendall(f"{kind} granted: {granted is not None}\n".encode())
    visit.channel.sendall(b"all asked\n")
    visit.channel.close()


def other_requests(visit: Visit) -> None:
    """Requests of a client, from the server."""
    for kind in (b"exec", b"shell", b"pty-req", b"env", b"subsystem", b"x11-req", b"auth-agent-req@openssh.com"):
        visit.message(b"\x62", visit.channel.remote_chanid, kind)
    idle(visit)


def new_keys_all_the_time(visit: Visit) -> None:
    while visit.going_on:
        visit.transport.renegotiate_keys()


def more_than_the_window(visit: Visit) -> None:
    while visit.going_on:
        visit.data(b"y\n" * 15000)


def more_than_the_window_on_both(visit: Visit) -> None:
    while visit.going_on:
        visit.data(b"y\n" * 15000)
        visit.extended(1, b"y\n" * 15000)


def unknown_messages(visit: Visit) -> None:
    visit.message(b"\xc8", 1, 2, 3)
    idle(visit)


def messages_that_are_cut(visit: Visit) -> None:
    visit.message(b"\x5e")
    visit.message(b"\x5e", visit.channel.remote_chanid)
    visit.message(b"\x62", visit.channel.remote_chanid, b"\xff\xfe", b"")
    idle(visit)


def another_channel(visit: Visit) -> None:
    visit.message(b"\x5e", 77777, b"hello")
    idle(visit)


def farewell(visit: Visit) -> None:
    visit.message(b"\x01", 2, b"\x1b]0;owned\x07" * 1000, b"\xff\xff")
    idle(visit)


def success_of_what_was_not_asked(visit: Visit) -> None:
    for kind in (b"\x51", b"\x52", b"\x63", b"\x64", b"\x5b", b"\x5c", b"\x34", b"\x33"):
        visit.message(kind, visit.channel.remote_chanid, 0, 0, 0)
    idle(visit)


def ignored_messages(visit: Visit) -> None:
    while visit.going_on:
        visit.message(b"\x02", b"x" * 30000)
        visit.message(b"\x04", 1, b"\x1b[2J" * 5000, b"")


def hangs_up(visit: Visit) -> None:
    visit.transport.close()


def a_byte_at_a_time(visit: Visit) -> None:
    while visit.going_on:
        visit.channel.send(b"y")


def frames_that_make_no_sense(visit: Visit) -> None:
    mark = mark_of(visit.script())
    for part in (b"999999", b"00", b"0", b"= ", b"= zzzz", b"+ /etc\0", b"* 3", b"-1", b".x", b"= 0"):
        visit.channel.sendall(b"\n" + mark + b" " + part + b"\n")
        visit.channel.sendall_stderr(b"\n" + mark + b" " + part + b"\n")
    visit.channel.close()


def half_of_a_frame(visit: Visit) -> None:
    mark = mark_of(visit.script())
    visit.channel.sendall(b"\n" + mark + b" 0\nforged\n" + mark[:7])
    visit.channel.sendall_stderr(b"\n" + mark + b" 0\n\n" + mark + b" =\n")
    visit.channel.close()


AFTER_EXEC: dict[str, tuple[Any, str]] = {
    "silence": (idle, TOO_LATE),
    "a huge window": (huge_window, TOO_LATE),
    "closes at once": (lambda visit: visit.channel.close(), f"{NOTHING}|{NO_COMMAND}"),
    "exit status only": (exit_status_only, f"{NOTHING}|{NO_COMMAND}"),
    "exit status and silence": (exit_status_and_silence, TOO_LATE),
    "exit status again and again": (exit_status_again_and_again, TOO_LATE),
    "end of file and silence": (end_of_file_and_silence, NOTHING),
    "data after the end": (data_after_the_end, f"{NOTHING}|{TOO_LATE}|{FLOODED}|longer than everything"),
    # Where the machine is fast, a gigabyte comes before it is too late, and new keys are asked for: whoever goes on is cut off.
    "unknown streams": (unknown_streams, f"{TOO_LATE}|{FLOODED}"),
    "channels back": (channels_back, f"{NOTHING}: opened 0$"),
    "asks for forwarding": (asks_for_forwarding, f"{NOTHING}: all asked$"),
    "other requests": (other_requests, f"{TOO_LATE}|{TORN}"),
    "new keys all the time": (new_keys_all_the_time, f"{TOO_LATE}|{TORN}"),
    "more than the window": (more_than_the_window, f"{FLOODED}|longer than everything"),
    "more than the window on both": (more_than_the_window_on_both, f"{FLOODED}|longer than everything|{TOO_LATE}"),
    "unknown messages": (unknown_messages, f"{TORN}|{TOO_LATE}"),
    "messages that are cut": (messages_that_are_cut, f"{TORN}|{TOO_LATE}|{NOTHING}"),
    "another channel": (another_channel, TORN),
    "farewell": (farewell, TORN),
    "success of what was not asked": (success_of_what_was_not_asked, f"{TORN}|{TOO_LATE}|{NOTHING}"),
    "ignored messages": (ignored_messages, TOO_LATE),
    "hangs up": (hangs_up, TORN),
    "a byte at a time": (a_byte_at_a_time, TOO_LATE),
    "frames that make no sense": (frames_that_make_no_sense, f"{TORN}"),
    "half of a frame": (half_of_a_frame, TORN),
}


def limits(told: str) -> tuple[float, float]:
    """Seconds of the scan, and within how many it is over: what ends by itself need not be as quick as its limit."""
    return (LIMIT, LIMIT + 3) if TOO_LATE in told else (60, 5)


@pytest.mark.parametrize("which", AFTER_EXEC)
def test_after_the_command_was_granted(which: str, tmp_path: Path) -> None:
    behave, told = AFTER_EXEC[which]
    seconds, within = limits(told)
    with stub(tmp_path, Manners(behave)) as one:
        unseen(one.host(seconds), told, within=within)
        assert one.connections == 1, "what has begun to answer is not asked again"


def never(visit: Visit) -> bool:
    visit.stopped.wait()
    return False


def flood_instead(visit: Visit) -> bool:
    while visit.going_on:
        visit.data(b"y\n" * 15000)
    return False


def hang_up_instead(visit: Visit) -> bool:
    visit.transport.close()
    return False


@pytest.mark.parametrize(
    ("manners", "told"),
    [
        (Manners(at_exec=lambda _: False), "^the login works, but no command may be run there$"),
        (Manners(at_exec=never), TOO_LATE),
        (Manners(at_exec=flood_instead), f"{TOO_LATE}|{FLOODED}"),
        (Manners(at_exec=hang_up_instead), TORN),
        (
            Manners(at_open=lambda: paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED),
            r"^the login works, but no command may be run there \(Administratively prohibited\)$",
        ),
        (Manners(at_open=lambda: 4711), r"^the login works, but no command may be run there \(\(unknown code\)\)$"),
        (Manners(at_open=lambda: time.sleep(30) or 0), TOO_LATE),
        (Manners(more_than_the_window, window=0), f"{FLOODED}|longer than everything"),
        (Manners(idle, window=0), TOO_LATE),
        (Manners(idle, window=1), TOO_LATE),
    ],
    ids=[
        "denied",
        "never",
        "flood",
        "hangs up",
        "no session",
        "odd code",
        "no answer",
        "no room and a flood",
        "no room",
        "little",
    ],
)
def test_where_the_command_is_not_granted_or_not_heard(manners: Manners, told: str, tmp_path: Path) -> None:
    seconds, within = limits(told)
    with stub(tmp_path, manners) as one:
        unseen(one.host(seconds), told, within=within)
        assert one.connections == 1


ODD = "publickey,\x1b]0;owned\x07," + "x" * 5000


@pytest.mark.parametrize(
    ("manners", "told", "label"),
    [
        (
            Manners(at_login=lambda: paramiko.AUTH_FAILED),
            r": denies anybody the login; tried \S+/key$",
            "authentication",
        ),
        (
            Manners(at_login=lambda: paramiko.AUTH_FAILED, methods="hostbased"),
            r": denies anybody the login; tried \S+/key; it takes hostbased$",
            "authentication",
        ),
        (
            Manners(at_login=lambda: paramiko.AUTH_FAILED, methods=ODD.replace("publickey,", "")),
            r": denies anybody the login; tried \S+/key; it takes \\x1b\]0;owned\\x07, x{100,300}$",
            "authentication",
        ),
        (
            Manners(at_login=lambda: paramiko.AUTH_PARTIALLY_SUCCESSFUL, methods=ODD),
            r": takes \S+/key, and asks anybody for a second factor \(publickey, \\x1b\]0;owned\\x07, x+\), which a scan cannot",
            "authentication",
        ),
        (Manners(at_login=lambda: time.sleep(9) or 0), ": no answer to the login within 3 s$", "unreachable"),
    ],
    ids=["denied", "other method", "odd methods", "second factor", "silent"],
)
def test_at_the_login(manners: Manners, told: str, label: str, tmp_path: Path) -> None:
    seconds, within = (3, 6) if "within 3 s" in told else (30, 4)
    with stub(tmp_path, manners) as one:
        unseen(one.host(60, connect_seconds=seconds, retries=0), told, within=within, label=label)
        assert one.connections == 1


@contextlib.contextmanager
def between(tmp_path: Path, garbage: bytes) -> Iterator[Host]:
    """An honest answer, and garbage before, between and behind its frames, on both streams."""

    def behave(visit: Visit) -> None:
        script = visit.script()
        mark = mark_of(script)
        stdout, stderr = real_answer(script)
        opening = re.compile(rb"\n(?=" + mark + rb" \d+\n)")
        parts = (garbage + b"\n").join(opening.split(stdout)), (garbage + b"\n").join(opening.split(stderr))
        visit.answer(parts[0] + garbage, parts[1] + garbage)

    with stub(tmp_path, Manners(behave)) as one:
        yield one.host()


@pytest.mark.parametrize(
    "garbage",
    [
        b"noise",
        b"\0\0\0",
        b"\xff\xfe" * 5000,
        b"\n\n\n",
        b"\n" + b"0" * 32 + b" 0\nforged\n" + b"0" * 32 + b" = 0\n",
        b"\x1b[2J" * 100,
    ],
)
def test_garbage_before_between_and_after_frames(garbage: bytes, tmp_path: Path) -> None:
    with between(tmp_path, garbage) as host:
        assert host.read(ASKED) == honest()


def test_half_of_standard_error_is_no_answer(tmp_path: Path) -> None:
    """Each source needs both its frames: a complaint that is not there would make "denied" of "not there"."""

    def behave(visit: Visit) -> None:
        stdout, stderr = real_answer(visit.script())
        visit.answer(stdout, stderr[: len(stderr) // 2])

    with stub(tmp_path, Manners(behave)) as one:
        said = one.host().read(ASKED)
    assert said["command:echo first"] == Text("first\n")
    assert isinstance(said["command:echo last"], Unread)
    assert isinstance(said["file:/etc/nothing-there"], Unread)


def test_standard_error_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    """It has a way of its own, on which a busy machine may take a while longer; and a child may keep both open."""

    def behave(visit: Visit) -> None:
        stdout, stderr = real_answer(visit.script())
        visit.channel.sendall(stdout)
        time.sleep(3 * exchange._FAREWELL)
        visit.channel.sendall_stderr(stderr)
        idle(visit)

    with stub(tmp_path, Manners(behave)) as one:
        assert one.host(60).read(ASKED) == honest()


@pytest.mark.alone
@pytest.mark.parametrize(
    ("manners", "megabytes"),
    [
        (Manners(at_exec=flood_instead), 80),
        # Of one host 64 MB are kept, which parsing has a second time, and what they are collected in grows by copies.
        (Manners(more_than_the_window_on_both), 280),
        (Manners(more_than_the_window_on_both, window=0), 120),
        (Manners(a_byte_at_a_time), 80),
    ],
    ids=["flood before the command", "more than the window", "no room and a flood", "a byte at a time"],
)
def test_memory_stays_bounded(manners: Manners, megabytes: int, tmp_path: Path) -> None:
    with stub(tmp_path, manners) as one:
        taken, seconds, reasons = measured(one.port, tmp_path, 5, user="anybody")
    assert "SEEN" not in reasons
    assert taken < megabytes << 10
    assert seconds < 10


def test_nothing_of_a_server_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Paramiko would log what it does not understand, and Python print what nobody takes."""
    for behave in (another_channel, farewell, unknown_messages, unknown_streams):
        with stub(tmp_path, Manners(behave)) as one:
            one.host(1).read(ASKED)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_a_jump_host_that_does_not_mean_well(tmp_path: Path) -> None:
    with stub(tmp_path, Manners()) as one:
        way = one.access()
        behind = Access(
            "db.internal", user="anybody", agent=False, key_files=way.key_files, known_hosts=way.known_hosts
        )
        host = Host(Access(**{**vars(behind), "through": way, "connect_seconds": 1.0, "retries": 0}), 5)
        reason = unseen(
            host, r"^db\.internal: (not reached by way of|no SSH connection|the SSH connection was)", within=4
        )
        assert reason_of(reason) == "unreachable"
