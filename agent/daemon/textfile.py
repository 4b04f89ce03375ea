"""The page of metrics as a file for node_exporter's textfile collector: https://github.com/prometheus/node_exporter#textfile-collector.

Written whole, readable by all, without timestamps (it refuses a file that has any) and without the metrics of this process, which
are called as node_exporter's own. A file that is there when nobody looks any more would say what it last said for ever, so it is
removed when the daemon stops.
"""

import logging
from contextlib import suppress
from pathlib import Path

from agent.pages.page import Page
from agent.whole_files import write_whole_parts

NAME = "wispwatch.prom"
_MODE = 0o644


class Textfile:
    """One file in a directory."""

    def __init__(self, directory: Path, log: logging.Logger) -> None:
        self.path = directory / NAME
        self._log = log
        self._written: Page | None = None
        self._complaint = ""

    def write(self, page: Page) -> None:
        """Write a page that is not the one before. A fault is logged, and it is tried again at the next call."""
        if page is self._written:
            return
        try:
            write_whole_parts(self.path, page.plain()[1], _MODE)
        except OSError as fault:
            complaint = f"{self.path}: {fault.strerror}; the metrics are not written there"
            if complaint != self._complaint:
                self._log.error(complaint)
            self._complaint = complaint
        else:
            self._written, self._complaint = page, ""

    def remove(self) -> None:
        """Say nothing any more."""
        with suppress(OSError):
            self.path.unlink()
