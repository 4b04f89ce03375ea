"""The installed script: what is printed, what it sees on real hosts, and what keeps it from answering."""

import hashlib
import json
import os
import re
import subprocess
import sys
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
from collectors.transports.ssh.access import INSTALLED_PATH
from tests import hosts
from tests.ssh_hosts import USER, SshHost, ssh_host
from tests.ssh_installed import MADE, MARK, OF_THE_RUN, RULE, SCRIPT, SOURCES, install, read, reason, steady

ROOT = Path(__file__).parent.parent.parent


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


@pytest.fixture
def host(installed_host: SshHost) -> SshHost:
    return installed_host


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
def test_the_instructions_install_it(with_rule: SshHost) -> None:
    steps = told("target-script", "--install-instructions")
    assert MADE.digest in steps
    running = with_rule.running
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
        assert sum(isinstance(one, Text) for one in read(with_rule).values()) > 90
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
