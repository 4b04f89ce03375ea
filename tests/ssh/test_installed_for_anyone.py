"""Whoever may start the installed script gets nothing out of it but what it tells."""

import re
import subprocess
from pathlib import Path

import pytest

from collectors.readings import Text, Unread
from collectors.transports.ssh.access import INSTALLED_PATH
from tests import hosts
from tests.ssh_hosts import USER, SshHost
from tests.ssh_installed import MADE, MARK, RULE, SCRIPT, as_scanner, install, read, same_or_unread, understood


@pytest.fixture
def host(installed_host: SshHost) -> SshHost:
    return installed_host


@pytest.mark.real
@pytest.mark.parametrize(
    "words",
    [
        "id",
        "sh",
        "-s",
        "-i",
        "-u daemon {path}",
        "-g shadow {path}",
        "-e {path}",
        "{path} x",
        "{path} -x",
        "{path} --",
        "/usr/local/libexec/../libexec/wispwatch-read x",
        "/bin/sh {path}",
        "env {path}",
        "PATH=/tmp {path}",
        "-E {path}",
        "-C 20 {path}",
        "-D /tmp {path}",
        "-R /tmp {path}",
    ],
)
def test_the_account_can_run_nothing_else_as_root(host: SshHost, words: str) -> None:
    done = as_scanner(host, f"sudo -n {words.format(path=INSTALLED_PATH)}")
    assert done.returncode == 1
    assert b"sudo: " in done.stderr
    assert MARK.encode() not in done.stdout
    assert b"uid=" not in done.stdout


LINES = {
    "nothing": b"",
    "no line break": MARK.encode(),
    "short": MARK[1:].encode() + b"\n",
    "long": MARK.encode() + b"0\n",
    "upper case": MARK.upper().encode() + b"\n",
    "two line breaks": MARK[1:].encode() + b"\n\n",
    "carriage return": MARK.encode() + b"\r\n",
    "null byte": MARK.encode() + b"\0",
    "null byte within": MARK[:16].encode() + b"\0" + MARK[16:].encode() + b"\n",
    "blank": b" " + MARK[1:].encode() + b"\n",
    "command": b"$(touch /root/owned);touch /root/\n",
    "quote": b"';touch /root/owned;'aaaaaaaaaaa\n",
    "format": b"%s%s%s%s%n%n%n%n%n%n%n%n%n%n%n%n\n",
    "not ascii": "é".encode() * 16 + b"\n",
    "endless": b"\0" * 3_000_000,
    "endless digits": b"0" * 3_000_000,
}


@pytest.mark.real
@pytest.mark.parametrize("line", sorted(LINES))
def test_any_other_line_is_refused(host: SshHost, line: str) -> None:
    done = as_scanner(host, f"sudo -n {INSTALLED_PATH}", LINES[line])
    assert done.returncode == 64
    assert done.stderr.splitlines()[-1] == b"wispwatch-read: takes one line of 32 hexadecimal digits"
    assert done.stdout == b""
    assert not host.running.path("/root/owned").exists()


@pytest.mark.real
def test_what_follows_the_line_is_not_run(host: SshHost) -> None:
    done = as_scanner(host, f"sudo -n {INSTALLED_PATH}", f"{MARK}\ntouch /root/owned\nexit\n".encode())
    assert sum(isinstance(one, Text) for one in understood(done).values()) > 90
    assert not host.running.path("/root/owned").exists()


@pytest.mark.real
def test_arguments_are_refused_where_the_rule_lets_them_through(host: SshHost) -> None:
    host.running.write("/etc/sudoers.d/test", RULE.replace(' ""', ""), 0o440)
    for words in ("x", "0", "''", "-c id", "0 /tmp/other", "--help"):
        done = as_scanner(host, f"sudo -n {INSTALLED_PATH} {words}")
        assert (done.returncode, done.stdout) == (64, b"")
        assert b"takes no arguments" in done.stderr


