"""The overview: how each control stands over all assets, and where to begin."""

from grafana_foundation_sdk.builders import dashboard as building

from checks.verdict import Status
from deploy.grafana.make import queries, tables
from deploy.grafana.make.colours import SEVERITIES
from deploy.grafana.make.frame import frame
from deploy.grafana.make.panels import Line, Panel, by_status, numbers, statuses
from deploy.grafana.make.tables import ASSET, CHECK, CONTROL, KIND, TITLE, Column, worst_first

WORST = f"max by (asset) ({queries.CODE})"
TO_CONTROL = tables.TO_CONTROL.replace("${__value.raw:", "${__field.labels.control:")


def overview() -> building.Dashboard:
    """The dashboard ``wispwatch-overview``."""
    made = frame("overview", "wispwatch / Overview by control", "How each control stands over all assets, worst first.")
    for panel in (_controls(), _assets(), _shares(), _worst(), _failures(), _unseen(), _longest()):
        made = made.with_panel(panel)
    return made


def _controls() -> Panel:
    return statuses(
        "Worst status of each control",
        "For each control the worst status that any asset holds. Fail is worse than unknown, unknown is worse than waived.",
        Line(f"max by (control) ({queries.CODE})", "{{control}}"),
        link=TO_CONTROL,
    )


def _assets() -> Panel:
    code = {Status.FAIL: 4, Status.UNKNOWN: 3, Status.WAIVED: 2, Status.PASS: 1, Status.NOT_APPLICABLE: 0}
    return numbers(
        "Assets by their worst status",
        "Each asset counts once, by the worst of its controls. An asset of which nobody tells any more is unknown.",
        by_status({status: f"count({WORST} == {number}) or vector(0)" for status, number in code.items()}),
    )


def _shares() -> Panel:
    applies = f'{queries.controls()[:-1]},status!="not_applicable"}}'
    share = queries.share(queries.controls("pass"), applies, "control")
    return worst_first(
        "Share of assets that pass, by control",
        "Of the assets that a control applies to, how many pass it; each half of one that has two counts for itself. Unknown and"
        " waived are no pass.",
        [queries.titled(f"({share})", "control", "control")],
        [CONTROL, Column("title", "What it is about"), Column("Value", "Share that passes", "percentunit", bar=True)],
        by="Share that passes",
        descending=False,
        height=12,
    )


def _worst() -> Panel:
    zero = f"0 * group by (asset, asset_kind) ({queries.controls()})"
    failing = f"topk(50, count by (asset, asset_kind) ({queries.controls('fail')}) or {zero})"
    checks = f"count by (asset, asset_kind) (group by (asset, asset_kind, check) ({queries.checks('fail')}))"
    unknown = f"count by (asset, asset_kind) ({queries.controls('unknown')})"
    return worst_first(
        "Worst assets",
        "The fifty assets of which the most controls fail, how many checks that are, and how many controls could not be seen.",
        [failing, *(f"({counted} or {zero}) and on (asset) {failing}" for counted in (checks, unknown))],
        [
            *(ASSET, KIND),
            Column("Value #A", "Controls that fail", "short"),
            Column("Value #B", "Checks that fail", "short"),
            Column("Value #C", "Controls unknown", "short"),
        ],
        by="Controls that fail",
        height=12,
    )


SEVERITY = Column("severity", "Severity", colours=tuple(SEVERITIES.items()), width=100)


def _by_check(status: str) -> str:
    counted = f"count by (check, severity) (group by (asset, check, severity) ({queries.checks(status)}))"
    return queries.titled(counted, "check", "check", "severity")


def _failures() -> Panel:
    return worst_first(
        "Open failures",
        "Checks that fail, by how many assets they fail on. Waived failures are not counted.",
        [_by_check("fail")],
        [SEVERITY, CHECK, TITLE, Column("Value", "Assets", "short", width=90)],
        by="Assets",
    )


def _unseen() -> Panel:
    return worst_first(
        "What could not be seen",
        "Checks that are unknown, by on how many assets. Unknown is no pass; `wispwatch doctor` tells what it takes to see.",
        [_by_check("unknown")],
        [SEVERITY, CHECK, TITLE, Column("Value", "Assets", "short", width=90)],
        by="Assets",
    )


def _longest() -> Panel:
    since = queries.of_late("control_failing_since_timestamp_seconds", "control", control=True)
    failing = f"group by (asset, control) ({queries.controls('fail')})"
    return worst_first(
        "Failing for the longest time",
        "Controls that fail now, and for how long. Not seeing a control for a while does not start its time anew.",
        [f"topk(50, (time() - {since}) and on (asset, control) {failing})"],
        [ASSET, CONTROL, Column("Value", "Failing for", "dtdurations", width=220)],
        by="Failing for",
        width=24,
    )
