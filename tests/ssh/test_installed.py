"""The installed script on real hosts: it sees what root sees, and whoever may start it gets nothing else out of it."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.config import Config
from agent.declarations import PersonalInformation, Place
from agent.discover import discover_for
from agent.plan import Selection, plan
from agent.ssh.installed import sources_of
from collectors.readings import Reading, Text, Unread
from collectors.sources import Command, File, Source
from collectors.transports.ssh import installed
from collectors.transports.ssh.access import INSTALLED_PATH, Privilege
from collectors.transports.ssh.host import Host
from tests import hosts
from tests.ssh_hosts import USER, SshHost, ssh_host

ROOT = Path(__file__).parent.parent.parent
RULE = f'{USER} ALL=(root) NOPASSWD: {INSTALLED_PATH} ""\n'
MARK = "0123456789abcdef0123456789abcdef"
SCRIPT = INSTALLED_PATH.rpartition("/")[2]
SOURCES = sources_of(plan(Config(), hosts.catalogue()), "web")
MADE = installed.installed(SOURCES)

# What another run says otherwise, because it is another run: its own processes, and how often a route was used.
OF_THE_RUN = ("native:processes", "command:secrets in processes", "file:/proc/net/ipv6_route")


def wispwatch(*words: str, seed: str = "random") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
    environment.pop("WISPWATCH_CONFIG", None)
    command = [sys.executable, "-W", "error", "-m", "agent", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)


def told(*words: str) -> str:
    done = wispwatch(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


# What is printed


def test_the_script_is_the_same_in_every_process_and_for_every_selection() -> None:
    for seed in ("1", "2"):
        assert wispwatch("target-script", seed=seed).stdout.encode() == MADE.script
    for kinds in ({"ssh"}, {"ssh", "aws"}):
        found = discover_for((), kinds)
        for selection in (Selection(), Selection(checks=("no-account-has-a-vendor-default-password",))):
            chosen = plan(Config(), found, selection)
            assert installed.installed(sources_of(chosen, "any")).digest == MADE.digest
    assert installed.installed(reversed(SOURCES)).digest == MADE.digest
    assert told("target-script", "--digest").strip() == MADE.digest


def test_a_check_that_the_configuration_enables_is_another_script(tmp_path: Path) -> None:
    path = tmp_path / "wispwatch.yaml"
    path.write_text("checks: {no-account-has-a-vendor-default-password: {enabled: true}}\n")
    assert told("target-script", "--digest", "--config", str(path)).strip() != MADE.digest


def test_places_of_personal_information_are_in_the_script_of_their_hosts(tmp_path: Path) -> None:
    path = tmp_path / "wispwatch.yaml"
    path.write_text(
        "ssh: {privilege: installed, user: wisp, installed_path: /opt/wisp/read}\n"
        "personal_information: {places: [{path: /srv/clients, asset: files-*}]}\n"
        "targets: [{name: files-1, kind: ssh}, {name: files-2, kind: ssh}, {name: web-1, kind: ssh}]\n"
    )
    several = wispwatch("target-script", "--config", str(path))
    assert several.returncode == 2
    assert "files-1, files-2" in several.stderr
    one, two, other = (
        told("target-script", "--config", str(path), "--target", name) for name in ("files-1", "files-2", "web-1")
    )
    assert one == two
    assert "/srv/clients" in one
    assert other.encode() == MADE.script
    assert told("target-script", "--config", str(path), "--host", "files-9") == one
    steps = told("target-script", "--config", str(path), "--target", "files-1", "--install-instructions")
    assert 'wisp ALL=(root) NOPASSWD: /opt/wisp/read ""' in steps
    assert "target-script --target files-1 > read" in steps
    path.write_text("personal_information: {places: [{path: /srv/clients, asset: files-*}]}\n")
    unnamed = wispwatch("target-script", "--config", str(path))
    assert (unnamed.returncode, "--target" in unnamed.stderr) == (2, True)


@pytest.mark.parametrize("path", ["relative", "/a/../b", "/a b", "/a;id", "/", "/a/$(id)", "/a/", "/-x"])
def test_a_path_that_a_shell_could_take_otherwise_is_refused(tmp_path: Path, path: str) -> None:
    config = tmp_path / "wispwatch.yaml"
    config.write_text(f"ssh: {{installed_path: {json.dumps(path)}}}\n")
    done = wispwatch("config", "check", "--config", str(config))
    assert (done.returncode, "ssh.installed_path" in done.stderr) == (2, True)


# What is understood


def answer(script: installed.Installed, stdout: bytes, asked: tuple[Source, ...]) -> dict[str, Reading]:
    return installed.understood(script, asked, installed.request(script, MARK), stdout, b"", "cut off")


def test_nothing_is_understood_of_a_script_that_is_another() -> None:
    script = installed.installed([File("/etc/hostname")])
    frame = f"\n{MARK} 0\nweb\n{MARK} = 0\n\n{MARK} .\n".encode()
    for digest in ("0" * 64, "none"):
        (reading,) = answer(script, f"\n{MARK} @ {digest}\n".encode() + frame, script.sources).values()
        assert isinstance(reading, Unread)
        assert "digest" in reading.reason
    (reading,) = answer(script, frame, script.sources).values()
    assert reading == Unread("cut off")


def test_what_the_script_does_not_hold_is_unread() -> None:
    kept, other = File("/etc/hostname"), File("/etc/issue")
    same_key = Command("cat /etc/issue", name="issue"), Command("cat /etc/motd", name="issue")
    script = installed.installed([kept, same_key[0]])
    stdout = f"\n{MARK} @ {script.digest}\n".encode()
    readings = answer(script, stdout, (kept, other, same_key[1]))
    assert readings[kept.key] == Unread("cut off")
    for key in (other.key, same_key[1].key):
        reading = readings[key]
        assert isinstance(reading, Unread)
        assert "install the script anew" in reading.reason


# On a host


@pytest.fixture(scope="module")
def shared() -> Iterator[SshHost]:
    with ssh_host(sudoers=RULE) as made:
        yield made


@pytest.fixture
def host(shared: SshHost) -> SshHost:
    """With the script as it must be, and the rule as it must be."""
    install(shared)
    shared.running.write("/etc/sudoers.d/test", RULE, 0o440)
    return shared


def install(host: SshHost, script: bytes = MADE.script) -> None:
    host.running.write(INSTALLED_PATH, script, 0o755)


def read(host: SshHost, asked: tuple[Source, ...] = SOURCES, known: tuple[Source, ...] = SOURCES) -> dict[str, Reading]:
    return Host(host.access(privilege=Privilege.INSTALLED), installed=known).read(asked)


def reason(host: SshHost) -> str:
    """Why nothing was seen."""
    readings = read(host)
    assert readings.keys() == {source.key for source in SOURCES}
    assert all(isinstance(one, Unread) for one in readings.values())
    (why,) = {one.reason for one in readings.values() if isinstance(one, Unread)}
    return why


def as_scanner(host: SshHost, shell: str, stdin: bytes = f"{MARK}\n".encode()) -> subprocess.CompletedProcess[bytes]:
    """Run bash as the ordinary account."""
    command = [*host.running.enter, "su", "-s", "/bin/bash", USER, "-c", shell]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=100)


def understood(done: subprocess.CompletedProcess[bytes]) -> dict[str, Reading]:
    request = installed.request(MADE, MARK)
    return installed.understood(MADE, SOURCES, request, done.stdout, done.stderr, "cut off")


def steady(key: str, reading: Reading) -> Reading:
    """Without the sizes and times that ``stat`` tells, which a log or sudo's folder changes between two runs."""
    if not key.startswith("stat:") or not isinstance(reading, Text):
        return reading
    rows = [line.split(" ", 7) for line in reading.text.splitlines()]
    return Text("\n".join(" ".join((*row[:5], row[7])) for row in rows))


