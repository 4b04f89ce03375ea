"""What the four dashboards have in common: variables, links to each other, a time range; and how they become JSON."""

import json
from typing import Any

from grafana_foundation_sdk.builders import dashboard as building
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from deploy.grafana.make.panels import DATASOURCE

HELD = "asset_control:wispwatch_control_status:held"
TAG = "wispwatch"


def frame(name: str, title: str, description: str, *, kind: str = "", one_asset: bool = False) -> building.Dashboard:
    """A dashboard without panels. ``kind`` narrows it to assets of a kind. With ``one_asset`` there is no All: it
    begins with the first asset.
    """
    only = f'{{asset_kind="{kind}"}}' if kind else ""
    chosen = 'asset_kind=~"$asset_kind"'
    return (
        building.Dashboard(title)
        .uid(f"wispwatch-{name}")
        .description(description)
        .tags([TAG])
        .readonly()
        .time("now-7d", "now")
        .refresh("5m")
        .timezone("browser")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .with_variable(building.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_choice("asset_kind", "Kind of asset", f"label_values({HELD}{only}, asset_kind)", kind))
        .with_variable(_choice("asset", "Asset", f"label_values({HELD}{{{chosen}}}, asset)", all_of_them=not one_asset))
        .with_variable(_choice("control", "Control", f'label_values({HELD}{{{chosen},asset=~"$asset"}}, control)'))
        .link(
            building.DashboardLink("wispwatch")
            .type(dashboard.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(include_vars=False)
            .keep_time(keep_time=True)
            .as_dropdown(as_dropdown=False)
        )
    )


def _choice(
    name: str, label: str, values: str, everything: str = "", *, all_of_them: bool = True
) -> building.QueryVariable:
    chosen = (
        building.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": values, "refId": name})
        .definition(values)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        .multi(multi=True)  # what is chosen goes into regular expressions, and of one of several Grafana escapes it so
        .include_all(all_of_them)
    )
    if all_of_them:
        chosen = chosen.all_value(everything or ".+")
        chosen = chosen.current(dashboard.VariableOption(selected=True, text="All", value="$__all"))
    return chosen


def written(made: building.Dashboard) -> str:
    """A dashboard as JSON. Panels are numbered in their order, so that Grafana need not and the file stays as it is."""
    told: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    for link in told["links"]:
        link.pop("placement")  # above the panels, where people look
    for number, panel in enumerate(told["panels"], 1):
        panel["id"] = number
    return json.dumps(told, indent=1, sort_keys=True) + "\n"
