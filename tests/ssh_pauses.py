"""What happens between two tries to reach a host."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from collectors.transports.ssh import connecting


def between_tries(monkeypatch: pytest.MonkeyPatch, then: Callable[[int], object]) -> list[float]:
    """From now on, call this with how many tries have failed, before each pause. The pauses, in seconds, as they come."""
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        then(len(pauses))
        time.sleep(seconds)

    monkeypatch.setattr(connecting, "time", SimpleNamespace(sleep=pause, monotonic=time.monotonic))
    return pauses
