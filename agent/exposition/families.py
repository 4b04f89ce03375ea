"""Every metric there is: names, labels and help texts, in the order of the page. Names and labels are a contract."""

from agent.exposition.host_metrics import GAUGES
from agent.exposition.text import Family

PREFIX = "wispwatch_"
_KIND = ("asset", "asset_kind")
_COLLECTOR = ("asset", "collector")
_CONTROL = ("asset", "control")

CONTROL_STATUS = Family(
    PREFIX + "control_status",
    "Status of a control on an asset: 1 for the status held, 0 for the others.",
    ("asset", "asset_kind", "control", "facet", "status"),
)
CHECK_STATUS = Family(
    PREFIX + "check_status",
    "Status of a check on an asset: 1 for the status held, 0 for those it held in the last seven days.",
    ("asset", "check", "control", "severity", "status"),
)
FAILING_SINCE = Family(
    PREFIX + "control_failing_since_timestamp_seconds",
    "When the control began to fail; absent while it does not.",
    _CONTROL,
)
ASSET_INFO = Family(
    PREFIX + "asset_info", "What an asset is.", ("asset", "asset_kind", "os", "os_version", "criticality")
)
CONTROL_INFO = Family(PREFIX + "control_info", "What a control is called.", ("control", "title"))
CHECK_INFO = Family(PREFIX + "check_info", "What a check asserts.", ("check", "title"))
OLDEST_EVIDENCE = Family(
    PREFIX + "evidence_oldest_timestamp_seconds",
    "When the oldest reading that a control's status rests on was taken.",
    _CONTROL,
)
SUCCEEDED = Family(
    PREFIX + "scan_last_success_timestamp_seconds", "When an asset was last scanned and anything of it was seen.", _KIND
)
TRIED = Family(PREFIX + "scan_last_attempt_timestamp_seconds", "When a scan of an asset last ended.", _KIND)
TOOK = Family(PREFIX + "scan_duration_seconds", "How long the last scan of an asset took.", _KIND)
INTERVAL = Family(PREFIX + "scan_interval_seconds", "The configured time between two scans of an asset.", _KIND)
COLLECTOR_SUCCESS = Family(
    PREFIX + "collector_success", "Whether a collector saw what it asked for in the last scan.", _COLLECTOR
)
COLLECTOR_TOOK = Family(
    PREFIX + "collector_duration_seconds", "How long a collector took in the last scan.", _COLLECTOR
)
ERRORS = Family(
    PREFIX + "scan_errors_total",
    "What could not be seen, by collector and reason.",
    (*_COLLECTOR, "reason"),
    counts=True,
)
WAIVER_EXPIRY = Family(
    PREFIX + "waiver_expiry_timestamp_seconds",
    "When a waiver stops to hold (the end of its last day, UTC); asset is its pattern.",
    ("asset", "check", "control"),
)
ATTESTATION_EXPIRY = Family(
    PREFIX + "attestation_expiry_timestamp_seconds",
    "When the organization's attestation about a control ends (the end of its last day, UTC).",
    _CONTROL,
)
HOST = tuple(Family(PREFIX + gauge.name, gauge.help, ("asset", *gauge.labels)) for gauge in GAUGES)
AWS_RESOURCES = Family(
    PREFIX + "aws_resources",
    "Resources of an AWS account that a check judged, by outcome.",
    ("asset", "aws_region", "check", "control", "status"),
)
AWS_FAILING = Family(
    PREFIX + "aws_failing_resource_info",
    "A resource of an AWS account that fails a check: at most so many as daemon.failing_resources.",
    ("asset", "aws_region", "check", "resource_id"),
)
BUILD_INFO = Family(
    PREFIX + "build_info", "The version of wispwatch and of its catalogue.", ("version", "catalogue_version")
)
RELOADED = Family(
    PREFIX + "config_last_reload_successful",
    "Whether the last reload of the configuration was taken (1) or refused (0).",
)
PUSH_QUEUE = Family(PREFIX + "push_queue_length", "Snapshots of the metrics that wait to be pushed.")
PUSH_SENT = Family(PREFIX + "push_samples_sent_total", "Samples that were pushed and taken.", counts=True)
PUSH_FAILED = Family(
    PREFIX + "push_samples_failed_total",
    "Samples that were to be pushed and were dropped, by reason.",
    ("reason",),
    counts=True,
)
PUSH_SUCCEEDED = Family(
    PREFIX + "push_last_success_timestamp_seconds", "When a snapshot of the metrics was last pushed and taken."
)

FAMILIES = (
    *(CONTROL_STATUS, CHECK_STATUS, FAILING_SINCE, ASSET_INFO, CONTROL_INFO, CHECK_INFO, OLDEST_EVIDENCE, SUCCEEDED),
    *(TRIED, TOOK, INTERVAL, COLLECTOR_SUCCESS, COLLECTOR_TOOK, ERRORS, WAIVER_EXPIRY, ATTESTATION_EXPIRY, *HOST),
    *(AWS_RESOURCES, AWS_FAILING, BUILD_INFO, RELOADED, PUSH_QUEUE, PUSH_SENT, PUSH_FAILED, PUSH_SUCCEEDED),
)
"""In the order of the page."""

OF_ASSETS = (
    *(CONTROL_STATUS, CHECK_STATUS, FAILING_SINCE, ASSET_INFO, OLDEST_EVIDENCE, SUCCEEDED, TRIED, TOOK, INTERVAL),
    *(COLLECTOR_SUCCESS, COLLECTOR_TOOK, ERRORS, ATTESTATION_EXPIRY, *HOST, AWS_RESOURCES),
)
"""Those whose samples are the assets' own."""
