"""Scans of many targets with the command: what is streamed, what a broken-off scan keeps, what progress says."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import IO

import pytest

from tests.at_rest import is_at_rest
from tests.hosts import until
from tests.time_at_work import Clock

ROOT = Path(__file__).parent.parent.parent
CHECK = "sshd-refuses-empty-passwords"
SHARED = "no-other-scanned-host-has-this-hosts-keys"


def started(
    folder: Path, targets: dict[str, list[str]], *words: str, stderr: int | IO[str] = subprocess.PIPE
) -> "subprocess.Popen[str]":
    """A scan of targets that are commands which give a shell."""
    config = folder / "c.yaml"
    told = [{"name": name, "kind": "shell", "command": command} for name, command in targets.items()]
    config.write_text(json.dumps({"targets": told}))
    command = [sys.executable, "-m", "agent", "scan", "--config", str(config), "--check", CHECK, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT)


HANGING = ["sh", "-c", "sleep 60"]
QUICK = ["env"]


@pytest.mark.alone
def test_an_interrupt_ends_it_within_a_second_and_keeps_what_is_done(tmp_path: Path, at_work: Clock) -> None:
    for number, form in ((signal.SIGINT, "jsonl"), (signal.SIGTERM, "json"), (signal.SIGINT, "table")):
        ended = [tmp_path / f"{form}-{number}" for number in range(6)]
        quick = {f"quick-{number}": ["sh", "-c", f"sh; touch {mark}"] for number, mark in enumerate(ended)}
        targets = quick | {"slow-1": HANGING, "slow-2": HANGING}
        follow = tmp_path / "followed.jsonl"
        scan = started(tmp_path, targets, "--format", form, "--output", f"csv={tmp_path}/also.csv")
        assert scan.stdout is not None
        if form == "jsonl":
            told = [json.loads(scan.stdout.readline()) for _ in range(6)]
            assert {one["asset"] for one in told} == {f"quick-{number}" for number in range(6)}
        else:
            until(lambda marks=ended: all(one.exists() for one in marks))
            until(lambda scan=scan: is_at_rest(scan.pid))  # what they said is judged
        begun = at_work()
        scan.send_signal(number)
        rest, complaints = scan.communicate(timeout=120)
        assert at_work() - begun < 1.5
        assert scan.returncode == 1
        assert "Traceback" not in complaints
        assert re.search(
            r"Stopped: scanned 6 of 8, [\d.]+ a second; what was not scanned is not in the report", complaints
        )
        if form == "json":
            report = json.loads(rest)
            assert {one["asset"] for one in report["assets"]} == {f"quick-{number}" for number in range(6)}
            assert report["notes"][0].startswith("the scan was stopped: scanned 6 of 8")
        assert "slow-1" not in rest
        assert (tmp_path / "also.csv").read_text().count(CHECK) == 6
        assert not follow.exists()


def test_an_interrupt_before_the_first_result_says_so(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    scan = started(tmp_path, {"slow-1": ["sh", "-c", f"touch {begun}; sleep 60"], "slow-2": HANGING})
    until(begun.exists)
    scan.send_signal(signal.SIGINT)
    told, complaints = scan.communicate(timeout=120)
    assert (scan.returncode, told, complaints) == (1, "", "\nStopped.\n")


def test_nothing_that_was_started_is_left_behind(tmp_path: Path) -> None:
    mark = f"600.{os.getpid()}"
    scan = started(tmp_path, {"quick": QUICK, "slow": ["sh", "-c", f"sleep {mark}"]}, "--format", "jsonl")
    assert scan.stdout is not None
    scan.stdout.readline()
    scan.send_signal(signal.SIGINT)
    scan.communicate(timeout=120)

    def is_left() -> bool:
        running = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
        return f"sleep {mark}" in [line.strip() for line in running.splitlines()]

    until(lambda: not is_left())


def test_results_are_streamed_and_what_others_may_change_comes_last(tmp_path: Path) -> None:
    targets = {f"host-{number}": QUICK for number in range(4)}
    scan = started(tmp_path, targets, "--check", SHARED, "--format", "jsonl")
    told, _ = scan.communicate(timeout=120)
    rows = [json.loads(line) for line in told.splitlines()]
    assert Counter((row["asset"], row["check"]) for row in rows) == Counter(
        (name, check) for name in targets for check in (CHECK, SHARED)
    )
    assert [row["check"] for row in rows] == [CHECK] * 4 + [SHARED] * 4
    order = [row["asset"] for row in rows[4:]]
    assert order == sorted(targets)


def test_progress_off_a_terminal_is_one_line_at_the_end(tmp_path: Path) -> None:
    scan = started(tmp_path, {"a": QUICK, "b": QUICK, "gone": ["false"]}, "--format", "jsonl")
    _, complaints = scan.communicate(timeout=120)
    assert re.fullmatch(r"scanned 3 of 3, [\d.]+ a second, 1 could not be reached in [\d.]+ s\n", complaints)


def test_progress_on_a_terminal_is_written_over(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    with os.fdopen(follower, "w") as terminal:
        scan = started(tmp_path, {f"h-{number}": QUICK for number in range(5)}, "--format", "jsonl", stderr=terminal)
        scan.communicate(timeout=120)
    told = os.read(leader, 65536).decode()
    os.close(leader)
    assert re.search(r"\r\x1b\[Kscanned 1 of 5, [\d.]+ a second h-\d", told)
    assert told.endswith("\n")
    assert re.search(r"scanned 5 of 5, [\d.]+ a second in [\d.]+ s\r?\n$", told)


def test_an_overall_limit_makes_the_rest_unknown(tmp_path: Path) -> None:
    scan = started(tmp_path, {"quick": QUICK, "slow": HANGING}, "--format", "jsonl", "--time-limit", "10s", "--strict")
    told, _ = scan.communicate(timeout=120)
    rows = {row["asset"]: row for row in map(json.loads, told.splitlines())}
    assert rows["quick"]["status"] != "unknown" or "within the time limit" not in rows["quick"]["reason"]
    assert rows["slow"]["status"] == "unknown"
    assert "was not scanned within the time limit of the whole scan, 10 s" in rows["slow"]["reason"]
    assert scan.returncode == 4


def test_parts_of_a_scan(tmp_path: Path) -> None:
    targets = {f"host-{number}": QUICK for number in range(8)}
    found: Counter[str] = Counter()
    for index in range(3):
        scan = started(
            tmp_path,
            targets,
            "--check",
            "everyone-on-the-roster-is-trained",
            "--check",
            SHARED,
            "--shard",
            f"{index}/3",
            "--format",
            "jsonl",
        )
        told, _ = scan.communicate(timeout=120)
        rows = [json.loads(line) for line in told.splitlines()]
        found.update({row["asset"] for row in rows})
        assert {row["status"] for row in rows if row["check"] == SHARED} <= {"unknown", "fail"}
    assert found == Counter([*targets, "organization"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--shard", "3/3"), "is no part such as 0/4"),
        (("--time-limit", "soon"), "is no time such as 30s, 5m or 1h"),
        (("--workers", "0"), "0 is not in the range"),
        (("--cluster", "tcp://127.0.0.1:9"), "is of kind shell, which on a worker would be the worker's machine"),
    ],
)
def test_options_that_will_not_do(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    scan = started(tmp_path, {"a": QUICK}, *words)
    _, complaints = scan.communicate(timeout=120)
    assert scan.returncode == 2
    assert told in " ".join(complaints.split())
