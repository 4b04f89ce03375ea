import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import DaemonError
from agent.state.history import STICKY, Changes, History
from agent.state.store import NAME, Lock, Store
from checks.verdict import Status
from collectors.collector import Platform
from collectors.readings import Absent, Text, Unread
from collectors.snapshot import Snapshot
from tests.hosts import need

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
DAY = 86400.0
KEY = ("17.04(1)(b)", "")


def taken(asset: str = "web") -> Snapshot:
    readings = {"a": Text("\x1b[31m\udc80ü\n"), "b": Absent("b"), "c": Unread("denied")}
    return Snapshot(asset, Platform.LINUX, datetime(2026, 1, 1, tzinfo=UTC), readings, "laptop", 1.5)


def test_only_transitions_are_noted() -> None:
    history = History()
    assert history.note("web", {"c": FAIL}, {KEY: FAIL}, 1.0).checks == [(("web", "c"), FAIL, 1.0)]
    assert not history.note("web", {"c": FAIL}, {KEY: FAIL}, 2.0)
    assert history.note("web", {"c": PASS}, {KEY: PASS}, 3.0).failing == {("web", *KEY): None}


def test_failing_since_outlasts_not_seeing_but_not_passing() -> None:
    history = History()
    for at, status in ((1.0, FAIL), (2.0, UNKNOWN), (3.0, FAIL)):
        history.note("web", {}, {KEY: status}, at)
    assert history.failing_since("web", KEY[0], ("",)) == 1.0
    history.note("web", {}, {KEY: PASS}, 4.0)
    history.note("web", {}, {KEY: FAIL}, 5.0)
    assert history.failing_since("web", KEY[0], ("",)) == 5.0


def test_a_status_is_sticky_for_seven_days_after_its_end() -> None:
    history = History()
    history.note("web", {"c": FAIL}, {}, 0.0)
    history.note("web", {"c": PASS}, {}, 30 * DAY)
    assert history.sticky("web", "c", 30 * DAY + STICKY) == {FAIL, PASS}
    assert history.sticky("web", "c", 30 * DAY + STICKY + 1) == {PASS}


def test_a_status_that_goes_to_and_fro_takes_no_more_memory_the_longer_it_does() -> None:
    history = History()
    for number in range(5000):
        history.note("web", {"c": (PASS, FAIL, UNKNOWN)[number % 3 if number < 100 else number % 2]}, {}, float(number))
    assert len(history.checks["web"]["c"]) <= 20
    assert history.sticky("web", "c", 5000.0) == {PASS, FAIL, UNKNOWN}
    assert history.sticky("web", "c", 4999.0 + STICKY) == {PASS, FAIL}
    assert history.sticky("web", "c", 4999.0 + STICKY + 1) == {FAIL}


def filled(directory: Path) -> History:
    store = Store(directory, 0.0)
    history = History()
    changes = history.note("web", {"c": FAIL}, {KEY: FAIL}, 10.0)
    store.save(history, changes, [taken()])
    store.save(history, history.attempted("web", 11.0, True))
    store.save(history, history.count([("web", "sshd", "timeout"), ("web", "sshd", "timeout")]))
    store.save(history, history.note("web", {"c": PASS}, {KEY: FAIL}, 20.0))
    assert store.faults() == []
    store.close()
    return history


def test_everything_comes_back(tmp_path: Path) -> None:
    history = filled(tmp_path)
    again = Store(tmp_path, 0.0)
    assert again.load() == history
    assert [again.snapshot(name) for name in again.assets()] == [taken()]
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    again.close()


def test_a_kill_between_two_scans_loses_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, '.')\n"
        "from tests.agent.test_store import *\n"
        "s = Store(Path(sys.argv[1]), 0.0); h = History()\n"
        "s.save(h, h.note('web', {'c': FAIL}, {KEY: FAIL}, 10.0), [taken()]); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    again = Store(tmp_path, 0.0)
    assert again.faults() == []
    assert again.load().failing == {"web": {KEY: 10.0}}
    assert [again.snapshot(name) for name in again.assets()] == [taken()]
    again.close()


@pytest.mark.parametrize("folder", [False, True])
def test_a_file_that_somebody_removed_is_written_again(tmp_path: Path, *, folder: bool) -> None:
    place = tmp_path / "state"
    place.mkdir()
    history = filled(place)
    store = Store(place, 0.0)
    if folder:
        shutil.rmtree(place)
    else:
        (place / NAME).unlink()
    store.save(history, history.note("web", {"c": FAIL}, {KEY: FAIL}, 30.0), [taken()])
    assert ["removed" in fault for fault in store.faults()] == [True, False]
    store.close()
    again = Store(place, 0.0)
    assert again.load() == history
    assert [again.snapshot(name) for name in again.assets()] == [taken()]
    again.close()