EVIL = """#!/bin/sh
echo "$0" >>/tmp/was-run
exit 0
"""
ENVIRONMENT = {
    "PATH": "/tmp/evil:.:",
    "IFS": "/s",
    "ENV": "/tmp/evil/rc",
    "BASH_ENV": "/tmp/evil/rc",
    "SHELLOPTS": "xtrace:noexec",
    "BASHOPTS": "extdebug",
    "PS4": "$(touch /tmp/was-run)",
    "CDPATH": "/tmp",
    "GLOBIGNORE": "*",
    "LD_PRELOAD": "/tmp/evil/lib.so",
    "LD_LIBRARY_PATH": "/tmp/evil",
    "LC_ALL": "tr_TR.UTF-8",
    "LANGUAGE": "de",
    "LOCPATH": "/tmp/evil",
    "POSIXLY_CORRECT": "1",
    "TMPDIR": "/tmp/evil",
    "HOME": "/tmp/evil",
    "PERL5LIB": "/tmp/evil",
    "PERL5OPT": "-MEvil",
    "PYTHONPATH": "/tmp/evil",
    "PYTHONINSPECT": "1",
    "OPENSSL_CONF": "/tmp/evil/rc",
    "APT_CONFIG": "/tmp/evil/rc",
    "SYSTEMD_PAGER": "/tmp/evil/head",
    "M": "0",
    "K": "",
    "B": "touch /tmp/was-run",
    "F": "%n",
    "again": "0",
    "limit": "/tmp/evil/head",
    "newline": "0",
    "refuse": "0",
    "BASH_FUNC_printf%%": "() { touch /tmp/was-run; }",
    "BASH_FUNC_exec%%": "() { touch /tmp/was-run; }",
    "BASH_FUNC_[%%": "() { touch /tmp/was-run; }",
    "BASH_FUNC_head%%": "() { touch /tmp/was-run; }",
}


def evil(host: SshHost) -> None:
    programs = "awk cat env head id printf readlink sed sh sha256sum stat sudo timeout tr"
    for name in (*programs.split(), "rc", "Evil.pm", "sitecustomize.py", "[", "libselinux.so.1"):
        host.running.write(f"/tmp/evil/{name}", EVIL, 0o755)
    host.running.path("/tmp").chmod(0o1777)
    host.running.path("/tmp/was-run").unlink(missing_ok=True)


def bring_busybox(host: SshHost) -> None:
    """Once: a program that still runs somewhere cannot be written over."""
    hosts.need("busybox")
    if not host.running.path("/bin/busybox").exists():
        host.running.write("/bin/busybox", Path("/bin/busybox").read_bytes(), 0o755)


@pytest.mark.real
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
@pytest.mark.parametrize("defaults", ["env_reset", "!env_reset, setenv, !secure_path"])
def test_the_environment_and_the_folder_have_no_say(host: SshHost, shell: str, defaults: str) -> None:
    evil(host)
    bring_busybox(host)
    host.running.write("/etc/sudoers.d/test", f"Defaults {defaults}\n{RULE}", 0o440)
    host.running.run("ln", "-sf", shell, "/bin/sh")
    expected = read(host)
    given = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    command = [
        *host.running.enter,
        "setpriv",
        "--reuid=1000",
        "--regid=1000",
        "--clear-groups",
        "env",
        "-C",
        "/tmp/evil",
    ]
    words = [*command, "-i", *given, "/usr/bin/sudo", "-n", INSTALLED_PATH]
    try:
        done = subprocess.run(words, input=f"{MARK}\n".encode(), capture_output=True, check=False, timeout=100)
    finally:
        host.running.run("ln", "-sf", "dash", "/bin/sh")
    assert not host.running.path("/tmp/was-run").exists()
    unread = same_or_unread(understood(done), expected)
    assert unread == {key for key, reading in expected.items() if isinstance(reading, Unread)}


