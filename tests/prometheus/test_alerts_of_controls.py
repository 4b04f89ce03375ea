"""Alerts about controls and checks: they fire for what fails and for what cannot be seen, asleep or awake."""

from pathlib import Path

import pytest

from checks.verdict import Status
from tests.prometheus.stories import DAY, HOUR, Story

pytestmark = pytest.mark.real
PASS, FAIL, UNKNOWN, WAIVED = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.WAIVED
CONTROL = {"control": "17.04(4)"}


def failing(asset: str, kind: str) -> dict[str, str]:
    return {"asset": asset, "asset_kind": kind, "severity": "warning", "status": "fail", **CONTROL}


def unseen(asset: str, kind: str) -> dict[str, str]:
    return {"asset": asset, "asset_kind": kind, "severity": "info", "status": "unknown", **CONTROL}


def critical(asset: str) -> dict[str, str]:
    return {"asset": asset, "check": "sshd-refuses-empty-passwords", "severity": "critical"}


def test_a_control_that_fails_fires_until_it_passes(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    story.asset("web", "server")
    story.control("web", "server", {0: PASS, 2 * HOUR: FAIL, 4 * HOUR: PASS})
    story.fires("ControlFailing", 2 * HOUR)
    story.fires("ControlFailing", 2 * HOUR + 1200, failing("web", "server"))
    story.fires("ControlFailing", 4 * HOUR)
    story.fires("ControlUnknown", 6 * HOUR)
    story.holds(tmp_path)


def test_neither_a_waived_control_nor_one_that_does_not_apply_fires(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    story.asset("web", "server")
    story.control("web", "server", {0: FAIL, 2 * HOUR: WAIVED})
    story.control("web", "server", {0: Status.NOT_APPLICABLE}, control="17.04(5)")
    story.check("web", {0: FAIL, 2 * HOUR: WAIVED})
    story.fires("ControlFailing", HOUR, failing("web", "server"))
    story.fires("CriticalCheckFailing", HOUR, critical("web"))
    for alert in ("ControlFailing", "CriticalCheckFailing", "ControlUnknown"):
        story.fires(alert, 4 * HOUR)
    story.holds(tmp_path)


@pytest.mark.parametrize("without", ["none", "memory"])
def test_a_laptop_that_sleeps_keeps_its_one_status(tmp_path: Path, without: str) -> None:
    awake = ((0.0, 18 * HOUR), (32 * HOUR, 42 * HOUR))
    story = Story(44 * HOUR)
    story.asset("laptop", "laptop", *awake)
    story.control("laptop", "laptop", {0: FAIL, 32 * HOUR: PASS}, *awake)
    story.check("laptop", {0: FAIL, 32 * HOUR: PASS}, *awake)
    for alert, labels in (
        ("ControlFailing", failing("laptop", "laptop")),
        ("CriticalCheckFailing", critical("laptop")),
    ):
        story.fires(alert, 28 * HOUR, labels)  # in the first night
        story.fires(alert, 34 * HOUR)  # mended on the second day
        story.fires(alert, 44 * HOUR)  # in the second night both statuses were there in the last 26 hours
    story.finds(
        "asset_control:wispwatch_control_status:held",
        44 * HOUR,
        {
            'asset_control:wispwatch_control_status:held{asset="laptop",asset_kind="laptop",control="17.04(4)",status="pass"}': 1
        },
    )
    story.fires("ScanStale", 28 * HOUR)
    story.fires("AssetVanished", 28 * HOUR)
    story.holds(tmp_path, without=without)


@pytest.mark.parametrize("without", ["none", "memory"])
def test_what_failed_when_an_asset_vanished_is_not_taken_for_mended(tmp_path: Path, without: str) -> None:
    story = Story(40 * HOUR)
    for name, kind in (("web", "server"), ("laptop", "laptop")):
        awake = (0, 8 * HOUR)
        story.asset(name, kind, awake)
        story.control(name, kind, {0: FAIL}, awake)
        story.control(name, kind, {0: FAIL, HOUR: PASS}, awake, control="17.04(5)")
        story.check(name, {0: FAIL}, awake)
    both = [failing("laptop", "laptop"), failing("web", "server")]
    for hours in (8, 9, 10, 34, 40):
        story.fires("ControlFailing", hours * HOUR, *both)
        story.fires("CriticalCheckFailing", hours * HOUR, critical("laptop"), critical("web"))
    held = 'count by (asset, status) (asset_control:wispwatch_control_status:held{asset="laptop"})'
    story.finds(held, 33 * HOUR, {'{asset="laptop",status="fail"}': 1, '{asset="laptop",status="pass"}': 1})
    story.finds(held, 35 * HOUR, {'{asset="laptop",status="unknown"}': 2})
    story.holds(tmp_path, without=without)


def test_what_vanished_is_forgotten_after_eight_days(tmp_path: Path) -> None:
    story = Story(10 * DAY, 1800)
    story.asset("web", "server", (0, DAY))
    story.check("web", {0: FAIL}, (0, DAY))
    story.fires("CriticalCheckFailing", 8.5 * DAY, critical("web"))
    story.fires("CriticalCheckFailing", 9.5 * DAY)
    story.holds(tmp_path)


def test_a_control_that_cannot_be_seen_fires_and_is_never_a_pass(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    story.asset("web", "server")
    story.control("web", "server", {0: PASS, 2 * HOUR: UNKNOWN})
    story.fires("ControlUnknown", 2 * HOUR)
    story.fires("ControlUnknown", 3 * HOUR, unseen("web", "server"))
    story.fires("ControlFailing", 3 * HOUR)
    story.finds("control:wispwatch_control_status:pass_ratio", HOUR, {RATIO: 1})
    story.finds("control:wispwatch_control_status:pass_ratio", 3 * HOUR, {RATIO: 0})
    story.holds(tmp_path)


RATIO = 'control:wispwatch_control_status:pass_ratio{control="17.04(4)"}'


def test_what_an_agent_of_another_name_saw_mended_does_not_fire_when_it_vanishes(tmp_path: Path) -> None:
    story = Story(4 * DAY)
    for asset, before, after in (("mended", FAIL, PASS), ("broken", PASS, FAIL)):
        for instance, status, awake in (("old", before, (0, DAY)), ("new", after, (DAY, 2 * DAY))):
            story.asset(asset, "server", awake, instance=instance)
            story.check(asset, {0: status}, awake, instance=instance)
            story.control(asset, "server", {0: status}, awake, instance=instance)
    story.fires("CriticalCheckFailing", 0.5 * DAY, critical("mended"))
    story.fires("CriticalCheckFailing", 1.5 * DAY, critical("broken"))
    story.fires("CriticalCheckFailing", 3 * DAY, critical("broken"))
    remembered = (
        'asset_control:wispwatch_control_status:remembered_failing{asset="%s",asset_kind="server",control="17.04(4)"}'
    )
    story.finds(
        "asset_control:wispwatch_control_status:remembered_failing",
        3 * DAY,
        {remembered % "mended": 0, remembered % "broken": 1},
    )
    story.holds(tmp_path)


def test_a_check_that_is_not_critical_fires_no_alert_of_its_own(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    story.asset("web", "server")
    story.check("web", {0: FAIL}, check="auditd-runs", severity="high")
    story.check("web", {0: PASS, 2 * HOUR: FAIL}, severity="critical", control="17.04(1)(b)")
    story.check("web", {0: PASS, 2 * HOUR: FAIL}, severity="critical", control="17.04(2)(b)")
    story.fires("CriticalCheckFailing", HOUR)
    story.fires("CriticalCheckFailing", 3 * HOUR, critical("web"))  # once, though it is cited twice
    story.holds(tmp_path)


def test_what_they_say(tmp_path: Path) -> None:
    story = Story(3 * HOUR)
    story.asset("web", "server")
    story.control("web", "server", {0: FAIL}, control="17.04(6)", facet="firewall")
    story.control("web", "server", {0: UNKNOWN}, control="17.04(9)")
    story.check("web", {0: FAIL})
    story.put("check_info", 1.0, check="sshd-refuses-empty-passwords", title="The SSH server refuses empty passwords.")
    story.says(
        "ControlFailing",
        2 * HOUR,
        {**failing("web", "server"), "control": "17.04(6)", "facet": "firewall"},
        summary="17.04(6) (firewall) fails on web",
        description="At least one check of 17.04(6) was seen to fail on web, and no waiver covers it.",
    )
    story.says(
        "ControlUnknown",
        2 * HOUR,
        {**unseen("web", "server"), "control": "17.04(9)"},
        summary="17.04(9) cannot be seen on web",
        description="Something about 17.04(9) could not be seen on web. That is no pass.",
    )
    story.says(
        "CriticalCheckFailing",
        2 * HOUR,
        critical("web"),
        summary="sshd-refuses-empty-passwords fails on web",
        description="A check of critical severity was seen to fail on web. This should be true and is not: The SSH server"
        " refuses empty passwords.",
    )
    story.holds(tmp_path)
