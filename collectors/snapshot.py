"""Readings of one asset at one moment, and their form as JSON lines: sorted, diffable, one reading a line.

The first line is the header (``schema``, ``asset``, ``asset_kind``, ``platform``, ``taken_at``, and ``clock_off`` where the
target's clock was wrong); each further line has
``source`` and one of ``text``, ``absent`` or ``unread``. Sources carry no secret by declaration, so a snapshot holds none.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.collector import Fact, Platform
from collectors.readings import Absent, Reading, Text, Unread

SCHEMA = "wispwatch.snapshot/1"
_MUCH = timedelta(days=1)
"""How far a clock may be off: checks count in days."""


class SnapshotError(ValueError):
    """A recorded snapshot that cannot be read; the message names the line."""


@dataclass(frozen=True)
class Moment(Fact):
    """When the readings were taken, by the scanner's clock. It is always known."""

    at: datetime
    clock_off: float = 0.0
    """Seconds by which the target's clock was ahead of the scanner's; 0 where it was right or is not known."""

    def undatable(self, *dates: datetime) -> str:
        """Why nothing follows from what the target has dated by its own clock; empty where something does."""
        if abs(self.clock_off) > _MUCH.total_seconds():
            days = round(abs(self.clock_off) / 86400)
            way = "ahead" if self.clock_off > 0 else "behind"
            return f"the target's clock is {days} days {way}: what is dated by it tells nothing"
        if any(date > self.at + _MUCH for date in dates):
            return "it is dated in the future: the target's clock is, or was, wrong"
        return ""


@dataclass(frozen=True)
class Snapshot:
    """All readings of one asset, by source key."""

    asset: str
    platform: Platform
    taken_at: datetime
    readings: Mapping[str, Reading]
    asset_kind: str = ""
    """What the operator declared it to be; empty lets the facts decide."""
    seconds: float = 0.0
    """How long the reading took."""
    seconds_by_source: Mapping[str, float] = field(default_factory=dict)
    """How long the target took over each source, where that is known. It is not recorded."""
    clock_off: float = 0.0
    """Seconds by which the target's clock was ahead of the scanner's; recorded where it is not 0."""


def dump(snapshot: Snapshot) -> str:
    """Write a snapshot as JSON lines."""
    header: dict[str, Any] = {
        "schema": SCHEMA,
        "asset": snapshot.asset,
        "asset_kind": snapshot.asset_kind,
        "platform": snapshot.platform.value,
        "taken_at": snapshot.taken_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    if snapshot.clock_off:
        header["clock_off"] = snapshot.clock_off
    lines: list[Mapping[str, Any]] = [
        header,
        *(_line(key, reading) for key, reading in sorted(snapshot.readings.items())),
    ]
    return "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)


def _line(key: str, reading: Reading) -> dict[str, str]:
    match reading:
        case Text(text):
            return {"source": key, "text": text}
        case Absent(what):
            return {"source": key, "absent": what}
        case Unread(reason):
            return {"source": key, "unread": reason}


def load(lines: Iterable[str]) -> Snapshot:
    """Read a snapshot back. ``SnapshotError`` names the first line that does not fit."""
    header: dict[str, Any] | None = None
    readings: dict[str, Reading] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as fault:
            raise SnapshotError(f"line {number} is not JSON") from fault
        if not isinstance(row, dict):
            raise SnapshotError(f"line {number} is not a JSON object")
        if header is None:
            header = row
            continue
        key, reading = _reading(number, row)
        if key in readings:
            raise SnapshotError(f"line {number} names {key!r} a second time")
        readings[key] = reading
    if header is None:
        raise SnapshotError("the snapshot is empty")
    return _headed(header, readings)


def _reading(number: int, row: dict[str, Any]) -> tuple[str, Reading]:
    kinds = {"text": Text, "absent": Absent, "unread": Unread}
    found = [name for name in kinds if name in row]
    if not isinstance(row.get("source"), str) or len(found) != 1 or not isinstance(row[found[0]], str):
        raise SnapshotError(f"line {number} needs a source and one of text, absent and unread, each a string")
    return row["source"], kinds[found[0]](row[found[0]])


def _headed(header: dict[str, Any], readings: dict[str, Reading]) -> Snapshot:
    if header.get("schema") != SCHEMA:
        raise SnapshotError(f"the header has schema {str(header.get('schema'))[:60]!r}; this version reads {SCHEMA!r}")
    asset, asset_kind, taken_at = header.get("asset"), header.get("asset_kind", ""), header.get("taken_at")
    platform, off = header.get("platform"), header.get("clock_off", 0.0)
    if not isinstance(off, int | float) or isinstance(off, bool) or not math.isfinite(off):
        raise SnapshotError("the header's clock_off is no number of seconds")
    if not (
        isinstance(platform, str)
        and isinstance(asset, str)
        and isinstance(asset_kind, str)
        and isinstance(taken_at, str)
    ):
        raise SnapshotError("the header needs asset, platform and taken_at, each a string")
    try:
        moment = datetime.fromisoformat(taken_at)
        return Snapshot(
            asset=asset,
            platform=Platform(platform),
            taken_at=(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC),
            readings=readings,
            asset_kind=asset_kind,
            clock_off=float(off),
        )
    except (ValueError, OverflowError) as fault:
        raise SnapshotError(
            "the header needs a known platform and a time in taken_at, as ISO 8601 writes it"
        ) from fault
