"""A survey for people and for programs: a table, JSON, JSON Lines and CSV. One line is one kind of personal information in one file."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from agent.discovery.examined import Seen, reaches
from agent.discovery.inventory import Inventory
from agent.discovery.survey import Looked, Survey
from agent.printable import printable
from collectors.personal_information.contents import Why
from collectors.personal_information.sightings import MOST, Kind, Tier
from collectors.personal_information.where import Where

_NAMES = {
    Kind.SOCIAL_SECURITY_NUMBER: "Social Security numbers",
    Kind.DRIVERS_LICENSE: "driver's license numbers",
    Kind.FINANCIAL_ACCOUNT: "financial account numbers",
    Kind.PAYMENT_CARD: "payment card numbers",
    Kind.TAXPAYER_NUMBER: "taxpayer numbers (no element of 17.02)",
}
_LEFT_OUT = {
    Why.PROGRAM: "programs and fonts, which are not looked into",
    Why.IMAGE: "pictures and scans",
    Why.ENCRYPTED: "encrypted",
    Why.NO_READER: "of a format that nothing here reads (`pip install 'wispwatch[discover]'` reads more)",
    Why.OPAQUE: "of no known format",
    Why.MEDIA: "sound or moving pictures",
    Why.DAMAGED: "damaged",
    Why.DENIED: "not readable with these rights",
    Why.CHANGED: "changed or gone meanwhile",
    Why.SAMPLED: "large tables, of which rows were sampled",
    Why.TIME: "took too long",
    Why.TOO_LARGE: "too large",
    Why.TOO_DEEP: "packed too many times over",
    Why.TOO_MANY: "with too many members",
}
_CAUTION = "What was found is likely, not certain; what was not examined is not known to be free of it."


def rows(looked: Looked, least: Tier, at: Where) -> Iterator[dict[str, Any]]:
    """One for each kind that was seen, as sure as that at least, of a file that lies there."""
    for one in looked.examined.seen:
        if reaches(one.tier, least):
            yield _row(looked, one, at)


def _row(looked: Looked, one: Seen, at: Where) -> dict[str, Any]:
    changed = datetime.fromtimestamp(looked.status.st_mtime, UTC)
    return {
        "path": looked.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"),
        "member": one.member,
        "kind": one.kind.value,
        "tier": one.tier.value,
        "count": one.count,
        "near_name": one.near_name,
        "offset": one.offset,
        "owner": at.owner,
        "group": at.group,
        "mode": at.mode,
        "open": looked.is_open,
        "volume": at.volume,
        "size": looked.status.st_size,
        "modified": changed.isoformat(timespec="seconds"),
        "examined_whole": looked.examined.is_whole,
    }


def jsonl(row: dict[str, Any]) -> str:
    """One line."""
    return json.dumps(row) + "\n"


def document(found: list[dict[str, Any]], summary: dict[str, Any]) -> str:
    """The summary with everything that was found."""
    return json.dumps({**summary, "findings": found}, indent=2) + "\n"


def table_of_csv(found: list[dict[str, Any]]) -> str:
    """With a header. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    text = io.StringIO()
    if found:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(found[0])
        for row in found:
            writer.writerow([_cell(value) for value in row.values()])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        shown = printable(value)
        return f"'{shown}" if shown[:1] in {"=", "+", "-", "@"} else shown
    return value


def table(found: list[dict[str, Any]], inventory: Inventory, survey: Survey) -> Iterator[str]:
    """For people, line by line: the files by how sure and how often, then what was left out."""
    by_path: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        by_path.setdefault(row["path"], []).append(row)
    ranks = {tier.value: rank for rank, tier in enumerate((Tier.HIGH, Tier.MEDIUM, Tier.LOW))}

    def order(held: list[dict[str, Any]]) -> tuple[int, int, str]:
        return min(ranks[one["tier"]] for one in held), -sum(one["count"] for one in held), held[0]["path"]

    for held in sorted(by_path.values(), key=order):
        first = held[0]
        who = f"{printable(first['owner'], 40)}:{printable(first['group'], 40)} {first['mode']}"
        yield f"{printable(first['path'])}  ({who}{', open to everybody' if first['open'] else ''})"
        for one in held:
            count = f"{MOST} or more" if one["count"] >= MOST else str(one["count"])
            member = f", first in {printable(one['member'])}" if one["member"] else ""
            name = ", near a name" if one["near_name"] else ""
            yield f"  {one['tier']:<7} {count} {_NAMES[Kind(one['kind'])]}{name}{member}"
    if by_path:
        yield ""
    yield from _summed(inventory, survey)


def _summed(inventory: Inventory, survey: Survey) -> Iterator[str]:
    kinds = ", ".join(f"{_NAMES[kind]} in {count}" for kind, count in inventory.kinds.most_common() if count)
    yield (
        f"{inventory.holding} of {survey.files} files likely hold personal information{': ' + kinds if kinds else ''}."
        f" {inventory.open_holding} of them can be read by everybody."
    )
    for why, count in sorted(inventory.unexamined.items(), key=lambda one: -one[1]):
        yield f"  not examined: {count} {_LEFT_OUT[why]}"
    unseen = len(survey.unseen) + survey.unseen_more
    for one in survey.unseen[:20]:
        yield f"  not looked at: {printable(one.path)}: {printable(one.why, 200)}"
    if unseen > 20:
        yield f"  not looked at: {unseen - 20} more"
    yield _CAUTION
