"""Makes the pictures of docs/pictures: panels of the committed dashboards, drawn by Grafana's own components in Chromium.

Run ``python -m deploy.grafana.previews.make FOLDER`` from the root of the repository, as root on Debian with npm.
FOLDER is where packages of npm are installed. The data are those of the real queries on a real Prometheus that scrapes the real
daemon: the small organization of tests/grafana/world.py, to which some things happen within two minutes (see changes.py).
Nothing is drawn of a time before that Prometheus knew it. No Grafana server takes part, so these are previews.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from deploy.grafana.previews.changes import happen
from tests.daemons import ROOT
from tests.grafana.drawing import chosen, dashboard, filled
from tests.grafana.world import World, world
from tests.hosts import need
from tests.real.test_prometheus import Prometheus

HERE = Path(__file__).parent
PICTURES = ROOT / "docs/pictures"
CHOSEN = {"overview": {}, "asset": {"asset": "web"}, "aws": {}, "trends": {}}
CAPTION = "preview: drawn by @grafana/ui from the queries of this dashboard, without a Grafana server"
FIRST = 'asset_control:wispwatch_control_status:code{asset="web"}'
HOUR = 3600
TICK, CLEAR = 15, 8
"""Seconds between two labels of the axis of time, and after one of them where an edge cuts none: there pictures begin and end."""
STEP = 1
"""Seconds between two samples: the world's scrape interval."""


def main() -> None:
    """Everything."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path, help="where packages of npm are installed")
    asked.add_argument("--pace", type=float, default=15, help="seconds between two changes that lines over time show")
    options = asked.parse_args()
    need("chromium", "pngquant", "prometheus")
    script = bundled(options.folder)
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as made:
        happen(made, options.pace)
        lived = span(made.prometheus)
        for name, values in CHOSEN.items():
            preview = {"dashboard": dashboard(name), "answers": answers(made, name, values, lived), "caption": CAPTION}
            shown = {"from": lived.start * 1000, "to": lived.stop * 1000, "step": lived.step * 1000}
            draw(name, {**preview, "lived": shown}, script, options.folder)


def span(prometheus: Prometheus) -> range:
    """The seconds since the epoch from soon after a recording rule first told how ``web`` does, until soon after now."""
    time.sleep((CLEAR - time.time()) % TICK)
    now = int(time.time())
    over = {"start": str(now - HOUR), "end": str(now), "step": str(STEP)}
    said: Any = prometheus.get("/api/v1/query_range", query=FIRST, **over)
    first = int(min(one["values"][0][0] for one in said["result"]))
    return range(first + (CLEAR - first) % TICK, now, STEP)


def answers(made: World, name: str, values: dict[str, str], lived: range) -> dict[int, dict[str, Any]]:
    """What Prometheus says to each query of each panel: at the end of what it has lived, or over all of it."""
    said: Any
    held, found = chosen(name, values), dict[int, dict[str, Any]]()
    over = {"start": str(lived.start), "end": str(lived.stop), "step": str(lived.step)}
    for panel in dashboard(name)["panels"]:
        for target in panel["targets"]:
            query = filled(target["expr"], held)
            if target["instant"]:
                said = made.prometheus.get("/api/v1/query", query=query, time=over["end"])
            else:
                said = made.prometheus.get("/api/v1/query_range", query=query, **over)
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
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in preview["dashboard"]["panels"])
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
    if "not drawn: " in done.stderr or "Uncaught" in done.stderr:
        raise SystemExit(done.stderr)
    subprocess.run(["pngquant", "--force", "--ext", ".png", f"{PICTURES}/dashboard-{name}.png"], check=True)


if __name__ == "__main__":
    main()
