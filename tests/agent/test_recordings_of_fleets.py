"""Folders of recordings: written of many targets at a time, and judged again one at a time."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.scanning.recordings import ENDING, Names, file_name
from collectors.collector import Platform
from collectors.host.sshd import sshd
from collectors.readings import Reading, Text, Unread
from collectors.snapshot import Snapshot, dump, load
from tests.daemons import daemon
from tests.hosts import until
from tests.time_at_work import Clock

ROOT = Path(__file__).parent.parent.parent
CHECK = "sshd-refuses-empty-passwords"
SSHD, FILES = (source.key for source in sshd.sources)
TAKEN = datetime(2026, 11, 1, tzinfo=UTC)
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


def told_of(asset: str, permits: str = "no", taken_at: datetime = TAKEN, **more: Reading) -> str:
    readings: Mapping[str, Reading] = {
        SSHD: Text(f"port 22\npermitemptypasswords {permits}\n"),
        FILES: Text('{"/etc/ssh/sshd_config": ""}'),
    }
    return dump(Snapshot(asset, Platform.LINUX, taken_at, {**readings, **more}))


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "agent", *words]


def environment() -> dict[str, str]:
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    own.pop("WISPWATCH_CONFIG", None)
    return own


def wispwatch(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment(), cwd="/", check=False)


def judged(*words: str) -> dict[str, tuple[str, str]]:
    """Asset to status and reason of the one check."""
    done = wispwatch("scan", "--check", CHECK, "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    found = [one for asset in json.loads(done.stdout)["assets"] for one in asset["findings"]]
    assert len({one["asset"] for one in found}) == len(found)
    return {one["asset"]: (one["status"], one["reason"]) for one in found}


def configured(folder: Path, targets: list[dict[str, Any]]) -> str:
    path = folder / "wispwatch.yaml"
    path.write_text(json.dumps({"targets": targets}))
    return str(path)


def snapshots(folder: Path) -> dict[str, Snapshot]:
    """By the name of the file; all of them are whole."""
    found = {}
    for path in folder.iterdir():
        with path.open() as lines:
            found[path.name] = load(lines)
    return found


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


# Judging


def test_every_snapshot_of_a_folder_is_an_asset(tmp_path: Path) -> None:
    names = {"b": "yes", "a/1": "no", "c\x1b[31m": "no"}
    for number, (asset, permits) in enumerate(names.items()):
        (tmp_path / f"{number}.jsonl").write_text(told_of(asset, permits))
    (tmp_path / ".hidden.jsonl").write_text("garbage")
    (tmp_path / "notes.txt").write_text("garbage")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "z.jsonl").write_text(told_of("z"))
    os.mkfifo(tmp_path / "pipe.jsonl")
    found = judged("--replay", str(tmp_path))
    assert {asset: status for asset, (status, _) in found.items()} == {
        asset: "fail" if permits == "yes" else "pass" for asset, permits in names.items()
    }
    report = json.loads(wispwatch("scan", "--replay", str(tmp_path), "--check", CHECK, "--format", "json").stdout)
    order = [one["asset"] for one in report["assets"]]
    assert [one for one in order if one in names] == sorted(names)


def test_the_later_of_two_snapshots_of_an_asset_counts_and_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(told_of("web", "yes", TAKEN + timedelta(days=1)))
    (tmp_path / "b.jsonl").write_text(told_of("web", "no", TAKEN))
    (tmp_path / "c.jsonl").write_text(told_of("db", "no"))
    (tmp_path / "d.jsonl").write_text(told_of("db", "yes"))
    done = wispwatch("scan", "--replay", str(tmp_path), "--check", CHECK, "--format", "json")
    assert {asset: status for asset, (status, _) in judged("--replay", str(tmp_path)).items()} == {
        "web": "fail",
        "db": "fail",
    }
    for older, newer, asset in (("b", "a", "web"), ("c", "d", "db")):
        told = f"{tmp_path}/{older}.jsonl: does not count: {tmp_path}/{newer}.jsonl is of {asset}, too, and not older"
        assert told in done.stderr
    for number in range(30):
        (tmp_path / f"old-{number}.jsonl").write_text(told_of("web", "no", TAKEN - timedelta(days=1)))
    many = wispwatch("scan", "--replay", str(tmp_path), "--check", CHECK)
    assert "12 more recordings do not count" in many.stderr
    assert many.stderr.count("does not count") == 20


def test_a_damaged_snapshot_is_unknown_and_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_text(told_of("good"))
    (tmp_path / "cut.jsonl").write_text(told_of("cut")[:-10])
    (tmp_path / "garbage.jsonl").write_text("\x1b[2J not JSON")
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    (tmp_path / "endless.jsonl").write_text('{"asset": "' + "x" * 1_000_000)
    found = judged("--replay", str(tmp_path))
    assert found.pop("good")[0] == "pass"
    assert set(found) == {"cut", "garbage.jsonl", "empty.jsonl", "bytes.jsonl", "endless.jsonl"}
    for status, reason in found.values():
        assert status == "unknown"
        assert "cannot be replayed" in reason
    assert "line 3 is not JSON" in found["cut"][1]


def test_a_damaged_snapshot_of_an_account_is_an_account(tmp_path: Path) -> None:
    header = {"schema": "wispwatch.snapshot/1", "asset": "111122223333", "asset_kind": "", "platform": "aws"}
    head = json.dumps({**header, "taken_at": TAKEN.isoformat()})
    (tmp_path / "account.jsonl").write_text(f"{head}\ngarbage\n")
    (tmp_path / "host.jsonl").write_text(told_of("web"))
    done = wispwatch("scan", "--replay", str(tmp_path), "--format", "json")
    assert done.returncode == 0, done.stderr
    assets = {one["asset"]: one for one in json.loads(done.stdout)["assets"]}
    assert set(assets) == {"111122223333", "web", "organization"}
    account = assets["111122223333"]
    assert account["asset_kind"] == "aws_account"
    assert {one["status"] for one in account["findings"]} == {"unknown"}
    assert len(account["findings"]) > 100


def test_a_folder_without_snapshots_is_refused(tmp_path: Path) -> None:
    done = wispwatch("scan", "--replay", str(tmp_path))
    assert (done.returncode, "there is no snapshot in it" in done.stderr) == (2, True)


def test_what_was_not_recorded_is_unknown(tmp_path: Path) -> None:
    taken = Snapshot("old", Platform.LINUX, TAKEN, {FILES: Text('{"/etc/ssh/sshd_config": ""}')})
    (tmp_path / "old.jsonl").write_text(dump(taken))
    assert judged("--replay", str(tmp_path)) == {"old": ("unknown", "is not in the recording")}


def test_a_configured_folder_is_scanned_and_named_by_the_daemon(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    now = datetime.now(UTC)  # the daemon takes no notice of what is older than three intervals
    (folder / "a.jsonl").write_text(told_of("offices/web", "yes", now))
    (folder / "b.jsonl").write_text(told_of("db", "no", now))
    (folder / "c.jsonl").write_text("garbage")
    target = {"name": "branch", "kind": "replay", "path": str(folder)}
    config = configured(tmp_path, [target])
    assert {asset: status for asset, (status, _) in judged("--config", config).items()} == {
        "offices/web": "fail",
        "db": "pass",
        "c.jsonl": "unknown",
    }
    text = f"targets: [{{name: branch, kind: replay, path: {folder}}}]\ndaemon: {{splay: 0s}}\n"
    statuses = {"branch/offices/web": "fail", "branch/db": "pass", "branch/c.jsonl": "unknown"}
    for _ in range(2):  # the second takes up what the first left
        with daemon(tmp_path, text) as alive:
            until(lambda: "wispwatch is running" in alive.said)
            for asset, status in statuses.items():
                until(lambda: alive.metric("check_status", asset=asset, check=CHECK, status=status) == 1)  # noqa: B023
            assert alive.metric("asset_info", asset="branch") is None


MEASURED = """
import resource, sys
from agent.cli import main
try:
    main(sys.argv[1:])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def peak(folder: Path, count: int) -> int:
    """Kilobytes that a scan of so many snapshots takes at most."""
    for number in range(count):
        text = told_of(f"host-{number:05}", **{"file:/etc/motd": Text(f"{number} " * 2000)})
        (folder / f"{number:05}{ENDING}").write_text(text)
    words = ["scan", "--replay", str(folder), "--check", CHECK, "--format", "jsonl"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, env=environment(), cwd="/", check=True
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["asset"] for one in found} == {f"host-{number:05}" for number in range(count)}
    assert {one["status"] for one in found} == {"pass"}
    return int(done.stderr.splitlines()[-1])


def test_ten_times_as_many_snapshots_take_no_more_memory() -> None:
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        assert peak(Path(many), 2000) < 1.2 * peak(Path(few), 200)
