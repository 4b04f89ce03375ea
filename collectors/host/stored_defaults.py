"""The table beside this module: logins that vendors publish for their services."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from collectors.shipped import shipped

_FILE = "stored_defaults.toml"


@dataclass(frozen=True, slots=True)
class ServiceDefault:
    """One entry; the table's head tells what its fields mean."""

    id: str
    product: str
    pairs: tuple[tuple[str, str], ...]
    reader: str = ""
    files: tuple[str, ...] = ()
    speaks: str = ""
    port: int = 0


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(shipped(__package__, _FILE))


def _entries(kind: str) -> tuple[ServiceDefault, ...]:
    return tuple(
        ServiceDefault(
            one["id"],
            one["product"],
            tuple((user, user if secret == "=user" else secret) for user, secret in one["pairs"]),  # noqa: S105 - a mark
            one.get("reader", ""),
            tuple(one.get("files", ())),
            one.get("speaks", ""),
            one.get("port", 0),
        )
        for one in _table().get(kind, ())
    )


@cache
def sql_defaults() -> tuple[ServiceDefault, ...]:
    """Hashes in a MariaDB server."""
    return _entries("sql")


@cache
def stored_hashes() -> tuple[ServiceDefault, ...]:
    """Hashes in files."""
    return _entries("stored")


@cache
def logins() -> tuple[ServiceDefault, ...]:
    """Logins that may be tried."""
    return _entries("login")
