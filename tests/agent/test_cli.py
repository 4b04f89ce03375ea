import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import __version__
from collectors.collector import Platform
from collectors.host.sshd import sshd
from collectors.readings import Absent, Text, Unread
from collectors.snapshot import Snapshot, dump, load

ROOT = Path(__file__).parent.parent.parent
SSHD, FILES = (source.key for source in sshd.sources)
CONFIGURED = Text('{"/etc/ssh/sshd_config": ""}')
CHECK = "sshd-refuses-empty-passwords"


def wispwatch(*words: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    environment.pop("WISPWATCH_CONFIG", None)
    command = [sys.executable, "-W", "error", "-m", "agent", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd or "/", check=False)


def recording(folder: Path, **readings: Text | Absent | Unread) -> str:
    keys = {"sshd": SSHD, "files": FILES}
    taken = Snapshot(
        "host\x1b[31m=1",
        Platform.LINUX,
        datetime(2026, 11, 1, tzinfo=UTC),
        {keys[name]: reading for name, reading in readings.items()},
    )
    path = folder / "host.jsonl"
    path.write_text(dump(taken))
    return str(path)


def test_the_version_is_told() -> None:
    assert __version__ in wispwatch("--version").stdout


def test_a_recording_is_judged(tmp_path: Path) -> None:
    path = recording(tmp_path, sshd=Text("port 22\npermitemptypasswords yes\n"), files=CONFIGURED)
    done = wispwatch("scan", "--replay", path, "--check", CHECK, "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    finding = json.loads(done.stdout)
    assert (finding["status"], finding["severity"], finding["controls"]) == ("fail", "critical", ["17.04(1)(b)"])
    assert {"asset", "asset_kind", "subject", "reason", "observed", "evidence"} <= finding.keys()
    report = json.loads(wispwatch("scan", "--replay", path, "--check", CHECK, "--format", "json").stdout)
    assert report["schema"] == "wispwatch.report/1"
    assert report["assets"][0]["controls"] == [{"control": "17.04(1)(b)", "facet": "", "status": "fail"}]


def test_the_exit_status_tells(tmp_path: Path) -> None:
    failing = recording(tmp_path, sshd=Text("port 22\npermitemptypasswords yes\n"), files=CONFIGURED)
    scan = ("scan", "--check", CHECK, "--replay", failing)
    assert wispwatch(*scan).returncode == 0
    assert wispwatch(*scan, "--fail-on", "critical").returncode == 3
    assert wispwatch(*scan, "--fail-on", "low", "--strict").returncode == 3
    unseen = recording(tmp_path, sshd=Unread("denied"))
    assert wispwatch(*scan, "--strict", "--fail-on", "low").returncode == 4
    assert wispwatch("scan", "--check", "nosuch", "--replay", unseen).returncode == 2
    assert wispwatch("scan", "--control", "17.99").returncode == 2
    assert wispwatch("scan", "--nosuch").returncode == 2
    assert wispwatch("scan", "--config", "/nope").returncode == 2
    assert wispwatch("scan", "--chroot", "/nope").returncode == 2
    assert wispwatch("scan", "--target", "nope").returncode == 2
    assert wispwatch("scan", "--replay", "/nope").returncode == 2
    assert wispwatch("scan", "--output", "table").returncode == 2


def test_nothing_steers_a_terminal_or_a_spreadsheet(tmp_path: Path) -> None:
    evil = "port 22\npermitemptypasswords \x1b[2J\x07yes\n"
    path = recording(
        tmp_path,
        sshd=Text(evil),
        files=Text(json.dumps({"/f": "Match User =cmd\x1b]0;x\x07\nPermitEmptyPasswords yes\n"})),
    )
    for form in ("table", "json", "jsonl", "csv"):
        done = wispwatch("scan", "--replay", path, "--check", CHECK, "--format", form, "--status", "fail")
        assert done.returncode == 0, done.stderr
        assert not any(
            (ord(character) < 32 and character not in "\r\n") or character == "\x7f" for character in done.stdout
        ), form
        assert "\x1b" not in done.stderr
    cells = list(
        csv.DictReader(io.StringIO(wispwatch("scan", "--replay", path, "--check", CHECK, "--format", "csv").stdout))
    )
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for row in cells for cell in row.values())


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = recording(tmp_path, sshd=Text("port 22\npermitemptypasswords no\n"), files=CONFIGURED)
    report = tmp_path / "report.json"
    scan = ("scan", "--replay", path, "--check", CHECK, "--output", f"json={report}", "--format", "jsonl")
    assert wispwatch(*scan).returncode == 0
    assert json.loads(report.read_text())["assets"]
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    missing = wispwatch("scan", "--replay", path, "--output", f"csv={tmp_path}/none/x.csv")
    assert missing.returncode == 1
    assert "No such file" in missing.stderr
    assert "Traceback" not in missing.stderr


@pytest.mark.real
def test_a_full_disk_leaves_the_earlier_file(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "full", str(disk)], check=True)
    try:
        report = disk / "report.json"
        report.write_text("earlier")
        (disk / "ballast").write_bytes(b"x" * 12_288)
        done = wispwatch("scan", "--replay", recording(tmp_path), "--output", f"json={report}")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert report.read_text() == "earlier"
        assert sorted(one.name for one in disk.iterdir()) == ["ballast", "report.json"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_full_standard_output_is_told(tmp_path: Path) -> None:
    path = recording(tmp_path)
    command = f"{sys.executable} -m agent scan --replay {path} --format json > /dev/full"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    path = recording(tmp_path)
    command = f"{sys.executable} -m agent scan --replay {path} --format json | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr == ""


def test_waivers_are_reported(tmp_path: Path) -> None:
    path = recording(tmp_path, sshd=Text("port 22\npermitemptypasswords yes\n"), files=CONFIGURED)
    common = "owner: o, reason: r, compensating_control: c"
    config = tmp_path / "c.yaml"
    config.write_text(
        f"waivers:\n- {{check: {CHECK}, until: 2099-01-01, {common}}}\n"
        f"- {{check: {CHECK}, asset: other, until: 2099-01-01, {common}}}\n"
        f"- {{control: 17.04(4), until: 2001-01-01, {common}}}\n"
    )
    done = wispwatch("scan", "--replay", path, "--config", str(config), "--format", "json")
    report = json.loads(done.stdout)
    finding = next(one for one in report["assets"][0]["findings"] if one["check"] == CHECK)
    assert finding["status"] == "waived"
    assert finding["waiver"]["compensating_control"] == "c"
    assert finding["reason"]
    assert any("matches nothing" in note for note in report["notes"])
    assert any("expired on 2001-01-01" in note for note in report["notes"])
    table = wispwatch("scan", "--replay", path, "--config", str(config)).stdout
    assert "What failed under a waiver" in table


def test_the_table_reads_from_top_to_bottom(tmp_path: Path) -> None:
    path = recording(tmp_path, sshd=Text("port 22\npermitemptypasswords yes\n"), files=CONFIGURED)
    lines = wispwatch("scan", "--replay", path).stdout.splitlines()
    places = [
        next(number for number, line in enumerate(lines) if line.startswith(start))
        for start in ("host\\x1b[31m=1 (host)", "  17.04(1)(b)", "What failed", "What could not be seen", "wispwatch ")
    ]
    assert places == sorted(places)
    assert len(lines) - places[-1] <= 2
    assert lines[-1].endswith("no legal advice.")
    assert all(len(line) <= 100 for line in lines)
    assert "    Fix: set `PermitEmptyPasswords no`" in "\n".join(lines)


def test_what_was_recorded_is_what_is_judged(tmp_path: Path) -> None:
    done = wispwatch("record", "--asset", "specimen", "--output", str(tmp_path / "r.jsonl"))
    assert done.returncode == 0, done.stderr
    with (tmp_path / "r.jsonl").open() as lines:
        taken = load(lines)
    assert taken.asset == "specimen"
    assert SSHD in taken.readings
    judged = wispwatch("scan", "--replay", str(tmp_path / "r.jsonl"), "--format", "json")
    assert json.loads(judged.stdout)["assets"][0]["asset"] == "specimen"


def test_a_hostile_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    for text in ("", "{}", "[]\n", '{"schema": "wispwatch.snapshot/9"}\n', "\0" * 50, "[" * 100_000):
        path.write_text(text)
        done = wispwatch("scan", "--replay", str(path))
        assert done.returncode == 2, text[:50]
        assert "cannot be replayed" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_other_commands_answer(tmp_path: Path) -> None:
    assert CHECK in wispwatch("checks").stdout
    assert any(row["check"] == CHECK for row in json.loads(wispwatch("checks", "--format", "json").stdout))
    page = wispwatch("explain", CHECK).stdout
    for part in ("Why:", "Fix:", "17.04(1)(b)", "command:sshd -T"):
        assert part in page
    assert "did you mean sshd-refuses-empty-passwords" in wispwatch("explain", "sshd-refuses-empty-password").stderr
    assert "sources" in wispwatch("doctor", cwd=tmp_path).stdout
    assert "The configuration is good." in wispwatch("config", "check", cwd=tmp_path).stdout
    assert "listen: 127.0.0.1:9817" in wispwatch("config", "show", cwd=tmp_path).stdout


def test_config_check_tells_what_would_keep_the_daemon_from_starting(tmp_path: Path) -> None:
    config, web = tmp_path / "config.yaml", tmp_path / "web.yaml"
    config.write_text("log_level: loud\ndaemon: {web_config: web.yaml}\n")
    absent = wispwatch("config", "check", "--config", str(config))
    assert absent.returncode == 2
    assert f"{web}: No such file or directory" in absent.stderr
    assert "log_level: 'loud'" in absent.stderr
    doctor = wispwatch("doctor", "--config", str(config))
    assert doctor.returncode == 2
    assert f"Fault of the configuration: {web}: No such file or directory" in doctor.stdout
    web.write_text("tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
    assert "server.crt" in wispwatch("config", "check", "--config", str(config)).stderr
    config.write_text("daemon: {web_config: web.yaml}\n")
    web.write_text("http_server_config: {http2: false}\n")
    assert "The configuration is good." in wispwatch("config", "check", "--config", str(config)).stdout


def test_what_a_configuration_names_and_is_not_there_is_told(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "ssh: {key_files: [key]}\npush: {url: https://prom.invalid/write, user: a, password_file: secret}\n"
        "targets: [{name: tree, kind: chroot, path: root}]\ndaemon: {state_dir: state}\n"
    )
    gone = {"ssh.key_files[0]": "key", "targets[0].path": "root", "push.password_file": "secret"}
    done = wispwatch("config", "check", "--config", str(config))
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        ["The configuration is good."]
        + [
            f"{key}: {tmp_path}/{name}: No such file or directory; what needs it will be unknown, or not done"
            for key, name in gone.items()
        ],
    )
    doctor = wispwatch("doctor", "--config", str(config)).stdout
    assert f"Named and not to be found: targets[0].path: {tmp_path}/root: No such file or directory" in doctor
    (tmp_path / "key").write_text("")
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / "root").mkdir()
    assert wispwatch("config", "check", "--config", str(config)).stdout == "The configuration is good.\n"


