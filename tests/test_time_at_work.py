"""That what a test bounds so is the time that it takes, and not that of others."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.hosts import until
from tests.time_at_work import time_at_work

STOPPED = """
import time
from tests.time_at_work import time_at_work
with time_at_work() as taken:
    begun = time.monotonic()
    print("begun", flush=True)
    input()
    time.sleep(0.2)
    print(taken(), time.monotonic() - begun)
"""


def test_what_is_waited_for_and_what_is_computed_counts() -> None:
    with time_at_work() as taken:
        until(lambda: taken() >= 0.6)
        begun, spent = taken(), time.thread_time()
        while time.thread_time() - spent < 0.6:
            sum(range(2_000_000))  # nobody else runs meanwhile
        assert taken() - begun >= 0.6


def test_what_a_process_is_stopped_does_not() -> None:
    command = [sys.executable, "-c", STOPPED]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        one = psutil.Process(process.pid)
        one.suspend()
        until(lambda: one.status() == psutil.STATUS_STOPPED)
        time.sleep(3)
        one.resume()
        process.stdin.write("\n")
        process.stdin.close()
        taken, passed = map(float, process.stdout.read().split())
    assert passed >= 3.2
    assert passed - taken >= 2.5
