"""The table beside this module: passwords that vendors publish for accounts of their products."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from collectors.shipped import shipped

_FILE = "vendor_default_accounts.toml"


@dataclass(frozen=True, slots=True)
class VendorDefault:
    """One entry; the table's head tells what its fields mean."""

    id: str
    product: str
    users: tuple[str, ...]
    secrets: tuple[str, ...]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(shipped(__package__, _FILE))


@cache
def vendor_defaults() -> Mapping[str, VendorDefault]:
    """By id, in the order of the table."""
    return {
        one["id"]: VendorDefault(one["id"], one["product"], tuple(one["users"]), tuple(one["secrets"]))
        for one in _table()["default"]
    }


def generic_words() -> tuple[str, ...]:
    """What is tried on every account."""
    return tuple(_table()["generic"])
