"""Committed dashboards, and their queries as Grafana would send them."""

import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.daemons import ROOT
from tests.real.test_prometheus import Prometheus

FOLDER = ROOT / "deploy/grafana/dashboards"
NAMES = ("overview", "asset", "aws", "trends")
HOURS = 3600.0

Row = tuple[dict[str, str], float]
"""Labels and the last value of one series."""


def dashboard(name: str) -> dict[str, Any]:
    """A dashboard as it is committed."""
    found: dict[str, Any] = json.loads((FOLDER / f"wispwatch-{name}.json").read_text())
    return found


def variables(name: str) -> dict[str, dict[str, Any]]:
    """The variables of a dashboard that are asked of Prometheus."""
    return {one["name"]: one for one in dashboard(name)["templating"]["list"] if one["type"] == "query"}


@dataclass(frozen=True)
class Asked:
    """One query of a panel."""

    panel: str
    kind: str
    ref: str
    expression: str
    instant: bool

    def __str__(self) -> str:
        return f"{self.panel} ({self.ref})"


def asked(name: str) -> Iterator[Asked]:
    """All queries of a dashboard."""
    for panel in dashboard(name)["panels"]:
        for target in panel["targets"]:
            yield Asked(panel["title"], panel["type"], target["refId"], target["expr"], target["instant"])


def chosen(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """What goes into queries where these values are chosen, and All where none is; as Grafana writes it.

    The value for All goes in as it is; of variables with several values each is escaped for a regular expression within a
    string of PromQL (prometheusSpecialRegexEscape of Grafana's Prometheus data source).
    """
    held = {}
    for key, variable in variables(name).items():
        if key in values:
            held[key] = escaped(values[key])
        else:
            held[key] = variable["allValue"] if variable["includeAll"] else ""
    return held


def escaped(value: str) -> str:
    """A value within a regular expression within a string of PromQL."""
    return re.sub(r"[$^*{}\[\]'+?.()|]", lambda found: f"\\\\{found[0]}", value.replace("\\", "\\\\\\\\"))


def filled(expression: str, held: Mapping[str, str]) -> str:
    """A query with its variables replaced."""
    known = {**held, "__range": f"{int(HOURS)}s", "__rate_interval": "1m", "__interval": "15s"}
    done = re.sub(r"\$(\w+)", lambda found: known[found[1]], expression)
    assert not set(re.findall(r"\$(\w+)", done)) & set(known)
    return done


def rows(prometheus: Prometheus, one: Asked, held: Mapping[str, str]) -> list[Row]:
    """What a panel would draw: of a query over time, each series by its last value. NaN counts as nothing."""
    query = filled(one.expression, held)
    now = time.time()
    if one.instant:
        found = prometheus.get("/api/v1/query", query=query, time=str(now))
        assert isinstance(found, dict)
        read = [(each["metric"], float(each["value"][1])) for each in found["result"]]
    else:
        found = prometheus.get("/api/v1/query_range", query=query, start=str(now - 60), end=str(now), step="1")
        assert isinstance(found, dict)
        read = [(each["metric"], float(each["values"][-1][1])) for each in found["result"]]
    return [(labels, value) for labels, value in read if not math.isnan(value)]
