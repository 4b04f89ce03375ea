import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.collector import Platform
from collectors.readings import Absent, Reading, Text, Unread
from collectors.snapshot import SCHEMA, Snapshot, SnapshotError, dump, load

# Surrogates too: JSON can carry them, and so a recording can.
WORDS = st.text(st.characters(), max_size=60)
ZONES = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - zones come apart
READINGS = st.one_of(WORDS.map(Text), WORDS.map(Absent), WORDS.map(Unread))
HEADER = {"schema": SCHEMA, "asset": "web", "platform": "linux", "taken_at": "2026-01-15T10:00:00+00:00"}


@given(WORDS, st.sampled_from(Platform), TIMES, st.dictionaries(WORDS, READINGS, max_size=6), WORDS)
def test_what_is_written_is_read_back(
    asset: str, platform: Platform, taken_at: datetime, readings: dict[str, Reading], kind: str
) -> None:
    taken = Snapshot(asset, platform, taken_at.replace(microsecond=0), readings, kind)
    text = dump(taken)
    assert load(text.splitlines()) == taken
    assert dump(load(text.split("\n"))) == text
    assert text.isascii()


def test_a_snapshot_is_sorted_with_one_reading_a_line() -> None:
    taken = Snapshot("web", Platform.LINUX, datetime(2026, 1, 15, tzinfo=UTC), {"b": Text("x\ny"), "a": Absent("z")})
    lines = [json.loads(line) for line in dump(taken).splitlines()]
    assert [line.get("source") for line in lines] == [None, "a", "b"]
    assert lines[1:] == [{"source": "a", "absent": "z"}, {"source": "b", "text": "x\ny"}]


def test_times_are_in_utc_whatever_was_written() -> None:
    for written in ("2026-01-15T01:30:00+03:00", "2026-01-14T22:30:00", "2026-01-14T22:30:00Z"):
        taken = load([json.dumps({**HEADER, "taken_at": written})])
        assert taken.taken_at == datetime(2026, 1, 14, 22, 30, tzinfo=UTC)
        assert taken.taken_at.date().isoformat() == "2026-01-14"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON"),
        ('{"source": ' + "9" * 5000 + "}", "line 2 is not JSON"),
        ("[]", "line 2 is not a JSON object"),
        ("null", "line 2 is not a JSON object"),
        ("{}", "line 2 needs a source"),
        ('{"source": "a"}', "line 2 needs a source"),
        ('{"text": "a"}', "line 2 needs a source"),
        ('{"source": 1, "text": "a"}', "line 2 needs a source"),
        ('{"source": "a", "text": null}', "line 2 needs a source"),
        ('{"source": "a", "text": "x", "unread": "denied"}', "line 2 needs a source"),
        ('{"source": "a", "text": "x"}\n{"source": "a", "unread": "denied"}', "line 3 names 'a' a second time"),
    ],
)
def test_a_line_that_does_not_fit_is_named(line: str, told: str) -> None:
    with pytest.raises(SnapshotError, match=told):
        load([json.dumps(HEADER), *line.split("\n")])


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "wispwatch.snapshot/2"},
        {"schema": None},
        {"asset": None},
        {"asset": ["web"]},
        {"asset_kind": 3},
        {"platform": "plan9"},
        {"platform": []},
        {"platform": None},
        {"taken_at": "yesterday"},
        {"taken_at": 17},
        {"taken_at": "0001-01-01T00:00:00+12:00"},
    ],
)
def test_a_header_that_does_not_fit_is_told(change: dict[str, object]) -> None:
    with pytest.raises(SnapshotError, match="the header"):
        load([json.dumps({**HEADER, **change})])


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_snapshot_is_none(text: str) -> None:
    with pytest.raises(SnapshotError, match="empty"):
        load(text.split("\n"))


@given(st.text(max_size=80) | st.recursive(st.none() | st.booleans() | WORDS, st.lists, max_leaves=4).map(json.dumps))
def test_whatever_the_line_is_there_is_one_error_only(line: str) -> None:
    if line.strip():
        with pytest.raises(SnapshotError, match="line 2"):
            load([json.dumps(HEADER), line])
    else:
        assert load([json.dumps(HEADER), line]).readings == {}
