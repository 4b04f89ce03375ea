"""The files around the dashboards: made from Python, provisioned, wrapped for Jsonnet."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import _gojsonnet
import pytest
import yaml

from checks.verdict import Status
from deploy.grafana.make.colours import LOOKS, PLAIN, SEVERITIES
from tests.daemons import ROOT
from tests.grafana.drawing import FOLDER, NAMES
from tests.prometheus.stories import RULES

GRAFANA = ROOT / "deploy/grafana"


def test_what_is_committed_is_what_is_made() -> None:
    # In a process of its own: the SDK warns of itself when it is imported, and a warning is an error here.
    command = "import json; from deploy.grafana.make.files import files; print(json.dumps(files()))"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    made = json.loads(done.stdout)
    assert {path.name for path in FOLDER.iterdir()} == {Path(path).name for path in made}
    for path, text in made.items():
        assert (ROOT / path).read_text() == text, f"{path} is stale: run `make docs`"


def test_the_mixin_has_all_dashboards_rules_and_alerts() -> None:
    told = _gojsonnet.evaluate_snippet(
        "all",
        f"local m = import '{GRAFANA}/mixin.libsonnet';"
        "{dashboards: m.grafanaDashboards, rules: m.prometheusRules, alerts: m.prometheusAlerts, folder: m.grafanaDashboardFolder}",
    )
    found = json.loads(told)
    assert found["dashboards"] == {path.name: json.loads(path.read_text()) for path in FOLDER.iterdir()}
    for kind, names in (("rules", ["recording", "memory"]), ("alerts", ["alerts"])):
        written = [yaml.safe_load((RULES / f"wispwatch-{name}.yaml").read_text())["groups"] for name in names]
        assert found[kind] == {"groups": [group for groups in written for group in groups]}


def test_the_provisioned_data_source_and_folder_are_what_grafana_reads() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/wispwatch.yaml").read_text())["datasources"]
    assert source["type"] == "prometheus"
    assert source["url"] == "${WISPWATCH_PROMETHEUS_URL}"
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/wispwatch.yaml").read_text())["providers"]
    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)
    page = (ROOT / "docs/dashboards.md").read_text()
    assert provider["options"]["path"] in page


def test_the_page_tells_of_every_dashboard() -> None:
    page = (ROOT / "docs/dashboards.md").read_text()
    for name in NAMES:
        assert f"wispwatch-{name}.json" in page


SEEN = {
    "as most people do": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "without red cones": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "without green cones": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "without blue cones": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}
"""What becomes of linear red, green and blue: Machado, Oliveira and Fernandes (2009), severity 1.0."""


def lab(colour: str, eyes: str) -> tuple[float, float, float]:
    """A colour as eyes see it, in CIE L*a*b* (D65)."""
    raw = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in raw]
    red, green, blue = (min(1, max(0, sum(m * v for m, v in zip(row, linear, strict=True)))) for row in SEEN[eyes])
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    x, y, z = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("eyes", SEEN)
def test_no_two_statuses_look_alike_to_anybody(eyes: str) -> None:
    for one, other in itertools.combinations([look.colour for look in LOOKS], 2):
        distance = sum((a - b) ** 2 for a, b in zip(lab(one, eyes), lab(other, eyes), strict=True)) ** 0.5
        assert distance > 25, (one, other, distance)


def test_every_status_has_a_look_and_words_in_the_order_of_its_code() -> None:
    assert [look.status for look in LOOKS] == [
        *(Status.NOT_APPLICABLE, Status.PASS, Status.WAIVED, Status.UNKNOWN, Status.FAIL)
    ]
    assert len({look.text for look in LOOKS} | {look.colour for look in LOOKS}) == 10
    assert not {PLAIN, *SEVERITIES.values()} & {look.colour for look in LOOKS}
