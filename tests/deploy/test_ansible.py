"""The role, linted and really played: over SSH, on a Debian whose systemd runs."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bench.environments import environment
from tests.booted import Booted, booted
from tests.daemons import ROOT
from tests.hosts import need, until
from tests.packaged import built, debian

pytestmark = pytest.mark.real
ANSIBLE = ROOT / "deploy/ansible"


def programs() -> Path:
    """Where Ansible's programs are."""
    return environment("ansible", "ansible-lint==26.10.1", "ansible-core==2.19.14") / "bin"


def variables(home: Path) -> dict[str, str]:
    """The environment that Ansible runs in."""
    path = f"{programs()}:{os.environ['PATH']}"
    return {
        **os.environ,
        "HOME": str(home),
        "PATH": path,
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_ROLES_PATH": str(ANSIBLE / "roles"),
    }


def test_ansible_lint_finds_nothing(tmp_path: Path) -> None:
    command = [programs() / "ansible-lint", "--offline", "--profile", "production", "--strict", "-q", "."]
    done = subprocess.run(
        command,
        cwd=ANSIBLE,
        env=variables(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@dataclass(frozen=True)
class Site:
    """A machine, and what is played on it."""

    machine: Booted
    folder: Path
    deb: Path

    def play(self, *options: str, **more: Any) -> tuple[dict[str, int], str]:
        """Play, and return the counts of the recap, and what was said."""
        ssh = self.folder / "ssh"
        ssh.write_text(f'#!/bin/sh\nexec nsenter -t {self.machine.pid} -n ssh "$@"\n')
        ssh.chmod(0o755)
        host = {
            "ansible_host": "127.0.0.1",
            "ansible_user": "root",
            "ansible_ssh_executable": str(ssh),
            "ansible_ssh_transfer_method": "piped",
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no",
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps({"all": {"hosts": {"server": host}}}))
        given = json.dumps({"wispwatch_deb": str(self.deb), **more})
        command = [programs() / "ansible-playbook", "-i", inventory, ANSIBLE / "playbook.yml", "-e", given, *options]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=variables(self.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        recap = done.stdout.rpartition("server ")[2].partition(":")[2].split()
        return {
            name: int(count) for name, _, count in (word.partition("=") for word in recap)
        }, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A Debian 12 that runs, with sshd and without the package."""
    need("openssh-client")
    folder = tmp_path_factory.mktemp("site")
    deb, _ = built(folder)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    with debian("bookworm", deb) as tree:
        tree.write("/root/.ssh/authorized_keys", (folder / "key.pub").read_text(), mode=0o600)
        with booted(tree) as machine:
            yield Site(machine, folder, deb)


def test_the_role_installs_configures_and_reloads(site: Site) -> None:
    config = {
        "asset": "by-ansible",
        "registers": {"roster": "/etc/wispwatch/roster.csv"},
        "daemon": {"listen": "127.0.0.1:9818"},
    }
    files = {"/etc/wispwatch/roster.csv": "person,accounts,devices,left\n"}
    foreseen, said = site.play("--check", wispwatch_config=config, wispwatch_files=files)
    assert foreseen["failed"] == foreseen["unreachable"] == 0, said
    assert not site.machine.path("/usr/bin/wispwatch").exists()
    counts, said = site.play(wispwatch_config=config, wispwatch_files=files)
    assert counts["failed"] == counts["unreachable"] == 0, said
    assert counts["changed"] > 3
    assert site.machine.shown("wispwatch", "ActiveState") == "active"
    until(lambda: site.machine.shown("wispwatch", "StatusText").startswith("last scan of by-ansible: "), 180)
    assert ":265A " in site.machine.run("cat", "/proc/net/tcp"), "what the package has started before listens on 9817"
    assert site.machine.path("/etc/wispwatch/roster.csv").stat().st_mode & 0o777 == 0o600
    again, said = site.play(wispwatch_config=config, wispwatch_files=files)
    assert (again["changed"], again["failed"]) == (0, 0), said
    foreseen, said = site.play("--check", wispwatch_config={**config, "asset": "other"}, wispwatch_files=files)
    assert foreseen["failed"] == 0, said
    assert foreseen["changed"] >= 1
    assert "by-ansible" in site.machine.read("/etc/wispwatch/config.yaml")
    faulty, said = site.play(wispwatch_config={"asset": "x", "log_level": "loud"}, wispwatch_files=files)
    assert faulty["failed"] == 1
    assert "log_level: 'loud' is none of" in said
    assert "by-ansible" in site.machine.read("/etc/wispwatch/config.yaml")
    assert site.machine.shown("wispwatch-discover.timer", "ActiveState") == "inactive"
    surveyed = {"asset": "renamed", "discover": {"paths": ["/srv"]}}
    other, said = site.play(wispwatch_config=surveyed, wispwatch_daemon=False)
    assert other["failed"] == 0, said
    assert site.machine.shown("wispwatch", "ActiveState") == "inactive"
    assert site.machine.shown("wispwatch-scan.timer", "ActiveState") == "active"
    assert site.machine.shown("wispwatch-discover.timer", "ActiveState") == "active"


def test_pages_name_the_package_so_that_ansible_finds_it() -> None:
    """It looks for a relative name beside the role, not where it is started."""
    for page in (ANSIBLE / "playbook.yml", ROOT / "docs/deploying-to-laptops.md"):
        assert page.read_text().count("wispwatch_deb=") == page.read_text().count("wispwatch_deb=$PWD/dist/") == 1


def test_without_a_package_it_says_what_is_missing(site: Site) -> None:
    counts, said = site.play(wispwatch_deb="")
    assert counts["failed"] == 1
    assert "Set wispwatch_deb or wispwatch_rpm" in said