def same_or_unread(readings: dict[str, Reading], expected: dict[str, Reading]) -> set[str]:
    """The keys that could not be seen; whatever was seen is what is expected."""
    for key, reading in readings.items():
        if key not in OF_THE_RUN and not isinstance(reading, Unread):
            assert steady(key, reading) == steady(key, expected[key]), key
    return {key for key, reading in readings.items() if isinstance(reading, Unread)}


@pytest.mark.real
@pytest.mark.parametrize("suite", ["bullseye", "bookworm", "trixie"])
def test_it_sees_what_root_sees(suite: str) -> None:
    with ssh_host(suite, sudoers=RULE) as made:
        install(made)
        seen = read(made)
        as_root = made.transport("root").read(SOURCES)
        ordinary = made.transport().read(SOURCES)
    assert seen.keys() == as_root.keys() == {source.key for source in SOURCES}
    for key, reading in as_root.items():
        if key in OF_THE_RUN:
            assert type(seen[key]) is type(reading)
        else:
            assert steady(key, seen[key]) == steady(key, reading), key
    for seen_as, least in ((seen, 90), (as_root, 90)):
        assert sum(isinstance(one, Text) for one in seen_as.values()) > least
        assert sum(isinstance(one, Unread) for one in seen_as.values()) < 6
    assert sum(isinstance(one, Unread) for one in ordinary.values()) > 12


