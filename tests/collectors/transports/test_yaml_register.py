"""Registers in YAML are read as the CSV that they could be."""

from datetime import date
from pathlib import Path

import pytest

from collectors.organization.roster import Person, Roster, roster
from collectors.readings import Text, Unread
from collectors.sources import Register
from collectors.transports.registers import Registers
from collectors.transports.yaml_register import YamlRegisterError, as_csv

ROSTER = """\
# people
- person: "Lee, Ann"
  status: active
  start: 2020-01-31
  admin: yes
  accounts: [ann, alee]
- {person: Bo Ray, status: left, end: 2024-05-06, accounts: null}
"""


def read(folder: Path, text: str) -> Text | Unread:
    path = folder / "roster.yml"
    path.write_text(text)
    reading = Registers({"roster": path}).read([Register("roster")])["register:roster"]
    assert isinstance(reading, Text | Unread)
    return reading


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "? " * 100_000, "{a: " * 100_000], ids="[-?{")
def test_what_is_nested_without_end_is_told(text: str) -> None:
    with pytest.raises(YamlRegisterError, match="line 1: is not YAML: nested more than 100 levels deep"):
        as_csv(text)


def test_a_roster(tmp_path: Path) -> None:
    made = roster.outcome({"register:roster": read(tmp_path, ROSTER)})
    assert isinstance(made, Roster)
    assert made.faults == ()
    assert made.people == (
        Person("Lee, Ann", start=date(2020, 1, 31), admin=True, accounts=("ann", "alee")),
        Person("Bo Ray", active=False, end=date(2024, 5, 6)),
    )


def test_a_fault_tells_the_line_of_the_file(tmp_path: Path) -> None:
    made = roster.outcome({"register:roster": read(tmp_path, ROSTER.replace("2024-05-06", "soon"))})
    assert isinstance(made, Roster)
    assert [fault.line for fault in made.faults] == [7]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("person: Ann\n", "line 1: is no list"),
        ("- Ann\n", "line 1: is no entry"),
        ("- person: Ann\n  person: Bo\n", "line 2: person stands twice"),
        ("- person: {first: Ann}\n", "line 1: must be one value"),
        ("- person: [[Ann]]\n", "line 1: must be one value"),
        ("- [a, b]: Ann\n", "no name of a column"),
        ("- '#line': 3\n", "no name of a column"),
        ("- person: 'Ann\n", "is not YAML"),
        ("[" * 5000, "is not YAML"),
        ("- person: &a " + "x" * 4_000_000 + "\n" + "- person: *a\n" * 5, "aliases"),
    ],
)
def test_what_is_no_register(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(YamlRegisterError, match=told):
        as_csv(text)
    reading = read(tmp_path, text)
    assert isinstance(reading, Unread)
    assert told in reading.reason


def test_nothing_is_an_empty_register() -> None:
    assert as_csv("# nobody yet\n") == ""
