"""The ways to a shell: what happens when there is none, when it dies, and when it will not end."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from collectors.readings import Absent, Text, Unread
from collectors.sources import Command, File, Native, Stat
from collectors.transports.local import Chroot, Shell
from tests.descriptors import descriptors
from tests.hosts import until
from tests.time_at_work import time_at_work

PLAIN = Command("echo plain")
PROCESSES = Native("processes", Command("ps -A -o comm=", live=True))
BATTERY = Native("battery", Command("sh -c 'cat /sys/class/power_supply/*/type 2>/dev/null || true'"))


def test_a_shell_on_this_machine_answers() -> None:
    assert Shell().read([PLAIN, File("/etc/nothing-there")]) == {
        "command:echo plain": Text("plain\n"),
        "file:/etc/nothing-there": Absent("/etc/nothing-there"),
    }


def test_nothing_asked_is_nothing_answered() -> None:
    assert Shell().read([]) == {}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("/nowhere/ssh", "host"), "No such file"),
        (("/etc/passwd",), "ermission denied"),
        (("sh", "-c", "echo Connection refused >&2; exit 255"), "Connection refused"),
        (("sh", "-c", "exit 0"), "ended before the answer"),
        (("sh", "-c", "kill -9 $$"), "ended before the answer"),
        (("sh", "-c", "printf '\\033[2Jred' >&2"), "\\x1b[2Jred"),
        (("sh", "-c", "head -c 100; exit 1"), "ended before the answer"),
        (("sh", "-c", "exec sleep 60"), "no answer within"),
        (("sh", "-c", "trap '' TERM; while :; do sleep 60; done"), "no answer within"),
        (("sh", "-c", "exec yes"), "longer than everything"),
        (("sh", "-c", "yes >&2"), "no answer within"),
    ],
)
def test_a_shell_that_does_not_answer_leaves_everything_unseen(command: tuple[str, ...], reason: str) -> None:
    seconds = 1 if reason == "no answer within" else 60  # whoever says something may take a while to say it
    with time_at_work() as taken:
        readings = Shell(command, seconds).read([PLAIN, File("/etc/passwd"), Stat("/etc/passwd")])
        assert taken() < 6
    assert len(readings) == 3
    for reading in readings.values():
        assert isinstance(reading, Unread)
        assert reason in reading.reason
        assert reading.reason.isprintable()


def test_what_was_answered_in_time_stays_when_the_rest_is_late() -> None:
    slow = Command("sleep 20", seconds=30)
    readings = Shell(seconds=5).read([PLAIN, slow, File("/etc/passwd")])
    assert readings[PLAIN.key] == Text("plain\n")
    assert isinstance(readings[slow.key], Unread)
    assert isinstance(readings["file:/etc/passwd"], Unread)


def test_a_child_that_keeps_the_pipe_open_is_not_waited_for(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    begun = time.monotonic()
    lingering = f'"$0" "$@"; sleep 300 & echo $! >{noted}'
    assert Shell(("sh", "-c", lingering), seconds=30).read([PLAIN]) == {PLAIN.key: Text("plain\n")}
    assert time.monotonic() - begun < 10
    until(lambda: not psutil.pid_exists(int(noted.read_text())))


def test_a_child_that_goes_on_writing_is_not_listened_to_for_ever() -> None:
    begun = time.monotonic()
    noisy = '"$0" "$@"; (while :; do echo more; sleep 0.01; done) &'
    assert Shell(("sh", "-c", noisy), seconds=60).read([PLAIN]) == {PLAIN.key: Text("plain\n")}
    assert time.monotonic() - begun < 20


def test_standard_error_that_comes_late_is_waited_for() -> None:
    """As that of a command that passes on what another machine or a container says, each stream by itself."""
    late = '{ "$0" "$@" 2>&1 >&3 3>&- | { sleep 1.5; cat >&2; }; } 3>&1'
    assert Shell(("sh", "-c", late), seconds=60).read([PLAIN, File("/etc/nothing-there")]) == {
        PLAIN.key: Text("plain\n"),
        "file:/etc/nothing-there": Absent("/etc/nothing-there"),
    }


def test_no_pipe_and_no_child_is_left_over() -> None:
    opened, children = descriptors(), set(psutil.Process().children())  # a server that other tests ask
    for command in ((), ("sh", "-c", "exec sleep 60"), ("/nowhere",)):
        Shell(command, seconds=0.3).read([PLAIN])
    assert descriptors() <= opened
    assert set(psutil.Process().children()) <= children


def test_a_directory_tree_does_not_run() -> None:
    sources = [File("/proc/uptime"), Command("uptime", live=True), PROCESSES]
    for reading in Chroot(Path("/")).read(sources).values():
        assert reading == Unread("a directory tree does not run")


@pytest.mark.real
def test_a_tree_that_is_none_is_not_seen(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("empty", "nothing", "file"):
        (reading,) = Chroot(tmp_path / name).read([File("/etc/passwd")]).values()
        assert isinstance(reading, Unread)
        assert "chroot" in reading.reason


@pytest.mark.real
def test_a_tree_needs_root(tmp_path: Path) -> None:
    program = (
        "import os\nfrom pathlib import Path\nfrom collectors.sources import File\n"
        "from collectors.transports.local import Chroot\nos.setuid(65534)\n"
        "print(Chroot(Path('/')).read([File('/etc/passwd')]))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert "Unread" in said.stdout
    assert "needs root" in said.stdout


def test_psutil_and_the_shell_tell_the_same() -> None:
    native, asked = Shell(native=True).read([PROCESSES, BATTERY]), Shell().read([PROCESSES, BATTERY])
    assert native[BATTERY.key] == asked[BATTERY.key] or isinstance(native[BATTERY.key], Text)
    here, there = native[PROCESSES.key], asked[PROCESSES.key]
    assert isinstance(here, Text)
    assert isinstance(there, Text)
    assert "pytest" in here.text or "python" in here.text
    ours = psutil.Process(1).name()[:15]
    assert ours in here.text.split("\n")
    assert ours in there.text.split("\n")


def test_a_native_question_without_an_answer_goes_to_the_shell() -> None:
    unheard = Native("unheard-of", Command("echo from the shell", live=True))
    assert Shell(native=True).read([unheard]) == {unheard.key: Text("from the shell\n")}


@pytest.mark.real
def test_a_list_of_processes_with_the_others_hidden_is_none(tmp_path: Path) -> None:
    program = (
        "import os\nfrom collectors.sources import Command, Native\nfrom collectors.transports.local import Shell\n"
        "import psutil\nos.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\n"
        "print(Shell(native=True).read([Native('processes', Command('ps -A', live=True))]))"
    )
    inside = 'mount -t proc -o hidepid=2 proc /proc && "$0" -c "$1"; exit $?'
    said = subprocess.run(
        ["unshare", "-m", "-p", "-f", "sh", "-c", inside, sys.executable, program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path.cwd(),
    )
    assert "hidepid" in said.stdout


@pytest.mark.alone
def test_how_long_each_source_took_is_told() -> None:
    slow, quick = Command("sleep 0.4"), File("/etc/passwd")
    answers = Shell().read([quick, slow])
    assert 0.3 < answers.seconds[slow.key] < 3
    assert answers.seconds[quick.key] < answers.seconds[slow.key]
