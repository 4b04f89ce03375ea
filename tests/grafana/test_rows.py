"""What the small organization does not have: checks without a title or with two, and checks that are cited twice."""

from pathlib import Path

import pytest

from checks.verdict import Status
from tests.grafana.drawing import asked, chosen, filled
from tests.prometheus.stories import HOUR, Story, labelled

pytestmark = pytest.mark.real


def query(name: str, panel: str, ref: str = "A") -> str:
    """A query of a dashboard, for all."""
    (one,) = [each for each in asked(name) if (each.panel, each.ref) == (panel, ref)]
    return filled(one.expression, chosen(name, {}))


def failing(*checks: str) -> Story:
    """A server on which these checks fail."""
    story = Story(HOUR)
    story.asset("web", "server")
    for check in checks:
        story.check("web", {0: Status.FAIL}, check=check, severity="low")
    return story


def test_a_failure_that_no_agent_has_a_title_for_is_listed_without(tmp_path: Path) -> None:
    story = failing("known", "of-a-plugin")
    story.put("check_info", 1.0, check="known", title="All is well.")
    rows = {
        labelled(check="known", severity="low", title="All is well."): 1.0,
        labelled(check="of-a-plugin", severity="low"): 1.0,
    }
    story.finds(query("overview", "Open failures"), HOUR, rows)
    story.holds(tmp_path)


def test_a_failure_is_listed_once_though_two_versions_call_it_otherwise(tmp_path: Path) -> None:
    story = failing("known")
    story.put("check_info", 1.0, check="known", title="All is well.", instance="new")
    story.put("check_info", 1.0, check="known", title="All is good.", instance="old")
    story.put("check_info", 1.0, check="known", title="All is good.", instance="as old")
    story.finds(f"count({query('overview', 'Open failures')})", HOUR, {"{}": 1.0})
    story.holds(tmp_path)


def test_a_resource_counts_once_though_its_check_is_cited_for_two_controls(tmp_path: Path) -> None:
    story = Story(HOUR)
    story.asset("production", "aws_account")
    for control in ("17.04(3)", "17.04(5)"):
        for status, count in (("fail", 3.0), ("pass", 1.0)):
            same = {"asset": "production", "aws_region": "global", "check": "a", "status": status}
            story.put("aws_resources", count, control=control, **same)
    story.finds(query("aws", "Resources"), HOUR, {"{}": 3.0})
    story.finds(query("aws", "Share of resources that pass, by account"), HOUR, {labelled(asset="production"): 0.25})
    by_control = {labelled(control=control): 3.0 for control in ("17.04(3)", "17.04(5)")}
    story.finds(query("aws", "Failing resources by control"), HOUR, by_control)
    story.holds(tmp_path)


def test_a_check_counts_once_though_it_is_cited_for_two_controls(tmp_path: Path) -> None:
    story = Story(HOUR)
    story.asset("web", "server")
    for control in ("17.04(3)", "17.04(5)"):
        story.check("web", {0: Status.FAIL}, check="a", control=control)
    story.finds(query("asset", "Checks by status").replace('asset=~""', 'asset=~"web"'), HOUR, {"{}": 1.0})
    worst = query("overview", "Worst assets", "B")
    story.control("web", "server", {0: Status.FAIL}, control="17.04(3)")
    story.finds(worst, HOUR, {labelled(asset="web", asset_kind="server"): 1.0})
    story.holds(tmp_path)
