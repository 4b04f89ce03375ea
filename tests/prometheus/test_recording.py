"""Recording rules: one status for each control and check, whoever tells of an asset."""

from pathlib import Path

import pytest

from checks.verdict import Status
from tests.prometheus.stories import DAY, HOUR, Story

pytestmark = pytest.mark.real
PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
HELD = 'asset_control:wispwatch_control_status:held{asset="%s",asset_kind="%s",control="17.04(4)",status="%s"}'
CHECK = (
    'asset_check:wispwatch_check_status:held{asset="web",asset_kind="server",check="a",control="17.04(4)",severity="%s",'
    'status="%s"}'
)


def test_a_pod_that_was_replaced_leaves_no_second_status(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    for instance, status, awake in (("old", FAIL, (0, 3.5 * HOUR)), ("new", PASS, (3.5 * HOUR, DAY))):
        story.asset("node", "host", awake, instance=instance)
        story.control("node", "host", {0: status}, awake, instance=instance)
    story.finds("asset_control:wispwatch_control_status:held", 3 * HOUR, {HELD % ("node", "host", "fail"): 1})
    story.finds("asset_control:wispwatch_control_status:held", 4 * HOUR, {HELD % ("node", "host", "pass"): 1})
    story.holds(tmp_path)


def test_the_daemon_that_scanned_last_counts_and_if_it_sleeps_too(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    story.asset("laptop", "laptop", (0, 3 * HOUR), instance="its own")
    story.control("laptop", "laptop", {0: PASS}, (0, 3 * HOUR), instance="its own")
    story.put("scan_last_attempt_timestamp_seconds", 0.0, asset="laptop", asset_kind="laptop", instance="a recording")
    story.control("laptop", "laptop", {0: FAIL}, instance="a recording")
    story.finds("asset_control:wispwatch_control_status:held", 2 * HOUR, {HELD % ("laptop", "laptop", "pass"): 1})
    story.finds("asset_control:wispwatch_control_status:held", 5 * HOUR, {HELD % ("laptop", "laptop", "pass"): 1})
    story.holds(tmp_path)


def test_an_asset_of_two_kinds_by_one_scan_hides_no_other(tmp_path: Path) -> None:
    """As where another version of the agent, started anew, takes what was read for a laptop and no longer for a server."""
    story = Story(2 * HOUR)
    for kind, awake in (("server", (0, HOUR / 2)), ("laptop", (HOUR / 2, 2 * HOUR))):
        story.put("scan_last_attempt_timestamp_seconds", 0.0, awake, asset="book", asset_kind=kind)
    for asset in ("book", "web"):
        story.check(asset, {0: FAIL})
    story.asset("web", "server")
    story.finds(
        "count by (asset) (asset_check:wispwatch_check_status:held)",
        HOUR - 400,
        {'{asset="book"}': 1, '{asset="web"}': 1},
    )
    story.holds(tmp_path)


def test_of_the_organization_whoever_has_its_registers_counts(tmp_path: Path) -> None:
    story = Story(3 * HOUR)
    for instance, status, seen in (("registers", PASS, 1.0), ("web", UNKNOWN, 0.0), ("laptop", UNKNOWN, 0.0)):
        story.asset("organization", "organization", instance=instance)
        story.control("organization", "organization", {0: status}, instance=instance)
        for collector in ("roster", "training"):
            value = seen if collector == "roster" else 0.0
            story.put("collector_success", value, asset="organization", collector=collector, instance=instance)
    held = "asset_control:wispwatch_control_status:held"
    story.finds(held, 2 * HOUR, {HELD % ("organization", "organization", "pass"): 1})
    story.holds(tmp_path)


def test_where_nobody_has_the_registers_the_organization_is_unknown(tmp_path: Path) -> None:
    story = Story(3 * HOUR)
    for instance in ("web", "laptop"):
        story.asset("organization", "organization", instance=instance)
        story.control("organization", "organization", {0: UNKNOWN}, instance=instance)
        story.put("collector_success", 0.0, asset="organization", collector="roster", instance=instance)
    held = "asset_control:wispwatch_control_status:held"
    story.finds(held, 2 * HOUR, {HELD % ("organization", "organization", "unknown"): 1})
    story.fires("AssetVanished", 2 * HOUR)
    story.fires(
        "ControlUnknown",
        2 * HOUR,
        {
            "asset": "organization",
            "asset_kind": "organization",
            "control": "17.04(4)",
            "severity": "info",
            "status": "unknown",
        },
    )
    story.holds(tmp_path)


def test_a_check_whose_severity_was_changed_has_one_status_and_counts_once(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    story.asset("web", "server")
    same = {"asset": "web", "check": "a", "control": "17.04(4)", "status": "fail"}
    story.put("check_status", 1.0, (0, 3 * HOUR), severity="high", **same)
    story.put("check_status", 1.0, (3 * HOUR, DAY), severity="low", **same)
    story.put("check_status", 1.0, severity="low", **{**same, "control": "17.04(5)"})
    held = 'asset_check:wispwatch_check_status:held{control="17.04(4)"}'
    story.finds(held, 2 * HOUR, {CHECK % ("high", "fail"): 1})
    story.finds(held, 4 * HOUR, {CHECK % ("low", "fail"): 1})
    story.finds("asset:wispwatch_check_status:failing", 4 * HOUR, {FAILING % ("web", "server"): 1})
    story.holds(tmp_path)


FAILING = 'asset:wispwatch_check_status:failing{asset="%s",asset_kind="%s"}'


def test_an_asset_without_failing_checks_says_none(tmp_path: Path) -> None:
    story = Story(3 * HOUR)
    story.asset("web", "server")
    story.check("web", {0: FAIL, HOUR: PASS})
    story.finds("asset:wispwatch_check_status:failing", 0, {FAILING % ("web", "server"): 1})
    story.finds("asset:wispwatch_check_status:failing", 2 * HOUR, {FAILING % ("web", "server"): 0})
    story.holds(tmp_path)


def test_the_code_of_each_status_is_higher_the_worse_it_is(tmp_path: Path) -> None:
    story = Story(HOUR)
    order = (Status.NOT_APPLICABLE, PASS, Status.WAIVED, UNKNOWN, FAIL)
    for status in order:
        story.asset(status.value, "server")
        story.control(status.value, "server", {0: status})
    code = 'asset_control:wispwatch_control_status:code{asset="%s",asset_kind="server",control="17.04(4)"}'
    expected = {code % status.value: float(number) for number, status in enumerate(order)}
    story.finds("asset_control:wispwatch_control_status:code", HOUR, expected)
    ratio = "control:wispwatch_control_status:pass_ratio"
    story.finds(ratio, HOUR, {f'{ratio}{{control="17.04(4)"}}': 0.25})  # of the four that it applies to
    counts = 'control:wispwatch_control_status:count{asset_kind="server",control="17.04(4)",status="%s"}'
    story.finds("control:wispwatch_control_status:count", HOUR, {counts % status.value: 1.0 for status in order})
    story.holds(tmp_path)


def test_resources_of_an_account_are_of_the_last_scan(tmp_path: Path) -> None:
    story = Story(6 * HOUR)
    story.asset("production", "aws_account", (0, 4 * HOUR))
    same = {"asset": "production", "check": "a", "control": "17.04(4)", "status": "fail"}
    story.put("aws_resources", lambda at: 3.0 if at < 2 * HOUR else 0.0, (0, 4 * HOUR), aws_region="us-east-1", **same)
    story.put("aws_resources", 5.0, (0, HOUR), aws_region="us-west-2", **same)
    held = 'asset_check:wispwatch_aws_resources:held{asset="production",aws_region="%s",check="a",control="17.04(4)",status="fail"}'
    query = "asset_check:wispwatch_aws_resources:held"
    story.finds(query, 0, {held % "us-east-1": 3, held % "us-west-2": 5})
    story.finds(query, 3 * HOUR, {held % "us-east-1": 0})  # the other region is looked at no more
    story.finds(query, 4.5 * HOUR, {held % "us-east-1": 0})
    story.finds(query, 6 * HOUR, {})
    story.holds(tmp_path)


def test_what_an_agent_tells_of_no_more_is_gone_at_once(tmp_path: Path) -> None:
    story = Story(4 * HOUR)
    story.asset("web", "server")
    story.control("web", "server", {0: FAIL})
    story.control("web", "server", {0: FAIL}, (0, 2 * HOUR), control="965-3.04(1)(a)")
    story.check("web", {0: FAIL}, check="a", control="17.04(4)", severity="low")
    story.check("web", {0: FAIL}, (0, 2 * HOUR), check="b")
    held = "asset_control:wispwatch_control_status:held"
    story.finds(f"count({held})", HOUR, {"{}": 2})
    story.finds(held, 3 * HOUR, {HELD % ("web", "server", "fail"): 1})
    story.finds("asset_check:wispwatch_check_status:held", 3 * HOUR, {CHECK % ("low", "fail"): 1})
    story.holds(tmp_path)


def test_what_fell_asleep_before_there_were_rules_is_read_back(tmp_path: Path) -> None:
    """As after hours without Prometheus: what the rules said before is not there, and samples of the asset are."""
    story = Story(6 * HOUR)
    story.asset("laptop", "laptop", (0, HOUR))
    story.control("laptop", "laptop", {0: FAIL, HOUR / 2: PASS}, (0, HOUR))
    remembered = "asset_control:wispwatch_control_status:remembered"
    expected = f'{remembered}{{asset="laptop",asset_kind="laptop",control="17.04(4)",status="pass"}}'
    story.finds(remembered, HOUR / 2, {})
    story.finds(remembered, 5 * HOUR, {expected: 1})
    story.finds(f"count({remembered}) by (status)", 5 * HOUR, {'{status="pass"}': 1})
    story.holds(tmp_path)


def test_titles_stay_while_everybody_sleeps(tmp_path: Path) -> None:
    story = Story(3 * HOUR)
    story.put("check_info", 1.0, (0.0, HOUR), check="a", title="All is well.")
    title = 'check:wispwatch_check_info:title{check="a",title="All is well."}'
    story.finds("check:wispwatch_check_info:title", 3 * HOUR, {title: 1})
    story.holds(tmp_path)
