"""The image is built and run without a registry, from a Debian 13 of our own; the demonstration with compose is right."""

import fcntl
import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests import hosts
from tests.daemons import ROOT
from tests.hosts import need, until
from tests.ports import free_port

CONTAINERFILE = ROOT / "deploy/container/Containerfile"
COMPOSE = ROOT / "deploy/compose"
BASE = "localhost/debian:13"
MOST = 30
"""Images, with those of earlier trees: each run with other code leaves a few, and those that it shares save a minute."""


def test_hadolint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, CONTAINERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def buildah(*words: str | Path) -> str:
    """Run buildah with images of our own, kept in the tests' cache."""
    kept = hosts.CACHE / "containers"
    places = ["--root", kept / "root", "--runroot", kept / "run", "--storage-driver", "overlay"]
    done = subprocess.run(["buildah", *places, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout.strip()


@contextmanager
def image() -> Iterator[str]:
    """A container of the image, made by the Containerfile."""
    need("buildah")
    hosts.CACHE.mkdir(parents=True, exist_ok=True)
    with (hosts.CACHE / "containers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if BASE not in buildah("images", "--format", "{{.Name}}:{{.Tag}}"):
            scratch = buildah("from", "scratch")
            buildah("add", "-q", scratch, hosts.image("trixie", ""), "/")
            buildah("commit", "-q", "--rm", scratch, BASE)
        settings = [f"--volume={path}:{path}:ro" for path in ("/etc/pip.conf", "/etc/ssl/certs") if Path(path).exists()]
        options = ["--isolation", "chroot", "--layers", "--network", "host", "--build-arg", f"BASE={BASE}", *settings]
        buildah("bud", "-q", *options, "-f", CONTAINERFILE, "-t", "wispwatch", ".")
        if len(buildah("images", "--all", "--quiet").split()) > MOST:
            buildah("rmi", "--prune")
        container = buildah("from", "localhost/wispwatch")
        try:
            yield container
        finally:
            buildah("rm", container)


@pytest.mark.real
def test_the_image_runs_without_rights(tmp_path: Path) -> None:
    with image() as container:
        run = ["run", "--isolation", "chroot", "--network", "host"]
        told = buildah(
            "inspect",
            "--format",
            "{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}}",
            container,
        )
        assert told == "65532:65532 [wispwatch] [run --listen 0.0.0.0:9817]"
        assert buildah(*run, container, "--", "id", "-u") == "65532"
        said = buildah(*run, container, "--", "wispwatch", "doctor")
        assert "Hosts over SSH: can be asked\nAWS accounts: can be asked\n" in said
        assert buildah(*run, container, "--", "nsenter", "--version").startswith("nsenter from util-linux")
        port = free_port()
        kept = hosts.CACHE / "containers"
        daemon = [
            "buildah", "--root", kept / "root", "--runroot", kept / "run", "--storage-driver", "overlay", *run,
            container, "--", "wispwatch", "run", "--listen", f"127.0.0.1:{port}",
        ]  # fmt: skip
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(daemon, stderr=log, stdout=log, stdin=subprocess.DEVNULL)
        try:
            until(lambda: "msg=scanned" in (tmp_path / "log").read_text() or process.poll() is not None, 180)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/metrics")
            assert b"wispwatch_build_info{" in connection.getresponse().read()
            connection.close()
            check = yaml.safe_load(CONTAINERFILE.read_text().partition("  CMD ")[2].splitlines()[0])
            buildah(*run, container, "--", *(word.replace("9817", str(port)) for word in check))
        finally:
            process.terminate()
            process.wait(120)


@pytest.mark.real
def test_the_demonstration_is_right(tmp_path: Path) -> None:
    need("docker-compose", "prometheus")
    command = ["docker-compose", "-f", COMPOSE / "compose.yaml", "config"]
    environment = {**os.environ, "GRAFANA_PASSWORD": "one"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == {"wispwatch", "prometheus", "grafana"}
    without = subprocess.run(
        command, env={**os.environ, "GRAFANA_PASSWORD": ""}, capture_output=True, text=True, check=False
    )
    assert "set GRAFANA_PASSWORD" in without.stderr
    here = [mount.split(":")[0] for one in services.values() for mount in one["volumes"] if mount.startswith("/")]
    ours = [path for path in here if not path.endswith(("deploy/prometheus/rules", "deploy/grafana/dashboards"))]
    assert [path for path in ours if not Path(path).exists()] == []
    assert all(port.startswith("127.0.0.1:") for one in services.values() for port in one["ports"])
    checked = [sys.executable, "-m", "agent", "config", "check", "--config", COMPOSE / "wispwatch.yaml"]
    assert subprocess.run(checked, cwd=ROOT, capture_output=True, check=False).returncode == 0
    linted = ["promtool", "check", "config", COMPOSE / "prometheus.yml"]
    assert subprocess.run(linted, capture_output=True, check=False).returncode == 0
    pod = yaml.safe_load((ROOT / "deploy/kubernetes/host/daemonset.yaml").read_text())["spec"]["template"]["spec"]
    rights = pod["containers"][0]["securityContext"]["capabilities"]
    assert (services["wispwatch"]["cap_add"], services["wispwatch"]["cap_drop"]) == (rights["add"], rights["drop"])
    page = (ROOT / "docs/deploying-with-containers.md").read_text()
    assert re.findall(r"--cap-add=(\w+)", page) == rights["add"]
