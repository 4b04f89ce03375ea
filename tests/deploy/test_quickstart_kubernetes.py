"""Each command of the page, held against what would be in the cluster by then."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.daemons import ROOT
from tests.kustomize import resources
from tests.quickstarts import steps

pytestmark = pytest.mark.real
SHORT = {"job": "Job", "daemonset": "DaemonSet", "cronjob": "CronJob", "secret": "Secret"}


class Cluster:
    """What was applied, by namespace, kind and name."""

    def __init__(self) -> None:
        self.there: set[tuple[str, str, str]] = set()

    def run(self, words: list[str]) -> None:
        """What kubectl would do, as far as names go."""
        namespace = words[words.index("-n") + 1] if "-n" in words else ""
        rest = words[2:] if words[0] == "-n" else words
        match rest[0]:
            case "delete" if "/" in rest[1]:
                self.has(namespace, rest)
                kind, _, name = rest[1].partition("/")
                self.there.remove((namespace, SHORT[kind], name))
            case "apply" | "delete":
                self.change(rest[0] == "apply", rest[rest.index("-k" if "-k" in rest else "-f") + 1])
            case "create":
                self.has(namespace, rest)
                name = next(word for word in rest[2:] if not word.startswith("--") and word != "generic")
                self.there.add((namespace, SHORT[rest[1]], name))
            case "rollout" | "logs" | "port-forward" | "wait":
                self.has(namespace, rest)
                assert any("/" in word for word in rest)
            case other:
                raise AssertionError(other)

    def change(self, applied: bool, place: str) -> None:
        path = ROOT / place
        found: list[Any] = resources(path) if path.is_dir() else [yaml.safe_load(path.read_text())]
        names = {(one["metadata"].get("namespace", ""), one["kind"], one["metadata"]["name"]) for one in found}
        there = {name for _, kind, name in self.there | names if kind == "Namespace"}
        assert {namespace for namespace, _, _ in names} - {""} <= there
        self.there = self.there | names if applied else self.there - names

    def has(self, namespace: str, words: list[str]) -> None:
        assert ("", "Namespace", namespace) in self.there, namespace
        for word in words:
            kind, _, name = word.removeprefix("--from=").partition("/")
            if kind in SHORT and name:
                assert (namespace, SHORT[kind], name) in self.there, word


def test_each_command_finds_what_it_names() -> None:
    cluster, tools = Cluster(), set()
    for step in steps("quickstart-kubernetes.md"):
        assert step.kind == "sh"
        for line in step.text.splitlines():
            tool, *words = shlex.split(line)
            tools.add(tool)
            if tool == "kubectl":
                cluster.run(words)
            elif words[0] == "build":
                assert (ROOT / words[words.index("-f") + 1]).is_file()
    assert tools == {"kubectl", "podman"}
    assert not any(namespace == "wispwatch" for namespace, _, _ in cluster.there)
    job = next(one for one in resources(ROOT / "deploy/kubernetes/shards") if one["kind"] == "Job")
    secrets = [
        volume["secret"]["secretName"] for volume in job["spec"]["template"]["spec"]["volumes"] if "secret" in volume
    ]
    assert all(("wispwatch-fleet", "Secret", name) in cluster.there for name in secrets)


def test_the_image_of_the_page_is_that_of_the_kustomizations() -> None:
    page = (ROOT / "docs/quickstart-kubernetes.md").read_text()
    for file in Path(ROOT / "deploy/kubernetes").glob("*/kustomization.yaml"):
        (image,) = yaml.safe_load(file.read_text())["images"]
        assert f"{image['newName']}:{image['newTag']}" in page
