"""Where the daemon's metrics go of their own accord: pushed to a server, written to a file."""

import logging
from collections.abc import Callable
from pathlib import Path

from agent.config import Config
from agent.daemon.textfile import Textfile
from agent.exposition.process_metrics import process_metrics
from agent.pages.page import Page
from agent.push.pusher import Pusher


class Outlets:
    """Belongs to the daemon's main thread; only ``metrics`` may be asked by others."""

    def __init__(self, page: Callable[[], Page | None], state_dir: Path, log: logging.Logger) -> None:
        """``page`` gives what is published, or None as long as nothing is; the queue of what is pushed is kept in ``state_dir``."""
        self._page, self._state_dir, self._log = page, state_dir, log
        self._pusher: Pusher | None = None
        self._textfile: Textfile | None = None

    def metrics(self) -> str:
        """Metrics that are others each time: of the pushing, and of this process."""
        pusher = self._pusher
        return (pusher.told.text() if pusher is not None else "") + process_metrics()

    def take(self, config: Config) -> None:
        """A configuration holds, for the first time or another than before."""
        push = config.push.with_instance(config.this_machine().name)
        if not push.url:
            self._stop_pushing()
        elif self._pusher is not None:
            self._pusher.take(push)
        else:
            self._pusher = Pusher(push, self._state_dir, self._page, process_metrics, self._log)
            self._pusher.start()
        directory = config.daemon.textfile_dir
        path = None if self._textfile is None else self._textfile.path.parent
        if directory != path:
            self._stop_writing()
            self._textfile = None if directory is None else Textfile(directory, self._log)

    def write(self) -> None:
        """Write what is published, where it is not written yet."""
        page = self._page()
        if self._textfile is not None and page is not None:
            self._textfile.write(page)

    def end(self) -> None:
        """Begin to stop."""
        if self._pusher is not None:
            self._pusher.end()

    def stop(self) -> None:
        """Stop, and leave nothing behind that looks as if somebody still looked."""
        self._stop_pushing()
        self._stop_writing()

    def _stop_pushing(self) -> None:
        if self._pusher is not None:
            self._pusher.stop()
            self._pusher = None

    def _stop_writing(self) -> None:
        if self._textfile is not None:
            self._textfile.remove()
            self._textfile = None
