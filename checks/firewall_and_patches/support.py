"""Until when releases of operating systems get security updates: the tables beside this module."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from collectors.host.os_release import OsRelease
from collectors.shipped import shipped

_FILES = ("releases_distro_info.toml", "releases_others.toml")


@dataclass(frozen=True, slots=True)
class Support:
    """The last days of a release's security support, each as far as there is one."""

    eol: date
    """Of the vendor's own, for everybody."""
    long_term: date | None = None
    """Of a further team's, for everybody, e.g. Debian LTS."""
    paid: date | None = None
    """Under a subscription, e.g. Ubuntu Pro."""


@cache
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name in _FILES:
        text = shipped(__package__, name)
        tables |= tomllib.loads(text)
    return tables


def compiled() -> date:
    """Up to when the tables know what was announced."""
    found = _tables()["compiled"]
    return date.fromisoformat(str(found))


def is_rolling(system: OsRelease) -> bool:
    """Whether it has no releases, and so none that end."""
    return system.id in _tables()["rolling"]


def support_of(system: OsRelease) -> Support | None:
    """Of the release that is installed; None where the tables do not know it or know no end.

    The longest version counts: 3.20.3 is looked for before 3.20, and that before 3.
    """
    releases = _tables().get(system.id, {})
    parts = system.version_id.split(".")
    versions = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    rows = (releases[version] for version in versions if version in releases)
    row = next(rows, None) if isinstance(releases, dict) else None
    if row is None or "eol" not in row:
        return None
    return Support(row["eol"], row.get("long_term"), row.get("paid"))
