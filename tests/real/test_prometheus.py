"""A real Prometheus scrapes the real daemon, which scans a real tree."""

import contextlib
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

from tests.agent.test_web_config import certificate
from tests.daemons import Running, daemon, recording
from tests.hosts import Tree, need, until
from tests.ports import free_port

pytestmark = pytest.mark.real
SSH, ITEM = "sshd-refuses-empty-passwords", "17.04(1)(b)"


class Prometheus:
    """Asks a running Prometheus."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def get(self, path: str, **query: str) -> object:
        asked = f"{self.address}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> dict[str, float]:
        """Values of an instant query, by the label ``status`` (or nothing)."""
        found = self.get("/api/v1/query", query=expression)
        assert isinstance(found, dict)
        return {one["metric"].get("status", ""): float(one["value"][1]) for one in found["result"]}

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.query("up") == {"": 1.0}
        return False


@contextlib.contextmanager
def prometheus(folder: Path, target: int, more: str = "", *, listed: bool = False) -> Iterator[Prometheus]:
    """Debian's Prometheus with a configuration of its own, on a loopback port. Its target is the daemon's port, or what is
    ``listed`` there.
    """
    need("prometheus")
    port = free_port()
    config = folder / "prometheus.yml"
    targets = (
        f"http_sd_configs: [{{url: 'http://127.0.0.1:{target}/sd', refresh_interval: 1s}}]"
        if listed
        else f"static_configs: [{{targets: ['127.0.0.1:{target}']}}]"
    )
    config.write_text(f"global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: wispwatch\n  {targets}\n{more}")
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb", "--log.level=warn"]
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=log, stdout=log)
    try:
        asked = Prometheus(port)
        until(asked.is_up, 120)
        yield asked
    finally:
        process.terminate()
        process.wait(120)


def scanning(folder: Path, tree: Tree, more: str = "") -> "contextlib.AbstractContextManager[Running]":
    targets = f"targets: [{{name: debian, kind: chroot, path: {tree.root}, interval: 3s}}]\n"
    return daemon(folder, f"{targets}daemon:\n  splay: 0s\n{more}")


def held(asked: Prometheus, expression: str) -> str:
    """The one status that is 1."""
    found = [status for status, value in asked.query(f"{expression} == 1").items() if value]
    return found[0] if len(found) == 1 else ""


def errors(asked: Prometheus) -> list[str]:
    """What went wrong at the last scrape of each target."""
    targets = asked.get("/api/v1/targets")
    assert isinstance(targets, dict)
    return [one["lastError"] for one in targets["activeTargets"]]


def test_a_change_on_a_host_arrives_in_prometheus(tree: Tree, tmp_path: Path) -> None:
    control = f'wispwatch_control_status{{asset="debian",control="{ITEM}"}}'
    check = f'wispwatch_check_status{{asset="debian",check="{SSH}"}}'
    begun = time.time()
    with scanning(tmp_path, tree) as alive, prometheus(tmp_path, alive.ready().port) as asked:
        # A scrape that takes longer than a second leaves nothing there until the next: each is waited for.
        until(lambda: held(asked, check) == "pass")
        until(lambda: sorted(asked.query(control).values()) == [0, 0, 0, 0, 1])
        tree.write("/etc/ssh/sshd_config.d/a.conf", "PermitEmptyPasswords yes\n")
        until(lambda: held(asked, check) == "fail")
        until(lambda: held(asked, control) == "fail")
        # without the sticky zero this would find both a pass and a fail
        assert {key for key, value in asked.query(f"last_over_time({check}[1h])").items() if value} == {"fail"}
        since = f'wispwatch_control_failing_since_timestamp_seconds{{control="{ITEM}"}}'
        until(lambda: asked.query(since))
        (failed,) = asked.query(f"last_over_time({since}[1h])").values()
        assert begun < failed < time.time()
        until(lambda: errors(asked) == [""])
        metadata = asked.get("/api/v1/metadata")
        assert isinstance(metadata, dict)
        assert metadata["wispwatch_scan_errors_total"][0]["type"] == "counter"
        assert metadata["wispwatch_asset_info"][0]["type"] == "gauge"
        lint = subprocess.run(
            ["promtool", "check", "metrics"], input=alive.ask("/metrics")[1].encode(), capture_output=True, check=False
        )
        assert (lint.returncode, lint.stdout + lint.stderr) == (0, b"")


@pytest.mark.alone
def test_prometheus_comes_in_with_tls_and_a_password(tree: Tree, tmp_path: Path) -> None:
    certificate(tmp_path)
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(10)).decode()
    (tmp_path / "web.yaml").write_text(
        f"tls_server_config: {{cert_file: server.crt, key_file: server.key}}\nbasic_auth_users: {{prom: {hashed}}}\n"
    )
    access = (
        f"  scheme: https\n  tls_config: {{ca_file: {tmp_path}/server.crt}}\n"
        "  basic_auth: {username: prom, password: secret}\n"
    )
    with scanning(tmp_path, tree, "  web_config: web.yaml\n") as alive:
        until(lambda: "msg=scanned" in alive.said)
        with prometheus(tmp_path, alive.port, access) as asked:
            until(lambda: held(asked, f'wispwatch_check_status{{check="{SSH}"}}') == "pass")
            assert max(asked.query("max_over_time(scrape_duration_seconds[1m])").values()) < 1


def test_assets_are_targets_of_their_own(tmp_path: Path) -> None:
    """Listed by ``/sd`` with no relabelling: each is up for itself, and what is said of them is what ``/metrics`` says."""
    names = ("fleet/a", "b & c?", "d")
    for number in range(len(names)):
        recording(tmp_path / f"{number}.jsonl", "yes" if number == 1 else "no")
    rows = "".join(
        f"  - {{name: {json.dumps(name)}, kind: replay, path: {tmp_path}/{number}.jsonl}}\n"
        for number, name in enumerate(names)
    )
    with daemon(tmp_path, f"targets:\n{rows}daemon: {{splay: 0s}}\n") as alive:
        alive.ready()
        with prometheus(tmp_path, alive.port, listed=True) as asked:

            def by(expression: str, label: str) -> dict[str, float]:
                found = asked.get("/api/v1/query", query=expression)
                assert isinstance(found, dict)
                return {one["metric"][label]: float(one["value"][1]) for one in found["result"]}

            until(lambda: len(by("up == 1", "instance")) == len(names) + 2)
            assert set(by("up", "instance")) == {*names, "organization", f"127.0.0.1:{alive.port}"}
            check = f'wispwatch_check_status{{check="{SSH}",control="{ITEM}"}} == 1'
            answers: list[list[dict[str, str]]] = []

            def are_all_there() -> bool:
                found = asked.get("/api/v1/query", query=check)
                assert isinstance(found, dict)
                answers.append([one["metric"] for one in found["result"]])
                return {one["asset"] for one in answers[-1]} == set(names)

            until(are_all_there)
            assert [one["asset"] for one in answers[-1]] == [one["instance"] for one in answers[-1]]
            assert {one["asset"]: one["status"] for one in answers[-1]} == {
                "fleet/a": "pass",
                "b & c?": "fail",
                "d": "pass",
            }
            until(lambda: list(by("wispwatch_build_info", "instance")) == [f"127.0.0.1:{alive.port}"])
            # Every series of /metrics is there once, and none beside.
            of_page = [line for line in alive.ask("/metrics")[1].splitlines() if line.startswith("wispwatch_")]
            until(lambda: asked.query('count({__name__=~"wispwatch_.*"})') == {"": float(len(of_page))})
