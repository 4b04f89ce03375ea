"""The series of an asset that only another scan changes. Pure."""

from datetime import UTC, date, datetime, time, timedelta

from agent.exposition import families
from agent.exposition.host_metrics import GAUGES, attestation_ends, operating_system
from agent.exposition.text import Family, Part, column, is_empty, labels, number, tail_of
from agent.gather import ORGANIZATION, Scanned
from collectors.readings import Absent, Unread

_MOST = 2.0**63
"""What a host tells may be any number; one as large is none of what these gauges count, and may be beyond what a float holds."""


def of_scan(one: Scanned) -> dict[Family, Part]:
    """What only another scan changes."""
    kind = one.asset_kind
    parts: dict[Family, Part] = {
        families.ASSET_INFO: (
            tail_of(families.ASSET_INFO, 1.0, kind, *operating_system(one.facts.outcomes.values()), ""),
        ),
        families.TOOK: (f"{labels(('asset_kind',), (kind,))}{number(one.seconds)}",),
        families.COLLECTOR_SUCCESS: tuple(
            tail_of(families.COLLECTOR_SUCCESS, float(each.seen), each.name) for each in one.collectors
        ),
        families.COLLECTOR_TOOK: column(("collector",), (((each.name,), each.seconds) for each in one.collectors)),
    }
    if kind == ORGANIZATION:
        ends = attestation_ends(one.facts.outcomes.values())
        parts[families.ATTESTATION_EXPIRY] = column(("control",), (((each,), after(day)) for each, day in ends.items()))
    outcomes = {fact.__name__: outcome for fact, outcome in one.facts.outcomes.items()}
    for gauge, family in zip(GAUGES, families.HOST, strict=True):
        outcome = outcomes.get(gauge.fact)
        if outcome is not None and not isinstance(outcome, Absent | Unread):
            parts[family] = tuple(
                f"{labels(gauge.labels, told)}{number(value)}"
                for told, value in gauge.read(outcome)
                if abs(value) < _MOST
            )
    return {family: part for family, part in parts.items() if not is_empty(part)}


def after(day: date) -> float:
    """The end of a day in UTC, in seconds since the epoch."""
    return (datetime.combine(day, time(), UTC) + timedelta(days=1)).timestamp()
