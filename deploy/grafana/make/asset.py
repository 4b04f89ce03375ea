"""One asset: what fails, what could not be seen, how it went, and how fresh that is."""

from grafana_foundation_sdk.builders import dashboard as building

from checks.verdict import Status
from deploy.grafana.make import queries
from deploy.grafana.make.frame import frame
from deploy.grafana.make.overview import SEVERITY
from deploy.grafana.make.panels import Line, Panel, by_status, numbers, statuses, timeline
from deploy.grafana.make.tables import CONTROL, TITLE, TO_REPORT, Column, worst_first

REPORTED = Column("check", "Check", link=TO_REPORT)


def asset() -> building.Dashboard:
    """The dashboard ``wispwatch-asset``."""
    made = frame(
        "asset", "wispwatch / Asset", "One asset: what fails, what was not seen, and how it went.", one_asset=True
    )
    made = made.with_variable(
        building.TextBoxVariable("report")
        .label("Status page")
        .description("Where the status page of the agent is that scans this asset; the names of checks link to it.")
        .default_value("http://127.0.0.1:9817")
    )
    for panel in (_controls(), _counts(), _fresh(), _host(), _went(), _failing(), _unseen(), _changes(), _evidence()):
        made = made.with_panel(panel)
    return made.with_panel(_collectors()).with_panel(_what())


def _controls() -> Panel:
    return statuses(
        "Status of each control",
        "What each control, or half of a control, comes to on this asset.",
        Line(f"max by (control, facet) ({queries.CODE})", "{{control}} {{facet}}"),
    )


def _counts() -> Panel:
    held = {one: queries.checks(one.value) for one in (Status.FAIL, Status.UNKNOWN, Status.WAIVED)}
    held |= {one: queries.content_checks(one.value) for one in (Status.PASS, Status.NOT_APPLICABLE)}
    return numbers(
        "Checks by status",
        "How many checks came to what on this asset.",
        by_status({one: f"count(group by (check) ({checks})) or vector(0)" for one, checks in held.items()}),
        width=12,
    )


def _fresh() -> Panel:
    return numbers(
        "How fresh this is",
        "Time since the last scan that saw anything, and since the last that was tried. A scan that fails is tried, not seen.",
        [
            Line(f"time() - max({queries.of_late('scan_last_success_timestamp_seconds')})", "seen"),
            Line(f"time() - max({queries.LATEST} or {queries.VANISHED})", "tried"),
        ],
        "dtdurations",
        width=12,
    )


def _host() -> Panel:
    waiting = queries.of_late("host_pending_security_updates")
    return numbers(
        "Firewall, encryption and updates",
        "What a host tells of itself; nothing here where it could not be seen, or where the asset is no host. A firewall counts"
        " as on where it drops what no rule allows.",
        [
            Line(f"max({queries.of_late('host_firewall_enabled')})", "firewall on", unit="bool_yes_no"),
            Line(
                f"avg({queries.of_late('host_volume_encrypted', 'mountpoint')})",
                "volumes encrypted",
                unit="percentunit",
            ),
            Line(f"max({waiting})", "security updates missing"),
        ],
        "short",
    )


def _went() -> Panel:
    return timeline(
        "How the controls went",
        "The status of each control over time. A gap is a time in which no recording rules ran.",
        Line(f"max by (control, facet) ({queries.CODE})", "{{control}} {{facet}}"),
    )


RANK = Column("Value", "Rank", "none", width=70)


def _ranked(status: str) -> str:
    """The checks of a status with a number for their severity, so that a table can be sorted by it."""
    ranks = {"critical": 4, "high": 3, "medium": 2, "low": 1}
    return " or ".join(
        f'{rank} * group by (check, control, severity) ({queries.checks(status)[:-1]},severity="{severity}"}})'
        for severity, rank in ranks.items()
    )


def _failing() -> Panel:
    return worst_first(
        "Failing checks",
        "What should be true of this asset and is not, the most severe first. The name of a check leads to the status page.",
        [queries.titled(f"({_ranked('fail')})", "check", "check", "control", "severity")],
        [RANK, SEVERITY, REPORTED, TITLE, CONTROL],
        by="Rank",
        width=24,
    )


def _unseen() -> Panel:
    return worst_first(
        "What could not be seen",
        "Checks that are unknown. That is no pass: the status page tells the reason of each.",
        [queries.titled(f"({_ranked('unknown')})", "check", "check", "control", "severity")],
        [RANK, SEVERITY, REPORTED, TITLE, CONTROL],
        by="Rank",
        width=24,
    )


def _changes() -> Panel:
    changed = f"max by (control, facet) (changes({queries.CODE}[$__range]))"
    return worst_first(
        "Changes",
        "How often the status of a control changed in the chosen time, and what it is now.",
        [changed, f"max by (control, facet) ({queries.CODE})"],
        [
            *(CONTROL, Column("facet", "Half", width=100)),
            Column("Value #A", "Changes", "short", width=90),
            Column("Value #B", "Now", code=True),
        ],
        by="Changes",
    )


def _evidence() -> Panel:
    oldest = queries.of_late("evidence_oldest_timestamp_seconds", "control", control=True)
    return worst_first(
        "Age of evidence",
        "When the oldest reading was taken that the status of a control rests on.",
        [f"time() - {oldest} and on (asset, control) group by (asset, control) ({queries.controls()})"],
        [CONTROL, Column("Value", "Oldest reading", "dtdurations")],
        by="Oldest reading",
    )


def _collectors() -> Panel:
    return worst_first(
        "Collectors that did not see what they asked for",
        "Which parts of the last scan failed. What rests on them is unknown.",
        [f"1 - {queries.of_late('collector_success', 'collector')} == 1"],
        [Column("collector", "Collector"), Column("Value", "Failed", "bool_yes_no", width=90)],
        by="Failed",
    )


def _what() -> Panel:
    info = queries.of_late("asset_info", "asset_kind", "os", "os_version", "criticality")
    return worst_first(
        "What it is",
        "Kind and operating system, as the last scan found them.",
        [info],
        [
            *(Column("asset", "Asset"), Column("asset_kind", "Kind"), Column("os", "System")),
            *(Column("os_version", "Version"), Column("Value", "Known", "bool_yes_no", width=90)),
        ],
        by="Known",
    )
