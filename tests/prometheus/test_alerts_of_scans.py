"""Alerts about scans, assets and evidence: they tell a machine that sleeps from one that is lost."""

from pathlib import Path

import pytest

from checks.verdict import Status
from tests.prometheus.stories import DAY, HOUR, Story, hourly, working_days

pytestmark = pytest.mark.real


def stale(asset: str, kind: str = "server") -> dict[str, str]:
    return {"asset": asset, "asset_kind": kind, "severity": "warning"}


def old(asset: str) -> dict[str, str]:
    return {"asset": asset, "control": "17.04(4)", "severity": "warning"}


def test_a_scan_that_sees_nothing_for_three_intervals_fires(tmp_path: Path) -> None:
    story = Story(12 * HOUR)
    story.asset("web", "server", seen_until=4 * HOUR)
    story.asset("fine", "server")
    story.fires("ScanStale", 7 * HOUR)
    story.fires("ScanStale", 8 * HOUR, stale("web"))
    story.says(
        "ScanStale",
        8 * HOUR,
        stale("web"),
        summary="No scan has seen web for three intervals",
        description="wispwatch runs, but none of its scans of web has seen anything for three times the configured interval,"
        " or ever. Its results are unknown.",
    )
    story.holds(tmp_path)


def test_an_asset_that_no_scan_has_ever_seen_fires(tmp_path: Path) -> None:
    story = Story(2 * HOUR)
    same = {"asset": "new", "asset_kind": "host"}
    story.put("scan_last_attempt_timestamp_seconds", hourly, **same)
    story.put("scan_interval_seconds", 3600.0, **same)
    story.fires("ScanStale", 0)
    story.fires("ScanStale", HOUR, stale("new", "host"))
    story.holds(tmp_path)


def test_a_laptop_is_not_stale_for_having_slept(tmp_path: Path) -> None:
    story = Story(3 * DAY)
    story.asset("laptop", "laptop", *working_days(3))
    for at in (9 * HOUR, 20 * HOUR, 30 * HOUR, 32 * HOUR + 600, 40 * HOUR, 50 * HOUR):
        story.fires("ScanStale", at)
        story.fires("AssetVanished", at)
        story.fires("EvidenceStale", at)
    story.holds(tmp_path)


def test_a_server_is_missed_after_an_hour_and_a_laptop_after_three_days(tmp_path: Path) -> None:
    story = Story(10 * DAY, 1800)
    story.asset("web", "server", (0, DAY))
    story.asset("laptop", "laptop", (0, DAY))
    story.asset("weekend", "laptop", (0, DAY), (3.75 * DAY, 10 * DAY))
    story.asset("there", "server")
    story.fires("AssetVanished", DAY + 0.5 * HOUR)
    story.fires("AssetVanished", DAY + 1.5 * HOUR, stale("web"))
    story.fires("AssetVanished", 3.875 * DAY, stale("web"))
    story.fires("AssetVanished", 4.25 * DAY, stale("web"), stale("laptop", "laptop"))
    story.fires("AssetVanished", 8.75 * DAY, stale("web"), stale("laptop", "laptop"))
    story.fires("AssetVanished", 9.5 * DAY)
    story.holds(tmp_path)


def test_a_laptop_that_was_called_a_server_before_may_sleep(tmp_path: Path) -> None:
    story = Story(4 * DAY)
    story.asset("book", "server", (0, DAY))
    story.asset("book", "laptop", (DAY, 2 * DAY))
    story.fires("AssetVanished", 1.5 * DAY)
    story.fires("AssetVanished", 3.5 * DAY)
    story.holds(tmp_path)


def test_a_file_that_a_killed_agent_has_left_behind_tells_nothing_after_three_intervals(tmp_path: Path) -> None:
    """As node_exporter goes on serving it: all its samples are there, and none of them is news."""
    story = Story(DAY)
    same = {"asset": "web", "asset_kind": "server"}
    for time in ("attempt", "success"):
        story.put(f"scan_last_{time}_timestamp_seconds", lambda at: min(hourly(at), 10 * HOUR), **same)
    story.put("scan_interval_seconds", HOUR, **same)
    story.control("web", "server", {0: Status.PASS})
    story.asset("there", "server")
    story.control("there", "server", {0: Status.PASS})
    held = 'asset_control:wispwatch_control_status:held{asset="%s",asset_kind="server",control="17.04(4)",status="%s"}'
    passing = {held % ("there", "pass"): 1.0}
    story.finds("asset_control:wispwatch_control_status:held", 13 * HOUR, {held % ("web", "pass"): 1, **passing})
    story.finds("asset_control:wispwatch_control_status:held", 14 * HOUR, {held % ("web", "unknown"): 1, **passing})
    story.fires("AssetVanished", 13 * HOUR)
    story.fires("AssetVanished", 14 * HOUR, stale("web"))
    story.fires("ScanStale", 14 * HOUR)
    story.holds(tmp_path)


def test_the_controls_of_what_vanished_are_unknown_and_alerted_on_once(tmp_path: Path) -> None:
    story = Story(DAY + 6 * HOUR)
    story.asset("web", "server", (0, DAY))
    story.control("web", "server", {0: Status.PASS}, (0, DAY))
    held = 'asset_control:wispwatch_control_status:held{asset="web",asset_kind="server",control="17.04(4)",status="%s"}'
    story.finds("asset_control:wispwatch_control_status:held", DAY, {held % "pass": 1})
    story.finds("asset_control:wispwatch_control_status:held", DAY + 2 * HOUR, {held % "unknown": 1})
    story.fires("ControlUnknown", DAY + 6 * HOUR)
    story.says(
        "AssetVanished",
        DAY + 6 * HOUR,
        stale("web"),
        summary="Nobody tells of web any more",
        description="web was last scanned 1970-01-01 23:00:00 +0000 UTC, and nothing newer has arrived about it since."
        " Its controls are unknown, and are forgotten eight days after it was last heard of.",
    )
    story.holds(tmp_path)


