"""Tables: the worst first, with links to where it is told in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import dashboard

from deploy.grafana.make.colours import PLAIN
from deploy.grafana.make.mappings import codes, words
from deploy.grafana.make.panels import Line, described, fixed, letters, query

TO_ASSET = "/d/wispwatch-asset?${datasource:queryparam}&var-asset=${__value.raw:percentencode}&${__url_time_range}"
TO_CONTROL = (
    "/d/wispwatch-overview?${datasource:queryparam}&${asset_kind:queryparam}&${asset:queryparam}"
    "&var-control=${__value.raw:percentencode}&${__url_time_range}"
)
TO_REPORT = "${report}/assets/${asset:percentencode}"


@dataclass(frozen=True)
class Column:
    """A column: the field it shows, and how."""

    field: str
    """A label, or ``Value`` of the only query, or ``Value #A`` of one of several."""
    title: str
    unit: str = ""
    link: str = ""
    colours: tuple[tuple[str, str], ...] = ()
    """Words and their colours."""
    code: bool = False
    """Whether the value is the code of a status."""
    width: int = 0
    bar: bool = False
    """Whether the value is a share from 0 to 1, drawn as a bar."""


ASSET = Column("asset", "Asset", link=TO_ASSET)
KIND = Column("asset_kind", "Kind", width=130)
CONTROL = Column("control", "Control", link=TO_CONTROL, width=120)
CHECK = Column("check", "Check")
TITLE = Column("title", "What should be true")
REGION = Column("aws_region", "Region", width=130)


def worst_first(
    title: str,
    description: str,
    expressions: Sequence[str],
    columns: Sequence[Column],
    *,
    by: str,
    descending: bool = True,
    width: int = 12,
    height: int = 9,
) -> table.Panel:
    """A table of the rows that the queries find, joined by their common labels, sorted by the column called ``by``.

    The panel's own unit is none, since it would hold for words, too; numbers have that of their column.
    """
    panel = described(table.Panel(), title, description, "none", width, height)
    for ref, line in letters([Line(expression, "") for expression in expressions]):
        panel = panel.with_target(query(ref, line, instant=True, table=True))
    order = {column.field: place for place, column in enumerate(columns)}
    names = {column.field: column.title for column in columns}
    kept = {"include": {"names": list(order)}}  # without the time: rows are joined by all that they have in common
    panel = (
        panel.with_transformation(dashboard.DataTransformerConfig(id_val="filterFieldsByName", options=kept))
        .with_transformation(dashboard.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            dashboard.DataTransformerConfig(id_val="organize", options={"indexByName": order, "renameByName": names})
        )
        .sort_by([common.TableSortByFieldState().display_name(by).desc(descending)])
    )
    for column in columns:
        if properties := _properties(column):
            panel = panel.override_by_name(column.title, properties)
    return panel


def _properties(column: Column) -> list[dashboard.DynamicConfigValue]:
    found: dict[str, Any] = {}
    if column.unit:
        found["unit"] = column.unit
    if column.width:
        found["custom.width"] = column.width
    if column.link:
        found["links"] = [{"title": f"Look at this {column.title.lower()}", "url": column.link}]
    if column.bar:
        found |= {"min": 0, "max": 1, "color": fixed(PLAIN)}
        found["custom.cellOptions"] = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
    if column.code or column.colours:
        found["mappings"] = [one.to_json() for one in (codes() if column.code else words(dict(column.colours)))]
        found["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return [dashboard.DynamicConfigValue(name, value) for name, value in found.items()]
