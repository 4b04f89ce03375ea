import base64
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import psutil
import pytest

from tests.agent.test_web_config import certificate
from tests.daemons import COMMAND, ROOT, Running, daemon, recording
from tests.hosts import until
from tests.time_at_work import Clock

SSH, ITEM = "sshd-refuses-empty-passwords", "17.04(1)(b)"


def replaying(folder: Path, interval: str = "1h", more: str = "") -> str:
    """A configuration with one target: the recording in the folder."""
    return (
        f"targets:\n  - {{name: web, kind: replay, path: {folder}/web.jsonl, interval: {interval}}}\n"
        f"daemon:\n  splay: 0s\n{more}"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    recording(tmp_path / "web.jsonl")
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    with daemon(folder, replaying(folder, more="  reload_over_http: true\n")) as alive:
        yield alive.ready()


def shows(alive: Running, held: str, _: Path) -> bool:
    """Whether the check of sshd has a status. A recording that was made just now goes with the question, where it would soon
    be too old: on a busy machine no one scan need be in time.
    """
    return status(alive) == held


def status(alive: Running) -> str:
    """What the metrics say of the check of sshd."""
    return next(
        (one for one in ("pass", "fail", "unknown", "waived") if alive.metric("check_status", check=SSH, status=one)),
        "",
    )


@pytest.mark.alone
def test_it_scans_serves_and_stops(running: Running, at_work: Clock) -> None:
    assert status(running) == "pass"
    assert running.metric("collector_success", collector="sshd") == 1
    assert running.metric("config_last_reload_successful") == 1
    assert running.metric("scan_interval_seconds", asset="web") == 3600
    code, page = running.ask("/")
    assert (code, "17.04(1)(b)" in page) == (200, True)
    assert [running.ask(path)[0] for path in ("/-/healthy", "/-/ready", "/x", "/metrics/")] == [200, 200, 404, 404]
    assert running.ask("/metrics", "DELETE")[0] == 405
    begun = at_work()
    assert running.stop() == 0
    assert at_work() - begun < 2
    assert "wispwatch has stopped" in running.said
    assert " level=error " not in running.said


def test_interrupting_it_is_a_clean_end_too(running: Running) -> None:
    assert running.stop(signal.SIGINT) == 0
    assert "Traceback" not in running.said


@pytest.mark.alone
def test_it_stops_at_once_whatever_it_was_told_to_reload_before(running: Running) -> None:
    for _ in range(100):
        running.process.send_signal(signal.SIGHUP)
        time.sleep(0.002)
    assert running.stop(seconds=5.0) == 0
    assert running.said.count("the configuration is reloaded") < 100


@pytest.mark.alone
def test_it_stops_at_once_in_the_middle_of_a_scan_and_leaves_nothing_running(folder: Path, at_work: Clock) -> None:
    mark = f"86{os.getpid()}"
    config = f"targets: [{{name: slow, kind: shell, command: [sh, -c, 'timeout 999 sleep {mark}; :']}}]\n"
    with daemon(folder, config) as alive:
        until(lambda: sleeping(mark))
        assert alive.ask("/-/ready")[0] == 503
        assert "first scan is under way" in alive.ask("/")[1]
        assert alive.ask("/-/healthy")[0] == 200
        begun = at_work()
        assert alive.stop() == 0
        assert at_work() - begun < 2.5
    until(lambda: not sleeping(mark))
    with sqlite3.connect(alive.state / "state.db") as db:
        assert db.execute("SELECT count(*) FROM attempt").fetchone() == (0,)  # what we cut off says nothing
    db.close()


def sleeping(mark: str) -> bool:
    running = psutil.process_iter(["cmdline"])
    return any(process.info["cmdline"] == ["sleep", mark] for process in running)


def test_a_change_is_seen_at_the_next_scan_and_leaves_a_sticky_zero(folder: Path) -> None:
    with daemon(folder, replaying(folder, "5s")) as alive:  # a recording is too old after three of them
        alive.ready()
        begun = time.time()
        until(lambda: shows(alive, "fail", recording(folder / "web.jsonl", empty="yes")))
        assert alive.metric("check_status", check=SSH, status="pass") == 0
        since = alive.metric("control_failing_since_timestamp_seconds", asset="web", control=ITEM)
        assert since is not None
        assert begun < since < time.time()


def test_what_is_too_old_becomes_unknown_without_a_scan_or_a_restart(folder: Path) -> None:
    recording(folder / "web.jsonl", age=5)
    with daemon(folder, replaying(folder, "8s")) as alive:
        alive.ready()
        until(lambda: shows(alive, "pass", recording(folder / "web.jsonl", age=5)))
        recording(folder / "web.jsonl", age=24)  # the next scan finds only what is older still
        until(lambda: status(alive) == "unknown")
        assert alive.metric("control_status", control=ITEM, status="unknown") == 1
        assert alive.metric("control_status", control=ITEM, status="pass") == 0
        assert alive.metric("check_status", check=SSH, status="pass") == 0
        assert "too old to count" in alive.ask("/")[1]


def test_a_kill_and_a_restart_keep_what_was_known(folder: Path) -> None:
    recording(folder / "web.jsonl", empty="yes")
    with daemon(folder, replaying(folder)) as alive:
        since = alive.ready().metric("control_failing_since_timestamp_seconds", control=ITEM)
        attempt = alive.metric("scan_last_attempt_timestamp_seconds", asset="web")
        until(lambda: " msg=scanned " in alive.said)  # it is served before it is stored, and told after
        alive.process.kill()
        alive.process.wait()
    (folder / "web.jsonl").unlink()
    with daemon(folder, replaying(folder)) as again:
        assert again.ask("/-/ready")[0] == 200  # at once: from what was stored
        assert status(again) == "fail"
        assert since is not None
        assert again.metric("control_failing_since_timestamp_seconds", control=ITEM) == since
        assert again.metric("scan_last_attempt_timestamp_seconds", asset="web") == attempt
        assert " msg=scanned " not in again.said  # it is not due


def test_what_was_seen_of_another_under_the_same_name_is_not_shown(folder: Path) -> None:
    with daemon(folder, replaying(folder)) as alive:
        assert status(alive.ready()) == "pass"
    end = folder / "end"
    os.mkfifo(end)  # it hangs until somebody writes there
    hangs = f"targets: [{{name: web, kind: shell, command: [timeout, '600', cat, {end}], seconds: 600}}]\n"
    with daemon(folder, hangs) as other:
        assert other.metric("control_status", asset="web", control=ITEM, status="pass") is None
        assert status(other) == ""  # it is due at once, and nothing is known of it before
        other.config.write_text(replaying(folder))
        other.process.send_signal(signal.SIGHUP)
        end.write_text("")
        until(lambda: status(other) == "pass")
        other.config.write_text(hangs)
        other.process.send_signal(signal.SIGHUP)
        until(lambda: status(other) == "")
        assert other.stop() == 0


def test_a_second_daemon_says_who_has_the_state(running: Running) -> None:
    command = [*COMMAND, "--config", str(running.config), "--listen", "127.0.0.1:0", "--state-dir", str(running.state)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"in use by another wispwatch (pid {running.process.pid})" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ("  listen: 127.0.0.1:99999\n", 2, "daemon.listen"),
        ("  listen: 192.0.2.1:9817\n", 1, "192.0.2.1:9817: Cannot assign requested address; name another"),
        ("  listen: nowhere.invalid:9817\n", 1, "nowhere.invalid:9817: "),
        ("  web_config: none.yaml\n", 2, "none.yaml: No such file"),
        ("  state_dir: /proc/nothing\n", 1, "/proc/nothing: "),
    ],
)
def test_what_keeps_it_from_starting_is_said(folder: Path, more: str, code: int, told: str) -> None:
    path = folder / "config.yaml"
    path.write_text(replaying(folder, more=more if "state_dir" in more else f"{more}  state_dir: state\n"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*COMMAND, "--config", str(path)]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reload_takes_a_good_configuration_and_keeps_the_old_one_for_a_bad(running: Running, folder: Path) -> None:
    good = running.config.read_text()
    running.config.write_text(good + "intervall: 5\nlog_level: loud\n")
    running.process.send_signal(signal.SIGHUP)
    until(lambda: running.metric("config_last_reload_successful") == 0)
    assert re.search(r"config\.yaml:\d+: intervall: is not a setting", running.said)
    assert status(running) == "pass"
    assert "configuration was refused" in running.ask("/")[1]
    running.config.write_text(good.replace("name: web", "name: renamed") + f"checks: {{{SSH}: {{severity: low}}}}\n")
    running.process.send_signal(signal.SIGHUP)
    until(lambda: running.metric("check_status", asset="renamed", check=SSH, severity="low", status="pass") == 1)
    assert running.metric("config_last_reload_successful") == 1
    assert 'asset="web"' not in running.ask("/metrics")[1]


def test_a_reload_below_which_a_plugin_was_broken_keeps_what_there_was(folder: Path) -> None:
    plugins = folder / "plugins"
    plugins.mkdir()
    with daemon(folder, replaying(folder), {"PYTHONPATH": f"{ROOT}:{plugins}"}) as alive:
        alive.ready()
        info = plugins / "broken-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[wispwatch.checks]\nbroken = wispwatch_broken\n")
        alive.process.send_signal(signal.SIGHUP)
        until(lambda: alive.metric("config_last_reload_successful") == 0)
        assert "plugin broken (wispwatch_broken) does not import" in alive.said
        assert status(alive) == "pass"
        (info / "entry_points.txt").unlink()
        alive.process.send_signal(signal.SIGHUP)
        until(lambda: alive.metric("config_last_reload_successful") == 1)