def test_what_config_show_prints_is_a_configuration(tmp_path: Path) -> None:
    shown = wispwatch("config", "show", "--config", str(ROOT / "config.example.yaml"))
    assert shown.returncode == 0, shown.stderr
    (tmp_path / "again.yaml").write_text(shown.stdout)
    again = wispwatch("config", "show", "--config", str(tmp_path / "again.yaml"))
    assert again.stdout == shown.stdout


def test_a_local_scan_pays_for_no_library_it_does_not_use() -> None:
    code = (
        "import sys; sys.argv=['wispwatch','scan','--format','json']\n"
        "from agent.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('boto3','paramiko','rich','prometheus_client','yaml','bcrypt') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_a_control_is_chosen_with_all_that_counts_for_it(tmp_path: Path) -> None:
    def chosen(control: str) -> set[str]:
        rows = json.loads(wispwatch("checks", "--config", str(config), "--control", control, "--format", "json").stdout)
        return {row["check"] for row in rows}

    config = tmp_path / "c.yaml"
    config.write_text("frameworks: [201-cmr-17.04, 965-cmr-3.04]\n")
    assert CHECK in chosen("17.04(1)(b)")
    assert CHECK in chosen("17.04(1)")
    assert CHECK not in chosen("17.04(2)")
    assert chosen("965-3.04(1)(b)") > chosen("17.04(1)(b)")
