"""The results of a scan in the forms that programs read: JSON, JSON Lines and CSV. The table for people is in ``table``.

``json`` has the schema ``wispwatch.report/1``; ``jsonl`` and ``csv`` have one finding a line with the same fields.
"""

import csv
import io
import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent import __version__
from agent.evaluate import Finding
from agent.printable import printable
from agent.results import Result, Results
from checks import catalog
from checks.verdict import Severity, Status

SCHEMA = "wispwatch.report/1"
DISCLAIMER = "Which items were checked and what was seen: no statement of compliance, and no legal advice."


@dataclass(frozen=True)
class Shown:
    """Which findings a report lists; control statuses are always of all of them."""

    statuses: tuple[Status, ...] = ()
    severity: Severity = Severity.LOW

    def __contains__(self, finding: object) -> bool:
        """Whether a finding is listed."""
        return (
            isinstance(finding, Finding)
            and (not self.statuses or finding.status in self.statuses)
            and finding.check.severity >= self.severity
        )


def row(finding: Finding) -> dict[str, Any]:
    """A finding as JSON carries it."""
    shown: dict[str, Any] = {
        "asset": finding.asset,
        "asset_kind": finding.asset_kind,
        "check": finding.check.id,
        "controls": list(finding.check.controls),
        "facet": finding.check.facet,
        "subject": finding.subject,
        "region": finding.region,
        "status": finding.status.value,
        "severity": finding.check.severity.label,
        "basis": finding.check.basis.value,
        "title": finding.check.title,
        "reason": finding.verdict.reason,
        "observed": dict(finding.verdict.observed),
        "fix": finding.check.fix if finding.status is Status.FAIL else "",
        "evidence": [
            {"source": one.source, "sha256": one.sha256, "outcome": one.outcome, "read_at": _time(one.read_at)}
            for one in finding.evidence
        ],
    }
    if finding.waiver is not None:
        shown["waiver"] = {
            "owner": finding.waiver.owner,
            "reason": finding.waiver.reason,
            "compensating_control": finding.waiver.compensating_control,
            "until": finding.waiver.until.isoformat(),
        }
    return shown


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _asset(result: Result, shown: Shown) -> dict[str, Any]:
    return {
        "asset": result.asset,
        "asset_kind": result.asset_kind,
        "taken_at": _time(result.taken_at),
        "seconds": round(result.seconds, 3),
        "controls": [
            {"control": one.control, "facet": one.facet, "status": one.status.value} for one in result.controls
        ],
        "findings": [row(finding) for finding in result.findings if finding in shown],
    }


def as_json(results: Results, shown: Shown) -> Iterator[str]:
    """One document, asset by asset."""
    head = {
        "schema": SCHEMA,
        "wispwatch": __version__,
        "catalogue": catalog.VERSION,
        "notes": list(results.notes),
        "disclaimer": DISCLAIMER,
    }
    opening = json.dumps(head, indent=2).removesuffix("\n}")
    yield f'{opening},\n  "assets": ['
    before = "\n"
    for result in results.assets:
        yield f"{before}{textwrap.indent(json.dumps(_asset(result, shown), indent=2), '    ')}"
        before = ",\n"
    yield "\n  ]\n}\n" if before != "\n" else "]\n}\n"


def as_jsonl(results: Results, shown: Shown) -> Iterator[str]:
    """One finding a line."""
    for finding in _listed(results, shown):
        yield json.dumps(row(finding)) + "\n"


_COLUMNS = (
    *(
        "asset",
        "asset_kind",
        "check",
        "controls",
        "facet",
        "subject",
        "status",
        "severity",
        "title",
        "reason",
        "observed",
    ),
    *("fix", "evidence", "region", "basis"),
)


def as_csv(results: Results, shown: Shown) -> Iterator[str]:
    """One finding a line under a heading; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(_COLUMNS)
    for finding in _listed(results, shown):
        fields = row(finding)
        writer.writerow([_cell(name, fields[name]) for name in _COLUMNS])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(name: str, value: Any) -> str:
    match value:
        case Mapping():
            text = "; ".join(f"{key}={held}" for key, held in value.items())
        case list() if name == "evidence":
            text = " ".join(f"{one['source']}@{one['sha256'][:16] or one['outcome']}" for one in value)
        case list():
            text = " ".join(map(str, value))
        case _:
            text = str(value)
    shown = printable(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _listed(results: Results, shown: Shown) -> Iterable[Finding]:
    return (finding for result in results.assets for finding in result.findings if finding in shown)


Writer = Callable[[Results, Shown], Iterator[str]]
FORMATS: Mapping[str, Writer] = {"json": as_json, "jsonl": as_jsonl, "csv": as_csv}