def test_evidence_that_nobody_makes_anew_fires(tmp_path: Path) -> None:
    story = Story(12 * HOUR)
    same = {"control": "17.04(4)"}
    story.asset("fresh", "server")
    story.put("evidence_oldest_timestamp_seconds", hourly, asset="fresh", **same)
    story.asset("recording", "server")
    story.put("evidence_oldest_timestamp_seconds", 0.0, asset="recording", **same)
    story.asset("unreachable", "server", seen_until=0)
    story.put("evidence_oldest_timestamp_seconds", 0.0, asset="unreachable", **same)
    story.fires("EvidenceStale", 3 * HOUR)
    story.fires("EvidenceStale", 6 * HOUR, old("recording"))  # ScanStale tells of the other
    story.says(
        "EvidenceStale",
        6 * HOUR,
        old("recording"),
        summary="What is known of 17.04(4) on recording is 6h 0m 0s old",
        description="recording is scanned, but what the status of 17.04(4) rests on was read more than three intervals ago."
        " A recording that nobody makes anew looks like this.",
    )
    story.holds(tmp_path)


def test_evidence_is_stale_whatever_another_agent_could_not_reach(tmp_path: Path) -> None:
    story = Story(12 * HOUR)
    story.put(
        "scan_last_attempt_timestamp_seconds",
        lambda at: hourly(at) - 60,
        asset="both",
        asset_kind="server",
        instance="two",
    )
    story.put("scan_last_success_timestamp_seconds", 0.0, asset="both", asset_kind="server", instance="two")
    story.put("scan_interval_seconds", HOUR, asset="both", asset_kind="server", instance="two")
    story.asset("both", "server")
    story.put("evidence_oldest_timestamp_seconds", 0.0, asset="both", control="17.04(4)")
    story.fires("ScanStale", 6 * HOUR)  # the agent that scanned it last has seen it
    story.fires("EvidenceStale", 6 * HOUR, old("both"))
    story.holds(tmp_path)


def test_a_reload_that_was_refused_fires_until_one_is_taken(tmp_path: Path) -> None:
    story = Story(4 * HOUR)
    story.put("config_last_reload_successful", lambda at: float(not HOUR <= at < 2 * HOUR))
    labels = {"instance": "one", "job": "wispwatch", "severity": "warning"}
    story.fires("ReloadRefused", HOUR - 600)
    story.fires("ReloadRefused", 2 * HOUR - 600, labels)
    story.fires("ReloadRefused", 2 * HOUR)
    story.says(
        "ReloadRefused",
        1.5 * HOUR,
        labels,
        summary="The configuration of wispwatch at one has a fault",
        description="The last reload was refused, and the configuration before it still holds: new targets, waivers and"
        " settings do not.",
    )
    story.holds(tmp_path)


def test_samples_that_are_dropped_fire_for_an_hour_and_old_ones_do_not(tmp_path: Path) -> None:
    story = Story(8 * HOUR)
    story.put("push_samples_failed_total", lambda at: 560.0 if at >= 3 * HOUR else 0.0, reason="clock")
    story.put("push_samples_failed_total", 1120.0, (5 * HOUR, 8 * HOUR), reason="too_old")  # from its first drop on
    story.put("push_samples_failed_total", 90.0, instance="two", reason="refused")  # of last week
    labels = {"instance": "one", "job": "wispwatch", "reason": "clock", "severity": "warning"}
    story.fires("PushDropping", 2 * HOUR)
    story.fires("PushDropping", 3 * HOUR + 600, labels)
    story.fires("PushDropping", 4.5 * HOUR)
    story.fires("PushDropping", 5.5 * HOUR, {**labels, "reason": "too_old"})
    story.fires("PushDropping", 7 * HOUR)
    story.says(
        "PushDropping",
        5.5 * HOUR,
        {**labels, "reason": "too_old"},
        summary="wispwatch at one drops what it should push (too_old)",
        description="1.12k samples of the last hour never arrived: of that time the history has a gap.",
    )
    story.holds(tmp_path)


def test_what_a_machine_dropped_before_it_slept_does_not_fire_when_it_wakes(tmp_path: Path) -> None:
    story = Story(2 * DAY)
    awake = working_days(2)
    story.put("push_samples_failed_total", 560.0, *awake, reason="clock")
    story.put("push_samples_failed_total", lambda at: 560.0 if at < DAY else 600.0, *awake, reason="too_old")
    labels = {"instance": "one", "job": "wispwatch", "reason": "too_old", "severity": "warning"}
    story.fires("PushDropping", 17 * HOUR)
    story.fires("PushDropping", DAY + 8.5 * HOUR, labels)  # in its sleep, as it seems
    story.says(
        "PushDropping",
        DAY + 8.5 * HOUR,
        labels,
        summary="wispwatch at one drops what it should push (too_old)",
        description="40 samples of the last hour never arrived: of that time the history has a gap.",
    )
    story.fires("PushDropping", DAY + 10 * HOUR)
    story.holds(tmp_path)
