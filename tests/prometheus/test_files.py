"""The rules and the examples of scrape configurations are files that Prometheus takes, and that promise what they keep."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.exposition.families import FAMILIES
from tests.agent.test_web_config import certificate
from tests.daemons import ROOT
from tests.hosts import need
from tests.prometheus.stories import RULES

SCRAPE = ROOT / "deploy/prometheus/scrape"
EXAMPLES = sorted(path for path in SCRAPE.glob("*.yaml") if path.name != "targets.yaml")
LEVEL_METRIC_OPERATIONS = re.compile(r"[a-z_]+:wispwatch_[a-z_]+:[a-z_]+")


def rules() -> list[dict[str, Any]]:
    groups = [group for path in RULES.glob("*.yaml") for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = [rule for rule in rules() if "alert" in rule]
RECORDS = [rule["record"] for rule in rules() if "record" in rule]


@pytest.mark.real
def test_promtool_takes_the_rules() -> None:
    need("prometheus")
    command = ["promtool", "check", "rules", "--lint=all", "--lint-fatal", *map(str, sorted(RULES.glob("*.yaml")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.real
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_promtool_takes_the_example(example: Path, tmp_path: Path) -> None:
    """Debian 12's Prometheus is built without Kubernetes: there static targets stand in for pods, and the rest is checked."""
    need("prometheus")
    shutil.copytree(SCRAPE, tmp_path, dirs_exist_ok=True)
    certificate(tmp_path, "there")
    text = example.read_text().replace("/etc/prometheus/wispwatch/", f"{RULES}/")
    text = re.sub(r"/etc/prometheus/wispwatch-(ca.crt|password)", str(tmp_path / "there.crt"), text)
    code, said = checked(tmp_path / example.name, text)
    if "field kubernetes_sd_configs not found" in said:
        written = yaml.safe_load(text)
        (pods,) = written["scrape_configs"][0].pop("kubernetes_sd_configs")
        assert pods == {"role": "pod", "selectors": [{"role": "pod", "label": "app.kubernetes.io/name=wispwatch"}]}
        written["scrape_configs"][0]["static_configs"] = [{"targets": ["10.0.0.1:9817"]}]
        code, said = checked(tmp_path / example.name, yaml.safe_dump(written))
    assert code == 0, said
    assert len(re.findall(r"\d+ rules found", said)) == 3


def checked(path: Path, text: str) -> tuple[int, str]:
    """What `promtool check config` says of a configuration."""
    path.write_text(text)
    done = subprocess.run(["promtool", "check", "config", str(path)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_alert_says_what_it_is_and_where_to_read_on() -> None:
    headings = set(re.findall(r"^## (\w+)$", (ROOT / "docs/alerts.md").read_text(), re.MULTILINE))
    assert {rule["alert"] for rule in ALERTS} == headings
    for rule in ALERTS:
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, rule["alert"]
        assert rule["annotations"]["runbook_url"] == f"docs/alerts.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}


def test_what_the_page_says_of_an_alert_is_what_its_rule_says() -> None:
    page = (ROOT / "docs/alerts.md").read_text()
    words = {"5m": "5 minutes", "10m": "10 minutes", "15m": "15 minutes", "1h": "an hour"}
    for rule in ALERTS:
        told = page.split(f"## {rule['alert']}\n\n*")[1].split("*")[0]
        after = f", after {words[rule['for']]}." if "for" in rule else "."
        assert told == f"{rule['labels']['severity']}{after}", rule["alert"]


def test_recorded_series_are_called_level_metric_operations_and_are_on_the_page() -> None:
    page = (ROOT / "docs/alerts.md").read_text()
    for name in RECORDS:
        assert LEVEL_METRIC_OPERATIONS.fullmatch(name), name
        assert f"`{name}`" in page or name.endswith(":seen")


def test_the_rules_ask_for_no_series_that_there_is_not() -> None:
    known = {family.name for family in FAMILIES} | set(RECORDS)
    for rule in rules():
        asked = set(re.findall(r"(?:\w+:)?wispwatch_\w+(?::\w+)?", str(rule["expr"]) + str(rule.get("annotations"))))
        assert asked, rule
        assert asked <= known, asked - known
