"""What a check asserts stands beside its name, and no failure is hidden for want of it."""

from pathlib import Path

import pytest

from checks.verdict import Status
from tests.grafana.drawing import asked, chosen, filled
from tests.prometheus.stories import HOUR, Story, labelled

pytestmark = pytest.mark.real


def failures() -> str:
    """The query of the table of open failures, for all."""
    (one,) = [each for each in asked("overview") if each.panel == "Open failures"]
    return filled(one.expression, chosen("overview", {}))


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
    story.finds(failures(), HOUR, rows)
    story.holds(tmp_path)


def test_a_failure_is_listed_once_though_two_versions_call_it_otherwise(tmp_path: Path) -> None:
    story = failing("known")
    story.put("check_info", 1.0, check="known", title="All is well.", instance="new")
    story.put("check_info", 1.0, check="known", title="All is good.", instance="old")
    story.put("check_info", 1.0, check="known", title="All is good.", instance="as old")
    story.finds(f"count({failures()})", HOUR, {"{}": 1.0})
    story.holds(tmp_path)
