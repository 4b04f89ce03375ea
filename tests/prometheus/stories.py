"""What agents told Prometheus over days, as a test of `promtool test rules`: the real rules, evaluated by the real engine.

Time begins at the epoch. A story has one sample and one evaluation every 200 seconds. Rules that go on from what
they said before need them so close, since a sample is seen for five minutes; a long story about other rules has fewer. Where
something was asleep or switched off, there is no sample.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from checks.verdict import Status
from tests.daemons import ROOT
from tests.hosts import need

RULES = ROOT / "deploy/prometheus/rules"
HOUR = 3600.0
DAY = 24 * HOUR

Value = float | Callable[[float], float | None]
"""A number, or what it is at a moment: None where there is no sample."""
Span = tuple[float, float]
"""From a moment until before another, in seconds."""
ALWAYS: Span = (0.0, float("inf"))
INTERVAL = 3600.0
ORDER = ("recording", "memory", "alerts")


class Story:
    """Samples over some days, and what is expected at moments of them."""

    def __init__(self, seconds: float, step: int = 200) -> None:
        self._step = step
        self._moments = [float(at) for at in range(0, int(seconds) + step, step)]
        self._series: list[dict[str, str]] = []
        self._alerts: list[dict[str, Any]] = []
        self._queries: list[dict[str, Any]] = []

    def put(self, name: str, value: Value, *awake: Span, instance: str = "one", **labels: str) -> None:
        """One series of ``wispwatch_NAME``, told while its agent is awake."""
        spans = awake or (ALWAYS,)
        told = [
            (value(at) if callable(value) else value) if any(begin <= at < end for begin, end in spans) else None
            for at in self._moments
        ]
        series = selector(name, instance=instance, job="wispwatch", **labels)
        values = " ".join("_" if one is None else repr(float(one)) for one in told)
        self._series.append({"series": series, "values": values})

    def asset(
        self, name: str, kind: str, *awake: Span, seen_until: float = float("inf"), instance: str = "one"
    ) -> None:
        """An asset that is scanned every hour; nothing of it is seen after ``seen_until``."""
        same = {"asset": name, "asset_kind": kind, "instance": instance}
        self.put("scan_last_attempt_timestamp_seconds", hourly, *awake, **same)
        self.put("scan_last_success_timestamp_seconds", lambda at: min(hourly(at), seen_until), *awake, **same)
        self.put("scan_interval_seconds", INTERVAL, *awake, **same)

    def control(
        self,
        asset: str,
        kind: str,
        held: Mapping[float, Status],
        *awake: Span,
        control: str = "17.04(4)",
        facet: str = "",
        instance: str = "one",
    ) -> None:
        """The dense series of a control whose status changes at the given moments."""
        same = {"asset": asset, "asset_kind": kind, "control": control, "facet": facet, "instance": instance}
        for status in Status:
            self.put(
                "control_status",
                lambda at, one=status: float(_at(held, at) is one),
                *awake,
                status=status.value,
                **same,
            )

    def check(
        self,
        asset: str,
        held: Mapping[float, Status],
        *awake: Span,
        check: str = "sshd-refuses-empty-passwords",
        control: str = "17.04(1)(b)",
        severity: str = "critical",
        instance: str = "one",
    ) -> None:
        """The series of a check: the status that it holds, and a zero for those that it held before."""
        same = {"asset": asset, "check": check, "control": control, "severity": severity, "instance": instance}
        for status in dict.fromkeys(held.values()):
            begun = min(at for at, one in held.items() if one is status)
            self.put(
                "check_status",
                lambda at, one=status, begun=begun: None if at < begun else float(_at(held, at) is one),
                *awake,
                status=status.value,
                **same,
            )

    def fires(self, alert: str, at: float, *labels: Mapping[str, str]) -> None:
        """Exactly these series of an alert fire at a moment; none, where none is given."""
        expected = [
            {"labels": selector("", "ALERTS", alertname=alert, alertstate="firing", **one), "value": 1}
            for one in labels
        ]
        query = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
        self._queries.append({"expr": query, "eval_time": self._moment(at), "exp_samples": expected})

    def says(self, alert: str, at: float, labels: Mapping[str, str], **annotations: str) -> None:
        """An alert fires, once, and these are all that it says."""
        link = {"runbook_url": f"docs/alerts.md#{alert.lower()}"}
        expected = [{"exp_labels": dict(labels), "exp_annotations": {**annotations, **link}}]
        self._alerts.append({"eval_time": self._moment(at), "alertname": alert, "exp_alerts": expected})

    def finds(self, expression: str, at: float, samples: Mapping[str, float]) -> None:
        """A query finds exactly these series, by the way promtool writes them."""
        expected = [{"labels": labels, "value": value} for labels, value in samples.items()]
        self._queries.append({"expr": expression, "eval_time": self._moment(at), "exp_samples": expected})

    def _moment(self, at: float) -> str:
        assert at in self._moments, "what is recorded is there for five minutes only"
        return f"{int(at)}s"

    def holds(self, folder: Path, *, without: str = "none") -> None:
        """Let promtool judge, with all rules but those ``without`` which it should hold, too."""
        need("prometheus")
        test = {
            "interval": f"{self._step}s",
            "input_series": self._series,
            "alert_rule_test": self._alerts,
            "promql_expr_test": self._queries,
        }
        story = {
            "rule_files": [str(path) for path in sorted(RULES.glob("*.yaml")) if without not in path.name],
            "evaluation_interval": f"{self._step}s",
            "group_eval_order": [f"wispwatch-{one}" for one in ORDER if one != without],
            "tests": [test],
        }
        path = folder / "story.yaml"
        path.write_text(json.dumps(story))
        done = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def selector(name: str, whole: str = "", /, **labels: str) -> str:
    """A series as promtool writes it."""
    return (whole or f"wispwatch_{name}") + labelled(**labels)


def labelled(**labels: str) -> str:
    """The labels of a series as promtool writes them."""
    return "{" + ",".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}"


def hourly(at: float) -> float:
    """When the last scan before a moment was."""
    return at // HOUR * HOUR


def _at(held: Mapping[float, Status], at: float) -> Status:
    return held[max(begun for begun in held if begun <= at)]


def working_days(number: int) -> tuple[Span, ...]:
    """Awake from 8 to 18 o'clock."""
    return tuple((day * DAY + 8 * HOUR, day * DAY + 18 * HOUR) for day in range(number))
