"""Many targets are recorded at a time, each into a file of a folder."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.scanning.recordings import ENDING, Names, file_name
from collectors.readings import Text, Unread
from tests.hosts import until
from tests.recordings_of_fleets import FILES, command, configured, environment, judged, snapshots, told_of, wispwatch
from tests.time_at_work import Clock

HOSTILE = (
    "../../etc/cron.d/x",
    "/etc/passwd",
    "a/b",
    "a_b",
    "a%2Fb",
    "..",
    ".",
    ".hidden",
    "",
    "%",
    "two words",
    "new\nline",
    "null\0byte",
    "\x1b[2J",
    "Ünïcödé",
    "\ud800",
    "x" * 300,
    "x" * 301,
    "con:aux\\nul*?",
    "-rf",
    "web-1.jsonl",
)


# What files are called


def test_a_file_is_called_so_that_it_stays_in_its_folder() -> None:
    names = [file_name(asset) for asset in HOSTILE]
    assert len(set(names)) == len(HOSTILE)
    for name in names:
        assert len(name) <= 200
        assert name.isascii()
        assert name.isprintable()
        assert not set(name) & set("/\\:*? \0")
        assert name[0] not in ".-" or name.startswith("-rf")
        assert name.endswith(ENDING)
    assert file_name("offices/web-1.example.com") == "offices%2Fweb-1.example.com.jsonl"


@given(st.text(), st.text())
def test_two_assets_have_two_files(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)


def test_a_file_is_handed_out_once(tmp_path: Path) -> None:
    names = Names(tmp_path)
    handed = [names.claim(asset) for asset in ("web", "web", "Web", "WEB", "web%-2", "other")]
    assert len({path.name.casefold() for path in handed}) == 6
    assert handed[0] == tmp_path / "web.jsonl"
    assert handed[5] == tmp_path / "other.jsonl"
    assert {path.parent for path in handed} == {tmp_path}


# Recording


def test_many_targets_are_recorded_each_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(told_of("web/1"))
    hostile = "../../../../../../../tmp/owned"
    config = configured(
        tmp_path,
        [
            {"name": "first", "kind": "replay", "path": str(tmp_path / "one.jsonl")},
            {"name": hostile, "kind": "shell", "command": ["false"]},
            {"name": "here", "kind": "shell", "command": ["env"]},
            {"name": "refuses", "kind": "ssh", "ssh": {"host": "127.0.0.1", "port": 1, "retries": 0, "agent": False}},
        ],
    )
    folder = tmp_path / "new" / "recordings"
    done = wispwatch("record", "--config", config, "--output", f"{folder}/")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "recorded 4 of 4" in done.stderr
    assert "2 could not be reached" in done.stderr
    kept = snapshots(folder)
    assert set(kept) == {"web%2F1.jsonl", file_name(hostile), "here.jsonl", "refuses.jsonl"}
    assert {one.asset for one in kept.values()} == {"web/1", hostile, "here", "refuses"}
    for name, why in (("refuses.jsonl", "onnection refused"), (file_name(hostile), "shell ended")):
        reasons = {
            one.reason if isinstance(one, Unread) else ""
            for key, one in kept[name].readings.items()
            if not key.startswith("declared:")  # which says that nothing is declared
        }
        assert all(why in reason for reason in reasons), reasons
    assert len({frozenset(one.readings) for one in kept.values()}) == 1
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    statuses = {asset: status for asset, (status, _) in judged("--replay", str(folder)).items()}
    assert statuses["web/1"] == "pass"
    assert statuses["refuses"] == statuses[hostile] == "unknown"
    assert len(statuses) == 4


def test_a_folder_that_is_there_needs_no_slash_and_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "kept"
    for one in (source, folder):
        one.mkdir()
    (source / "web.jsonl").write_text(told_of("web", "yes"))
    (folder / "web.jsonl").write_text(told_of("web"))
    (folder / "gone.jsonl").write_text(told_of("gone"))
    done = wispwatch("record", "--replay", str(source / "web.jsonl"), "--output", str(folder))
    assert done.returncode == 0, done.stderr
    assert {asset: status for asset, (status, _) in judged("--replay", str(folder)).items()} == {
        "web": "fail",
        "gone": "pass",
    }


def test_two_hosts_of_one_name_are_both_kept(tmp_path: Path) -> None:
    words = [word for user in ("ana", "bob") for word in ("--host", f"{user}@127.0.0.1:1")]
    config = tmp_path / "c.yaml"
    config.write_text("ssh: {retries: 0, agent: false}\n")
    done = wispwatch("record", *words, "--config", str(config), "--output", f"{tmp_path}/kept/")
    assert done.returncode == 0, done.stderr
    assert {name: one.asset for name, one in snapshots(tmp_path / "kept").items()} == {
        "127.0.0.1%3A1.jsonl": "127.0.0.1:1",
        "127.0.0.1%3A1%-2.jsonl": "127.0.0.1:1",
    }


def test_what_cannot_be_recorded_into_a_file_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(told_of(name))
    paths = [{"name": name, "kind": "replay", "path": str(tmp_path / f"{name}.jsonl")} for name in ("a", "b")]
    config = configured(tmp_path, paths)
    for words in (
        ("--config", config),
        ("--config", config, "--output", str(tmp_path / "x")),
        ("--replay", str(tmp_path)),
    ):
        done = wispwatch("record", *words)
        assert done.returncode == 2
        assert "--output FOLDER/" in done.stderr
    assert not (tmp_path / "x").exists()
    named = wispwatch("record", "--config", config, "--output", f"{tmp_path}/x/", "--asset", "y")
    assert (named.returncode, "--asset" in named.stderr) == (2, True)
    below = wispwatch("record", "--config", config, "--output", f"{tmp_path}/a.jsonl/x/")
    assert (below.returncode, "Not a directory" in below.stderr) == (1, True)


def test_a_link_in_the_folder_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "source.jsonl").write_text(told_of("web"))
    (tmp_path / "other.jsonl").write_text(told_of("other"))
    folder, outside = tmp_path / "kept", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("precious")
    (folder / "web.jsonl").symlink_to(outside)
    os.mkfifo(folder / "other.jsonl")
    paths = [{"name": name, "kind": "replay", "path": str(tmp_path / f"{name}.jsonl")} for name in ("source", "other")]
    third = {"name": "third", "kind": "shell", "command": ["false"]}
    config = configured(tmp_path, [*paths, third])
    done = wispwatch("record", "--config", config, "--output", str(folder))
    assert done.returncode == 1
    assert f"{folder}/web.jsonl: there is something" in done.stderr
    assert f"{folder}/other.jsonl: there is something" in done.stderr
    assert outside.read_text() == "precious"
    assert (folder / "web.jsonl").is_symlink()
    assert (folder / "third.jsonl").is_file()


@pytest.mark.real
def test_a_full_disk_leaves_what_was(tmp_path: Path) -> None:
    (tmp_path / "big.jsonl").write_text(told_of("big", **{FILES: Text("x" * 400_000)}))
    (tmp_path / "small.jsonl").write_text(told_of("small", "yes"))
    names = ("big", "small")
    config = configured(
        tmp_path, [{"name": one, "kind": "replay", "path": str(tmp_path / f"{one}.jsonl")} for one in names]
    )
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "wispwatch", str(folder)], check=True)
    try:
        (folder / "big.jsonl").write_text(told_of("big"))
        (folder / "filler").write_bytes(b"x" * 90_000)
        done = wispwatch("record", "--config", config, "--output", str(folder))
        assert done.returncode == 1
        assert "No space left on device; an earlier file there is untouched" in done.stderr
        assert (folder / "big.jsonl").read_text() == told_of("big")
        assert {path.name for path in folder.iterdir()} <= {"big.jsonl", "small.jsonl", "filler"}
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_some_are_under_way_at_a_time_and_no_more(tmp_path: Path) -> None:
    """Each target tells when it begins and when it ends, and the first wait until as many as may be are under way."""
    log = tmp_path / "log"
    for workers in (1, 3):
        others = f'until [ "$(grep -c begun "{log}")" -ge {workers} ]; do sleep 0.1; done'
        told = f'echo begun >>"{log}"; {others}; sleep 1; echo ended >>"{log}"'
        command = ["timeout", "60", "sh", "-c", told]
        targets = [{"name": f"host-{number}", "kind": "shell", "command": command} for number in range(6)]
        config = configured(tmp_path, targets)
        log.unlink(missing_ok=True)
        done = wispwatch("record", "--config", config, "--output", f"{tmp_path}/kept/", "--workers", str(workers))
        assert done.returncode == 0, done.stderr
        under_way, most = 0, 0
        for line in log.read_text().splitlines():
            under_way += 1 if line == "begun" else -1
            most = max(most, under_way)
        assert (under_way, most) == (0, workers)
        assert len(snapshots(tmp_path / "kept")) == 6


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_is_done(tmp_path: Path, number: signal.Signals, at_work: Clock) -> None:
    (tmp_path / "quick.jsonl").write_text(told_of("quick"))
    quick = {"name": "quick", "kind": "replay", "path": str(tmp_path / "quick.jsonl")}
    slow = {"name": "slow", "kind": "shell", "command": ["sh", "-c", "sleep 60"]}
    config = configured(tmp_path, [quick, slow])
    folder = tmp_path / "kept"
    running = subprocess.Popen(
        command("record", "--config", config, "--output", f"{folder}/"),
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    until((folder / "quick.jsonl").exists)
    begun = at_work()
    running.send_signal(number)
    _, complaints = running.communicate(timeout=20)
    assert at_work() - begun < 3
    assert running.returncode == 1
    assert f"Stopped: of 2 targets 1 are recorded in {folder}" in complaints
    assert "Traceback" not in complaints
    assert set(snapshots(folder)) == {"quick.jsonl"}


def test_a_fleet_that_cannot_be_listed_is_recorded_as_one_asset(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    fleet = {"name": "offices", "kind": "fleet", "fleet": {"format": "ansible", "file": str(tmp_path / "missing.ini")}}
    done = wispwatch("record", "--config", configured(tmp_path, [fleet]), "--output", f"{folder}/")
    assert done.returncode == 0, done.stderr
    (kept,) = snapshots(folder).values()
    assert kept.asset == "offices"
    assert all(isinstance(one, Unread) for one in kept.readings.values())
    # Once its members are listed, that is no longer so.
    listed = tmp_path / "listed"
    listed.mkdir()
    (listed / "x.jsonl").write_text(told_of("web"))
    config = configured(tmp_path, [{"name": "offices", "kind": "replay", "path": str(listed)}])
    assert wispwatch("record", "--config", config, "--output", str(folder)).returncode == 0
    assert {one.asset for one in snapshots(folder).values()} == {"web"}
    # What was seen of an asset of that name is somebody else's.
    (folder / "offices.jsonl").write_text(told_of("offices"))
    assert wispwatch("record", "--config", config, "--output", str(folder)).returncode == 0
    assert {one.asset for one in snapshots(folder).values()} == {"web", "offices"}
