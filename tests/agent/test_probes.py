"""``/sd`` and ``/probe``: each asset as a target of its own."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.daemons import Running, daemon, recording
from tests.hosts import need, until

NAMES = ("fleet/a", "b & c?d", "é\\")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("probed")
    recording(folder / "host.jsonl")
    rows = "".join(f"  - {{name: {json.dumps(name)}, kind: replay, path: {folder}/host.jsonl}}\n" for name in NAMES)
    with daemon(folder, f"targets:\n{rows}daemon: {{splay: 0s}}\n") as alive:
        yield alive.ready()


def series(page: str) -> list[str]:
    """The lines of values, without those of the process itself."""
    return [line for line in page.splitlines() if line.startswith("wispwatch_")]


def test_the_list_has_the_agent_and_every_asset(running: Running) -> None:
    code, told = running.ask("/sd")
    agent, *assets = json.loads(told)
    host = f"127.0.0.1:{running.port}"
    assert (code, agent) == (200, {"targets": [host], "labels": {"__metrics_path__": "/probe"}})
    assert {one["labels"]["__param_asset"] for one in assets} == {*NAMES, "organization"}
    assert {tuple(one["targets"]) for one in assets} == {(host,)}


def test_the_address_is_that_which_was_asked(running: Running) -> None:
    for host in ("scanner.example.com:9817", "[2001:db8::1]:9817", "scanner"):
        assert json.loads(running.ask("/sd", headers={"Host": host})[1])[0]["targets"] == [host]


@pytest.mark.parametrize("host", ["", "a b", "a/b", 'x"', "user@host", "a" * 300, "[::1", "host:123456"])
def test_what_is_no_address_is_refused(running: Running, host: str) -> None:
    code, told = running.ask("/sd", headers={"Host": host})
    assert code == 400
    assert "the Host header" in told or "The Host header" in told


def test_the_probes_together_are_the_page(running: Running) -> None:
    parts = [running.ask("/probe")[1], running.ask("/probe?asset=organization")[1]]
    parts += [running.ask(f"/probe?asset={quote(name, safe='')}")[1] for name in NAMES]
    whole = series(running.ask("/metrics")[1])
    found = [line for part in parts for line in series(part)]
    assert sorted(found) == sorted(whole)
    names = [line.rpartition(" ")[0] for line in whole]
    assert len(names) == len(set(names)), "no series is told twice"
    assert all("asset=" not in line for line in series(parts[0]) if "waiver" not in line)
    assert "process_cpu_seconds_total" in parts[0]
    assert "process_cpu_seconds_total" not in parts[1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?asset=nobody", 404),
        ("?asset=", 404),
        ("?asset=organization&asset=organization", 404),
        ("?asset=%ff", 400),
        ("?" + "&".join(f"a{number}=b" for number in range(50)), 400),
        ("?module=http&asset=organization", 200),
        ("?", 200),
    ],
)
def test_what_is_asked_otherwise(running: Running, query: str, code: int) -> None:
    assert running.ask(f"/probe{query}")[0] == code


@pytest.mark.real
def test_promtool_takes_each_of_them(running: Running) -> None:
    need("prometheus")
    for path in ("/probe", "/probe?asset=organization", f"/probe?asset={quote(NAMES[0], safe='')}"):
        page = running.ask(path)[1].encode()
        lint = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, check=False)
        assert (lint.returncode, lint.stdout + lint.stderr) == (0, b"")


def test_an_asset_that_is_gone_is_no_target_any_more(tmp_path: Path) -> None:
    recording(tmp_path / "a.jsonl")
    row = "  - {{name: {0}, kind: replay, path: {1}/a.jsonl}}\n"
    both = "targets:\n" + row.format("a", tmp_path) + row.format("b", tmp_path)
    with daemon(tmp_path, both + "daemon: {splay: 0s, reload_over_http: true}\n") as alive:
        alive.ready()
        assert alive.ask("/probe?asset=b")[0] == 200
        alive.config.write_text("targets:\n" + row.format("a", tmp_path) + "daemon: {splay: 0s}\n")
        assert alive.ask("/-/reload", "POST")[0] == 200
        until(lambda: alive.ask("/probe?asset=b")[0] == 404)
        assert "b" not in {one["labels"].get("__param_asset") for one in json.loads(alive.ask("/sd")[1])}
