import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from agent.daemon.events import Events
from tests.time_at_work import Clock


@pytest.mark.alone
def test_events_come_in_their_order_from_any_thread(at_work: Clock) -> None:
    events: Events[int] = Events()
    assert events.get(0) is None
    threading.Timer(0.1, lambda: [events.put(one) for one in (1, 2)]).start()
    begun = at_work()
    assert [events.get(5), events.get(5)] == [1, 2]
    assert at_work() - begun < 3
    events.put(1)
    events.put_first(2)
    assert [events.get(0), events.get(0)] == [2, 1]
    assert events.get(0.01) is None


def test_more_events_than_a_pipe_holds_are_kept() -> None:
    events: Events[int] = Events()
    for number in range(100_000):
        events.put(number)
    assert [events.get(0) for _ in range(100_000)] == list(range(100_000))
    assert events.get(0.01) is None


@pytest.mark.alone
def test_no_signal_is_noticed_late() -> None:
    program = """
import os, signal
from agent.daemon.events import Events
events = Events()
events.wake_on_signals()
signal.signal(signal.SIGHUP, lambda number, frame: events.put(number))
print("ready", flush=True)
for count in range(400):
    assert events.get(20) == signal.SIGHUP, count
    print(count, flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        begun = time.monotonic()
        for count in range(400):
            process.send_signal(signal.SIGHUP)
            assert process.stdout.readline() == f"{count}\n"
    assert process.wait(10) == 0
    assert time.monotonic() - begun < 15
