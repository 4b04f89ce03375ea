"""What stands between the login and the script: other shells, noise, and commands that an account is held to."""

import re
from collections.abc import Iterator

import pytest

from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Command, File, Files, Stat
from tests.ssh_hosts import SUDO, USER, SshHost, ssh_host

pytestmark = pytest.mark.real

OS = File("/etc/os-release")
GONE = File("/etc/there/is/none")
SOURCES = (
    OS,
    GONE,
    File("/etc/gshadow"),
    Files("/etc/pam.d/*"),
    Stat("/etc/passwd", "/etc/there-is-none"),
    Command("id -un"),
    Command("sh -c 'echo out; echo err >&2; exit 3'", ok=(3,)),
)


@pytest.fixture(scope="module")
def target() -> Iterator[SshHost]:
    with ssh_host(packages="busybox tcsh fish", sudoers=SUDO) as host:
        yield host


def read(host: SshHost, user: str = USER, privilege: str = "none") -> dict[str, Reading]:
    return dict(host.transport(user, privilege).read(SOURCES))


def is_read(readings: dict[str, Reading], user: str) -> None:
    """Everything came through, and says what it should."""
    assert isinstance(readings[OS.key], Text)
    assert readings[GONE.key] == Absent(GONE.path)
    assert readings["command:id -un"] == Text(f"{user}\n")
    assert readings[SOURCES[-1].key] == Text("out\n")
    assert isinstance(readings[SOURCES[3].key], Text)
    assert isinstance(readings[SOURCES[4].key], Text)
    shadow = readings["file:/etc/gshadow"]
    assert isinstance(shadow, Text) if user == "root" else shadow == Unread("/etc/gshadow: permission denied")


def is_told(readings: dict[str, Reading], why: str) -> None:
    """Nothing was seen, and the one reason says why."""
    assert readings.keys() == {source.key for source in SOURCES}
    (said,) = set(readings.values())
    assert isinstance(said, Unread)
    assert re.search(why, said.reason), said.reason
    assert said.reason.isprintable()


@pytest.mark.parametrize("shell", ["/bin/dash", "/bin/bash", "/usr/bin/tcsh", "/usr/bin/fish", "/usr/local/bin/sh"])
def test_login_shells(target: SshHost, shell: str) -> None:
    target.running.run("ln", "-sf", "/bin/busybox", "/usr/local/bin/sh")  # ash, and the first sh on the way
    try:
        target.running.run("chsh", "-s", shell, USER)
        is_read(read(target), USER)
        is_read(read(target, privilege="sudo"), "root")
    finally:
        target.running.run("chsh", "-s", "/bin/bash", USER)
        target.running.remove("/usr/local/bin/sh")


def test_busybox_as_the_shell_of_the_system(target: SshHost) -> None:
    target.running.run("ln", "-sf", "busybox", "/bin/sh")
    try:
        target.running.run("chsh", "-s", "/bin/sh", USER)
        is_read(read(target), USER)
        is_read(read(target, privilege="sudo"), "root")
    finally:
        target.running.run("chsh", "-s", "/bin/bash", USER)
        target.running.run("ln", "-sf", "dash", "/bin/sh")


@pytest.mark.parametrize("missing", [["timeout"], ["timeout", "setsid"]])
def test_a_target_without_timeout(target: SshHost, missing: list[str]) -> None:
    for name in missing:
        target.running.path(f"/usr/bin/{name}").rename(target.running.path(f"/usr/bin/no-{name}"))
    try:
        is_read(read(target), USER)
        slow = Command("sleep 30", seconds=1)
        seen = target.transport().read([slow, OS])
    finally:
        for name in missing:
            target.running.path(f"/usr/bin/no-{name}").rename(target.running.path(f"/usr/bin/{name}"))
    assert seen[slow.key] == Unread("sleep 30: no answer within 1 s")


def test_a_target_without_head_is_not_seen(target: SshHost) -> None:
    target.running.path("/usr/bin/head").rename(target.running.path("/usr/bin/no-head"))
    try:
        readings = read(target)
    finally:
        target.running.path("/usr/bin/no-head").rename(target.running.path("/usr/bin/head"))
    stat = SOURCES[4].key  # needs none
    assert [key for key, one in readings.items() if not isinstance(one, Unread)] == [GONE.key, stat]


NOISE = """
printf 'out without a line end'; echo; echo 'Welcome, all is monitored'
echo 'err' >&2; printf '\\033[31mred\\033[0m without a line end' >&2
for i in 1 2 3 4 5 6 7 8 9; do echo "$i 0123456789abcdef = 0"; echo "$i: No such file or directory" >&2; done
"""


