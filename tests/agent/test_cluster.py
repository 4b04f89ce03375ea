"""Scans in other processes: an executor of two, and a cluster of dask.distributed whose workers die."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from distributed import LocalCluster, Security

from agent.config import ClusterFiles, Config, Target
from agent.errors import ClusterError, UsageError
from agent.plan import Plan, Selection, plan
from agent.scanning.cluster import cluster, refuse_what_is_here
from agent.scanning.elsewhere import Elsewhere
from agent.scanning.many import Limits, scan_many
from agent.scanning.scan import scan_organization
from collectors.snapshot import dump
from tests.fleets import recorded
from tests.hosts import catalogue, until

# Of dask's own doing: sockets and loops that its processes leave to the end of the interpreter.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
SELECTION = Selection(checks=("sshd-refuses-empty-passwords", "no-other-scanned-host-has-this-hosts-keys"))


@pytest.fixture(scope="module")
def known() -> Plan:
    return plan(Config(), catalogue(), SELECTION)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Target]:
    """Sixty hosts."""
    folder = tmp_path_factory.mktemp("recordings")
    targets = []
    for number in range(60):
        name = f"host-{number:03}"
        path = folder / f"{name}.jsonl"
        path.write_text(dump(replace(recorded(), asset=name)))
        targets.append(Target(name, kind="replay", path=path))
    return targets


@pytest.fixture(scope="module")
def two_workers() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=":0") as made:
        yield made


def test_processes_say_what_this_one_says(known: Plan, recordings: list[Target]) -> None:
    shared = scan_organization(known).facts
    targets = recordings[:6]
    expected = {one.asset: one.findings for one in scan_many(known, targets, shared)}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        pool = Elsewhere(executor, Config(), SELECTION)
        found = {one.asset: one.findings for one in scan_many(known, targets, shared, pool=pool)}
    assert {name: [(one.check, one.verdict) for one in held] for name, held in found.items()} == {
        name: [(one.check, one.verdict) for one in held] for name, held in expected.items()
    }


def test_a_worker_that_is_killed_takes_no_result_with_it(
    known: Plan, two_workers: LocalCluster, recordings: list[Target]
) -> None:
    found: Counter[str] = Counter()
    with cluster(two_workers.scheduler_address, Config(), SELECTION) as there:
        assert there.room == 4
        victim = next(iter(two_workers.workers.values())).pid
        for one in scan_many(known, recordings, None, limits=Limits(there.room), pool=there.pool):
            found[one.asset] += 1
            assert one.was_reached
            if found.total() == 5:
                os.kill(victim, signal.SIGKILL)
    assert found == Counter(target.name for target in recordings)
    until(lambda: len(two_workers.scheduler.workers) == 2, 120)  # its nanny has started another


def test_the_command_scans_on_a_cluster(two_workers: LocalCluster, recordings: list[Target], tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    lines = "".join(f"  - {{name: {one.name}, kind: replay, path: {one.path}}}\n" for one in recordings[:5])
    config.write_text(f"targets:\n{lines}")
    words = ["--config", str(config), "--check", SELECTION.checks[0], "--format", "jsonl"]
    command = [sys.executable, "-m", "agent", "scan", *words, "--cluster", two_workers.scheduler_address]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("sshd-refuses-empty-passwords") == 5
    assert "scanned 5 of 5" in done.stderr


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("tcp://10.1.2.3:8786", "off loopback a cluster needs TLS"),
        ("tcp://cluster.example.com:8786", "off loopback a cluster needs TLS"),
        ("tcp+tls://cluster.example.com:8786", "needs cluster.ca_file"),
        ("tcp+tls://cluster.example.com", "no address of a scheduler"),
        ("cluster:8786", "no address of a scheduler"),
        ("inproc://1/2", "no address of a scheduler"),
        ("tcp://127.0.0.1:99999", "no address of a scheduler"),
    ],
)
def test_addresses_that_will_not_do(address: str, told: str) -> None:
    with pytest.raises(UsageError, match=told), cluster(address, Config(), SELECTION):
        pass


def test_where_no_cluster_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.scanning.cluster._PATIENCE", 1.0)
    with (
        pytest.raises(ClusterError, match="no cluster answers there"),
        cluster("tcp://127.0.0.1:9", Config(), SELECTION),
    ):
        pass


def test_this_machine_is_not_what_a_worker_would_scan() -> None:
    refuse_what_is_here([Target("a", kind="ssh"), Target("b", kind="aws"), Target("c", kind="fleet")])
    for kind in ("local", "chroot", "shell"):
        with pytest.raises(UsageError, match=f"is of kind {kind}"):
            refuse_what_is_here([Target("a", kind=kind)])


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, made, request = folder / f"{name}.key", folder / f"{name}.pem", folder / f"{name}.csr"
    subject = ["-subj", f"/CN={name}", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    run = ["openssl", "req", *subject, "-keyout", str(key)]
    if name == "ca":
        subprocess.run([*run, "-x509", "-days", "2", "-out", str(made)], check=True, capture_output=True)
    else:
        subprocess.run([*run, "-out", str(request)], check=True, capture_output=True)
        signing = ["-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key"), "-CAcreateserial", "-days", "2"]
        command = ["openssl", "x509", "-req", "-in", str(request), *signing, "-out", str(made)]
        subprocess.run(command, check=True, capture_output=True)
    return made, key


@pytest.mark.alone
def test_a_cluster_with_tls_and_one_whose_authority_is_another(
    known: Plan, recordings: list[Target], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    ca, _ = certificate(tmp_path, "ca")
    made, key = certificate(tmp_path, "node")
    other, _ = certificate(tmp_path / "other", "ca")
    security = Security(
        require_encryption=True,
        **{
            f"tls_{role}_{part}": str(path)
            for role in ("scheduler", "worker", "client")
            for part, path in (("cert", made), ("key", key))
        },
        tls_ca_file=str(ca),
    )
    config = Config(cluster=ClusterFiles(ca, made, key))
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=":0", protocol="tls", security=security
    ) as served:
        address = served.scheduler_address.replace("tls://", "tcp+tls://")
        with cluster(address, config, SELECTION) as there:
            found = [one.asset for one in scan_many(known, recordings[:3], None, limits=Limits(2), pool=there.pool)]
            assert sorted(found) == [one.name for one in recordings[:3]]
        wrong = replace(config, cluster=ClusterFiles(other, made, key))
        begun = time.monotonic()
        with pytest.raises(ClusterError, match="no cluster answers there"), cluster(address, wrong, SELECTION):
            pass
        assert time.monotonic() - begun < 30
