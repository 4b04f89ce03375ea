"""The reports of a scan: one on standard output, and those in files."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.errors import OutputError, UsageError
from agent.expected import Expected
from agent.plan import Plan
from agent.reports.forms import FORMATS, Shown
from agent.reports.table import Table
from agent.results import Results
from agent.whole_files import write_whole_parts

_METRICS = "prometheus"
NAMES = ("table", *FORMATS, _METRICS)
_FOR_US, _FOR_ALL = 0o600, 0o644
"""Modes of files. What scrapes metrics from files is not root."""


@dataclass(frozen=True)
class Reports:
    """What is to be written of a scan."""

    form: str
    """Of what goes to standard output."""
    files: tuple[tuple[str, Path], ...]
    """Formats and paths."""
    shown: Shown
    plan: Plan
    expected: Expected

    def __post_init__(self) -> None:
        if not self.plan.whole and _METRICS in {self.form, *(name for name, _ in self.files)}:
            raise UsageError(
                f"{_METRICS}: metrics are of all checks, as the status of a control is; leave out --check and --control"
            )

    def write(self, results: Results) -> None:
        """To standard output, at once."""
        colours = self.form == "table" and sys.stdout.isatty() and not _no_colour()
        for part in self._told(self.form, results, colours=colours):
            sys.stdout.write(part)
        sys.stdout.flush()

    def write_files(self, results: Results) -> None:
        """Each whole or not at all. ``OutputError`` where one cannot be written."""
        for name, path in self.files:
            parts = (part.encode() for part in self._told(name, results, colours=False))
            try:
                write_whole_parts(path, parts, _FOR_ALL if name == _METRICS else _FOR_US)
            except OSError as fault:
                raise OutputError(f"--output {path}: {fault.strerror}; an earlier file there is untouched") from fault

    def _told(self, form: str, results: Results, *, colours: bool) -> Iterator[str]:
        if form == "table":
            width = min(shutil.get_terminal_size((100, 24)).columns, 140)
            return (f"{line}\n" for line in Table(width, colours).render(results, self.shown))
        if form == _METRICS:
            return self._metrics(results)
        return FORMATS[form](results, self.shown)

    def _metrics(self, results: Results) -> Iterator[str]:
        from agent.pages.scan_page import page_of  # noqa: PLC0415 - other reports need none of it

        _, parts = page_of(self.plan, results, self.expected, time.time()).plain()
        return (part.decode() for part in parts)


def named(output: str) -> tuple[str, Path]:
    """What ``--output`` says. ``UsageError`` where it says no format and path."""
    name, mark, path = output.partition("=")
    if not mark or not path or name not in NAMES:
        raise UsageError(f"--output {output}: give a format ({', '.join(NAMES)}), an equals sign and a path")
    return name, Path(path)


def _no_colour() -> bool:
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
