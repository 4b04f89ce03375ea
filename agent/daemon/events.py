"""What the daemon's main thread waits for: events of other threads, and of signals.

``queue.SimpleQueue`` will not do: a signal that comes in between its last look and its wait is noticed only when the wait
ends. Here the signal's wakeup file descriptor (see ``signal.set_wakeup_fd``) ends the wait whenever it comes.
"""

import contextlib
import os
import selectors
import signal
import time
from collections import deque
from typing import Generic, TypeVar

_Event = TypeVar("_Event")


class Events(Generic[_Event]):
    """A queue with one reader, the main thread. ``put`` may be called from any thread and from a signal handler."""

    def __init__(self) -> None:
        self._held: deque[_Event] = deque()
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._read, selectors.EVENT_READ)

    def wake_on_signals(self) -> None:
        """End a wait when a signal comes in. Only from the main thread."""
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)

    def put(self, event: _Event) -> None:
        """Add an event, and end the reader's wait."""
        self._held.append(event)
        with contextlib.suppress(BlockingIOError):  # a full pipe wakes as well
            os.write(self._write, b"\0")

    def get(self, timeout: float) -> _Event | None:
        """The next event, or None where none came in time. Seconds."""
        deadline = time.monotonic() + timeout
        while not self._held:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if self._selector.select(left):
                with contextlib.suppress(BlockingIOError):
                    os.read(self._read, 4096)
        return self._held.popleft()
