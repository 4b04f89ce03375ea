"""What is applied to a cluster: right by Kubernetes' own schemas, and right by ours."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.daemons import ROOT
from tests.hosts import RunningHost, need
from tests.kustomize import resources

pytestmark = pytest.mark.real
FOLDERS = sorted((ROOT / "deploy/kubernetes").glob("*/kustomization.yaml"))


def one(found: list[Any], kind: str) -> Any:
    (only,) = (resource for resource in found if resource["kind"] == kind)
    return only


def pod(resource: Any) -> Any:
    spec = resource["spec"]
    return (spec.get("jobTemplate", {}).get("spec") or spec)["template"]["spec"]


@pytest.mark.parametrize("file", FOLDERS, ids=[file.parent.name for file in FOLDERS])
def test_each_resource_is_right(file: Path, tmp_path: Path) -> None:
    found = resources(file.parent)
    for resource in found:
        kubernetes_validate.validate(resource, "1.37", strict=True)
    (workload,) = (one for one in found if one["kind"] in {"DaemonSet", "CronJob", "Job"})
    spec = pod(workload)
    assert spec["automountServiceAccountToken"] is False
    assert spec["nodeSelector"] == {"kubernetes.io/os": "linux"}, (
        "a cluster may have nodes with Windows, which tolerations let in"
    )
    (container,) = spec["containers"]
    assert container["image"] == "registry.example.com/wispwatch:0.1.0"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["volumes"]}
    for name, text in one(found, "ConfigMap")["data"].items():
        (tmp_path / name).write_text(text)
    if file.parent.name == "shards":
        (tmp_path / "key").touch()
    command = [sys.executable, "-m", "agent", "config", "check", "--config", tmp_path / "config.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_pods_that_look_at_their_node_are_root() -> None:
    for file in FOLDERS:
        found = resources(file.parent)
        (workload,) = (one for one in found if one["kind"] in {"DaemonSet", "CronJob", "Job"})
        level = one(found, "Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        root = pod(workload).get("securityContext", {}).get("runAsNonRoot") is not True
        assert (root, level) == ((True, "privileged") if file.parent.name == "host" else (False, "restricted"))


def test_each_member_of_a_job_takes_its_part(tmp_path: Path) -> None:
    found = resources(ROOT / "deploy/kubernetes/shards")
    job = one(found, "Job")
    (container,) = pod(job)["containers"]
    for name, text in one(found, "ConfigMap")["data"].items():
        (tmp_path / name).write_text(text)
    (tmp_path / "wispwatch").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m agent "$@"\n')
    (tmp_path / "wispwatch").chmod(0o755)
    script = container["args"][0].replace("/etc/wispwatch/config.yaml", str(tmp_path / "config.yaml"))
    assert job["spec"]["completions"] == 4
    assets = []
    for index in range(4):
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "JOB_COMPLETION_INDEX": str(index),
        }
        more = " --check sshd-refuses-empty-passwords --time-limit 3s"
        done = subprocess.run(
            [*container["command"], script + more],
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assets += sorted({line["asset"] for line in lines if "check" in line and line["asset"] != "organization"})
    listed = yaml.safe_load((ROOT / "deploy/kubernetes/shards/hosts.yaml").read_text())["groups"].values()
    assert sorted(assets) == sorted(f"offices/{host}" for group in listed for host in group["hosts"])


def findings(config: str, folder: Path, *before: str) -> dict[tuple[str, str], str]:
    path = folder / "config.yaml"
    path.write_text(config)
    command = [*before, sys.executable, "-m", "agent", "scan", "--config", path, "--format", "jsonl"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {(line["check"], line["subject"]): line["status"] for line in lines if "check" in line}


def test_a_pod_sees_of_its_node_what_root_sees_there(host: RunningHost, tmp_path: Path) -> None:
    need("util-linux")
    found = resources(ROOT / "deploy/kubernetes/host")
    (container,) = pod(one(found, "DaemonSet"))["containers"]
    rights = [f"+{name.lower()}" for name in container["securityContext"]["capabilities"]["add"]]
    settings = yaml.safe_load(one(found, "ConfigMap")["data"]["config.yaml"])
    (target,) = settings["targets"]
    # The node's process 1 has this number here, and its root is a folder, as that of a container on it would be.
    entering = [str(host.pid) if word == "1" else word for word in target["command"]]
    into = [*entering, "chroot", str(host.root)]
    config = json.dumps({"targets": [{**target, "command": into}]})
    limited = ["setpriv", "--bounding-set", ",".join(["-all", *rights]), "--no-new-privs"]
    by_root = findings(config, tmp_path)
    by_pod = findings(config, tmp_path, *limited)
    assert len(by_root) > 200
    assert by_pod == by_root
    without = ["setpriv", "--bounding-set", ",".join(["-all", *(one for one in rights if one != "+sys_admin")])]
    assert {*findings(config, tmp_path, *without).values()} == {"unknown"}
