"""The metrics of one scan are those of the daemon, but for what only somebody knows who was there before."""

import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.expected import Expected
from agent.gather import ORGANIZATION, Scanned
from agent.pages.metrics import errors_of, render
from agent.pages.scan_page import page_of
from agent.plan import Plan
from agent.results import results_of
from agent.scanning.worker import judged
from agent.state.assets import note, state_of
from agent.state.history import History
from agent.waivers import Waiver
from checks.verdict import failed, passed, unknown
from collectors.host.host_keys import HostFingerprints
from tests.daemons import ROOT, recording
from tests.hosts import need
from tests.node_exporter import node_exporter, page_with
from tests.states import HOSTILE, NOW, SSH, plan, scanned
from tests.varied_hosts import host

HOUR = 3600.0
SHARED = "no-other-scanned-host-has-this-hosts-keys"
OF_THE_PAST = ("wispwatch_control_failing_since_timestamp_seconds", "wispwatch_config_last_reload_successful")


def samples(page: bytes) -> dict[str, str]:
    """Every series, and its value as it is written."""
    lines = (line.rpartition(" ") for line in page.decode().splitlines() if not line.startswith("#"))
    return {series: value for series, _, value in lines}


def of_the_daemon(made: Plan, scans: Iterable[Scanned]) -> bytes:
    """What a daemon says that has scanned for the first time."""
    history = History()
    for one in scans:
        at = one.taken_at.timestamp()
        history.attempted(one.asset, at, succeeded=one.was_reached or one.asset_kind == ORGANIZATION)
        history.count(errors_of(one))
    state = state_of(made, scans, {one.asset: HOUR for one in scans}, history, now=NOW.timestamp())
    note(state, state.at)
    return render(state)


def of_a_scan(made: Plan, scans: Iterable[Scanned]) -> bytes:
    """What one scan says."""
    results = results_of(made, list(scans), NOW.date())
    expected = Expected({ORGANIZATION: HOUR, **{one.asset: HOUR for one in scans}})
    return bytes(page_of(made, results, expected, NOW.timestamp()))


def fleet(made: Plan) -> list[Scanned]:
    """Hosts of which two have the same keys, one that was not reached, an account, and a name that a target made up."""
    hosts = []
    for number in range(4):
        one = judged(made, replace(host(number), taken_at=NOW - timedelta(minutes=number)), None)
        same = HostFingerprints(("ssh-ed25519 SHA256:same",))
        hosts.append(replace(one, facts=one.facts.beside({HostFingerprints: same})) if number < 2 else one)
    resources = {"arn:1": passed(), "arn:2": failed("open"), "arn:3": unknown("not seen")}
    return [
        *hosts,
        scanned(made, {SSH: unknown("not reached")}, asset="gone"),
        scanned(made, {SSH: resources}, asset="1", kind="aws_account"),
        scanned(made, {SSH: failed("yes")}, asset=HOSTILE, kind=HOSTILE),
    ]


@pytest.mark.parametrize("waived", [False, True])
def test_it_says_what_the_daemon_says_at_first_and_that_nothing_else_holds(waived: bool) -> None:
    waivers = (Waiver(NOW.date(), "o", "r", "c", check=SHARED), Waiver(NOW.date(), "o", "r", "c", check=SSH, asset="1"))
    made = plan(waivers=waivers if waived else ())
    scans = fleet(made)
    ours, theirs = samples(of_a_scan(made, scans)), samples(of_the_daemon(made, scans))
    shared = [series for series in ours if f'check="{SHARED}"' in series and ours[series] == "1.0"]
    assert sum(f'status="{"waived" if waived else "fail"}"' in series for series in shared) >= 2, shared
    told = {series: value for series, value in theirs.items() if not series.startswith(OF_THE_PAST)}
    assert {series: ours.get(series) for series in told} == told
    more = {series: value for series, value in ours.items() if series not in told}
    assert set(more.values()) == {"0.0"}
    assert all(series.startswith("wispwatch_check_status{") for series in more)
    assert len(theirs) - len(told) > 1, "a daemon says more of the past"


@pytest.mark.parametrize(("hours", "status"), [(3.1, "unknown"), (2.9, "pass"), (-2.9, "pass"), (-3.1, "unknown")])
def test_what_was_recorded_too_long_ago_or_in_the_future_is_unknown(hours: float, status: str) -> None:
    one = scanned(plan(), {SSH: passed()}, asset="web", age=hours * HOUR)
    held = [series for series, value in samples(of_a_scan(plan(), [one])).items() if value == "1.0"]
    assert {match[1] for series in held if (match := re.search(r'_status\{.*status="(\w+)"', series))} == {status}


def scan(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-W", "error", "-m", "agent", "scan", *arguments]
    return subprocess.run(command, capture_output=True, cwd=ROOT, check=False)


def test_metrics_are_of_all_checks_or_not_at_all(tmp_path: Path) -> None:
    recording(tmp_path / "web.jsonl")
    replay = ("--replay", str(tmp_path / "web.jsonl"))
    for arguments in (
        ("--format", "prometheus", "--check", SSH),
        ("--output", f"prometheus={tmp_path}/out.prom", "--control", "17.04(1)(b)"),
    ):
        done = scan(*replay, *arguments)
        assert done.returncode == 2
        assert done.stderr.endswith(b"leave out --check and --control\n"), done.stderr
        assert not (tmp_path / "out.prom").exists()


def test_a_filter_of_what_is_listed_leaves_metrics_as_they_are(tmp_path: Path) -> None:
    recording(tmp_path / "web.jsonl", "yes")
    done = scan("--replay", str(tmp_path / "web.jsonl"), "--format", "prometheus", "--status", "pass")
    assert done.returncode == 0
    assert f'check="{SSH}",control="17.04(1)(b)",severity="critical",status="fail"}} 1.0' in done.stdout.decode()


@pytest.mark.real
def test_node_exporter_and_promtool_take_what_a_scan_writes(tmp_path: Path) -> None:
    need("prometheus")
    recording(tmp_path / "web.jsonl")
    (tmp_path / "c.yaml").write_text(
        f"targets: [{{name: web, kind: replay, path: {tmp_path}/web.jsonl, interval: 7h}}]\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "wispwatch.prom")
        done = scan("--config", str(tmp_path / "c.yaml"), "--format", "prometheus", "--output", f"prometheus={file}")
        assert (done.returncode, done.stdout) == (0, file.read_bytes())
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        lint = subprocess.run(["promtool", "check", "metrics"], input=done.stdout, capture_output=True, check=False)
        assert (lint.returncode, lint.stdout + lint.stderr) == (0, b"")
        with node_exporter(Path(folder)) as address:
            check = f'asset="recorded",check="{SSH}",control="17.04(1)(b)",severity="critical",status='
            text = page_with(address, f'{check}"pass"}} 1')
        assert f'{check}"fail"}} 0' in text
        assert 'wispwatch_scan_interval_seconds{asset="recorded",asset_kind="host"} 25200' in text
        assert "node_textfile_scrape_error 0" in text
