"""The script on several shells and against hostile targets: nothing that could not be seen becomes an answer."""

import json
import os
import random
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Command, File, Files, Register, Source, Stat
from collectors.transports import answers, shell
from collectors.transports.local import run
from tests.collectors.transports.worlds import KINDS, ORDINARY, World, build
from tests.hosts import until

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def base(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp(kind) / "base"
            build(made[kind], kind)
        return made[kind]

    return base


@pytest.fixture(params=sorted(KINDS))
def world(request: pytest.FixtureRequest, bases: Callable[[str], Path], tmp_path: Path) -> World:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 1:
            parent.chmod(parent.stat().st_mode | 0o011)
    root = tmp_path / "root"
    subprocess.run(["cp", "-al", str(bases(request.param)), str(root)], check=True)
    return World(root, request.param)


def script(text: str, **options: object) -> Command:
    return Command(shlex.join(["sh", "-c", text]), name=text[:40], **options)  # type: ignore[arg-type]


ODD: dict[str, Callable[[World, Path], None]] = {
    "missing": lambda world, path: None,
    "dangling link": lambda world, path: path.symlink_to("/etc/nowhere"),
    "below a file": lambda world, path: path.symlink_to("/etc/plain/below"),
    "link to itself": lambda world, path: path.symlink_to(path.name),
    "fifo": lambda world, path: os.mkfifo(path),
    "device": lambda world, path: path.symlink_to("/dev/zero"),
    "directory": lambda world, path: path.mkdir(),
    "forbidden": lambda world, path: (path.write_text("secret"), path.chmod(0o600))[1],
    "link into a forbidden directory": lambda world, path: path.symlink_to("/root/plain"),
}


def expected(odd: str, user: int) -> tuple[type[Reading], str]:
    if odd in ("missing", "dangling link", "below a file"):
        return Absent, ""
    if odd == "link to itself":
        return Unread, "ymbolic links"
    if odd in ("fifo", "device", "directory"):
        return Unread, "not a regular file"
    return (Unread, "permission denied") if user else (Text, "secret")


@pytest.mark.parametrize("user", [0, ORDINARY])
def test_a_file_is_text_or_not_there_or_not_seen(world: World, user: int) -> None:
    world.write("/etc/plain", "secret")
    world.write("/root/plain", "secret")
    sources = []
    for number, (_, make) in enumerate(ODD.items()):
        make(world, world.path(f"/etc/odd/file{number}"))
        sources.append(File(f"/etc/odd/file{number}"))
    readings = world.ask(*sources, File("/etc/plain"), File("/root/nothing"), user=user)
    for odd, reading in zip(ODD, readings, strict=False):
        kind, said = expected(odd, user)
        assert isinstance(reading, kind), (odd, reading)
        assert said in str(reading).lower(), odd
    assert readings[-2] == Text("secret")
    assert isinstance(readings[-1], Unread if user else Absent)


@pytest.mark.parametrize("user", [0, ORDINARY])
@pytest.mark.parametrize("odd", sorted(ODD))
def test_files_are_seen_whole_or_not_at_all(world: World, odd: str, user: int) -> None:
    world.write("/etc/plain", "secret")
    world.write("/root/plain", "secret")
    world.write("/etc/odd.d/1.conf", "one")
    ODD[odd](world, world.path("/etc/odd.d/2.conf"))
    listed, statted = world.ask(Files("/etc/odd.d/*.conf"), Stat("/etc/odd.d/*.conf"), user=user)
    both = {"/etc/odd.d/1.conf": "one", "/etc/odd.d/2.conf": "secret"}
    unseen = odd == "link to itself" or (user and "forbidden" in odd)
    if unseen:
        assert isinstance(listed, Unread), listed
    else:
        assert isinstance(listed, Text), listed
        assert json.loads(listed.text) == (both if "forbidden" in odd else {"/etc/odd.d/1.conf": "one"})
    if odd == "link to itself" or (user and odd == "link into a forbidden directory"):
        assert isinstance(statted, Unread), statted
    else:
        assert isinstance(statted, Text), statted
        there = odd not in ("missing", "dangling link", "below a file")
        assert len(Stat("/x").understand(statted.text)) == 1 + there


def test_an_empty_directory_and_a_missing_one_hold_no_file(world: World) -> None:
    world.path("/etc/empty.d/x")
    sources = [kind(f"/etc/{name}.d/*.conf") for kind in (Files, Stat) for name in ("empty", "missing")]
    assert all(isinstance(reading, Absent) for reading in world.ask(*sources))


def test_a_directory_that_is_closed_hides_nothing_in_silence(world: World) -> None:
    for home, mode in (("ann", 0o755), ("bo", 0o700)):
        world.write(f"/home/{home}/.ssh/authorized_keys", f"key of {home}")
        world.path(f"/home/{home}").chmod(mode)
    world.write("/root/x.d/1.conf")
    world.path("/etc/x.d").symlink_to("/root/x.d")
    world.path("/etc/loop.d").symlink_to("loop.d")
    world.write("/etc/list/1.conf")
    world.path("/etc/list").chmod(0o711)
    patterns = ("/home/*/.ssh/authorized_keys", "/root/x.d/*.conf", "/etc/x.d/*.conf", "/etc/list/*.conf")
    sources = [kind(pattern) for kind in (Files, Stat) for pattern in patterns]
    assert [type(one) for one in world.ask(*sources, user=ORDINARY)] == [Unread] * 8
    assert [type(one) for one in world.ask(*sources)] == [Text] * 8
    loops = world.ask(Files("/etc/loop.d/*.conf"), Stat("/etc/loop.d/*.conf"), File("/etc/loop.d/1.conf"))
    assert [type(one) for one in loops] == [Unread] * 3


@pytest.mark.parametrize(
    "name",
    [
        "with blanks",
        "with\ttab",
        "with\nbreak",
        "\x1b[31mred\x1b[0m",
        "no such file",
        "'\"$(touch x)`*",
        "-rf",
        "é\\x41",
    ],
)
def test_a_name_of_a_file_is_never_more_than_a_name(world: World, name: str) -> None:
    world.write(f"/etc/n.d/{name}", "text")
    world.write("/etc/n.d/plain", "text")
    files, stats = world.ask(Files("/etc/n.d/*"), Stat("/etc/n.d/*"))
    assert isinstance(files, Text)
    assert json.loads(files.text) == {f"/etc/n.d/{name}": "text", "/etc/n.d/plain": "text"}
    if "\n" in name:
        assert isinstance(stats, Unread)
    else:
        assert isinstance(stats, Text)
        assert {mode.path for mode in Stat("/x").understand(stats.text)} == {f"/etc/n.d/{name}", "/etc/n.d/plain"}


@pytest.mark.parametrize("name", ["a: No such file or directory", "a: Permission denied\nb: No such file or directory"])
def test_a_name_cannot_pass_for_an_error_message(world: World, name: str) -> None:
    world.write(f"/etc/n.d/{name}/key")
    world.path(f"/etc/n.d/{name}").chmod(0o700)
    world.write("/etc/n.d/good/key")
    for reading in world.ask(Files("/etc/n.d/*/key"), Stat("/etc/n.d/*/key"), user=ORDINARY):
        assert isinstance(reading, Unread)
        assert "\n" not in reading.reason


def test_a_name_cannot_pass_for_a_line_of_stat(world: World) -> None:
    world.write("/etc/n.d/x\n81a4:0:0:root:root:5:0:")
    world.write("/etc/n.d/plain")
    assert isinstance(world.ask(Stat("/etc/n.d/*"))[0], Unread)


def test_names_of_owners_may_have_blanks(world: World) -> None:
    world.write("/etc/passwd", "CORP\\ann lee:x:4000:4000::/:/bin/sh\n")
    world.write("/etc/group", "domain users:x:4000:\n")
    path = world.write("/etc/n.d/plain", "12345", 0o2640)
    os.chown(path, 4000, 4000)
    path.chmod(0o2640)
    world.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\n")
    for library in Path("/lib/x86_64-linux-gnu").glob("libnss_files*"):
        world.write(str(library), library.read_bytes())
    (reading,) = world.ask(Stat("/etc/n.d/*"))
    assert isinstance(reading, Text)
    (mode,) = Stat("/x").understand(reading.text)
    assert (mode.owner, mode.group) == ("CORP\\ann lee", "domain users")
    assert (mode.permissions, mode.uid, mode.size, mode.kind) == (0o2640, 4000, 5, "file")


def test_bounds_are_exact(world: World) -> None:
    world.write("/etc/at", "x" * 100)
    world.write("/etc/over", "x" * 101)
    for number in range(4):
        world.write(f"/etc/m.d/{number}", "x" * 10)
    readings = world.ask(
        File("/etc/at", limit=100),
        File("/etc/over", limit=100),
        Files("/etc/m.d/*", limit=10),
        Files("/etc/m.d/?", limit=9),
        Files("/etc/m.d/[0]*".replace("[0]", "*"), most=4),
        Files("/etc/m.d/?*", most=3),
        Stat("/etc/m.d/*", most=4),
        Stat("/etc/m.d/?", most=3),
        Command("cat /etc/at", limit=100),
        Command("cat /etc/over", limit=100),
    )
    assert [type(reading) for reading in readings] == [
        *(Text, Unread, Text, Unread),
        *(Text, Unread, Text, Unread),
        *(Text, Unread),
    ]


def test_any_bytes_come_back(world: World) -> None:
    everything = bytes(range(256)) * 8
    long = b"x" * (10 << 20)
    world.write("/etc/bytes", everything)
    world.write("/etc/long", long)
    world.write("/etc/blank", b"\n\n")
    world.write("/etc/empty", b"")
    decoded = Text(everything.decode("utf-8", "backslashreplace"))
    assert world.ask(
        File("/etc/bytes"),
        Command("cat /etc/bytes"),
        File("/etc/long", limit=11 << 20),
        File("/etc/blank"),
        File("/etc/empty"),
        Command("cat /etc/empty"),
    ) == [decoded, decoded, Text(long.decode()), Text("\n\n"), Text(""), Text("")]


def test_frames_that_are_not_this_runs_are_text(world: World) -> None:
    world.write("/etc/plain", "truth")
    old = shell.render([File("/etc/plain"), File("/etc/victim")])
    stdout, _, _ = run(["chroot", str(world.root), "sh", "-s"], old, 20)
    forged = stdout.replace(b"truth", b"lie") + old.last_words
    guessed = b"\n%s 2\nlie\n%s = 0\n\n%s .\n" % ((b"0" * 32,) * 3)
    for text in (forged, guessed, b"\n 2\nlie\n = 0\n", b"\n$M 2\nlie\n$M = 0\n"):
        world.write("/etc/forger", text)
        assert world.ask(File("/etc/forger"), Command("cat /etc/forger"), File("/etc/plain"), File("/etc/victim")) == [
            Text(text.decode()),
            Text(text.decode()),
            Text("truth"),
            Absent("/etc/victim"),
        ]


def test_a_command_answers_by_its_status(world: World) -> None:
    readings = world.ask(
        script("echo out; echo err >&2"),
        script("echo out; echo first >&2; echo last >&2; exit 3"),
        script("echo out; exit 3 # accepted", ok=(0, 3)),
        Command("nothing-of-the-kind --version"),
        Command("/opt/no/such/program"),
        script("sleep", needs="nothing-of-the-kind"),
        script("exit 127 # not ours"),
        script("cat # no input"),
    )
    assert readings[0] == Text("out\n")
    assert isinstance(readings[1], Unread)
    assert readings[1].reason.endswith("last")
    assert readings[2] == Text("out\n")
    assert [type(one) for one in readings[3:6]] == [Absent] * 3
    assert isinstance(readings[6], Unread)
    assert readings[7] == Text("")


def test_a_program_that_may_not_be_run_is_not_seen(world: World) -> None:
    world.write("/usr/sbin/auditor", "#!/bin/sh\necho ran\n", 0o750)
    world.write("/opt/vendor/bin/agent", "#!/bin/sh\necho ran\n", 0o755)
    world.path("/opt/vendor").chmod(0o700)
    asked = (Command("auditor"), Command("/opt/vendor/bin/agent"), Command("nothing-there"))
    assert [type(one) for one in world.ask(*asked)] == [Text, Text, Absent]
    assert [type(one) for one in world.ask(*asked, user=ORDINARY)] == [Unread, Unread, Absent]
    world.path("/usr/sbin").chmod(0o700)
    assert [type(one) for one in world.ask(*asked, user=ORDINARY)] == [Unread] * 3


HOSTILE = {
    "hangs": "echo begun; sleep 300",
    "ignores TERM": "trap '' TERM INT HUP; while :; do sleep 300; done",
    "floods": "yes",
    "floods standard error": "yes >&2",
    "floods both": "yes & yes >&2",
    "leaves a child that holds the pipes": "sleep 300 & echo done",
    "leaves a child that writes": "(sleep 1.2; yes 'late lie') & echo done",
    "is silent and fails": "exit 9",
    "kills itself": "kill -9 $$",
    "writes control characters": "printf '\\033[2J\\033]0;owned\\007' >&2; exit 1",
}


@pytest.mark.parametrize("hostile", sorted(HOSTILE))
def test_one_bad_command_changes_no_other_reading(world: World, hostile: str) -> None:
    world.write("/etc/plain", "truth")
    begun = time.monotonic()
    before, bad, *after = world.ask(
        script("echo before"),
        script(HOSTILE[hostile], seconds=1, limit=50_000),
        script("sleep 0.3; echo after", seconds=20),
        script("echo wrong >&2; sleep 0.3; exit 4"),
        File("/etc/plain"),
        Stat("/etc/missing"),
    )
    assert time.monotonic() - begun < 12
    assert before == Text("before\n")
    assert isinstance(bad, Unread), bad
    assert bad.reason.isprintable()
    if world.kind == "nothing" and "late" not in hostile and after[0] != Text("after\n"):
        # Nothing there can end a whole group of processes: what follows a command that hangs is not asked.
        assert all(isinstance(one, Unread) for one in after)
        return
    assert after[0] == Text("after\n")
    assert isinstance(after[1], Unread)
    assert after[1].reason.endswith("wrong")
    assert after[2:] == [Text("truth"), Absent("/etc/missing")]
    if world.kind != "nothing":
        until(lambda: world.processes() == [])


def test_a_child_in_a_session_of_its_own_holds_no_one_up(world: World) -> None:
    bad, good = world.ask(script("setsid sleep 4 & echo done", seconds=1), script("echo good"))
    # Where there is no setsid, there is no such child either.
    assert bad == Text("done\n") if world.kind == "nothing" else isinstance(bad, Unread)
    assert good == Text("good\n")


def test_a_warning_of_some_length_does_not_break_a_command(world: World) -> None:
    (reading,) = world.ask(
        script(
            "i=0; while [ $i -lt 60 ]; do echo 'a warning of some forty characters......' >&2; i=$((i+1)); done; echo out"
        )
    )
    assert reading == Text("out\n")


def test_a_banner_changes_nothing(world: World) -> None:
    world.write("/etc/plain", "truth")
    request = shell.render([File("/etc/plain"), File("/etc/missing"), Stat("/etc/missing")])
    loud = 'printf "Welcome to \\033[31mtarget\\n\\n"; echo "No such file or directory" >&2; exec chroot "$0" sh -s'
    stdout, stderr, cut = run(["sh", "-c", loud, str(world.root)], request, 20)
    assert cut == ""
    readings = list(answers.parse(request, stdout, stderr).values())
    assert readings == [Text("truth"), Absent("/etc/missing"), Absent("/etc/missing")]


SOURCES: list[Source] = [
    File("/etc/plain"),
    File("/etc/missing"),
    File("/root/plain"),
    Files("/etc/two.d/*.conf"),
    Files("/etc/closed.d/*.conf"),
    Stat("/etc/two.d/*.conf", "/etc/missing"),
    Stat("/etc/closed.d/1.conf"),
    Command("cat /etc/plain"),
    Command("cat /root/plain"),
    Command("nothing-there"),
    Stat("/etc/nothing"),
]


def answered(world: World) -> tuple[shell.Request, bytes, bytes]:
    world.write("/etc/plain", "truth\n")
    world.write("/root/plain", "truth\n")
    world.write("/etc/two.d/1.conf", "one")
    world.write("/etc/two.d/2.conf", "two")
    world.write("/etc/closed.d/1.conf", "three")
    world.path("/etc/closed.d").chmod(0o700)
    request = shell.render(SOURCES)
    command = ["chroot", f"--userspec={ORDINARY}:{ORDINARY}", str(world.root), "sh", "-s"]
    stdout, stderr, cut = run(command, request, 20)
    assert cut == ""
    return request, stdout, stderr


def test_an_answer_that_is_cut_anywhere_is_never_another_answer(world: World) -> None:
    request, stdout, stderr = answered(world)
    whole = answers.parse(request, stdout, stderr)
    kinds = [Text, Absent, Unread, Text, Unread, Text, Unread, Text, Unread, Absent, Absent]
    assert [type(one) for one in whole.values()] == kinds
    cut = Unread("cut")
    for out, err in (
        *((stdout[:length], stderr) for length in range(len(stdout))),
        *((stdout, stderr[:length]) for length in range(len(stderr))),
        *((stdout[length:], stderr) for length in range(0, len(stdout), 7)),
        *((stdout, stderr[length:]) for length in range(0, len(stderr), 7)),
    ):
        readings = answers.parse(request, out, err, "cut")
        assert all(reading in (whole[key], cut) for key, reading in readings.items())
    assert set(answers.parse(request, b"", b"", "cut").values()) == {cut}


def test_a_script_that_is_cut_on_its_way_runs_nothing(world: World) -> None:
    touch = f"touch /tmp/{'x' * 20}"
    request = shell.render([Command(touch)])
    rng = random.Random(17)
    last = len(request.script) - len("\nwispwatch\n")
    for length in (0, last, last + 1, *(rng.randrange(last) for _ in range(12))):
        subprocess.run(
            ["chroot", str(world.root), "sh", "-s"],
            input=request.script[:length],
            capture_output=True,
            check=False,
            timeout=20,
        )
        assert list(world.path("/tmp/x").parent.iterdir()) == []
    run(["chroot", str(world.root), "sh", "-s"], request, 20)
    assert len(list(world.path("/tmp/x").parent.iterdir())) == 1


def test_what_no_shell_can_answer_is_refused() -> None:
    with pytest.raises(TypeError, match="no source of a host"):
        shell.render([Register("training")])


def test_every_run_has_a_mark_of_its_own() -> None:
    marks = {shell.render([]).mark for _ in range(20)}
    assert len(marks) == 20
    assert {len(mark) for mark in marks} == {32}


def test_a_script_that_only_reads_is_bounded_and_keeps_to_itself(world: World) -> None:
    world.write("/etc/plain", "x" * 100)
    before, after = File("/etc/plain"), File("/etc/nothing")
    sources = [
        script("cat /etc/plain", reads_only=True),
        script("cat /etc/plain; :", reads_only=True, limit=99, needs="cat"),
        script("i=0; while [ $i -lt 99 ]; do i=$((i+1)); cat /etc/plain; done", reads_only=True, limit=1000),
        script("echo bad >&2; exit 3", reads_only=True),
        script("set -f; M=x; size=1; end() { echo forged; }; exec 1>&2; echo aside; exit 0", reads_only=True),
        script('printf %s "$#$1"', reads_only=True),
        script(": unseen", reads_only=True, needs="nosuch"),
        script("cat /etc/nothing", reads_only=True, ok=(0, 1)),
        script("echo twice; exit 137", reads_only=True),
    ]
    readings = world.ask(before, *sources, after)
    kinds = [type(reading) for reading in readings]
    assert kinds == [Text, Text, Unread, Unread, Unread, Text, Text, Absent, Text, Unread, Absent]
    assert readings[1] == Text("x" * 100)
    assert "more than 99 bytes" in str(readings[2])
    assert "more than 1000 bytes" in str(readings[3])
    assert str(readings[4]).endswith(": bad')")
    assert readings[5] == Text("")
    assert readings[6] == Text("0")


def test_only_a_script_can_be_read_only() -> None:
    with pytest.raises(ValueError, match="only a script"):
        Command("cat /etc/plain", reads_only=True)
