"""Alerts about what grows old or ends: patches, definitions of malware, waivers, attestations."""

from pathlib import Path

import pytest

from checks.verdict import Status
from tests.prometheus.stories import DAY, HOUR, Story

pytestmark = pytest.mark.real
ASLEEP = (0.0, 18 * HOUR)
PATCHES, DEFINITIONS = "no-security-update-is-pending", "malware-definitions-are-recent"
FAIL, PASS, WAIVED = Status.FAIL, Status.PASS, Status.WAIVED


def of(asset: str, severity: str = "warning", **labels: str) -> dict[str, str]:
    return {"asset": asset, "severity": severity, **labels}


def judged(story: Story, asset: str, check: str, status: Status) -> None:
    story.asset(asset, "server")
    story.check(asset, {0: status}, check=check, control="17.04(6)", severity="high")


def test_an_update_that_waits_for_two_weeks_fires_unless_the_check_is_content(tmp_path: Path) -> None:
    story = Story(16 * DAY, 2 * 3600)
    for asset, status in (("late", FAIL), ("waived", WAIVED), ("tolerated", PASS)):
        judged(story, asset, PATCHES, status)
        story.put("host_oldest_pending_security_update_timestamp_seconds", 0.75 * DAY, asset=asset)
        story.put("host_pending_security_updates", 3.0, asset=asset)
    story.put("host_oldest_pending_security_update_timestamp_seconds", 10 * DAY, asset="soon")
    story.put("host_pending_security_updates", 1.0, asset="soon")
    story.fires("PatchOverdue", 14 * DAY)
    story.fires("PatchOverdue", 15 * DAY, of("late"))
    story.says(
        "PatchOverdue",
        15 * DAY,
        of("late"),
        summary="late has lacked a security update for 14d 6h 0m 0s",
        description="A security update that is published is not installed on late for two weeks or longer (3 packages wait).",
    )
    story.holds(tmp_path)


def test_where_no_package_manager_tells_when_two_weeks_without_a_moment_of_none_fire(tmp_path: Path) -> None:
    story = Story(16 * DAY, 2 * 3600)
    story.put("host_pending_security_updates", 2.0, asset="never")
    story.put("host_pending_security_updates", lambda at: float(not 5 * DAY <= at < 6 * DAY), asset="once")
    story.put("host_pending_security_updates", 2.0, (2 * DAY, 20 * DAY), asset="new")
    story.fires("PatchOverdue", 13.5 * DAY)
    story.fires("PatchOverdue", 15 * DAY, of("never"))
    story.holds(tmp_path)


def test_a_laptop_that_was_mended_before_it_slept_is_not_overdue(tmp_path: Path) -> None:
    story = Story(2 * DAY)
    for asset, mended in (("mended", 12 * HOUR), ("late", 20 * DAY)):
        story.put(
            "host_oldest_pending_security_update_timestamp_seconds",
            -20 * DAY,
            (0.0, min(mended, 18 * HOUR)),
            asset=asset,
        )
        story.put("host_pending_security_updates", lambda at, end=mended: float(at < end), ASLEEP, asset=asset)
    story.fires("PatchOverdue", 11 * HOUR, of("late"), of("mended"))
    story.fires("PatchOverdue", 14 * HOUR, of("late"))
    story.fires("PatchOverdue", 30 * HOUR, of("late"))
    story.holds(tmp_path)


