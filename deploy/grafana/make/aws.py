"""AWS accounts: which share of their resources passes, and where the others are."""

from grafana_foundation_sdk.builders import dashboard as building

from deploy.grafana.make import queries
from deploy.grafana.make.colours import FAIL, UNKNOWN
from deploy.grafana.make.frame import frame
from deploy.grafana.make.overview import TO_CONTROL
from deploy.grafana.make.panels import Line, Panel, bars, numbers, statuses, trend
from deploy.grafana.make.tables import ASSET, CHECK, REGION, TITLE, Column, worst_first

FAILING = queries.resources("fail")
JUDGED = queries.resources("pass|fail|unknown|waived")
ACCOUNT = Column("asset", "Account", link=ASSET.link)


def aws() -> building.Dashboard:
    """The dashboard ``wispwatch-aws``."""
    made = frame("aws", "wispwatch / AWS accounts", "How the resources of AWS accounts stand.", kind="aws_account")
    for panel in (_controls(), _sums(), _accounts(), _controls_failing(), _regions(), _unseen(), _checks(), _named()):
        made = made.with_panel(panel)
    return made.with_panel(_over_time())


def _controls() -> Panel:
    return statuses(
        "Worst status of each control",
        "For each control the worst status that any of the accounts holds.",
        Line(f"max by (control) ({queries.CODE})", "{{control}}"),
        link=TO_CONTROL,
    )


def _sums() -> Panel:
    return numbers(
        "Resources",
        "Each resource counts once for each check that judged it.",
        [
            Line(f"sum({FAILING})", "fail", FAIL),
            Line(f"sum({queries.resources('unknown')}) or vector(0)", "unknown", UNKNOWN),
            Line(f"count(group by (asset) ({JUDGED}))", "accounts"),
            Line(f"count(group by (aws_region) ({JUDGED}))", "regions"),
        ],
    )


def _accounts() -> Panel:
    return bars(
        "Share of resources that pass, by account",
        "Of what was judged. Unknown and waived are no pass.",
        [Line(f"sort({queries.share(queries.resources('pass'), JUDGED, 'asset')})", "{{asset}}")],
        "percentunit",
        most=1,
    )


def _controls_failing() -> Panel:
    held = f'asset_check:wispwatch_aws_resources:held{{{queries.ASSET},{queries.CONTROL},status="fail"}}'
    return bars(
        "Failing resources by control",
        "A resource that fails a check counts for each control that the check is cited for.",
        [Line(f"sort_desc(sum by (control) ({held}) > 0)", "{{control}}", FAIL)],
        "short",
    )


def _regions() -> Panel:
    return bars(
        "Failing resources by region",
        "`global` is what has no region, such as IAM.",
        [Line(f"sort_desc(sum by (aws_region) ({FAILING}) > 0)", "{{aws_region}}", FAIL)],
        "short",
    )


def _unseen() -> Panel:
    grown = f"increase(wispwatch_scan_errors_total{{{queries.ASSET}}}[$__range])"
    return worst_first(
        "What could not be seen, by reason",
        "How often something of an account could not be seen in the chosen time: a permission that is missing, a call that was"
        " throttled.",
        [f"round(max by (asset, collector, reason) ({grown} and on (asset) {queries.LATEST})) > 0"],
        [
            *(ACCOUNT, Column("collector", "Collector"), Column("reason", "Reason")),
            Column("Value", "Times", "short", width=90),
        ],
        by="Times",
    )


def _checks() -> Panel:
    counted = f"sum by (asset, check, aws_region) ({FAILING}) > 0"
    return worst_first(
        "Failing resources by account and check",
        "Where the most resources fail.",
        [queries.titled(f"topk(200, {counted})", "check", "asset", "check", "aws_region")],
        [ACCOUNT, REGION, CHECK, TITLE, Column("Value", "Resources", "short", width=110)],
        by="Resources",
        width=24,
    )


def _named() -> Panel:
    named = f"wispwatch_aws_failing_resource_info{{{queries.ASSET}}}"
    return worst_first(
        "Failing resources by name",
        "Only where `daemon.failing_resources` says how many are named; each is a series.",
        [f"max by (asset, aws_region, check, resource_id) (last_over_time({named}[1h]))"],
        [
            *(ACCOUNT, REGION, CHECK, Column("resource_id", "Resource")),
            Column("Value", "Fails", "bool_yes_no", width=90),
        ],
        by="Fails",
        width=24,
    )


def _over_time() -> Panel:
    return trend(
        "Failing resources over time",
        "By account.",
        [Line(f"sum by (asset) ({FAILING})", "{{asset}}", FAIL)],
        "short",
        width=24,
    )
