"""A page of metrics, taken apart, and what must hold on every one."""

from collections import Counter
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from checks.verdict import Status

_STATUSES = {status.value for status in Status}


@dataclass(frozen=True)
class Labelled:
    """The name of one series."""

    name: str
    labels: tuple[tuple[str, str], ...]


class PageOfMetrics:
    """What ``/metrics`` says."""

    def __init__(self, text: str) -> None:
        self.values: dict[Labelled, float] = {}
        self.counters: dict[Labelled, float] = {}
        twice: Counter[Labelled] = Counter()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                one = Labelled(sample.name, tuple(sorted(sample.labels.items())))
                twice[one] += 1
                self.values[one] = sample.value
                if family.type == "counter" and sample.name.startswith("wispwatch_"):
                    self.counters[one] = sample.value
        self.twice = [one for one, times in twice.items() if times > 1]

    @property
    def assets(self) -> set[str]:
        """The assets of which a control has a status."""
        return {dict(one.labels)["asset"] for one in self.values if one.name == "wispwatch_control_status"}

    def hold_together(self) -> None:
        """Assert what is so on every page: no series twice, one status at a time, and nothing of an asset that is not there."""
        assert not self.twice, self.twice[:3]
        controls: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
        checks: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
        for one, value in self.values.items():
            held = {"wispwatch_control_status": controls, "wispwatch_check_status": checks}.get(one.name)
            if held is not None:
                rest = tuple(pair for pair in one.labels if pair[0] != "status")
                held.setdefault(rest, {})[dict(one.labels)["status"]] = value
        assert all(set(statuses) == _STATUSES for statuses in controls.values())
        assert all(sum(statuses.values()) == 1 for statuses in (*controls.values(), *checks.values()))
        assets = self.assets
        for one in self.values:
            asset = dict(one.labels).get("asset")
            assert asset is None or asset in assets or one.name == "wispwatch_waiver_expiry_timestamp_seconds", one
