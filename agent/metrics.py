"""The last finished state as Prometheus metrics, in the text format.

Names and labels are a contract: they are in the table of metrics in the documentation, and what is gone leaves no series
behind. Control series are dense (every status, 0 or 1). Check series carry the status that holds as 1, and an explicit 0 for
each other status that the check held in the last seven days, without which ``last_over_time`` finds fail *and* pass after a
change. There are no sample timestamps: times are ``*_timestamp_seconds`` gauges.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from agent import __version__, aws_metrics
from agent.gather import ORGANIZATION
from agent.host_metrics import GAUGES, attestation_ends, operating_system
from agent.printable import printable
from agent.state import Asset, State
from checks import catalog
from checks.check import Check
from checks.verdict import Status
from collectors.readings import Absent, Unread

PREFIX = "wispwatch_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LONGEST = 300
"""Characters of a label value at most."""

REASONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # On the way to a host. They come first: some of them quote what a server said.
    (
        "host_key",
        re.compile(
            r": its host (key|certificate) |: shows (another|a) host (key|certificate) |there is no such file of known hosts"
        ),
    ),
    (
        "authentication",
        re.compile(
            r": denies \S+ the login|: takes .{1,200}, and asks \S+ for a second factor|"
            r": is no private key that is understood|"
            r": has a passphrase; name|the environment variable \w+ is not set|: its first line is empty|"
            r": is not understood as a certificate of that key|: .{1,200} does not sign \("
        ),
    ),
    (
        "unreachable",
        re.compile(
            r": not reached|: no SSH connection: |: the SSH connection was not made|: its address is not found|"
            r": no answer to the login within|: the connection was closed during the login|^the SSH connection failed"
        ),
    ),
    (
        "permission_denied",
        re.compile(
            r"permission denied|not permitted|needs root|must be root|only root|needs [a-z0-9-]+:\w|^sudo on the target",
            re.IGNORECASE,
        ),
    ),
    ("credentials", re.compile(r"credentials|could not be assumed", re.IGNORECASE)),
    ("throttled", re.compile(r"^throttled", re.IGNORECASE)),
    ("timeout", re.compile(r"no answer within|timed out|timeout", re.IGNORECASE)),
    ("not_understood", re.compile(r"^not understood", re.IGNORECASE)),
    ("too_large", re.compile(r"longer than|more than \d+|too many|too long", re.IGNORECASE)),
    ("not_configured", re.compile(r"is configured: add|no \w+ register", re.IGNORECASE)),
    ("not_running", re.compile(r"does not run|not been booted with systemd|connect to bus", re.IGNORECASE)),
    ("not_answered", re.compile(r"before the answer|connection|no such file", re.IGNORECASE)),
)
"""Why a collector saw nothing, as the label ``reason`` has it: a bounded set, the first that fits, or ``other``."""

SCAN = "scan"
"""Stands for the collector in errors of a scan as a whole."""


def reason_of(told: str) -> str:
    """Which of the bounded set of reasons a sentence is."""
    return next((name for name, pattern in REASONS if pattern.search(told)), "other")


def render(state: State) -> bytes:
    """The whole page of metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StateCollector(state))
    return generate_latest(registry)


