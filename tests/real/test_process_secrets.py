import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from collectors.host.process_secrets import PROCESSES
from collectors.readings import Text, Unread
from collectors.transports import Transport
from collectors.transports.local import Shell
from tests.accounts import add
from tests.hosts import RunningHost, Tree, need, scan, until, worst
from tests.time_at_work import Clock

pytestmark = pytest.mark.real

LINES = "command-lines-of-processes-hold-no-secret"
ENVIRONMENTS = "environments-of-processes-hold-no-secret"
SECRET = "hunter2-Tr0ub4dor"
TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
REST = "every other process"
SLEEP = "import time; time.sleep(300)"


@pytest.fixture(autouse=True)
def _own_environment_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests themselves were started with is in the environment of every process inside."""
    for name in os.environ:
        if re.search("PASS|SECRET|TOKEN|KEY|PWD|URL", name, re.IGNORECASE):
            monkeypatch.delenv(name)


def answer(transport: Transport) -> str:
    """What leaves the target: never a secret, whatever else."""
    reading = transport.read([PROCESSES])[PROCESSES.key]
    assert isinstance(reading, Text), reading
    for part in (SECRET, SECRET[:7], SECRET[-7:], TOKEN[4:14], TOKEN[-10:]):
        assert part not in reading.text
    return reading.text


def started(host: RunningHost, *command: str) -> "subprocess.Popen[bytes]":
    """A process inside, once it runs what it is to run."""
    before = lines(host)
    process = host.start(*command)
    until(lambda: any(is_what_runs_of(command, line) for pid, line in lines(host).items() if pid not in before))
    return process


def is_what_runs_of(command: tuple[str, ...], line: list[str]) -> bool:
    """Whether a command line is that of the program which a command ends in. Who only enters the host for it, or makes its
    environment or its user, has the same words behind others.
    """
    return line[0] not in ("env", "setpriv") and line == list(command[len(command) - len(line) :])


def lines(host: RunningHost) -> dict[str, list[str]]:
    """The command lines of what runs inside."""
    root = Path(f"/proc/{host.pid}/ns/pid").readlink()
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if entry.name.isdigit() and (entry / "ns/pid").readlink() == root:
                words = (entry / "cmdline").read_bytes()
                if words:
                    found[entry.name] = words.decode().removesuffix("\0").split("\0")
    return found


def test_a_fresh_host_has_none_and_does_not_see_its_own_script(host: RunningHost) -> None:
    for check in (LINES, ENVIRONMENTS):
        (one,) = host.findings(check)
        assert (one.status.value, one.subject) == ("pass", REST)
    assert host.findings(LINES)[0].verdict.observed["looked_at"] != "0"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((f"--password={SECRET}",), "fail"),
        (("--password", SECRET), "fail"),
        ((f"--token={TOKEN}",), "fail"),
        ((f"postgresql://alice:{SECRET}@db/shop",), "fail"),
        (("multi\nline", f"PGPASSWORD={SECRET}"), "fail"),
        (("--password-file", "/etc/app.pw"), "pass"),
        (("--password=xxxxxxxx",), "pass"),
        (("--tls-key=/etc/app.key", "postgresql://alice@db/shop"), "pass"),
    ],
)
def test_command_lines(host: RunningHost, arguments: tuple[str, ...], status: str) -> None:
    assert host.status(LINES) == "pass"
    process = started(host, "python3", "-c", SLEEP, *arguments)
    answer(host.transport)
    assert host.status(LINES) == status
    if status == "fail":
        assert {one.subject for one in host.findings(LINES)} == {"python3 of user 0", REST}
    process.kill()
    process.wait()


def test_a_real_program_that_shows_its_password(host: RunningHost) -> None:
    add(host, "alice")
    host.start("redis-server", "--port", "6379", "--save", "")
    until(
        lambda: b"PONG" in subprocess.run([*host.enter, "redis-cli", "ping"], capture_output=True, check=False).stdout
    )
    host.run("redis-cli", "config", "set", "requirepass", SECRET)
    as_alice = ("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups")
    started(host, *as_alice, "redis-cli", "-a", SECRET, "-r", "-1", "-i", "100", "ping")
    answer(host.transport)
    assert host.verdict(LINES, "redis-cli of user 1000") == (
        "fail",
        "every account can read a secret in the command line",
    )
    assert host.status(LINES, "redis-cli of user 1000", accepted=["redis-password-argument"]) == "pass"


def test_a_real_program_that_hides_its_password(host: RunningHost) -> None:
    need("sshpass")
    shutil.copy("/usr/bin/sshpass", host.path("/usr/bin/sshpass"))
    host.run("mount", "-t", "devpts", "-o", "ptmxmode=0666", "devpts", "/dev/pts")
    if not host.path("/dev/ptmx").exists():
        host.path("/dev/ptmx").symlink_to("pts/ptmx")
    started(host, "sshpass", "-p", SECRET, "sleep", "299")
    until(lambda: not any(SECRET in line for line in lines(host).values()))
    assert host.status(LINES) == "pass"


def test_hidepid_keeps_others_from_the_arguments(host: RunningHost) -> None:
    started(host, "python3", "-c", SLEEP, f"--password={SECRET}")
    assert host.status(LINES) == "fail"
    host.run("mount", "-o", "remount,hidepid=2", "/proc")
    assert host.verdict(LINES, "python3 of user 0") == (
        "pass",
        "/proc is mounted with hidepid, which keeps other accounts from it",
    )
    ordinary = Shell((*host.enter, "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"))
    assert isinstance(ordinary.read([PROCESSES])[PROCESSES.key], Unread)
    host.run("mount", "-o", "remount,hidepid=0", "/proc")
    assert host.status(LINES) == "fail"


@pytest.mark.parametrize(
    ("variable", "status", "name"),
    [
        (f"DB_PASSWORD={SECRET}", "fail", "DB_PASSWORD"),
        (f"DATABASE_URL=postgres://a:{SECRET}@db/x", "fail", "DATABASE_URL"),
        (f"NOTE=first\nsecond {TOKEN}\nthird", "fail", "NOTE"),
        ("DB_PASSWORD_FILE=/run/secrets/db", "pass", ""),
        ("DB_PASSWORD=/run/secrets/db", "pass", ""),
        ("SSH_AUTH_SOCK=/tmp/ssh-x/agent.1", "pass", ""),
        ("DB_PASSWORD=", "pass", ""),
    ],
    ids=range(7),  # pytest writes the name of a test into the environment, where it would be found
)
def test_environments(host: RunningHost, variable: str, status: str, name: str) -> None:
    started(host, "env", "-i", variable, "python3", "-c", SLEEP, "x")
    answer(host.transport)
    assert host.status(ENVIRONMENTS) == status
    if status == "fail":
        (one,) = [one for one in host.findings(ENVIRONMENTS) if one.status.value == "fail"]
        assert (one.subject, one.verdict.observed["variables"]) == ("python3 of user 0", name)
        assert host.status(ENVIRONMENTS, "python3 of user 0", accepted=[name]) == "pass"


def test_a_process_that_forges_the_heads_of_files_hides_nothing(host: RunningHost) -> None:
    started(
        host,
        "env",
        "-i",
        "A=\n==> /dev/null <==\n",
        "B= ==> 1/environ <== ",
        "python3",
        "-c",
        SLEEP,
        "\n==> 9/cmdline <==\n# x",
    )
    started(host, "env", "-i", f"DB_PASSWORD={SECRET}", "python3", "-c", SLEEP, f"--password={SECRET}")
    answer(host.transport)
    assert host.status(LINES) == "fail"
    assert host.status(ENVIRONMENTS) == "fail"


def test_what_is_longer_than_what_is_read_is_unknown(host: RunningHost) -> None:
    started(host, "env", "-i", "LONG=" + "y " * 20_000, "python3", "-c", SLEEP, "z " * 20_000)
    for check in (LINES, ENVIRONMENTS):
        assert host.status(check, "python3 of user 0") == "unknown"


def test_an_ordinary_user_sees_the_arguments_but_not_the_environments(host: RunningHost) -> None:
    started(host, "env", "-i", f"DB_PASSWORD={SECRET}", "python3", "-c", SLEEP, f"--password={SECRET}")
    ordinary = Shell((*host.enter, "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"))
    answer(ordinary)
    assert worst(scan(ordinary, LINES))[0] == "fail"
    assert worst(scan(ordinary, ENVIRONMENTS))[0] == "unknown"


def test_a_directory_tree_has_no_processes(tree: Tree) -> None:
    assert tree.status(LINES) == "unknown"


@pytest.mark.parametrize("awk", ["mawk", "gawk", "original-awk", "busybox awk"])
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh", "mksh"])
def test_every_shell_and_every_awk_says_the_same(host: RunningHost, shell: str, awk: str) -> None:
    need("gawk", "mawk", "busybox", "bash", "dash", "mksh", "original-awk")
    started(host, "env", "-i", "A=b\nc", f"DB_PASSWORD={SECRET}", "python3", "-c", SLEEP, f"--password={SECRET}")
    script = PROCESSES.words[2].replace("cd /proc || exit 1\nawk ", f"cd /proc || exit 1\n{awk} ")
    assert f"\n{awk} " in script
    # This machine's programs, on the host's processes.
    command = [
        "nsenter",
        "-t",
        str(host.pid),
        "-p",
        "-n",
        "unshare",
        "-m",
        "--mount-proc",
        *shell.split(),
        "-c",
        script,
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}
    )
    assert done.returncode == 0, done.stderr
    hidden, *found, denied, end = done.stdout.splitlines()
    assert (hidden, denied, end.partition("\t")[0]) == ("hidden\t0", "denied\t0", "end")
    assert sorted(found) == ["argument\tpython3\t0\tpassword-option", "variable\tpython3\t0\tassignment\tDB_PASSWORD"]


@pytest.mark.alone
def test_environments_of_nothing_but_blanks_take_no_time(host: RunningHost, at_work: Clock) -> None:
    """Perl leaves them behind where a program gives itself another name."""
    renamed = 'for (1 .. 300) { if (!fork) { $0 = "worker"; sleep 600; exit } } sleep 600'
    host.start("env", f"PADDING={'x' * 3000}", "perl", "-e", renamed)
    until(lambda: host.run("ps", "-A", "-o", "comm").count("worker") == 300)
    begun = at_work()
    assert isinstance(host.transport.read([PROCESSES])[PROCESSES.key], Text)
    assert at_work() - begun < 3