@pytest.mark.real
def test_the_instructions_install_it(shared: SshHost) -> None:
    steps = told("target-script", "--install-instructions")
    assert MADE.digest in steps
    running = shared.running
    running.remove("/etc/sudoers.d/test")
    running.remove(INSTALLED_PATH)
    running.write(f"/root/{SCRIPT}", MADE.script)
    commands = re.search(r"^# 3\..*?\n(.*?)^# 4\.", steps, re.MULTILINE | re.DOTALL)
    assert commands
    running.run("sh", "-euc", f"cd /root; {commands.group(1)}")
    rules = [
        line.removeprefix("#      ")
        for line in steps.splitlines()
        if line.startswith(("#      Defaults!", "#      scanner"))
    ]
    assert len(rules) == 2
    running.write("/etc/sudoers.d/wispwatch", "\n".join(rules) + "\n", 0o440)
    try:
        assert running.run("visudo", "-c")
        fifth, sixth = (re.search(rf"^# {n}\..*?\n(.*?)^# {n + 1}\.", steps, re.MULTILINE | re.DOTALL) for n in (5, 6))
        assert fifth
        assert sixth
        shown = running.run("sh", "-euc", fifth.group(1))
        assert shown.split() == [MADE.digest, INSTALLED_PATH, "root", "root", "755"]
        last = subprocess.run([*running.enter, "sh", "-c", sixth.group(1)], capture_output=True, text=True, check=False)
        assert last.stderr.splitlines()[-1] in sixth.group(1)
        assert sum(isinstance(one, Text) for one in read(shared).values()) > 90
    finally:
        running.remove("/etc/sudoers.d/wispwatch")


@pytest.mark.real
def test_the_command_scans_with_it(host: SshHost, tmp_path: Path) -> None:
    config = tmp_path / "wispwatch.yaml"
    config.write_text(
        "targets: [{name: web, kind: ssh, ssh: {"
        f"host: {host.address}, user: {USER}, privilege: installed, agent: false, "
        f"key_files: [{host.key}], known_hosts: [{host.known_hosts}]}}}}]\n"
    )
    off = "no-account-has-a-vendor-default-password"
    scan = ("scan", "--config", str(config), "--format", "json", "--target", "web")
    whole = json.loads(told(*scan))
    assert whole["assets"][0]["asset"] == "web"
    found = json.loads(told(*scan, "--check", off))["assets"][0]["findings"]
    assert {one["status"] for one in found} == {"unknown"}
    assert "install the script anew" in found[0]["reason"]
    again = json.loads(told(*scan, "--check", "sshd-refuses-empty-passwords"))["assets"][0]["findings"]
    assert [one["status"] for one in again] == ["pass"]


@pytest.mark.real
def test_a_place_of_personal_information_is_read_with_it(host: SshHost) -> None:
    host.running.path("/srv/clients").mkdir(mode=0o750, exist_ok=True)
    declared = PersonalInformation((Place("/srv/clients"),))
    chosen = replace(plan(Config(), hosts.catalogue()), personal_information=declared)
    known = sources_of(chosen, "web")
    assert "of another version or configuration" in str(read(host, known=known))
    install(host, installed.installed(known).script)
    (key,) = {source.key for source in known if source.key.startswith("declared:")}
    reading = read(host, known, known)[key]
    assert isinstance(reading, Text)
    assert "/srv/clients" in reading.text


# What keeps it from answering


@pytest.mark.real
def test_another_script_is_told(host: SshHost) -> None:
    other = MADE.script.replace(b"LANG=C", b"LANG=C.UTF-8", 1)
    install(host, other)
    digest = hashlib.sha256(other).hexdigest()
    assert (
        reason(host)
        == f"the script installed there is of another version or configuration (digest {digest}): install it anew"
    )
    install(host, MADE.script + b"#\n")
    assert "is not whole" in reason(host)
    install(host, MADE.script[:-20])
    assert "is not whole" in reason(host)


