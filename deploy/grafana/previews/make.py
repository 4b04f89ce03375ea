"""Makes the pictures of docs/pictures: panels of the committed dashboards, drawn by Grafana's own components in Chromium.

Run ``python -m deploy.grafana.previews.make FOLDER`` from the root of the repository, as root on Debian with npm.
FOLDER is where packages of npm are installed. The data are those of the real queries on a real Prometheus that scrapes the real
daemon: the small organization of tests/grafana/world.py. No Grafana server takes part, so these are previews.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.daemons import ROOT
from tests.grafana.drawing import chosen, dashboard, filled
from tests.grafana.world import World, world
from tests.hosts import need

HERE = Path(__file__).parent
PICTURES = ROOT / "docs/pictures"
CHOSEN = {"overview": {}, "asset": {"asset": "web"}, "aws": {}}
CAPTION = "preview: drawn by @grafana/ui from the queries of this dashboard, without a Grafana server"
DRAWN = {"stat", "bargauge", "table"}


def main() -> None:
    """Everything."""
    work = Path(sys.argv[1])
    need("chromium", "pngquant", "prometheus")
    script = bundled(work)
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as made:
        for name, values in CHOSEN.items():
            draw(
                name,
                {"dashboard": dashboard(name), "answers": answers(made, name, values), "caption": CAPTION},
                script,
                work,
            )


def answers(made: World, name: str, values: dict[str, str]) -> dict[int, dict[str, Any]]:
    """What Prometheus says to each query of each panel that can be drawn."""
    said: Any
    held, now = chosen(name, values), str(time.time())
    found: dict[int, dict[str, Any]] = {}
    for panel in dashboard(name)["panels"]:
        if panel["type"] in DRAWN:
            for target in panel["targets"]:
                said = made.prometheus.get("/api/v1/query", query=filled(target["expr"], held), time=now)
                found.setdefault(panel["id"], {})[target["refId"]] = said["result"]
    return found


def bundled(work: Path) -> Path:
    """Grafana's components and ours as one script."""
    for path in (*HERE.glob("*.ts*"), HERE / "package.json"):
        shutil.copy(path, work)
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]
    subprocess.run(install, cwd=work, check=True)
    # Their builds for require: esbuild takes some imports of the others for what they are not.
    builds = [f"--alias:@grafana/{one}={work}/node_modules/@grafana/{one}/dist/cjs/index.cjs" for one in ("data", "ui")]
    loaders = [f"--loader:.{kind}=dataurl" for kind in ("svg", "ttf", "png")]
    bundle = ["npx", "esbuild", "preview.tsx", "--bundle", "--minify", "--outfile=preview.js", *builds, *loaders]
    subprocess.run([*bundle, '--define:process.env.NODE_ENV="production"'], cwd=work, check=True)
    return work / "preview.js"


def draw(name: str, preview: dict[str, Any], script: Path, work: Path) -> None:
    """One picture."""
    page = work / f"{name}.html"
    told = json.dumps(preview).replace("<", "\\u003c")
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="{script.with_suffix(".css").name}">'
        f'<style>body {{ margin: 0 }}</style><div id="root"></div><script>const PREVIEW = {told};</script>'
        f'<script src="{script.name}"></script>'
    )
    panels = preview["dashboard"]["panels"]
    hidden = sum(panel["gridPos"]["h"] for panel in panels if panel["id"] not in preview["answers"])
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) - hidden
    height = rows * 38 + 80
    PICTURES.mkdir(exist_ok=True)
    chromium = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=8000",
    ]
    size = [f"--window-size=1632,{height}", f"--screenshot={PICTURES}/dashboard-{name}.png"]
    logged = [*chromium, *size, "--enable-logging=stderr", f"file://{page}"]
    done = subprocess.run(logged, check=True, env={**os.environ, "HOME": str(work)}, capture_output=True, text=True)
    if "not drawn: " in done.stderr:
        raise SystemExit(done.stderr)
    subprocess.run(["pngquant", "--force", "--ext", ".png", f"{PICTURES}/dashboard-{name}.png"], check=True)


if __name__ == "__main__":
    main()