def test_noise_of_all_kinds(target: SshHost) -> None:
    running = target.running
    for place in (".bashrc", ".profile", ".bash_profile"):
        running.write(f"/home/{USER}/{place}", NOISE)
        running.write(f"/root/{place}", NOISE)
    running.write("/etc/profile.d/noise.sh", NOISE)
    running.write("/etc/noise.sh", NOISE)
    bashrc = running.read("/etc/bash.bashrc")
    running.write("/etc/bash.bashrc", NOISE)
    running.write("/etc/motd", "Message of the day\n" * 100)
    running.write("/etc/issue.net", "Banner \033[2J\n" * 100)
    try:
        target.configure(
            "Banner /etc/issue.net\nPrintMotd yes\nSetEnv BASH_ENV=/etc/noise.sh ENV=/etc/noise.sh POSIXLY_CORRECT=1\n"
        )
        for shell in ("/bin/bash", "/bin/dash", "/usr/bin/tcsh"):
            running.run("chsh", "-s", shell, USER)
            is_read(read(target), USER)
        is_read(read(target, "root"), "root")
        is_read(read(target, privilege="sudo"), "root")
    finally:
        running.run("chsh", "-s", "/bin/bash", USER)
        for place in (f"/home/{USER}/.bashrc", "/root/.bashrc", "/etc/motd", "/etc/profile.d/noise.sh"):
            running.remove(place)
        running.write("/etc/bash.bashrc", bashrc)
        target.configure("")


@pytest.mark.parametrize("eats", ["cat", "read line", "head -n 2 >/dev/null", "head -c 1000 >/dev/null"])
def test_a_login_that_reads_the_script_leaves_nothing_half_read(target: SshHost, eats: str) -> None:
    target.running.write(f"/home/{USER}/.bashrc", f"{eats}\n")
    try:
        is_told(read(target), "^no shell ran the script there")
    finally:
        target.running.remove(f"/home/{USER}/.bashrc")


def test_a_login_that_never_ends_its_greeting(target: SshHost) -> None:
    target.running.write(f"/home/{USER}/.bashrc", "exec yes greetings\n")
    try:
        is_told(read(target), "^the answer is longer than everything that was asked$")
    finally:
        target.running.remove(f"/home/{USER}/.bashrc")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("ForceCommand echo no\n", r"^no shell ran the script there: no$"),
        ("ForceCommand printf '\\033[31mno\\a'\n", r"^no shell ran the script there: \\x1b\[31mno\\x07$"),
        ("ForceCommand cat\n", r"^no shell ran the script there"),
        ("ForceCommand /bin/false\n", r"^no shell ran the script there, and nothing was said: .*SFTP"),
        (
            "ForceCommand internal-sftp\n",
            r"^no shell ran the script there: This service allows sftp connections only\.$",
        ),
        ("ForceCommand /nowhere/at/all\n", r"^no shell ran the script there: .*No such file or directory$"),
        ("MaxSessions 0\n", r"^the login works, but no command may be run there"),
        ("ChrootDirectory /var/empty-root\n", r"^no shell ran the script there: .*No such file or directory"),
    ],
)
def test_what_the_server_holds_us_to(target: SshHost, settings: str, why: str) -> None:
    target.running.run("mkdir", "-p", "/var/empty-root")
    try:
        target.configure(settings)
        is_told(read(target), why)
    finally:
        target.configure("")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ('command="echo limited"', r"^no shell ran the script there: limited$"),
        ('restrict,command="uptime"', r"^no shell ran the script there: .*load average"),
        ('from="192.0.2.99"', rf"denies {USER} the login"),
        ('expiry-time="20200101"', rf"denies {USER} the login"),
    ],
)
def test_what_the_key_is_held_to(target: SshHost, options: str, why: str) -> None:
    public = target.key.with_name("key.pub").read_text()
    try:
        target.authorize(USER, f"{options} {public}")
        is_told(read(target), why)
        target.authorize(USER, f"restrict {public}")
        is_read(read(target), USER)
    finally:
        target.authorize(USER, public)


@pytest.mark.parametrize(
    ("shell", "why"),
    [
        ("/usr/sbin/nologin", r"^no shell ran the script there: This account is currently not available\.$"),
        ("/bin/false", r"^no shell ran the script there, and nothing was said: .*SFTP"),
        ("/usr/lib/openssh/sftp-server", r"^no shell ran the script there"),
        ("/nowhere/shell", rf"denies {USER} the login"),
    ],
)
def test_accounts_without_a_shell(target: SshHost, shell: str, why: str) -> None:
    target.running.run("usermod", "-s", shell, USER)
    try:
        is_told(read(target), why)
    finally:
        target.running.run("usermod", "-s", "/bin/bash", USER)


def test_a_restricted_shell_that_may_run_nothing(target: SshHost) -> None:
    target.add_user("caged", "/bin/rbash")
    is_read(read(target, "caged"), "caged")
    target.running.write("/home/caged/.bashrc", "PATH=$HOME/bin\n")
    is_told(read(target, "caged"), "^no shell ran the script there: .*sh: command not found$")
    is_told(read(target, "caged", "sudo"), "^sudo on the target does not run the script: .*sudo: command not found$")


def test_what_does_not_matter(target: SshHost) -> None:
    target.add_user("homeless", home=False)
    target.running.run("usermod", "-d", "/home/was/never", "homeless")
    is_read(read(target, "homeless"), "homeless")
    try:
        target.configure("PermitTTY no\nAllowTcpForwarding no\nDisableForwarding yes\n")
        is_read(read(target), USER)
        target.running.write("/etc/nologin", "back at noon\n")
        is_told(read(target), f"denies {USER} the login|the connection was closed")
        is_read(read(target, "root"), "root")
    finally:
        target.running.remove("/etc/nologin")
        target.configure("")
