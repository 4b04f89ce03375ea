"""The kinds of panels that the dashboards are made of. Each has a title, a description and a unit; none has a pie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders import dashboard as building
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as models
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from checks.verdict import Status
from deploy.grafana.make.colours import BY_STATUS, MANY, PLAIN
from deploy.grafana.make.mappings import codes

DATASOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
NOTHING = "-"

Panel = Builder[dashboard.Panel]
"""A panel of any kind that is being made."""


@dataclass(frozen=True)
class Line:
    """A query and what its series are called."""

    expression: str
    legend: str
    colour: str = ""
    """Of all its series, in shades where they are many; otherwise that of what is no status."""
    unit: str = ""
    """Of its series, where that is not the panel's."""


def query(ref: str, line: Line, *, instant: bool, table: bool = False) -> prometheus.Dataquery:
    """One query of a panel; ``ref`` is its letter."""
    asked = prometheus.Dataquery().ref_id(ref).expr(line.expression).legend_format(line.legend).datasource(DATASOURCE)
    asked = asked.instant() if instant else asked.range()
    return asked.format(PromQueryFormat.TABLE if table else PromQueryFormat.TIME_SERIES)


def letters(lines: Sequence[Line]) -> list[tuple[str, Line]]:
    """Queries with their letters."""
    return list(zip("ABCDEFGH", lines, strict=False))


def described(panel: Any, title: str, description: str, unit: str, width: int, height: int) -> Any:
    """What every panel has. Nothing is green by default."""
    plain = building.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE)
    return (
        panel.title(title)
        .description(description)
        .datasource(DATASOURCE)
        .unit(unit)
        .span(width)
        .height(height)
        .no_value(NOTHING)
        .thresholds(plain.steps([dashboard.Threshold(value=None, color=PLAIN)]))
    )


def statuses(title: str, description: str, line: Line, *, link: str = "", height: int = 6) -> stat.Panel:
    """A row of tiles: each series is the code of a status, shown as a word in its colour."""
    panel = described(stat.Panel(), title, description, "none", 24, height).mappings(codes())
    panel = panel.color_mode(models.BigValueColorMode.BACKGROUND_SOLID).graph_mode(models.BigValueGraphMode.NONE)
    panel = panel.text_mode(models.BigValueTextMode.VALUE_AND_NAME).text(
        common.VizTextDisplayOptions().title_size(12).value_size(16)
    )
    if link:
        panel = panel.data_links([building.DashboardLink("Look at it").url(link)])
    return panel.reduce_options(_last()).with_target(query("A", line, instant=True))


def numbers(
    title: str, description: str, lines: Sequence[Line], unit: str = "short", *, width: int = 24, height: int = 4
) -> stat.Panel:
    """Tiles with a number each, in the colours of their lines."""
    panel = described(stat.Panel(), title, description, unit, width, height).reduce_options(_last())
    panel = panel.color_mode(models.BigValueColorMode.BACKGROUND_SOLID).graph_mode(models.BigValueGraphMode.NONE)
    panel = panel.text_mode(models.BigValueTextMode.VALUE_AND_NAME)
    for ref, line in letters(lines):
        panel = panel.with_target(query(ref, line, instant=True))
        panel = _coloured(panel, ref, line.colour or PLAIN)
        if line.unit:
            panel = panel.override_by_query(ref, [dashboard.DynamicConfigValue("unit", line.unit)])
    return panel


def bars(
    title: str, description: str, lines: Sequence[Line], unit: str, *, width: int = 12, height: int = 9, most: float = 0
) -> bargauge.Panel:
    """Horizontal bars, one a series."""
    panel = described(bargauge.Panel(), title, description, unit, width, height).min(0).reduce_options(_last())
    panel = panel.orientation(models.VizOrientation.HORIZONTAL).display_mode(models.BarGaugeDisplayMode.BASIC)
    panel = panel.sizing(models.BarGaugeSizing.MANUAL).min_viz_height(12).max_viz_height(32)
    panel = panel.text(common.VizTextDisplayOptions().title_size(12).value_size(14))
    if most:
        panel = panel.max(most)
    for ref, line in letters(lines):
        panel = _coloured(panel.with_target(query(ref, line, instant=True)), ref, line.colour or PLAIN)
    return panel


def trend(
    title: str,
    description: str,
    lines: Sequence[Line],
    unit: str,
    *,
    stacked: bool = False,
    most: float | None = None,
    names: Sequence[str] = (),
    width: int = 12,
    height: int = 8,
) -> timeseries.Panel:
    """Lines over time. Those with ``names`` that are known have colours, and dashes, of their own."""
    panel = described(timeseries.Panel(), title, description, unit, width, height).min(0).line_width(2)
    panel = panel.fill_opacity(60 if stacked else 0).show_points(models.VisibilityMode.NEVER)
    panel = panel.tooltip(common.VizTooltipOptions().mode(models.TooltipDisplayMode.MULTI)).legend(_below())
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(models.StackingMode.NORMAL))
    if most is not None:
        panel = panel.max(most)
    for ref, line in letters(lines):
        panel = panel.with_target(query(ref, line, instant=False))
        colour = line.colour or PLAIN
        # Grafana's own palette has the colours of statuses in it, and would give them to anything.
        panel = _shaded(panel, ref, colour) if "{{" in line.legend else _coloured(panel, ref, colour)
    for number, name in enumerate(names):
        style = {"fill": "dash", "dash": [10, 6 * (number // len(MANY))]} if number >= len(MANY) else {"fill": "solid"}
        own = dashboard.DynamicConfigValue("color", fixed(MANY[number % len(MANY)]))
        panel = panel.override_by_name(name, [own, dashboard.DynamicConfigValue("custom.lineStyle", style)])
    return panel


def timeline(title: str, description: str, line: Line, *, height: int = 12) -> statetimeline.Panel:
    """How statuses went, one line a series of codes."""
    panel = described(statetimeline.Panel(), title, description, "none", 24, height).mappings(codes())
    panel = panel.merge_values(merge_values=True).show_value(models.VisibilityMode.NEVER).row_height(0.8)
    panel = panel.legend(_below())
    return panel.with_target(query("A", line, instant=False))


def by_status(lines: Mapping[Status, str]) -> list[Line]:
    """A query a status, called and coloured as it is."""
    return [Line(asked, BY_STATUS[status].text, BY_STATUS[status].colour) for status, asked in lines.items()]


def fixed(colour: str) -> dict[str, str]:
    """A colour that does not depend on the value."""
    return {"mode": "fixed", "fixedColor": colour}


def _coloured(panel: Any, ref: str, colour: str) -> Any:
    return panel.override_by_query(ref, [dashboard.DynamicConfigValue("color", fixed(colour))])


def _shaded(panel: Any, ref: str, colour: str) -> Any:
    """Each series of a query in a shade of its own."""
    return panel.override_by_query(
        ref, [dashboard.DynamicConfigValue("color", {"mode": "shades", "fixedColor": colour})]
    )


def _below() -> common.VizLegendOptions:
    """A legend under the panel: the SDK's own default is none."""
    legend = common.VizLegendOptions().display_mode(models.LegendDisplayMode.LIST)
    return legend.placement(models.LegendPlacement.BOTTOM).show_legend(show_legend=True)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False)