def test_what_is_gone_is_forgotten_but_its_transitions_stay_for_an_auditor(tmp_path: Path) -> None:
    history = filled(tmp_path)
    store = Store(tmp_path, 0.0)
    store.save(history, history.keep_only(frozenset({"other"})))
    assert store.assets() == []
    assert history == History()
    assert store.load().attempts == {}
    store.close()
    with sqlite3.connect(tmp_path / NAME) as db:
        assert db.execute("SELECT count(*) FROM check_transition").fetchone() == (2,)
    db.close()


def test_old_transitions_are_pruned_but_never_the_one_in_force(tmp_path: Path) -> None:
    store, history = Store(tmp_path, 0.0), History()
    for at, status in ((0.0, FAIL), (10 * DAY, PASS), (20 * DAY, FAIL), (900 * DAY, PASS)):
        store.save(history, history.note("web", {"c": status}, {KEY: status}, at))
    store.prune(1000 * DAY)
    store.close()
    with sqlite3.connect(tmp_path / NAME) as db:
        rows = db.execute("SELECT since, status FROM check_transition ORDER BY since").fetchall()
    db.close()
    assert rows == [(20 * DAY, "fail"), (900 * DAY, "pass")]


@pytest.mark.parametrize("damage", ["text", "middle", "newer", "folder"])
def test_a_damaged_file_is_moved_aside_and_said_so(tmp_path: Path, damage: str) -> None:
    filled(tmp_path)
    path = tmp_path / NAME
    match damage:
        case "text":
            path.write_bytes(b"this is no database at all" * 100)
        case "middle":
            raw = bytearray(path.read_bytes())
            raw[4096:] = os.urandom(len(raw) - 4096)
            path.write_bytes(raw)
        case "newer":
            with sqlite3.connect(path) as db:
                db.execute("PRAGMA user_version = 99")
            db.close()
        case _:
            path.unlink()
            path.mkdir()
    store = Store(tmp_path, 0.0)
    told = store.faults()
    assert len(told) == 1
    if damage == "folder":
        assert "goes on from memory" in told[0]
        return
    assert "moved to state.db.damaged-19700101T000000Z" in told[0]
    assert store.load() == History()
    history = History()
    store.save(history, history.note("web", {"c": FAIL}, {}, 1.0))
    assert store.load() == history
    store.close()


def test_only_the_last_damaged_files_are_kept(tmp_path: Path) -> None:
    for second in range(6):
        (tmp_path / NAME).write_bytes(b"no database" * 100)
        Store(tmp_path, float(second)).close()
    assert len(list(tmp_path.glob("*.damaged-*Z"))) == 3


def test_a_damaged_snapshot_is_left_out_and_said_so(tmp_path: Path) -> None:
    filled(tmp_path)
    with sqlite3.connect(tmp_path / NAME) as db:
        db.execute("UPDATE snapshot SET body = X'00'")
    db.close()
    store = Store(tmp_path, 0.0)
    assert store.snapshot("web") is None
    assert "the last snapshot of web is damaged" in store.faults()[0]
    store.close()


@pytest.mark.real
def test_a_full_disk_is_said_and_what_was_missed_is_written_later(tmp_path: Path) -> None:
    need("mount")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)], check=True)
    try:
        store, history = Store(tmp_path, 0.0), History()
        store.save(history, history.note("web", {"c": FAIL}, {KEY: FAIL}, 1.0))
        assert store.faults() == []
        hog = ["dd", "if=/dev/zero", f"of={tmp_path}/hog", "bs=1k"]
        assert b"No space" in subprocess.run(hog, capture_output=True, check=False).stderr
        big = Snapshot("web", Platform.LINUX, taken().taken_at, {"a": Text(os.urandom(40000).hex())})
        store.save(history, history.note("web", {"c": PASS}, {KEY: PASS}, 2.0), [big])
        assert "full; the daemon goes on from memory" in store.faults()[0]
        (tmp_path / "hog").unlink()
        store.save(history, Changes())
        assert "written again" in store.faults()[0]
        assert store.load() == history
        store.close()
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_the_lock_names_the_one_who_holds_it(tmp_path: Path) -> None:
    held = Lock(tmp_path / "state")
    with pytest.raises(DaemonError, match=rf"in use by another wispwatch \(pid {os.getpid()}\)"):
        Lock(tmp_path / "state")
    held.release()
    Lock(tmp_path / "state").release()
    (tmp_path / "file").touch()
    with pytest.raises(DaemonError, match="--state-dir"):
        Lock(tmp_path / "file")
