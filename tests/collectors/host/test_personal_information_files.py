"""The summary of a survey is a file of a host, and what a hostile host says there must not reach further than its own verdict."""

import json
from typing import Any

import pytest

from collectors.host.personal_information_files import SCHEMA, personal_information_files

SUMMARY: dict[str, Any] = {
    "schema": SCHEMA,
    "ended": "2026-05-28T03:00:00+00:00",
    "roots": ["/srv"],
    "excluded": [],
    "files": 900,
    "kinds": {"social_security_number": 2, "payment_card": 0},
    "holding": 2,
    "incomplete": 1,
    "unseen": 0,
    "open": {"holding": 1, "incomplete": 0, "examples": ["/srv/a.csv"]},
}


def test_a_summary_is_understood() -> None:
    found = personal_information_files.parse(json.dumps(SUMMARY))
    assert found.kinds == SUMMARY["kinds"]
    assert (found.files, found.holding, found.open_holding, found.examples) == (900, 2, 1, ("/srv/a.csv",))


@pytest.mark.parametrize(
    "said",
    [
        {"incomplete": 10**400},
        {"holding": -1},
        {"files": 1.5},
        {"kinds": {"payment_card": 10**400}},
        {"kinds": {f"kind_{'abcdefghijklmnopqrstuvwxyz'[at]}": 1 for at in range(21)}},
        {"kinds": {'a"b\n': 1}},
        {"kinds": {"x" * 64: 1}},
    ],
)
def test_numbers_that_are_none_of_files_and_kinds_without_end_are_not_understood(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not "):
        personal_information_files.parse(json.dumps({**SUMMARY, **said}))
