"""A pool of threads that do not hold up the end of the program."""

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class Threads(Executor):
    """Runs functions in a few threads. ``ThreadPoolExecutor`` would wait for all of them when the program ends, and a scan
    that is broken off leaves behind calls that may take minutes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._started = 0
        self._todo: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> "Future[_T]":
        """Run a function as soon as a thread is free."""
        future: Future[_T] = Future()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as fault:  # noqa: BLE001 - it is for whoever asks for the result
                    future.set_exception(fault)

        self._todo.put(run)
        if self._started < self._most:
            self._started += 1
            threading.Thread(target=self._work, name="scan", daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Let the threads end: those that are idle at once, the others after what they do. What waits is left undone, and
        nobody is waited for, whatever is asked.
        """
        del wait, cancel_futures
        with contextlib.suppress(queue.Empty):
            while True:
                self._todo.get_nowait()
        for _ in range(self._started):
            self._todo.put(None)

    def _work(self) -> None:
        while (run := self._todo.get()) is not None:
            run()
