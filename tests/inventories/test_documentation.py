"""The examples of docs/fleets.md are what the page says they are."""

import re
from pathlib import Path

import pytest

from agent.config import load
from agent.config_faults import faults
from agent.inventories.guessing import guessed
from agent.inventories.hosts import listed
from agent.inventories.listed import Listed
from agent.inventories.settings import Fleet
from agent.ssh.settings import SshSettings
from tests.hosts import catalogue

PAGE = Path(__file__).parent.parent.parent / "docs/fleets.md"
_NAMED = re.compile(r"in `([\w.]+)`:\n\n```\w*\n(.*?)```", re.IGNORECASE | re.DOTALL)
_SETTINGS = re.compile(r"```yaml\n((?:    fleet:|targets:)\n.*?)```", re.DOTALL)
WEB = {f"web0{one}.example.com" for one in (1, 2, 3)}


def examples() -> dict[str, str]:
    return dict(_NAMED.findall(PAGE.read_text()))


def of(folder: Path, name: str, form: str) -> dict[str, Listed]:
    path = folder / name
    path.write_text(examples()[name])
    assert guessed(path) == form
    found = {one.name: one for one in listed(Fleet(form, path))}
    assert not [one for one in found.values() if one.fault or one.withheld]
    return found


def test_there_is_an_example_of_every_format_that_is_a_file() -> None:
    assert set(examples()) == {"hosts.yaml", "ssh_config", "inventory.ini", "inventory.yaml", "targets.json"}


def test_our_own(tmp_path: Path) -> None:
    found = of(tmp_path, "hosts.yaml", "wispwatch")
    assert {name: one.ssh for name, one in found.items()} == {
        "web-1": SshSettings("10.1.0.5", 2222, "scanner", jump=("bastion.example.com",), privilege="sudo"),
        "files-1": SshSettings(user="scanner", known_as="files", jump=("bastion.example.com",), privilege="sudo"),
        "anas-laptop": SshSettings(user="scanner", jump=("none",), privilege="sudo"),
    }
    assert found["web-1"].groups == ("boston", "massachusetts")
    assert found["anas-laptop"].asset_kind == "laptop"


def test_openssh(tmp_path: Path) -> None:
    assert set(of(tmp_path, "ssh_config", "openssh")) == {"web-1", "web-2", "files-1", "bastion"}


def test_ansible(tmp_path: Path) -> None:
    found = of(tmp_path, "inventory.ini", "ansible")
    assert set(found) == WEB | {"mail.example.com", "db-a", "db-b", "files-1"}
    keys = (tmp_path / "keys/scanner",)
    assert found["db-a"].ssh == SshSettings(port=2222, user="scanner", key_files=keys, privilege="sudo")
    assert found["files-1"].ssh == SshSettings(user="scanner", key_files=keys, jump=("ops@bastion.example.com",))
    assert found["files-1"].groups == ("all", "massachusetts", "worcester")
    again = of(tmp_path, "inventory.yaml", "ansible")
    assert set(again) == WEB | {"db-a", "db-b"}
    assert again["db-b"].ssh == SshSettings(port=2222, user="scanner", privilege="sudo")


def test_prometheus(tmp_path: Path) -> None:
    assert {name: one.groups for name, one in of(tmp_path, "targets.json", "prometheus").items()} == {
        "web-1.example.com": ("env=prod", "job=web"),
        "web-2.example.com": ("env=prod",),
        "2001:db8::1": ("job=web",),
    }


@pytest.mark.parametrize("text", _SETTINGS.findall(PAGE.read_text()))
def test_settings_of_the_configuration_are_good(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text if text.startswith("targets:") else f"targets:\n  - name: a\n    kind: fleet\n{text}")
    config = load(path, {})
    assert faults(config, catalogue()) == []
    assert config.targets[0].fleet.known_format in {"ansible", "prometheus", "ec2"}


def test_all_settings_of_the_page_are_tested() -> None:
    assert len(_SETTINGS.findall(PAGE.read_text())) == 3
