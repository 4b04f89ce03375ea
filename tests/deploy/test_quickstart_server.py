"""The page is followed word by word on a Debian that was installed a moment ago."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.booted import booted
from tests.hosts import need
from tests.packaged import built, debian, paths
from tests.quickstarts import shows, steps

pytestmark = pytest.mark.real


def test_each_step_leads_to_what_the_page_says(tmp_path: Path) -> None:
    deb, _ = built(tmp_path)
    with debian("trixie", deb, "curl") as tree, booted(tree) as machine:
        before = {one for one in paths(tree) if "wispwatch" in one}
        tree.path(f"/root/{deb.name}").write_bytes(deb.read_bytes())
        tree.path("/srv/clients").mkdir(parents=True)
        said, kinds = "", set()
        for step in steps("quickstart-server.md"):
            kinds.add(step.kind)
            if step.kind == "sh":
                said = machine.run("sh", "-ec", f"cd /root; {step.text}")
            elif step.kind == "text":
                assert shows(said, step.text), (step.text, said)
            elif step.path.startswith("/etc/wispwatch/"):
                tree.write(step.path, step.text)
            else:
                need("prometheus")
                config = tmp_path / "prometheus.yml"
                config.write_text(step.text)
                assert yaml.safe_load(step.text)["scrape_configs"]
                subprocess.run(["promtool", "check", "config", config], check=True, capture_output=True)
        assert kinds == {"sh", "text", "yaml"}
        left = {one for one in paths(tree) if "wispwatch" in one} - before
        assert left == {f"root/{deb.name}"}