def test_a_reload_over_http_answers_with_the_faults(running: Running) -> None:
    assert running.ask("/-/reload", "POST")[0] == 200
    assert running.ask("/-/reload")[0] == 405
    assert running.ask("/-/reload", "POST", {"Origin": "https://evil.example"})[0] == 403
    running.config.write_text("targets: [{}]\n")
    code, told = running.ask("/-/reload", "POST")
    assert code == 500
    assert "targets[0].name: is missing" in told


def test_a_reload_over_http_is_off_unless_it_is_switched_on(folder: Path) -> None:
    with daemon(folder, replaying(folder)) as alive:
        assert alive.ask("/-/reload", "POST")[0] == 403


def test_a_scan_that_raises_is_counted_and_its_target_is_unknown(folder: Path) -> None:
    with daemon(folder, replaying(folder, "1s")) as alive:
        alive.ready()
        (folder / "web.jsonl").write_text("no recording\n")
        # On a busy machine a result of an interval of one second is old, and so unknown, before the next scan has ended.
        until(lambda: alive.metric("scan_errors_total", asset="web", collector="scan", reason="raised"), 60)
        assert status(alive) == "unknown"
        assert "cannot be replayed" in alive.said
        tried = alive.metric("scan_last_attempt_timestamp_seconds", asset="web") or 0
        assert (alive.metric("scan_last_success_timestamp_seconds", asset="web") or 0) < tried
        until(lambda: shows(alive, "pass", recording(folder / "web.jsonl")))
        assert alive.process.poll() is None


