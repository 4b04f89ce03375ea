import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.push.messages import label
from agent.push.moments import Moment
from agent.push.queue import NAME, SENT, Counted, Queue, Queued
from agent.push.samples import Samples, layout_of
from agent.sqlite_file import VERSION
from tests.daemons import ROOT
from tests.push.clocks import Clock, dropped, is_balanced, samples, sent

AT = Moment(1000.0, 5.0, "boot")


def first(queue: Queue) -> Queued:
    found = queue.first()
    assert found is not None
    return found


def ended(queue: Queue, *now: str) -> set[str]:
    series = queue.ended(samples(*now).layout)
    return {name for name in "abcd" if any(label("__name__", name) in one for one in series)}


def test_what_is_put_in_comes_out_again_also_after_a_restart(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    put = samples("a", "b", value=0.5)
    queue.put(AT, put)
    queue.put(Moment(1060.0, 65.0, "boot"), samples("a"))
    queue.close()
    again = Queue(tmp_path)
    oldest = first(again)
    assert (oldest.made, oldest.layout, oldest.samples) == (AT, put.layout.id, 2)
    assert again.layout(oldest.layout).series == put.layout.series
    assert b"".join(again.values(oldest)) == put.values
    again.done(oldest, {SENT: 2}, only=True)
    assert again.counts()[SENT] == Counted(1, 2)
    assert again.waiting() == Counted(1, 1)
    assert again.first(1060.0) == again.first()
    assert again.first(1061.0) is None
    assert is_balanced(again)


def test_a_day_of_a_host_takes_little_room(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    clock = Clock()
    for minute in range(1440):
        queue.put(clock(), samples("a", value=float(minute), count=560))
        clock.pass_(60)
    queue.close()
    assert (tmp_path / NAME).stat().st_size < 1_000_000


def test_the_oldest_make_room_and_are_counted(tmp_path: Path) -> None:
    queue = Queue(tmp_path, largest=20_000)
    noise = random.Random(1)
    for minute in range(100):
        body = b"".join(noise.randbytes(6) + b"\x00\x00" for _ in range(100))
        queue.put(Moment(60.0 * minute, 60.0 * minute, ""), Samples(samples(count=100).layout, body))
    left = queue.waiting().snapshots
    assert 10 < left < 40
    assert first(queue).made.wall == 60.0 * (100 - left)
    assert dropped(queue) == {"queue_full": 100 - left}
    assert is_balanced(queue)


def test_what_had_to_make_room_while_it_was_sent_is_counted_once(tmp_path: Path) -> None:
    queue = Queue(tmp_path, largest=200)
    queue.put(AT, samples("a"))
    sending = first(queue)
    queue.put(AT, samples("b", count=200))
    assert dropped(queue)["queue_full"] >= 1
    queue.done(sending, {SENT: 1}, only=True)
    assert sent(queue) == 0
    assert is_balanced(queue)


def test_series_that_have_ended_are_those_that_the_server_took_and_that_are_no_more(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    for number, made in enumerate((samples("a", "b"), samples("b", "c"), samples("d"), samples("b"))):
        queue.put(Moment(number, number, ""), made)
    assert ended(queue, "b", "c") == set()  # nothing was sent yet
    queue.done(first(queue), {SENT: 2}, only=True)
    assert ended(queue, "b", "c") == {"a"}
    queue.done(first(queue), {"refused": 2}, only=False)  # of what is refused, some may have been taken all the same
    assert ended(queue, "d") == {"a", "b", "c"}
    queue.done(first(queue), {SENT: 1}, only=True)
    queue.close()
    assert ended(Queue(tmp_path), "b") == {"d"}


def test_layouts_that_nobody_needs_are_forgotten(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    for number in range(200):
        queue.put(Moment(number, number, ""), samples(f"a{number}"))
        queue.done(first(queue), {"refused": 1}, only=False)
    queue.close()
    with sqlite3.connect(tmp_path / NAME) as db:
        (count,) = db.execute("SELECT count(*) FROM layout").fetchone()
    db.close()
    assert count == 50


@pytest.mark.parametrize("damage", [b"no database at all" * 500, b""])
def test_a_damaged_file_is_begun_anew_and_told(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / NAME).write_bytes(damage)
    queue = Queue(tmp_path)
    queue.put(AT, samples("a"))
    assert queue.waiting().snapshots == 1
    assert any("a new queue is begun" in fault for fault in queue.faults()) is bool(damage)
    assert [path.read_bytes() for path in tmp_path.glob("push.db.damaged-*Z")] == [damage] * bool(damage)
    queue.close()
    assert Queue(tmp_path).waiting().snapshots == 1


def test_what_a_later_version_left_is_moved_aside_and_can_be_put_back(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    queue.put(AT, samples("a"))
    queue.close()
    _call_it_version(99, tmp_path / NAME)
    older = Queue(tmp_path)
    assert older.waiting().snapshots == 0
    (told,) = older.faults()
    assert "version 99" in told
    older.close()
    (aside,) = tmp_path.glob("push.db.damaged-*Z")
    assert aside.name in told
    aside.replace(tmp_path / NAME)
    _call_it_version(VERSION, tmp_path / NAME)
    assert Queue(tmp_path).waiting().snapshots == 1


def _call_it_version(version: int, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")


def test_a_file_that_somebody_removed_is_written_again_with_everything_in_it(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    queue.put(AT, samples("a"))
    for one in tmp_path.iterdir():
        one.unlink()
    queue.put(AT, samples("a"))
    assert "somebody has removed it" in queue.faults()[0]
    queue.close()
    assert Queue(tmp_path).waiting().snapshots == 2


@pytest.mark.real
def test_on_a_full_disk_it_goes_on_from_memory_and_back(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "wispwatch", str(tmp_path)], check=True)
    try:
        queue = Queue(tmp_path)
        queue.put(AT, samples("a"))
        with (tmp_path / "filler").open("wb") as filler, contextlib.suppress(OSError):
            while os.write(filler.fileno(), bytes(4096)):
                pass
        noise = random.Random(1)
        body = b"".join(noise.randbytes(6) + b"\x00\x00" for _ in range(2000))
        for minute in range(20):
            queue.put(Moment(minute, minute, ""), Samples(samples(count=2000).layout, body))
        assert queue.waiting().snapshots == 21
        assert any("is kept in memory" in fault for fault in queue.faults())
        assert first(queue).made == AT
        queue.done(first(queue), {SENT: 1}, only=True)
        subprocess.run(["mount", "-o", "remount,size=16M", str(tmp_path)], check=True)
        (tmp_path / "filler").unlink()
        queue.put(AT, samples("a"))
        assert any("written again" in fault for fault in queue.faults())
        assert is_balanced(queue)
        queue.close()
        again = Queue(tmp_path)
        assert (sent(again), again.waiting().snapshots) == (1, 21)
        again.close()
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.mark.real
def test_what_waits_is_there_after_a_start_on_a_full_disk(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "wispwatch", str(tmp_path)], check=True)
    try:
        queue = Queue(tmp_path)
        queue.put(AT, samples("a"))
        queue.put(AT, samples("a"))
        queue.done(first(queue), {SENT: 1}, only=True)
        queue.close()
        with (tmp_path / "filler").open("wb") as filler, contextlib.suppress(OSError):
            while os.write(filler.fileno(), bytes(4096)):
                pass
        again = Queue(tmp_path)
        assert any("is kept in memory" in fault for fault in again.faults())
        assert (sent(again), again.waiting().snapshots) == (1, 1)
        (tmp_path / "filler").unlink()
        again.put(AT, samples("a"))
        assert any("written again, nothing that waits is lost" in fault for fault in again.faults())
        again.close()
        third = Queue(tmp_path)
        assert (sent(third), third.waiting().snapshots) == (1, 2)
        third.close()
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


_BUSY = """
import sys
from pathlib import Path
from agent.push.moments import Moment
from agent.push.queue import Queue, SENT
from tests.push.clocks import samples
queue = Queue(Path(sys.argv[1]))
number = 0
while True:
    queue.put(Moment(number, number, ""), samples("a", f"b{number % 7}", count=50))
    number += 1
    if number == 1:
        print("busy", flush=True)
    if number % 3 == 0:
        first = queue.first()
        queue.done(first, {SENT: first.samples} if number % 2 else {"refused": first.samples}, only=bool(number % 2))
"""


def test_a_kill_at_any_moment_loses_nothing_that_is_counted(tmp_path: Path) -> None:
    noise = random.Random(2)
    made = 0
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", _BUSY, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"busy\n"
        time.sleep(noise.uniform(0.02, 0.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        queue = Queue(tmp_path)
        assert queue.faults() == []
        assert is_balanced(queue)
        counted = queue.counts().get("made", Counted()).snapshots
        assert counted > made
        made = counted
        assert len(queue.values(first(queue))) == len(queue.layout(first(queue).layout).series)
        queue.close()


def test_an_unknown_layout_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="incomplete"):
        Queue(tmp_path).layout(layout_of([b"x"]).id)
