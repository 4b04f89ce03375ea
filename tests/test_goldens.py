"""Whole releases against the findings that were read over and found right: a change of a verdict is seen in the diff."""

import json

import pytest

from agent.gather import sources_for
from checks.verdict import Status
from collectors.collector import Platform
from tests import hosts
from tests.recordings import RECORDED, Recorded, findings, told

recordings = pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.name)


@recordings
def test_the_findings_are_the_golden_ones(recorded: Recorded, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--record") and recorded.suite:
        recorded.record()
    said = told(recorded.load())
    if pytestconfig.getoption("--update") or pytestconfig.getoption("--record"):
        recorded.golden.write_text(said)
    assert said.splitlines() == recorded.golden.read_text().splitlines()


@recordings
def test_the_recording_has_every_source_that_is_asked(recorded: Recorded) -> None:
    found = hosts.catalogue()
    asked = {source.key for source in sources_for(found, found.checks, Platform.LINUX)}
    assert asked == set(recorded.load().readings), "record it anew with --record"


@recordings
def test_no_check_raises(recorded: Recorded) -> None:
    assert not [one.check.id for one in findings(recorded.load()) if one.raised]


def test_what_sets_the_releases_apart() -> None:
    """Debian 11 is past its end of life; the others are not. None of the three passes all."""
    said = {one.name: [json.loads(line) for line in one.golden.read_text().splitlines()] for one in RECORDED}
    supported = {
        name: [one["status"] for one in lines if one["check"] == "operating-system-release-is-supported"]
        for name, lines in said.items()
    }
    assert supported["debian-11"] == [Status.FAIL]
    assert supported["debian-12"] == supported["debian-13"] == [Status.PASS]
    assert all(any(one["status"] == Status.FAIL for one in lines) for lines in said.values())