class StateCollector(Collector):
    """Yields the families of one state. Made anew for each state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def describe(self) -> Iterable[Metric]:
        """Nothing is promised ahead: families come and go with the state."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every family that has samples."""
        families = (
            *self._statuses(),
            *self._infos(),
            *self._times(),
            *self._collectors(),
            *self._expiries(),
            *self._host(),
            *self._accounts(),
            *self._own(),
        )
        return (family for family in families if family.samples)

    def _statuses(self) -> Iterator[Metric]:
        controls = _gauge(
            "control_status",
            "Status of a control on an asset: 1 for the status held, 0 for the others.",
            ("asset", "asset_kind", "control", "facet", "status"),
        )
        checks = _gauge(
            "check_status",
            "Status of a check on an asset: 1 for the status held, 0 for those it held in the last seven days.",
            ("asset", "check", "control", "severity", "status"),
        )
        since = _gauge(
            "control_failing_since_timestamp_seconds",
            "When the control began to fail; absent while it does not.",
            ("asset", "control"),
        )
        for asset in self._state.assets:
            name, kind = asset.result.asset, asset.result.asset_kind
            failing: dict[str, list[str]] = {}
            for held in asset.controls:
                for status in Status:
                    _add(controls, (name, kind, held.control, held.facet, status.value), held.status is status)
                if held.status is Status.FAIL:
                    failing.setdefault(held.control, []).append(held.facet)
            for control, facets in failing.items():
                begun = self._state.history.failing_since(name, control, facets)
                if begun is not None:
                    _add(since, (name, control), begun)
            known = {finding.check.id: finding.check for finding in asset.result.findings}
            for check_id, now in asset.checks.items():
                sticky = self._state.history.sticky(name, check_id, self._state.at)
                for status in Status:
                    if status is now or status in sticky:
                        for control in self._cited(known[check_id]):
                            labels = (name, check_id, control, known[check_id].severity.label, status.value)
                            _add(checks, labels, status is now)
        yield from (controls, checks, since)

    def _cited(self, check: Check) -> list[str]:
        """The controls of a check that belong to the chosen frameworks."""
        chosen = [one for one in check.controls if catalog.controls()[one].framework in self._state.plan.frameworks]
        return chosen or list(check.controls)

    def _infos(self) -> Iterator[Metric]:
        assets = _gauge("asset_info", "What an asset is.", ("asset", "asset_kind", "os", "os_version", "criticality"))
        for asset in self._state.assets:
            os_name, os_version = operating_system(asset.result.facts.outcomes.values())
            _add(assets, (asset.result.asset, asset.result.asset_kind, os_name, os_version, ""), 1)
        controls = _gauge("control_info", "What a control is called.", ("control", "title"))
        for control in catalog.leaves(self._state.plan.frameworks):
            _add(controls, (control.id, control.title), 1)
        checks = _gauge("check_info", "What a check asserts.", ("check", "title"))
        for check in self._state.plan.checks:
            _add(checks, (check.id, check.title), 1)
        yield from (assets, controls, checks)

    def _times(self) -> Iterator[Metric]:
        oldest = _gauge(
            "evidence_oldest_timestamp_seconds",
            "When the oldest reading that a control's status rests on was taken.",
            ("asset", "control"),
        )
        labels = ("asset", "asset_kind")
        success = _gauge(
            "scan_last_success_timestamp_seconds", "When an asset was last scanned and anything of it was seen.", labels
        )
        tried = _gauge("scan_last_attempt_timestamp_seconds", "When a scan of an asset last ended.", labels)
        took = _gauge("scan_duration_seconds", "How long the last scan of an asset took.", labels)
        interval = _gauge("scan_interval_seconds", "The configured time between two scans of an asset.", labels)
        for asset in self._state.assets:
            own = (asset.result.asset, asset.result.asset_kind)
            _add(tried, own, asset.attempt.tried)
            if asset.attempt.succeeded is not None:
                _add(success, own, asset.attempt.succeeded)
            _add(took, own, asset.result.seconds)
            _add(interval, own, asset.interval)
            for control, at in _oldest_evidence(asset).items():
                _add(oldest, (own[0], control), at.timestamp())
        yield from (oldest, success, tried, took, interval)

    def _collectors(self) -> Iterator[Metric]:
        labels = ("asset", "collector")
        success = _gauge("collector_success", "Whether a collector saw what it asked for in the last scan.", labels)
        took = _gauge("collector_duration_seconds", "How long a collector took in the last scan.", labels)
        errors = CounterMetricFamily(
            PREFIX + "scan_errors", "What could not be seen, by collector and reason.", labels=(*labels, "reason")
        )
        for asset in self._state.assets:
            for collector in asset.result.collectors:
                _add(success, (asset.result.asset, collector.name), collector.seen)
                _add(took, (asset.result.asset, collector.name), collector.seconds)
            _add(errors, (asset.result.asset, SCAN, "raised"), self._errors((asset.result.asset, SCAN, "raised")))
        for key, count in sorted(self._state.history.errors.items()):
            if key[1:] != (SCAN, "raised"):
                _add(errors, key, count)
        yield from (success, took, errors)

    def _errors(self, key: tuple[str, str, str]) -> int:
        return self._state.history.errors.get(key, 0)

    def _expiries(self) -> Iterator[Metric]:
        waivers = _gauge(
            "waiver_expiry_timestamp_seconds",
            "When a waiver stops to hold (the end of its last day, UTC); asset is its pattern.",
            ("asset", "check", "control"),
        )
        ends: dict[tuple[str, str, str], float] = {}
        for waiver in self._state.plan.waivers:
            key = (waiver.asset, waiver.check, waiver.control)
            ends[key] = min(ends.get(key, _after(waiver.until)), _after(waiver.until))
        for key, end in ends.items():
            _add(waivers, key, end)
        attestations = _gauge(
            "attestation_expiry_timestamp_seconds",
            "When the organization's attestation about a control ends (the end of its last day, UTC).",
            ("asset", "control"),
        )
        for asset in self._state.assets:
            if asset.result.asset_kind == ORGANIZATION:
                for control, day in attestation_ends(asset.result.facts.outcomes.values()).items():
                    _add(attestations, (asset.result.asset, control), _after(day))
        yield from (waivers, attestations)

    def _host(self) -> Iterator[Metric]:
        for gauge in GAUGES:
            family = _gauge(gauge.name, gauge.help, ("asset", *gauge.labels))
            for asset in self._state.assets:
                if not asset.stale:
                    for fact, outcome in asset.result.facts.outcomes.items():
                        if fact.__name__ == gauge.fact and not isinstance(outcome, Absent | Unread):
                            for labels, value in gauge.read(outcome):
                                _add(family, (asset.result.asset, *labels), value)
            yield family

    def _accounts(self) -> Iterator[Metric]:
        counts = _gauge(
            "aws_resources",
            "Resources of an AWS account that a check judged, by outcome.",
            ("asset", "aws_region", "check", "control", "status"),
        )
        for name, region, check, status, count in aws_metrics.resources(self._state.assets):
            for control in self._cited(check):
                _add(counts, (name, region, check.id, control, status.value), count)
        infos = _gauge(
            "aws_failing_resource_info",
            "A resource of an AWS account that fails a check: at most so many as daemon.failing_resources.",
            ("asset", "aws_region", "check", "resource_id"),
        )
        shown = {
            (name, finding.region or aws_metrics.GLOBAL, finding.check.id, printable(finding.subject, _LONGEST))
            for name, finding in aws_metrics.failing(self._state.assets, self._state.plan.failing_resources)
        }
        for labels in sorted(shown):
            _add(infos, labels, 1)
        yield from (counts, infos)

    def _own(self) -> Iterator[Metric]:
        build = _gauge("build_info", "The version of wispwatch and of its catalogue.", ("version", "catalogue_version"))
        _add(build, (__version__, catalog.VERSION), 1)
        reload = _gauge(
            "config_last_reload_successful",
            "Whether the last reload of the configuration was taken (1) or refused (0).",
        )
        _add(reload, (), self._state.reload_succeeded)
        yield from (build, reload)


def _gauge(name: str, told: str, labels: tuple[str, ...] = ()) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, told, labels=labels)


def _add(family: Any, labels: Iterable[str], value: float) -> None:
    """Add a sample; label values, some of which come from targets, are made plain."""
    family.add_metric([printable(label, _LONGEST) for label in labels], float(value))


def _after(day: date) -> float:
    """The end of a day in UTC, in seconds since the epoch."""
    return (datetime.combine(day, time(), UTC) + timedelta(days=1)).timestamp()


def _oldest_evidence(asset: Asset) -> Mapping[str, datetime]:
    oldest: dict[str, datetime] = {}
    for finding in asset.result.findings:
        for one in finding.evidence:
            for control in finding.check.controls:
                if control not in oldest or one.read_at < oldest[control]:
                    oldest[control] = one.read_at
    return oldest