def test_a_target_that_hangs_holds_up_no_other(folder: Path) -> None:
    config = (
        "targets:\n  - {{name: hangs, kind: shell, command: [sh, -c, sleep 900], seconds: {0}}}\n"
        f"  - {{{{name: web, kind: replay, path: {folder}/web.jsonl}}}}\n"
    )
    with daemon(folder, config.format(600)) as alive:
        until(lambda: status(alive) == "pass")
        assert alive.ask("/-/ready")[0] == 503
        assert alive.stop() == 0
    with daemon(folder, config.format(2)) as alive:
        until(lambda: alive.metric("check_status", asset="hangs", check=SSH, status="unknown") == 1)
        assert alive.ask("/-/ready")[0] == 200
        assert alive.metric("scan_last_success_timestamp_seconds", asset="hangs") is None


def test_hostile_names_stay_text(folder: Path) -> None:
    hostile = '<script>alert(1)</script>\\e]0;x\\a"\\u202e\\n'
    config = f'targets: [{{name: "{hostile.replace(chr(34), chr(92) + chr(34))}", kind: replay, path: web.jsonl}}]\n'
    with daemon(folder, config) as alive:
        alive.ready()
        for path in ("/", "/metrics"):
            text = alive.ask(path)[1]
            assert all(line.isprintable() for line in text.split("\n")), path
        assert "<script" not in alive.ask("/")[1]
        assert alive.said.replace("\n", "").isprintable()


