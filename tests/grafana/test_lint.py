"""The rules of Grafana's dashboard-linter (https://github.com/grafana/dashboard-linter/tree/main/docs/rules), and ours."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.make.colours import LOOKS
from tests.grafana.drawing import NAMES, asked, chosen, dashboard, filled, variables
from tests.hosts import need

UNITS = {"none", "short", "percentunit", "s", "dtdurations", "dateTimeFromNow", "bool_yes_no"}
"""Of the units that Grafana knows, those that are used here."""
OWN_SOURCE = {"type": "prometheus", "uid": "${datasource}"}

pytestmark = pytest.mark.parametrize("name", NAMES)


def panels(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard(name)["panels"]
    return found


def test_there_is_one_data_source_and_everybody_uses_it(name: str) -> None:
    sources = [one for one in dashboard(name)["templating"]["list"] if one["type"] == "datasource"]
    assert [(one["name"], one["label"], one["query"]) for one in sources] == [
        ("datasource", "Data source", "prometheus")
    ]
    for panel in panels(name):
        assert panel["datasource"] == OWN_SOURCE
        assert all(target["datasource"] == OWN_SOURCE for target in panel["targets"])
    assert all(variable["datasource"] == OWN_SOURCE for variable in variables(name).values())


def test_the_variables_are_the_same_and_are_asked_anew_for_another_time(name: str) -> None:
    assert list(variables(name)) == ["asset_kind", "asset", "control"]
    for key, variable in variables(name).items():
        assert variable["refresh"] == 2
        assert variable["multi"]
        assert re.fullmatch(r"label_values\(.+, \w+\)", variable["query"]["query"])
        if (name, key) == ("asset", "asset"):
            assert not variable["includeAll"]
        else:
            assert variable["allValue"] == ("aws_account" if (name, key) == ("aws", "asset_kind") else ".+")


def test_every_panel_has_a_title_a_description_and_a_unit(name: str) -> None:
    titles = [panel["title"] for panel in panels(name)]
    assert len(set(titles)) == len(titles)
    for panel in panels(name):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["targets"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]


def test_what_is_drawn_over_time_has_a_legend(name: str) -> None:
    for panel in panels(name):
        if panel["type"] in {"timeseries", "state-timeline"}:
            assert panel["options"]["legend"]["showLegend"] is True, panel["title"]


def test_nobody_edits_it_in_place(name: str) -> None:
    assert dashboard(name)["editable"] is False


def test_counters_are_asked_for_how_much_they_grew(name: str) -> None:
    for one in asked(name):
        for found in re.finditer(r"\w+_total\b", one.expression):
            before = one.expression[: found.start()]
            assert before.endswith(("rate(", "increase(")), one


def test_what_agents_tell_is_asked_for_over_a_day_so_that_a_laptop_may_sleep(name: str) -> None:
    for one in asked(name):
        for found in re.finditer(r"(?<![:\w])wispwatch_\w+(\{[^}]*\})?(\[[^\]]+\])?", one.expression):
            allowed = {"[$__range]"} if found[0].startswith("wispwatch_scan_errors_total") else {"[26h]"}
            assert found[2] in allowed | ({"[1h]"} if "aws_failing" in found[0] else set()), found[0]


def test_the_tiles_of_controls_come_first_and_there_is_no_pie(name: str) -> None:
    first = panels(name)[0]
    assert (first["type"], first["gridPos"]["y"], first["gridPos"]["w"]) == ("stat", 0, 24)
    assert "wispwatch_control_status:code" in first["targets"][0]["expr"]
    assert {panel["type"] for panel in panels(name)} <= {"stat", "table", "timeseries", "bargauge", "state-timeline"}


def test_panels_do_not_lie_on_each_other(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(name):
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_a_status_looks_the_same_everywhere_and_nothing_else_is_green(name: str) -> None:
    known = {look.text: look.colour for look in LOOKS}
    green = known["pass"]
    for panel in panels(name):
        text = json.dumps(panel)
        assert "green" not in text
        mapped = [
            result
            for mapping in found_in(panel, "mappings")
            for result in mapping.get("options", {}).values()
            if result["text"] in known
        ]
        for result in mapped:
            assert result["color"] == known[result["text"]]
        plain = [step["color"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
        assert green not in plain
        for override in panel["fieldConfig"]["overrides"]:
            if f'"fixedColor": "{green}"' in json.dumps(override):
                ref = override["matcher"]["options"]
                assert [one["legendFormat"] for one in panel["targets"] if one["refId"] == ref] == ["pass"]


def test_no_line_takes_its_colour_from_the_palette_of_grafana(name: str) -> None:
    """Which has green and yellow in it, and gives them to anything."""
    for panel in panels(name):
        if panel["type"] == "timeseries":
            coloured = {
                override["matcher"]["options"]
                for override in panel["fieldConfig"]["overrides"]
                if any(one["id"] == "color" and one["value"]["fixedColor"] for one in override["properties"])
            }
            assert {target["refId"] for target in panel["targets"]} <= coloured, panel["title"]


def found_in(panel: dict[str, Any], name: str) -> list[dict[str, Any]]:
    own = list(panel["fieldConfig"]["defaults"].get(name, []))
    for override in panel["fieldConfig"]["overrides"]:
        own += [one for each in override["properties"] if each["id"] == name for one in each["value"]]
    return own


def test_tables_are_sorted_by_a_column_that_is_there_and_links_lead_to_dashboards_that_are(name: str) -> None:
    uids = {dashboard(one)["uid"] for one in NAMES}
    for panel in panels(name):
        if panel["type"] == "table":
            organize = panel["transformations"][-1]["options"]
            assert panel["options"]["sortBy"][0]["displayName"] in organize["renameByName"].values()
        for link in found_in(panel, "links"):
            assert re.match(r"/d/([\w-]+)\?", link["url"]) is None or re.match(r"/d/([\w-]+)", link["url"])[1] in uids
            assert link["url"].startswith(("/d/", "${report}/assets/"))


@pytest.mark.real
def test_promtool_parses_every_query_for_all_and_for_values_with_every_special_character(
    name: str, tmp_path: Path
) -> None:
    need("prometheus")
    odd = {"asset_kind": "server", "asset": r"a.b\c(d)'[e]{f}+g?h|i^j$k*", "control": "17.04(1)(a)"}
    values: list[dict[str, str]] = [{}, odd]
    rules = [
        {"record": f"q:{one.ref.lower()}:{number}", "expr": filled(one.expression, chosen(name, value))}
        for value in values
        for number, one in enumerate(asked(name))
    ]
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