@pytest.mark.real
def test_a_script_that_is_not_there_is_told(host: SshHost) -> None:
    host.running.remove(INSTALLED_PATH)
    assert "--install-instructions" in reason(host)
    host.running.write(INSTALLED_PATH, MADE.script, 0o644)
    assert "--install-instructions" in reason(host)


@pytest.mark.real
def test_a_script_that_others_could_change_does_not_run(host: SshHost) -> None:
    script, folder = host.running.path(INSTALLED_PATH), host.running.path(INSTALLED_PATH).parent
    try:
        for path, mode in ((script, 0o775), (script, 0o757), (folder, 0o777), (folder, 0o775), (folder, 0o1777)):
            path.chmod(mode)
            assert f"chmod go-w {INSTALLED_PATH if path == script else '/usr/local/libexec'}" in reason(host)
            path.chmod(0o755)
        for path in (script, folder):
            os.chown(path, 1000, 0)
            assert "does not belong to root: chown root:root" in reason(host)
            os.chown(path, 0, 0)
        host.running.run("chmod", "0700", INSTALLED_PATH)
        assert sum(isinstance(one, Text) for one in read(host).values()) > 90
    finally:
        folder.chmod(0o755)
        os.chown(folder, 0, 0)


@pytest.mark.real
def test_without_a_rule_it_is_told_that_sudo_does_not_let_it(host: SshHost) -> None:
    host.running.remove("/etc/sudoers.d/test")
    assert "sudo on the target does not let this account run" in reason(host)
    host.running.write("/etc/sudoers.d/test", RULE.replace("NOPASSWD: ", ""), 0o440)
    assert "sudo on the target does not let this account run" in reason(host)
    host.running.write("/etc/sudoers.d/test", RULE.replace(USER, "nobody"), 0o440)
    assert "sudo on the target does not let this account run" in reason(host)


@pytest.mark.real
def test_without_sudo_it_is_told(host: SshHost) -> None:
    program = host.running.path("/usr/bin/sudo")
    program.rename(program.with_name("gone"))
    try:
        assert "there is no sudo on the target" in reason(host)
    finally:
        program.with_name("gone").rename(program)


@pytest.mark.real
def test_without_sha256sum_it_is_told(host: SshHost) -> None:
    program = host.running.path("/usr/bin/sha256sum")
    program.rename(program.with_name("gone"))
    try:
        assert "cannot tell its digest" in reason(host)
    finally:
        program.with_name("gone").rename(program)


@pytest.mark.real
@pytest.mark.parametrize("rule", ["digest", "fdexec"])
def test_sudo_may_look_at_the_file_itself(host: SshHost, rule: str) -> None:
    """It then starts what it has opened, under another name."""
    bound = RULE.replace("NOPASSWD: ", f"NOPASSWD: sha256:{MADE.digest} ")
    host.running.write("/etc/sudoers.d/test", bound if rule == "digest" else f"Defaults fdexec=always\n{RULE}", 0o440)
    assert sum(isinstance(one, Text) for one in read(host).values()) > 90
    host.running.path(INSTALLED_PATH).chmod(0o775)
    assert f"chmod go-w {INSTALLED_PATH}" in reason(host)
    install(host, MADE.script.replace(b"LANG=C", b"LANG=POSIX", 1))
    assert ("does not let this account" if rule == "digest" else "of another version") in reason(host)


@pytest.mark.real
def test_a_key_may_be_bound_to_it(host: SshHost) -> None:
    public = host.key.with_name("key.pub").read_text()
    host.authorize(USER, f'command="sudo -n {INSTALLED_PATH}",restrict {public}')
    try:
        assert sum(isinstance(one, Text) for one in read(host).values()) > 90
        plain = host.transport().read([File("/etc/hostname")])
        assert all(isinstance(one, Unread) for one in plain.values())
    finally:
        host.authorize(USER, public)


# Whoever may start it


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


@pytest.mark.real
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
@pytest.mark.parametrize("defaults", ["env_reset", "!env_reset, setenv, !secure_path"])
def test_the_environment_and_the_folder_have_no_say(host: SshHost, shell: str, defaults: str) -> None:
    evil(host)
    hosts.need("busybox")
    host.running.write("/bin/busybox", Path("/bin/busybox").read_bytes(), 0o755)
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