def test_a_damaged_state_is_moved_aside(folder: Path) -> None:
    (folder / "state").mkdir()
    (folder / "state/state.db").write_bytes(b"rubbish" * 1000)
    with daemon(folder, replaying(folder)) as alive:
        assert status(alive.ready()) == "pass"
        assert "moved to state.db.damaged-" in alive.said


@pytest.mark.alone
def test_tls_and_passwords_from_the_web_configuration(folder: Path, at_work: Clock) -> None:
    certificate(folder)
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    (folder / "web.yaml").write_text(
        f"tls_server_config: {{cert_file: server.crt, key_file: server.key}}\nbasic_auth_users: {{alice: {hashed}}}\n"
    )
    with daemon(folder, replaying(folder, more="  web_config: web.yaml\n")) as alive:
        silent = [socket.create_connection(("127.0.0.1", alive.port), 5) for _ in range(50)]
        context = ssl.create_default_context(cafile=str(folder / "server.crt"))

        def code(credentials: str) -> int:
            connection = http.client.HTTPSConnection("127.0.0.1", alive.port, timeout=5, context=context)
            given = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
            connection.request("GET", "/metrics", headers=given)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        begun = at_work()
        assert code("alice:secret") == 200
        assert at_work() - begun < 1
        assert code("alice:wrong") == 401
        for one in silent:
            one.close()


def test_systemd_is_told(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.settimeout(60)
        told: list[str] = []

        def hears(word: str) -> None:
            while not any(word in one for one in told):
                told.append(manager.recv(4096).decode())

        environment = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "1000000"}
        with daemon(folder, replaying(folder), environment) as alive:
            hears("READY=1")
            hears("STATUS=last scan of web: ")
            hears("WATCHDOG=1")
            told.clear()
            hears("WATCHDOG=1")  # again: while the scheduler ticks
            alive.process.send_signal(signal.SIGHUP)
            hears("RELOADING=1\nMONOTONIC_USEC=")
            hears("READY=1")
            assert alive.stop() == 0
            hears("STOPPING=1")


def test_logs_can_be_json(folder: Path) -> None:
    with daemon(folder, replaying(folder) + "log_format: json\n") as alive:
        until(lambda: '"msg": "scanned"' in alive.said)
        rows = [json.loads(line) for line in alive.said.splitlines()]
        assert [row["asset"] for row in rows if row["msg"] == "scanned"] == ["web"]
        alive.stop()


@pytest.mark.alone
def test_at_rest_it_needs_next_to_nothing(running: Running) -> None:
    def ticks() -> int:
        fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def kilobytes() -> int:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{running.process.pid}/status").read_text())
        return int(found[1]) if found else 0

    def rests() -> bool:
        before = ticks()
        time.sleep(1)
        return ticks() == before

    until(rests)
    before = ticks()
    time.sleep(3)
    assert ticks() - before <= 1  # of 300
    assert kilobytes() < 45 * 1024


@pytest.mark.real
def test_a_full_disk_is_said_and_does_not_stop_it(folder: Path) -> None:
    state = folder / "state"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(state)], check=True)
    try:
        subprocess.run(["dd", "if=/dev/zero", f"of={state}/hog", "bs=1k"], capture_output=True, check=False)
        with daemon(folder, replaying(folder, "1s")) as alive:
            alive.ready()
            until(lambda: shows(alive, "pass", recording(folder / "web.jsonl")))
            assert "the daemon goes on from memory" in alive.said
            until(lambda: shows(alive, "fail", recording(folder / "web.jsonl", empty="yes")))
            assert alive.stop() == 0
    finally:
        subprocess.run(["umount", "-l", str(state)], check=True)
