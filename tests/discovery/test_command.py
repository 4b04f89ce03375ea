"""``wispwatch discover`` as people and programs call it, and what scans and metrics make of its summary."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.collector import Platform
from collectors.host.personal_information_files import personal_information_files
from collectors.readings import Absent, Reading, Text
from collectors.snapshot import Snapshot, dump
from tests.daemons import ROOT, daemon
from tests.discovery.numbers import ALL, SOCIAL_SECURITY, told
from tests.discovery.offices import FILES, large, office
from tests.hosts import until

CHECK = "discovered-personal-information-is-closed-to-others"


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that everybody may go through."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for number in ALL:
        assert not any(one.decode() in done.stdout + done.stderr for one in told(number))
    return done


def test_the_table_names_the_files_and_what_is_not_known(folder: Path) -> None:
    done = run("discover", office(folder / "office"))
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert f"{folder}/office/clients/list.csv  (root:root 0644, open to everybody)" in lines
    assert "  high    2 Social Security numbers, near a name" in lines
    assert "3 of 5 files likely hold personal information" in done.stdout
    assert "not examined: 1 pictures and scans" in done.stdout
    assert "what was not examined is not known to be free of it" in done.stdout


def test_programs_get_one_line_for_each_kind_in_each_file(folder: Path) -> None:
    files = office(folder / "office")
    lines = [json.loads(line) for line in run("discover", files, "--format", "jsonl").stdout.splitlines()]
    assert {(Path(one["path"]).name, one["kind"], one["tier"]) for one in lines} >= {
        ("list.csv", "social_security_number", "high"),
        ("all.zip", "payment_card", "high"),
    }
    document = json.loads(run("discover", files, "--format", "json").stdout)
    assert document["schema"] == "wispwatch.discovery/1"
    assert sorted(document.pop("findings"), key=str) == sorted(lines, key=str)
    assert document["kinds"]["social_security_number"] == 2
    assert (document["files"], document["incomplete"], document["unexamined"]) == (FILES, 1, {"image": 1})
    rows = list(csv.DictReader(io.StringIO(run("discover", files, "--format", "csv").stdout)))
    assert [row["path"] for row in rows] == [one["path"] for one in document_lines(files)]


def document_lines(files: Path) -> list[dict[str, object]]:
    """What a second survey tells, in its order."""
    found: list[dict[str, object]] = json.loads(run("discover", files, "--format", "json").stdout)["findings"]
    return found


def test_a_file_with_a_hostile_name_harms_neither_terminal_nor_spreadsheet(folder: Path) -> None:
    files = office(folder / "office")
    hostile = os.fsdecode(b"=cmd|\x1b]0;owned\x07\n\xff.csv")
    (files / "clients/list.csv").rename(files / "clients" / hostile)
    for form in ("table", "json", "jsonl", "csv"):
        said = run("discover", files, "--format", form).stdout
        assert "owned" in said
        assert "\x1b" not in said
        assert "\x07" not in said


def test_what_is_listed_changes_nothing_of_what_is_counted(folder: Path) -> None:
    files = office(folder / "office")
    (files / "bare.txt").write_text(f"{SOCIAL_SECURITY}\n")
    said = {
        tier: json.loads(run("discover", files, "--tier", tier, "--format", "json").stdout) for tier in ("high", "low")
    }
    assert len(said["high"].pop("findings")) < len(said["low"].pop("findings"))
    assert said["high"]["holding"] == said["low"]["holding"] == 4
    assert said["high"]["tier"] == said["low"]["tier"] == "medium"


def test_strict_tells_whether_something_was_not_examined(folder: Path) -> None:
    files = office(folder / "office")
    assert run("discover", files, "--strict").returncode == 4
    assert run("discover", files / "clients", "--strict").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name what to look through"),
        (("/no/such/place",), "/no/such/place: there is nothing of that name"),
        (("/etc/hosts", "--output", "xml=a"), "--output xml=a: give a format (table, json, jsonl, csv)"),
        (("/etc/hosts", "--index", "/etc/passwd/a"), "--index /etc/passwd/a: "),
        (("/etc/hosts", "--summary", "/no/such/a"), "--summary /no/such/a: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_place(arguments: tuple[str, ...], says: str) -> None:
    done = run("discover", *arguments)
    assert done.returncode in {1, 2}
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_configuration_says_where_and_the_command_line_overrides_it(folder: Path) -> None:
    files = office(folder / "office")
    config = folder / "config.yaml"
    config.write_text(f"discover: {{paths: [{files}], exclude: ['*.zip'], rate: 1000}}\n")
    own = json.loads(run("discover", "--config", config, "--format", "json").stdout)
    assert (own["roots"], own["files"], own["kinds"]["payment_card"]) == ([str(files)], FILES - 1, 0)
    other = json.loads(run("discover", files / "clients", "--config", config, "--format", "json").stdout)
    assert other["files"] == 2
    config.write_text("discover: {paths: [office], jobs: 0, rate: -1}\n")
    faulty = run("config", "check", "--config", config)
    assert faulty.returncode == 2
    assert "discover.jobs: must be from 1 to 64" in faulty.stderr
    assert "discover.rate: must be a number of megabytes a second" in faulty.stderr
    config.write_text("discover: {paths: [office]}\n")
    assert json.loads(run("discover", "--config", config, "--format", "json").stdout)["roots"] == [str(files)]


def test_whoever_stops_it_gets_no_summary_and_goes_on_where_it_was(folder: Path) -> None:
    files = office(folder / "office")
    for number in range(200):
        (files / f"a{number}.txt").write_text("words\n" * 1000)
    large(files / "clients")
    summary, index = folder / "summary.json", folder / "index"
    command = [sys.executable, "-m", "agent", "discover", str(files), "--summary", str(summary), "--index", str(index)]
    command += ["--rate", "0.02"]  # by which it would take a minute
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    until(lambda: process.poll() is not None or index.exists())
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=50)
    assert process.returncode == 1, said
    assert said.startswith("wispwatch: Stopped after ")
    assert not summary.exists()
    assert run("discover", files, "--summary", summary, "--index", index).returncode == 0
    assert json.loads(summary.read_text())["holding"] == 3


def recorded(path: Path, summary: Path) -> Path:
    """A recording of a host on which a survey was made, and nothing else was read."""
    reading = Text(summary.read_text()) if summary.exists() else Absent("no such file")
    readings: dict[str, Reading] = {personal_information_files.sources[0].key: reading}
    path.write_text(dump(Snapshot("files", Platform.LINUX, datetime.now(UTC), readings)))
    return path


def test_a_scan_judges_the_summary(folder: Path) -> None:
    summary, files = folder / "summary.json", office(folder / "office")

    def status() -> tuple[str, str]:
        replay = ("--replay", recorded(folder / "host.jsonl", summary))
        (line,) = run("scan", *replay, "--check", CHECK, "--format", "jsonl").stdout.splitlines()
        return json.loads(line)["status"], json.loads(line)["reason"]

    assert status()[0] == "not_applicable"
    run("discover", files, "--summary", summary)
    assert status() == ("fail", "3 files that likely hold personal information can be read by everybody")
    (files / "clients").chmod(0o750)
    run("discover", files, "--summary", summary)
    assert status() == ("unknown", "1 files that everybody can read could not be examined wholly")
    (files / "logo.png").chmod(0o640)
    run("discover", files, "--summary", summary)
    assert status()[0] == "pass"
    whole = summary.read_text()
    for mended in ("wispwatch.discovery/2", "wispwatch.discovery/1"):
        summary.write_text(whole.replace("wispwatch.discovery/1", mended).replace('"holding": 3', '"holding": -3'))
        assert status()[0] == "unknown"


def test_the_daemon_counts_the_files_by_kind(folder: Path) -> None:
    summary = folder / "summary.json"
    run("discover", office(folder / "office"), "--summary", summary)
    replay = recorded(folder / "host.jsonl", summary)
    with daemon(folder, f"targets: [{{name: files, kind: replay, path: {replay}}}]\ndaemon: {{splay: 0s}}\n") as alive:
        alive.ready()
        assert alive.metric("host_pi_files", asset="files", kind="social_security_number") == 2
        assert alive.metric("host_pi_files", asset="files", kind="payment_card") == 1
        assert alive.metric("host_pi_files", asset="files", kind="drivers_license") == 0
        assert alive.metric("host_pi_unexamined_files", asset="files") == 1
        ended = alive.metric("host_pi_survey_timestamp_seconds", asset="files")
        assert ended is not None
        assert abs(ended - summary.stat().st_mtime) < 10
