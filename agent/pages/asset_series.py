"""All series of one asset: what each family of metrics says of it at a moment. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agent.exposition import families
from agent.exposition.text import Family, Part, column, count_of, labels, number, plain, tail_of
from agent.state.assets import Asset
from agent.state.history import History
from checks import catalog
from checks.check import Check
from checks.verdict import Status

SCAN = "scan"
"""Stands for the collector in errors of a scan as a whole."""
RAISED = (SCAN, "raised")


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """All series of an asset, ready to be written down."""

    asset: str
    """Its name as a label's value, plain."""
    parts: tuple[Part, ...]
    """By family, in the order of ``families.OF_ASSETS``."""


def of_asset(asset: Asset, history: History, frameworks: frozenset[str], at: float) -> Series:
    """Everything that is published of an asset at a moment, in seconds since the epoch."""
    standing = asset.standing
    name, kind = standing.asset, standing.asset_kind
    kind_label = labels(("asset_kind",), (kind,))
    errors = history.errors.get(name, {}).get(RAISED, 0)
    own: dict[Family, Part] = {
        families.CONTROL_STATUS: tuple(
            tail_of(families.CONTROL_STATUS, float(held.status is status), kind, held.control, held.facet, status.value)
            for held in asset.controls
            for status in Status
        ),
        families.CHECK_STATUS: tuple(_check_tails(asset, history, frameworks, at)),
        families.FAILING_SINCE: column(("control",), _failing_since(asset, history)),
        families.TRIED: (f"{kind_label}{number(asset.attempt.tried)}",),
        families.INTERVAL: (f"{kind_label}{number(asset.interval)}",),
        families.ERRORS: (count_of(families.ERRORS, errors, *RAISED),),
        families.AWS_RESOURCES: tuple(_resources(asset, frameworks)),
    }
    if asset.attempt.succeeded is not None:
        own[families.SUCCEEDED] = (f"{kind_label}{number(asset.attempt.succeeded)}",)
    of_scan = {family: part for family, part in standing.parts.items() if not (asset.stale and family in families.HOST)}
    both = {**of_scan, **own}
    return Series(plain(name), tuple(both.get(family, ()) for family in families.OF_ASSETS))


def of_errors(errors: Mapping[tuple[str, str], int]) -> Part:
    """What an asset's collectors could not see, how often."""
    return tuple(count_of(families.ERRORS, count, *key) for key, count in sorted(errors.items()) if key != RAISED)


def cited(check: Check, frameworks: frozenset[str]) -> tuple[str, ...]:
    """The controls of a check that belong to the chosen frameworks."""
    return _cited(check.controls, frameworks)


@lru_cache(maxsize=4096)
def _cited(controls: tuple[str, ...], frameworks: frozenset[str]) -> tuple[str, ...]:
    known = catalog.controls()
    return tuple(one for one in controls if known[one].framework in frameworks) or controls


def _check_tails(asset: Asset, history: History, frameworks: frozenset[str], at: float) -> Iterator[str]:
    for check, now in asset.statuses():
        sticky = history.sticky(asset.standing.asset, check.id, at)
        for status in Status:
            if status is now or status in sticky:
                for control in cited(check, frameworks):
                    value = float(status is now)
                    yield tail_of(families.CHECK_STATUS, value, check.id, control, check.severity.label, status.value)


def _failing_since(asset: Asset, history: History) -> Iterator[tuple[tuple[str], float]]:
    failing: dict[str, list[str]] = {}
    for held in asset.controls:
        if held.status is Status.FAIL:
            failing.setdefault(held.control, []).append(held.facet)
    for control, facets in failing.items():
        begun = history.failing_since(asset.standing.asset, control, facets)
        if begun is not None:
            yield (control,), begun


def _resources(asset: Asset, frameworks: frozenset[str]) -> Iterator[str]:
    for region, check, status, count in asset.resources():
        for control in cited(check, frameworks):
            yield count_of(families.AWS_RESOURCES, count, region, check.id, control, status.value)
