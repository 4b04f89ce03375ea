"""Trends and freshness: whether it gets better, and what grows old."""

from grafana_foundation_sdk.builders import dashboard as building

from checks import catalog
from checks.verdict import Status
from deploy.grafana.make import queries
from deploy.grafana.make.colours import PLAIN, SECOND
from deploy.grafana.make.frame import frame
from deploy.grafana.make.overview import TO_CONTROL
from deploy.grafana.make.panels import Line, Panel, by_status, statuses, trend
from deploy.grafana.make.tables import ASSET, CHECK, CONTROL, KIND, Column, worst_first

ENDS = "dateTimeFromNow"


def trends() -> building.Dashboard:
    """The dashboard ``wispwatch-trends``."""
    made = frame("trends", "wispwatch / Trends and freshness", "Whether it gets better, and what grows old or ends.")
    panels = (_controls(), _passing(), _statuses(), _hosts(), _missing(), _oldest(), _definitions(), _ages())
    for panel in (*panels, _durations(), _personal_information(), _waivers(), _attestations()):
        made = made.with_panel(panel)
    return made


def _controls() -> Panel:
    return statuses(
        "Worst status of each control",
        "For each control the worst status that any asset holds.",
        Line(f"max by (control) ({queries.CODE})", "{{control}}"),
        link=TO_CONTROL,
    )


def _passing() -> Panel:
    applies = f'{queries.controls()[:-1]},status!="not_applicable"}}'
    return trend(
        "Share of assets that pass, by control",
        "Of the assets that a control applies to; each half of one that has two counts for itself. Unknown and waived are no"
        " pass.",
        [Line(queries.share(queries.controls("pass"), applies, "control"), "{{control}}")],
        "percentunit",
        most=1,
        names=[control.id for control in catalog.leaves(catalog.frameworks())],
        height=9,
    )


def _statuses() -> Panel:
    order = (Status.FAIL, Status.UNKNOWN, Status.WAIVED, Status.PASS)
    return trend(
        "Controls on assets, by status",
        "Each control counts once for each asset that it applies to.",
        by_status({one: f"count({queries.controls(one.value)}) or vector(0)" for one in order}),
        "short",
        stacked=True,
        height=9,
    )


def _hosts() -> Panel:
    return trend(
        "Hosts with a firewall, volumes that are encrypted",
        "Of the hosts, and of the volumes, that could be seen.",
        [
            Line(f"avg({queries.of_late('host_firewall_enabled')})", "firewall on", PLAIN),
            Line(f"avg({queries.of_late('host_volume_encrypted', 'mountpoint')})", "volumes encrypted", SECOND),
        ],
        "percentunit",
        most=1,
    )


def _missing() -> Panel:
    waiting = queries.of_late("host_pending_security_updates")
    return trend(
        "Security updates that are missing",
        "Packages over all hosts, and hosts that lack any. Hosts that do not tell are not counted.",
        [Line(f"sum({waiting})", "packages", PLAIN), Line(f"count({waiting} > 0) or vector(0)", "hosts", SECOND)],
        "short",
    )


def _oldest() -> Panel:
    waiting = queries.of_late("host_pending_security_updates")
    oldest = queries.of_late("host_oldest_pending_security_update_timestamp_seconds")
    return worst_first(
        "Hosts that lack security updates",
        "How many packages wait, and how long the oldest has waited where the package manager tells: apt does not.",
        [f"topk(50, {waiting} > 0)", f"(time() - {oldest}) unless on (asset) {waiting} == 0"],
        [ASSET, Column("Value #A", "Packages", "short"), Column("Value #B", "Oldest has waited", "dtdurations")],
        by="Packages",
    )


def _definitions() -> Panel:
    built = queries.of_late("host_malware_definitions_timestamp_seconds")
    return worst_first(
        "Age of malware definitions",
        "When the newest definitions were built, on hosts that have any.",
        [f"topk(50, time() - {built})"],
        [ASSET, Column("Value", "Age", "dtdurations")],
        by="Age",
    )


def _ages() -> Panel:
    seen = queries.of_late("scan_last_success_timestamp_seconds", "asset_kind")
    return worst_first(
        "Scans by age",
        "When a scan last saw anything of an asset. Those of which nobody tells any more are among them, by when they were last"
        " scanned.",
        [f"topk(50, time() - ({seen} or on (asset) {queries.VANISHED}))"],
        [ASSET, KIND, Column("Value", "Last seen", "dtdurations")],
        by="Last seen",
    )


def _durations() -> Panel:
    took = queries.of_late("scan_duration_seconds")
    return trend(
        "How long scans take",
        "Half of the scans, and 95 of 100, take no longer.",
        [Line(f"quantile(0.5, {took})", "half", PLAIN), Line(f"quantile(0.95, {took})", "95 of 100", SECOND)],
        "s",
        height=9,
    )


def _personal_information() -> Panel:
    looked = queries.of_late("host_pi_survey_timestamp_seconds")
    return worst_first(
        "Files that likely hold personal information",
        "By the last survey of each host (wispwatch discover); a file of two kinds counts twice. What could not be examined is"
        " not known to be free of it; hosts without a survey are not here.",
        [
            f"topk(50, sum by (asset) ({queries.of_late('host_pi_files', 'kind')}))",
            queries.of_late("host_pi_unexamined_files"),
            f"time() - {looked}",
        ],
        [
            ASSET,
            Column("Value #A", "Files", "short"),
            Column("Value #B", "Not examined", "short"),
            Column("Value #C", "Looked", "dtdurations"),
        ],
        by="Files",
        width=24,
    )


def _waivers() -> Panel:
    told = 'wispwatch_waiver_expiry_timestamp_seconds{control=~"|$control"}'  # one of a check has no control
    ends = f"max by (asset, check, control) (last_over_time({told}[26h]))"
    return worst_first(
        "Waivers, by when they end",
        "The asset is the waiver's pattern. What has ended and stands here is still in a configuration.",
        [f"1000 * {ends}"],
        [Column("asset", "Assets"), CHECK, CONTROL, Column("Value", "Ends", ENDS)],
        by="Ends",
        descending=False,
    )


def _attestations() -> Panel:
    ends = queries.of_late("attestation_expiry_timestamp_seconds", "control", control=True)
    return worst_first(
        "Attestations, by when they end",
        "What the organization has stated, and until when.",
        [f"1000 * {ends}"],
        [CONTROL, Column("Value", "Ends", ENDS)],
        by="Ends",
        descending=False,
    )
