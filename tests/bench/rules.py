"""What the rules cost a real Prometheus: CPU of one evaluation, over hosts that fail much and hosts that fail nothing."""

import http.server
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil

from agent.pages.metrics import Metrics
from agent.state.assets import note, state_of
from agent.state.history import History
from checks.verdict import failed, passed
from collectors.collector import Platform
from tests.daemons import ROOT
from tests.hosts import need, until
from tests.ports import free_port
from tests.real.test_prometheus import Prometheus
from tests.states import NOW, plan, scanned

_RULES = ROOT / "deploy/prometheus/rules"
_EVERY = 10
"""Seconds between two scrapes, and between two evaluations, which are a minute apart otherwise."""
_SETTLED = 6 * _EVERY
_WATCHED = 9 * _EVERY


def measure(hosts: int) -> Iterator[str]:
    """One sentence a kind of hosts."""
    need("prometheus")
    for told, share in (
        ("none of them fails", 0),
        ("one check in ten fails on each", 10),
        ("one check in three fails", 3),
    ):
        body = _page(hosts, share)
        alone, memory_alone, _ = _cost(body, with_rules=False)
        whole, memory, alerts = _cost(body, with_rules=True)
        each = (whole - alone) / (_WATCHED / _EVERY)
        yield (
            f"rules over {hosts} hosts, {told}, {alerts} alerts: {each:.2f} CPU s an evaluation, {1000 * each / hosts:.1f} ms a"
            f" host; memory {memory:.0f} MB, without rules {memory_alone:.0f}"
        )


def _page(hosts: int, share: int) -> bytes:
    made, now = plan(), time.time()
    checks = [one for one in made.checks if made.catalogue.platform_of(one) is not Platform.AWS]
    verdicts = {one.id: failed("x") if share and number % share == 0 else passed() for number, one in enumerate(checks)}
    age = (NOW - datetime.fromtimestamp(now, UTC)).total_seconds()
    done = [scanned(made, verdicts, asset=f"host-{number}", age=age) for number in range(hosts)]
    published = state_of(made, done, {one.asset: 3600.0 for one in done}, History(), now=now)
    note(published, published.at)
    return bytes(Metrics().page(published))


def _cost(body: bytes, *, with_rules: bool) -> tuple[float, float, int]:
    """CPU seconds while it was watched, MB of resident memory at the end, and alerts that wait or fire."""
    with tempfile.TemporaryDirectory() as folder, _served(body) as target:
        port, process = _started(Path(folder), target, with_rules=with_rules)
        try:
            asked = Prometheus(port)
            until(asked.is_up, 30)
            time.sleep(_SETTLED)
            watched = psutil.Process(process.pid)
            begun = sum(watched.cpu_times()[:2])
            time.sleep(_WATCHED)
            spent, memory = sum(watched.cpu_times()[:2]) - begun, watched.memory_info().rss / 1e6
            counted = asked.query("count(ALERTS)")
            return spent, memory, int(next(iter(counted.values()), 0))
        finally:
            process.terminate()
            process.wait(30)


def _started(folder: Path, target: int, *, with_rules: bool) -> "tuple[int, subprocess.Popen[bytes]]":
    port = free_port()
    for path in _RULES.glob("*.yaml"):
        text = path.read_text().replace("interval: 1m", f"interval: {_EVERY}s")
        (folder / path.name).write_text(text.replace("interval: 5m", f"interval: {5 * _EVERY}s"))
    rules = f"rule_files: ['{folder}/wispwatch-*.yaml']\n" if with_rules else ""
    config = folder / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: {_EVERY}s, evaluation_interval: {_EVERY}s}}\n"
        f"scrape_configs:\n- {{job_name: wispwatch, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}\n{rules}"
    )
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb", "--log.level=error"]
    return port, subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"])


@contextmanager
def _served(body: bytes) -> Iterator[int]:
    """The port where the page is."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