@pytest.mark.real
@pytest.mark.parametrize("streams", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_a_closed_stream_ends_it(host: SshHost, streams: str) -> None:
    """Started by root himself, so that sudo does not open them again."""
    before = host.running.run("sh", "-c", "find /etc /usr/local -type f -exec sha256sum {} +")
    done = subprocess.run(
        [*host.running.enter, "sh", "-c", f"exec {INSTALLED_PATH} {streams}"],
        input=f"{MARK}\n".encode(),
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert done.returncode != 0
    assert done.stdout == b""
    assert host.running.run("sh", "-c", "find /etc /usr/local -type f -exec sha256sum {} +") == before
    through_sudo = as_scanner(host, f"sudo -n {INSTALLED_PATH} {streams}")
    same_or_unread(understood(through_sudo), read(host))


@pytest.mark.real
@pytest.mark.parametrize(
    "limit",
    ["-n 3", "-n 5", "-n 7", "-n 12", "-f 0", "-v 3000", "-v 8000", "-s 64", "-d 500", "-t 1", "-u 0", "-c unlimited"],
)
def test_under_a_tiny_limit_nothing_is_told_that_is_not_so(host: SshHost, limit: str) -> None:
    expected = read(host)
    same_or_unread(understood(as_scanner(host, f"ulimit {limit}; exec sudo -n {INSTALLED_PATH}")), expected)


@pytest.mark.real
@pytest.mark.parametrize("signals", ["PIPE", "CHLD", "TERM INT HUP QUIT", "TTIN TTOU TSTP"])
def test_ignored_signals_change_nothing_that_is_told(host: SshHost, signals: str) -> None:
    expected = read(host)
    done = as_scanner(host, f"trap '' {signals}; exec sudo -n {INSTALLED_PATH}")
    same_or_unread(understood(done), expected)


@pytest.mark.real
def test_whoever_reads_no_answer_leaves_nothing_running(host: SshHost) -> None:
    as_scanner(host, f"sudo -n {INSTALLED_PATH} | head -c 100")
    hosts.until(lambda: SCRIPT not in host.running.run("ps", "-A", "-o", "args="))


@pytest.mark.real
def test_it_waits_for_its_line_no_longer_than_a_minute(host: SshHost) -> None:
    assert b"timeout 60" in MADE.script
    slow = MADE.script.replace(b"timeout 60", b"timeout 1")
    install(host, slow)
    done = as_scanner(host, f"sleep 8 | sudo -n {INSTALLED_PATH}; echo ${{PIPESTATUS[1]}}")
    assert done.stdout == b"64\n"


CANARY = "Zanzibar-7f3a"


@pytest.mark.real
def test_a_link_in_a_home_shows_nothing_of_what_it_leads_to(host: SshHost) -> None:
    """What root alone may read, in every form that something here reads, behind every name that it reads in a home."""
    running = host.running
    lines = [
        f"{CANARY}",
        f"password={CANARY}",
        f"set key {CANARY}",
        f"ssh-ed25519 {CANARY} {CANARY}",
        f"command={CANARY}",
        f"machine {CANARY} login {CANARY} password {CANARY}",
        f"path={CANARY}",
        f"[{CANARY}]",
        f"Exec={CANARY}",
        f"umask {CANARY}",
        f"export {CANARY}={CANARY}",
    ]
    running.write("/root/secret", "\n".join(lines) + "\n", 0o600)
    names = set(re.findall(r"[\"' /](\.[a-zA-Z][A-Za-z0-9._/-]+)", MADE.script.decode()))
    assert {".pgpass", ".ssh/authorized_keys", ".bash_history"} <= names
    home = running.path(f"/home/{USER}")
    for name in sorted(names):
        path = home / name
        if path.parent.is_symlink() or any(
            parent.is_symlink() for parent in path.parents if parent.is_relative_to(home)
        ):
            continue
        if not path.exists() and not path.is_symlink():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to("/root/secret")
    running.run("chown", "-Rh", f"{USER}:{USER}", f"/home/{USER}")
    running.run("ln", "-sf", "/root/secret", "/tmp/dump.sql")
    done = as_scanner(host, f"sudo -n {INSTALLED_PATH}")
    readings = understood(done)
    assert sum(isinstance(one, Text) for one in readings.values()) > 90
    assert CANARY.encode() not in done.stdout + done.stderr
    assert isinstance(readings["command:secrets in files"], Text)


@pytest.mark.real
def test_no_program_of_the_account_is_run_as_root(host: SshHost) -> None:
    """Processes with the names of servers, started by the account from its own files."""
    running = host.running
    names = "mysqld mariadbd redis-server postgres sshd nginx apache2 exim4 Xvnc x11vnc dockerd mongod smbd slapd snmpd named"
    for name in names.split():
        running.write(f"/home/{USER}/bin/{name}", running.path("/bin/sleep").read_bytes(), 0o755, (1000, 1000))
        running.start("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", f"/home/{USER}/bin/{name}", "100")
    all_of_them = {f"/home/{USER}/bin/{name}" for name in names.split()}
    hosts.until(
        lambda: all_of_them <= {line.split()[0] for line in running.run("ps", "-A", "-o", "args=").splitlines()}
    )
    # Each program is replaced on disk by one that tells who runs it.
    for name in names.split():
        place = running.path(f"/home/{USER}/bin/{name}")
        place.unlink()
        running.write(f"/home/{USER}/bin/{name}", "#!/bin/sh\nid -u >>/tmp/who-ran\n", 0o755, (1000, 1000))
    done = as_scanner(host, f"sudo -n {INSTALLED_PATH}")
    assert sum(isinstance(one, Text) for one in understood(done).values()) > 90
    assert not running.path("/tmp/who-ran").exists()
