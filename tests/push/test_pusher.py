"""The thread that pushes, where it is quicker than the one that gives it other settings."""

import logging
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from agent.pages.metrics import Metrics
from agent.push.pusher import Pusher
from agent.push.settings import Push
from checks.verdict import passed
from tests.hosts import until
from tests.push.receiver import receiver
from tests.states import SSH, plan, scanned, state

LOG = logging.getLogger("wispwatch.tests")


class Overtaken(Pusher):
    """Whoever gives it other settings loses the processor as soon as they are there to be seen."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "_coming" and value is not None and "_thread" in vars(self):
            self._wake.set()
            time.sleep(0.5)


def test_settings_that_are_used_at_once_are_not_cut_off_with_those_before(tmp_path: Path) -> None:
    made = plan()
    page = Metrics().page(state(made, scanned(made, {SSH: passed()})))
    with receiver() as first, receiver() as second:
        push = Push(url=first.url, interval=timedelta(seconds=1), instance="me")
        pusher = Overtaken(push, tmp_path, lambda: page, lambda: "", LOG)
        pusher.start()
        try:
            until(lambda: first.sent)
            pusher.take(replace(push, url=second.url))
            until(lambda: second.sent)
        finally:
            pusher.stop(20)
        assert not pusher._thread.is_alive()
