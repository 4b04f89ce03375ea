"""The queries of the panels, in PromQL, with the variables of the dashboards.

They read what the recording rules make: that is where a machine that sleeps, a pod that was replaced and an asset that vanished
are dealt with. What is read from agents directly goes through ``of_late``.
"""

KIND, ASSET, CONTROL = 'asset_kind=~"$asset_kind"', 'asset=~"$asset"', 'control=~"$control"'
CODE = f"asset_control:wispwatch_control_status:code{{{KIND},{ASSET},{CONTROL}}}"
LATEST = f"asset_instance:wispwatch_scan_last_attempt_timestamp_seconds:latest{{{KIND},{ASSET}}}"
VANISHED = f"asset:wispwatch_scan_last_attempt_timestamp_seconds:vanished{{{KIND},{ASSET}}}"


def controls(status: str = "") -> str:
    """The statuses that controls hold, or the controls that hold one."""
    return _held("asset_control:wispwatch_control_status:held", status)


def checks(status: str) -> str:
    """The checks that fail, are unknown or are waived: the others are not recorded."""
    return _held("asset_check:wispwatch_check_status:held", status)


def content_checks(status: str) -> str:
    """The checks of few assets that pass or do not apply, as agents tell them."""
    told = f'wispwatch_check_status{{{ASSET},{CONTROL},status="{status}"}}'
    return f"(last_over_time({told}[26h]) == 1 and on (asset, job, instance) {LATEST})"


def _held(name: str, status: str) -> str:
    only = f',status="{status}"' if status else ""
    return f"{name}{{{KIND},{ASSET},{CONTROL}{only}}}"


def resources(status: str) -> str:
    """Resources of AWS accounts that hold one of these statuses (a regular expression); each once, whatever cites its check."""
    held = f'asset_check:wispwatch_aws_resources:held{{{ASSET},{CONTROL},status=~"{status}"}}'
    return f"max by (asset, aws_region, check, status) ({held})"


def of_late(metric: str, *by: str, control: bool = False) -> str:
    """A series that agents tell of an asset, the latest value, from whoever tells of that asset."""
    asked = f"{ASSET},{CONTROL}" if control else ASSET
    last = f"last_over_time(wispwatch_{metric}{{{asked}}}[26h])"
    return f"max by ({', '.join(('asset', *by))}) ({last} and on (asset, job, instance) {LATEST})"


def titled(expression: str, what: str, *keys: str) -> str:
    """With the label ``title``, what a check asserts or a control is called, where an agent tells it.

    ``what`` is ``check`` or ``control``, and ``keys`` are all labels that the expression has.
    """
    titles = f"{what}:wispwatch_{what}_info:title"
    return f"{expression} * on ({what}) group_left (title) {titles} or on ({', '.join(keys)}) {expression}"


def share(part: str, whole: str, *by: str) -> str:
    """How much of the whole a part is, from 0 to 1; 0 and not nothing where there is none of it."""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"(sum{grouped} ({part}) or 0 * sum{grouped} ({whole})) / sum{grouped} ({whole})"
