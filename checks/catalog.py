"""The regulations as data: what each item says, its halves, and how far a machine reaches it.

The text stands in the TOML files beside this module. ``reach`` is ``full`` only where ``unseen`` is empty, and ``unseen``
says what a machine cannot see of the item.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from collectors.shipped import shipped

VERSION = "1"
"""Of the catalogue as a whole; it changes when an item's reading changes."""

_FILES = ("ma_201_cmr_17_04.toml", "ma_201_cmr_17_03.toml", "ma_965_cmr_3_04.toml")


class Reach(StrEnum):
    """How far a machine can check an item."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Control:
    """One item of a regulation."""

    id: str
    text: str
    """The law's own words."""
    title: str
    """A few words for a table."""
    facets: tuple[str, ...]
    """The halves that are rolled up apart, e.g. firewall and patches."""
    heading: bool
    """Whether it only introduces the items below it, whose statuses it rolls up."""
    reach: Reach
    unseen: str
    """What a machine cannot see of it."""
    framework: str
    counts: str = ""
    """Another item whose checks count for this one as well."""
    settings: tuple[tuple[str, str, Any], ...] = ()
    """Stricter thresholds that this item asks for: check id, setting, value."""


@dataclass(frozen=True, slots=True)
class Framework:
    """A regulation that can be switched on."""

    id: str
    title: str
    source: str
    default: bool
    controls: tuple[Control, ...]


class CatalogError(ValueError):
    """A catalogue file that contradicts itself; the message names the item."""


@cache
def frameworks() -> dict[str, Framework]:
    """Every framework, by id, as the files give them."""
    loaded = (_framework(shipped(__package__, name), name) for name in _FILES)
    return {framework.id: framework for framework in loaded}


@cache
def controls() -> dict[str, Control]:
    """Every item of every framework, by id, in the order of the law."""
    return {control.id: control for framework in frameworks().values() for control in framework.controls}


def leaves(chosen: frozenset[str]) -> Iterator[Control]:
    """The items of the chosen frameworks that carry a status of their own."""
    for framework in frameworks().values():
        if framework.id in chosen:
            yield from (control for control in framework.controls if not control.heading)


def _framework(text: str, name: str) -> Framework:
    data = tomllib.loads(text)
    items = data["controls"]
    return Framework(
        id=data["id"],
        title=data["title"],
        source=data["source"],
        default=data["default"],
        controls=tuple(_control(key, item, data["id"], name) for key, item in items.items()),
    )


def _control(key: str, item: dict[str, Any], framework: str, name: str) -> Control:
    reach = Reach(item.get("reach", "partial"))
    unseen = item.get("unseen", "")
    heading = item.get("heading", False)
    if reach is Reach.FULL and unseen:
        raise CatalogError(f"{name}: {key} cannot be reached in full while something of it is unseen")
    if reach is not Reach.FULL and not unseen and not heading:
        raise CatalogError(f"{name}: {key} must say what a machine cannot see of it")
    return Control(
        id=key,
        text=item["text"],
        title=item["title"],
        facets=tuple(item.get("facets", ())),
        heading=heading,
        reach=reach,
        unseen=unseen,
        framework=framework,
        counts=item.get("counts", ""),
        settings=tuple(
            (check, setting, value)
            for check, values in item.get("settings", {}).items()
            for setting, value in values.items()
        ),
    )
