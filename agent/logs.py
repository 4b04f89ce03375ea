"""Logs: one event a line on standard error, as logfmt or as JSON.

What an event is about goes into fields, as ``extra``: ``log.info("scanned", extra={"asset": name, "seconds": 1.2})``. Nothing
that a target said can steer a terminal or begin a line of its own: control characters are written out.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import IO, Any

from agent.printable import printable

LOGGER = "wispwatch"
"""The name of the logger that everything here writes to."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LONGEST = 4000


class _Fields(logging.Formatter):
    """Turns a record into its fields; the subclasses say how a line of them looks."""

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """Time, level, message, the event's own fields, and the traceback where there is one."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"ts": at.replace("+00:00", "Z"), "level": record.levelname.lower(), "msg": record.getMessage()}
        told |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return told


class Logfmt(_Fields):
    """``ts=2026-01-01T00:00:00.000Z level=info msg="scan finished" asset=web``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return " ".join(f"{name}={_word(value)}" for name, value in self.fields(record).items())


class Json(_Fields):
    """The same fields as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {name: _plain(value) for name, value in self.fields(record).items()}
        return json.dumps(fields, allow_nan=False).replace("\x7f", "\\u007f")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 3)
    return str(value)[:_LONGEST]


def _word(value: Any) -> str:
    text = str(_plain(value))
    if text and text.isascii() and text.isprintable() and not any(mark in text for mark in ' ="'):
        return text
    lines = (printable(line, _LONGEST).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'


def setup(level: str = "info", form: str = "logfmt", stream: IO[str] | None = None) -> logging.Logger:
    """Send events of at least ``level`` to a stream (standard error), and return the logger. Calling it again changes both."""
    log = logging.getLogger(LOGGER)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if form == "json" else Logfmt())
    log.handlers[:] = [handler]
    log.setLevel(level.upper())
    log.propagate = False
    return log
