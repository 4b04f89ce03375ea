"""A folder of recordings is judged, one at a time: each is an asset, and a damaged one costs only itself."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.scanning.recordings import ENDING
from collectors.collector import Platform
from collectors.readings import Text
from collectors.snapshot import Snapshot, dump
from tests.daemons import daemon
from tests.hosts import until
from tests.recordings_of_fleets import (
    CHECK,
    FILES,
    TAKEN,
    configured,
    environment,
    judged,
    told_of,
    wispwatch,
)


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
