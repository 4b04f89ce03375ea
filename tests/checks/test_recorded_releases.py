"""What systems call themselves is what the tables of releases call them."""

import json
from datetime import date
from pathlib import Path

import pytest

from checks.firewall_and_patches.support import is_rolling, support_of
from collectors.host.os_release import OsRelease, os_release
from collectors.readings import Text

RECORDINGS = Path(__file__).parent.parent / "recordings"
NO_END_IS_KNOWN = {"alpine-edge"}


def released(text: str) -> OsRelease:
    found = os_release.outcome({os_release.sources[0].key: Text(json.dumps({"/etc/os-release": text}))})
    assert isinstance(found, OsRelease)
    return found


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*/os-release")), ids=lambda path: path.parent.name)
def test_a_recorded_release_is_in_the_tables(path: Path) -> None:
    system = released(path.read_text())
    support = support_of(system)
    assert (support is None) == (path.parent.name in NO_END_IS_KNOWN), system
    assert support is None or date(2017, 1, 1) < support.eol < date(2040, 1, 1)


@pytest.mark.parametrize(
    ("id_", "version", "eol"),
    [("ol", "9.2", 2032), ("rhel", "7.2", 2024), ("amzn", "2", 2026), ("rocky", "9.4", 2032), ("fedora", "41", 2025)],
)
def test_the_end(id_: str, version: str, eol: int) -> None:
    support = support_of(OsRelease(id_, version))
    assert support is not None
    assert support.eol.year == eol


@pytest.mark.parametrize("id_", ["arch", "opensuse-tumbleweed"])
def test_rolling(id_: str) -> None:
    assert is_rolling(OsRelease(id_))
