"""The table of platforms in docs/coverage.md says nothing that no test shows."""

import re
from pathlib import Path

import pytest

from tests.platforms import HOW, Family, platforms, table

ROOT = Path(__file__).parent.parent
RECORDINGS = Path(__file__).parent / "recordings"
TITLES, FAMILIES = platforms()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_cell_names_a_test_that_is_there(family: Family) -> None:
    for subject, seen in family.seen.items():
        path, _, name = seen.test.partition("::")
        text = (ROOT / path).read_text()
        assert subject in TITLES
        assert seen.how in HOW
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), seen.test
        # Only what runs as root with the real thing may call itself so; a recording must be named.
        assert seen.how not in ("host", "tool") or re.search(r"pytestmark = pytest\.mark\.(real|vm)", text), seen.test
        assert bool(seen.recordings) == (seen.how == "recording"), (family.name, subject)


def test_every_recording_is_named_and_says_where_it_is_from() -> None:
    named = {name for family in FAMILIES for seen in family.seen.values() for name in seen.recordings}
    assert named == {path.name for path in RECORDINGS.iterdir() if path.is_dir()}
    for path in RECORDINGS.rglob("*"):
        if path.is_file():
            head = path.read_text()[:300]
            assert re.search(r"Recorded (by others\. Origin: \S+ at \w+, .*\(Apache-2\.0\)|with apk-tools)", head), path


def test_no_recording_holds_a_name_or_an_address() -> None:
    for path in RECORDINGS.rglob("*"):
        if path.is_file():
            assert not re.search(r"\b\d{1,3}(\.\d{1,3}){3}\b|PRIVATE KEY|\$6\$", path.read_text()), path


def test_the_table_has_a_row_for_every_family() -> None:
    shown = table()
    assert all(f"| {family.name} |" in shown for family in FAMILIES)
    assert "real programs" in shown
