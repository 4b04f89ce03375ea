from dataclasses import replace
from datetime import date, timedelta

import pytest

from agent.evaluate import Finding, under_waivers
from agent.waivers import Waiver, faults
from checks.authentication.ssh import sshd_refuses_empty_passwords
from checks.verdict import Status, Verdict

CHECK = sshd_refuses_empty_passwords.id
TODAY = date(2026, 1, 15)
WAIVER = Waiver(TODAY, "Ann Lee", "the kiosk cannot", "it is in a locked room", check=CHECK)


def finding(status: Status = Status.FAIL, asset: str = "kiosk-1", subject: str = "") -> Finding:
    return Finding(sshd_refuses_empty_passwords, asset, "server", subject, Verdict(status, "because"))


@pytest.mark.parametrize(
    ("change", "covers"),
    [
        ({}, True),
        ({"asset": "kiosk-*"}, True),
        ({"asset": "kiosk-?"}, True),
        ({"asset": "kiosk"}, False),
        ({"asset": "KIOSK-1"}, False),
        ({"asset": "*", "subject": "ann"}, True),
        ({"subject": "a*"}, True),
        ({"subject": ""}, False),
        ({"check": "", "control": "17.04(1)(b)"}, True),
        ({"control": "17.04(1)(b)"}, True),
        ({"control": "17.04(1)(a)"}, False),
        ({"check": "other-check", "control": "17.04(1)(b)"}, False),
        ({"until": date(1999, 1, 1)}, True),
    ],
)
def test_a_waiver_covers_what_all_its_patterns_match(change: dict[str, object], *, covers: bool) -> None:
    assert replace(WAIVER, **change).covers(CHECK, sshd_refuses_empty_passwords.controls, "kiosk-1", "ann") is covers  # type: ignore[arg-type]


def test_a_waiver_holds_on_its_last_day_and_not_after() -> None:
    (held,), notes = under_waivers([finding()], [WAIVER], TODAY)
    assert (held.status, held.waiver, held.verdict.status, notes) == (Status.WAIVED, WAIVER, Status.FAIL, [])
    (held,), notes = under_waivers([finding()], [WAIVER], TODAY + timedelta(days=1))
    assert (held.status, held.waiver) == (Status.FAIL, None)
    assert notes == [f"waiver of {CHECK} on * (owner Ann Lee) expired on 2026-01-15: it no longer counts"]


@pytest.mark.parametrize("status", [Status.PASS, Status.UNKNOWN, Status.NOT_APPLICABLE])
def test_only_a_fail_is_waived(status: Status) -> None:
    (held,), notes = under_waivers([finding(status)], [WAIVER], TODAY)
    assert (held.status, held.waiver) == (status, None)
    assert notes == []


def test_a_waiver_that_matches_nothing_is_told() -> None:
    idle = replace(WAIVER, asset="gone-*")
    (held,), notes = under_waivers([finding()], [idle], TODAY)
    assert held.status is Status.FAIL
    assert notes == [f"waiver of {CHECK} on gone-* matches nothing that was scanned"]
    assert under_waivers([], [WAIVER], TODAY)[1] == [f"waiver of {CHECK} on * matches nothing that was scanned"]


def test_the_first_waiver_that_still_holds_is_named() -> None:
    expired, first, second = (
        replace(WAIVER, until=date(2025, 1, 1), owner="Old"),
        replace(WAIVER, until=date(2027, 1, 1), owner="First"),
        replace(WAIVER, until=date(2028, 1, 1), owner="Second"),
    )
    (held,), notes = under_waivers([finding()], [expired, first, second], TODAY)
    assert held.waiver is first
    assert len(notes) == 1
    assert "Old" in notes[0]


def test_ids_that_do_not_exist_are_told_with_their_place_and_the_nearest() -> None:
    waivers = [
        WAIVER,
        replace(WAIVER, check="sshd-refuses-empty-pasword"),
        replace(WAIVER, check="", control="17.04(1)(z)"),
        replace(WAIVER, check=""),
        replace(WAIVER, check="", control="17.04(1)"),
    ]
    told = faults(waivers, frozenset({CHECK}))
    assert [fault.split(":")[0] for fault in told] == [
        "waivers[1].check",
        "waivers[2].control",
        "waivers[3]",
        "waivers[4].control",
    ]
    assert f"did you mean {CHECK}?" in told[0]
    assert "did you mean 17.04(1)(" in told[1]
    assert "neither a check nor a control" in told[2]
    assert "17.04(1) is a heading" in told[3]