def test_definitions_of_malware_older_than_a_week_fire_unless_the_check_is_content(tmp_path: Path) -> None:
    story = Story(9 * DAY, 3600)
    for asset, status in (("late", FAIL), ("waived", WAIVED), ("tolerated", PASS)):
        judged(story, asset, DEFINITIONS, status)
        story.put("host_malware_definitions_timestamp_seconds", 0.0, asset=asset)
    story.put("host_malware_definitions_timestamp_seconds", lambda at: at // DAY * DAY, asset="fresh")
    story.put("host_malware_definitions_timestamp_seconds", 0.0, (0.0, 7.5 * DAY), asset="asleep")
    story.fires("MalwareDefinitionsOld", 7 * DAY - HOUR)
    story.fires("MalwareDefinitionsOld", 8 * DAY, of("late"), of("asleep"))
    story.fires("MalwareDefinitionsOld", 9 * DAY, of("late"))
    story.holds(tmp_path)


def test_what_the_alert_about_definitions_says(tmp_path: Path) -> None:
    story = Story(8 * DAY, 2 * 3600)
    story.put("host_malware_definitions_timestamp_seconds", 0.0, asset="late")
    story.says(
        "MalwareDefinitionsOld",
        8 * DAY,
        of("late"),
        summary="The malware definitions of late are 8d 0h 0m 0s old",
        description="The newest definitions of malware on late were built more than a week ago.",
    )
    story.holds(tmp_path)


def test_a_waiver_fires_two_weeks_before_it_ends_and_after(tmp_path: Path) -> None:
    story = Story(8 * DAY, 2 * 3600)
    story.put("build_info", 1.0)
    same = {"control": "", "check": "auditd-runs"}
    story.put("waiver_expiry_timestamp_seconds", 16 * DAY, asset="kiosk-*", **same)
    story.put(
        "waiver_expiry_timestamp_seconds", lambda at: 15 * DAY if at < 4 * DAY else 400 * DAY, asset="extended", **same
    )
    story.put("waiver_expiry_timestamp_seconds", 5 * DAY, (0.0, 6 * DAY), asset="removed", check="", control="17.04(5)")
    soon, gone = of("kiosk-*", "info", check="auditd-runs"), of("removed", "info", control="17.04(5)")
    story.fires("WaiverExpiring", DAY, gone)
    story.fires("WaiverExpiring", 3 * DAY, gone, soon, of("extended", "info", check="auditd-runs"))
    story.fires("WaiverExpiring", 5.5 * DAY, gone, soon)
    story.fires("WaiverExpiring", 6.25 * DAY, soon)  # its agent is there and tells of it no more
    story.says(
        "WaiverExpiring",
        7 * DAY,
        soon,
        summary="The waiver of auditd-runs on kiosk-* ends in 9d 0h 0m 0s",
        description="When a waiver has ended, what it covered fails again. Mend it, or have the exception examined and decided"
        " anew.",
    )
    story.holds(tmp_path)


def test_the_waiver_of_a_laptop_that_sleeps_is_not_forgotten(tmp_path: Path) -> None:
    story = Story(DAY)
    story.put("build_info", 1.0, ASLEEP)
    story.put("waiver_expiry_timestamp_seconds", HOUR, ASLEEP, asset="laptop", check="", control="17.04(5)")
    story.says(
        "WaiverExpiring",
        23 * HOUR,
        of("laptop", "info", control="17.04(5)"),
        summary="The waiver of 17.04(5) on laptop has ended",
        description="When a waiver has ended, what it covered fails again. Mend it, or have the exception examined and decided"
        " anew.",
    )
    story.holds(tmp_path)


def test_an_attestation_fires_a_month_before_it_ends(tmp_path: Path) -> None:
    story = Story(4 * DAY, 3600)
    story.asset("organization", "organization")
    story.put("attestation_expiry_timestamp_seconds", 0.0, (0.0, DAY), asset="organization", control="17.04(8)")
    story.put("attestation_expiry_timestamp_seconds", 32 * DAY, asset="organization", control="17.03(2)(a)")
    story.put("attestation_expiry_timestamp_seconds", 300 * DAY, asset="organization", control="17.03(2)(b)")
    labels = of("organization", "info", control="17.03(2)(a)")
    story.fires("AttestationExpiring", DAY - HOUR, {**labels, "control": "17.04(8)"})
    story.fires("AttestationExpiring", DAY)  # whoever told of it is there, and tells of it no more
    story.says(
        "AttestationExpiring",
        3 * DAY,
        labels,
        summary="The attestation about 17.03(2)(a) ends in 29d 0h 0m 0s",
        description="When it has ended, 17.03(2)(a) is no longer known to hold. Have it stated anew with `wispwatch attest`.",
    )
    story.holds(tmp_path)


def test_the_attestation_of_an_agent_that_is_away_is_not_forgotten(tmp_path: Path) -> None:
    story = Story(DAY)
    story.asset("organization", "organization", ASLEEP)
    story.put("attestation_expiry_timestamp_seconds", 2 * DAY, ASLEEP, asset="organization", control="17.03(2)(a)")
    story.fires("AttestationExpiring", 23 * HOUR, of("organization", "info", control="17.03(2)(a)"))
    story.holds(tmp_path)
