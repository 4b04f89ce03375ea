"""Fleets in the configuration and on the command line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.commands.options import Named, chosen_targets
from agent.config import Config, Target, Unasked, load
from agent.errors import ConfigError, InventoryError, UnreachableError, UsageError
from agent.inventories.guessing import guessed
from agent.inventories.hosts import listed, members_of
from agent.inventories.settings import Fleet
from agent.plan import Selection, plan
from agent.scanning.many import scan_many
from agent.scanning.scan import take
from checks.verdict import Status
from collectors.readings import Unread
from tests.hosts import catalogue

INVENTORY = """
groups:
  web: {hosts: [web-1, web-2]}
  db: {hosts: [db-1], defaults: {port: 5022}}
hosts:
  web-1: {host: 127.0.0.1, port: 1, retries: 0}
  web-2: {host: 127.0.0.1, port: 1, retries: 0, asset_kind: laptop}
  "odd[1]": {host: 127.0.0.1, port: 1}
"""


def written(folder: Path, text: str, name: str = "hosts.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def faults(folder: Path, text: str) -> list[str]:
    path = written(folder, text, "c.yaml")
    try:
        plan(load(path, {}), catalogue())
    except ConfigError as fault:
        return str(fault).replace(f"{folder}/", "").splitlines()
    return []


def of_fleet(folder: Path, settings: str) -> list[str]:
    return faults(folder, f"targets: [{{name: a, kind: fleet, fleet: {{{settings}}}}}]\n")


@pytest.mark.parametrize(
    ("settings", "place", "remedy"),
    [
        ("", "fleet.format", "is missing; give one of wispwatch, openssh, ansible, prometheus, ec2"),
        ("file: hosts.yaml", "fleet.format", "is missing"),
        ("file: hosts.json", "fleet.format", "is missing"),
        ("format: puppet, file: a", "fleet.format", "'puppet' is none of wispwatch, openssh"),
        ("format: ansible", "fleet.file", "is missing; an inventory of format ansible needs it"),
        ("format: prometheus", "fleet.file", "needs it or a url"),
        ("format: wispwatch, url: 'https://a/'", "fleet.url", "only an inventory of format prometheus"),
        ("format: prometheus, file: a, url: 'https://a/'", "fleet.url", "and file exclude each other"),
        ("url: 'http://sd.example.com/'", "fleet.url", "use https"),
        ("url: 'https://u:p@a/'", "fleet.url", "name a token_file"),
        ("url: 'https://a/', ca_file: x, ec2: {profile: a}", "fleet.ec2", "is for the format ec2, and this one is prometheus"),
        ("format: ec2, file: a", "fleet.file", "has no file; AWS is asked"),
        ("format: openssh, file: a, token_file: b", "fleet.token_file", "is for a document on the web; give its url"),
        ("format: ansible, file: a, ca_file: b", "fleet.ca_file", "is for a document on the web"),
        ("ec2: {address: elastic}", "fleet.ec2.address", "is none of private, public"),
        ("format: ec2, ec2: {regions: ['us east']}", "fleet.ec2.regions[0]", "such as us-east-1"),
        ("file: a.ini, groups: ['']", "fleet.groups[0]", "is empty, and fits nothing"),
        ("file: a.ini, exclude: [b, '']", "fleet.exclude[1]", "is empty, and fits nothing"),
        ("file: a.ini, incude: [b]", "fleet.incude", "did you mean include?"),
    ],
)  # fmt: skip
def test_a_fault_of_a_fleet_is_told(tmp_path: Path, settings: str, place: str, remedy: str) -> None:
    found = of_fleet(tmp_path, settings)
    assert [one for one in found if f"targets[0].{place}: " in one and remedy in one], found
    assert len(found) == 1


@pytest.mark.parametrize(
    "settings",
    [
        "file: a.ini",
        "file: a.INI",
        "url: 'https://a/b'",
        "ec2: {profile: a}",
        "format: ec2",
        "format: prometheus, file: a.json",
    ],
)
def test_a_format_that_is_certain_need_not_be_given(tmp_path: Path, settings: str) -> None:
    assert of_fleet(tmp_path, settings) == []


def test_settings_of_a_fleet_are_for_fleets_only(tmp_path: Path) -> None:
    text = """
targets:
  - {name: a, kind: ssh, fleet: {format: ansible}}
  - {name: b, kind: fleet, fleet: {file: a.ini}, ssh: {host: x}}
  - {name: c, kind: fleet, fleet: {file: a.ini}, aws: {profile: x}}
"""
    assert faults(tmp_path, text) == [
        "targets[0].fleet: is for a target of kind fleet, and this one is of kind ssh",
        "targets[1].ssh.host: is for one host; these are the settings of a whole fleet",
        "targets[2].aws: is for a target of kind aws, and this one is of kind fleet",
    ]


def test_nothing_else_is_called_as_a_host_of_a_fleet(tmp_path: Path) -> None:
    text = """
targets:
  - {name: office/web-1}
  - {name: office, kind: fleet, fleet: {file: a.ini}}
  - {name: office/down/stairs}
  - {name: cloud, kind: aws, aws: {organization: true}}
  - {name: cloud/123456789012}
  - {name: cloud/other}
  - {name: officer/web-1}
"""
    assert faults(tmp_path, text) == [
        "targets[0].name: 'office/web-1' is what a host of the fleet 'office' may be called; choose another",
        "targets[4].name: 'cloud/123456789012' is what an account of the organization 'cloud' is called; choose another",
    ]


def fleet(folder: Path, **chosen: Any) -> Target:
    return Target("office", kind="fleet", fleet=Fleet("wispwatch", written(folder, INVENTORY), **chosen))


def names(folder: Path, **chosen: Any) -> set[str]:
    return {one.name.removeprefix("office/") for one in members_of(fleet(folder, **chosen))}


def test_hosts_are_chosen_by_group_and_name(tmp_path: Path) -> None:
    assert names(tmp_path) == {"web-1", "web-2", "db-1", "odd[1]"}
    assert names(tmp_path, groups=("web",)) == {"web-1", "web-2"}
    assert names(tmp_path, groups=("w*", "db"), exclude=("*-2",)) == {"web-1", "db-1"}
    assert names(tmp_path, include=("*-1",), groups=("web",)) == {"web-1"}
    with pytest.raises(UnreachableError, match="no host of the fleet is chosen"):
        names(tmp_path, groups=("mail",))


def test_one_host_of_a_fleet_is_chosen_by_its_name(tmp_path: Path) -> None:
    config = Config(
        targets=(
            fleet(tmp_path),
            Target("a/b", kind="fleet", fleet=Fleet("ansible", written(tmp_path, "x\n", "a.ini"))),
        )
    )
    for name in ("office/web-1", "office/odd[1]", "a/b/x"):
        (chosen,) = chosen_targets(config, Named((name,)))
        assert [one.name for one in members_of(chosen)] == [name]
    with pytest.raises(UsageError, match="there is no such target"):
        chosen_targets(config, Named(("nobody/web-1",)))


def test_members_are_targets_of_their_own(tmp_path: Path) -> None:
    members = {one.name: one for one in members_of(fleet(tmp_path))}
    assert {one.kind for one in members.values()} == {"ssh"}
    assert all(one.fleet == Fleet() for one in members.values())
    assert members["office/db-1"].ssh.host == "db-1"
    assert members["office/db-1"].ssh.port == 5022
    assert members["office/web-2"].asset_kind == "laptop"


def test_every_host_has_one_result_also_one_that_is_not_understood(tmp_path: Path) -> None:
    text = "good ansible_host=127.0.0.1 ansible_port=1\nodd ansible_host={{where}}\nwindows ansible_connection=winrm\n"
    target = Target("office", kind="fleet", fleet=Fleet(file=written(tmp_path, text, "a.ini")), seconds=60)
    chosen = plan(Config(), catalogue(), Selection(checks=("sshd-refuses-empty-passwords",)))
    found = list(scan_many(chosen, [target], None))
    assert sorted(one.asset for one in found) == ["office/good", "office/odd", "office/windows"]
    reasons = {one.asset: {each.verdict.reason for each in one.findings} for one in found}
    assert {each.status for one in found for each in one.findings} == {Status.UNKNOWN}
    assert all("ansible_host is a template" in one for one in reasons["office/odd"])
    assert all("by the connection 'winrm'" in one for one in reasons["office/windows"])
    assert all("refused" in one.lower() for one in reasons["office/good"])


def test_an_inventory_with_faults_is_one_asset_that_is_unknown(tmp_path: Path) -> None:
    file = written(tmp_path, "hosts: {a/b: {}, c: {}}\n")
    target = Target("office", kind="fleet", fleet=Fleet("wispwatch", file))
    chosen = plan(Config(), catalogue(), Selection(checks=("sshd-refuses-empty-passwords",)))
    (found,) = scan_many(chosen, [target], None)
    assert found.asset == "office"
    assert {one.status for one in found.findings} == {Status.UNKNOWN}
    assert "'a/b' has a slash" in found.findings[0].verdict.reason


def test_a_fleet_is_never_read_as_this_machine(tmp_path: Path) -> None:
    chosen = plan(Config(), catalogue(), Selection(checks=("sshd-refuses-empty-passwords",)))
    taken = take(chosen, fleet(tmp_path))
    assert {type(one) for one in taken.readings.values()} == {Unread}


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.ini", "anything", "ansible"),
        ("a", "[web]\nx\n", "ansible"),
        ("a", "# c\n; d\n\n[web:children]\nx\n", "ansible"),
        ("a", "x ansible_host=1\n", ""),
        ("a.yaml", INVENTORY, "wispwatch"),
        ("a.yaml", "hosts: {a: {}}\n", "wispwatch"),
        ("a.yaml", "all: {hosts: {a: }}\n", "ansible"),
        ("a.yaml", "web:\n  children: {b: {hosts: {c: }}}\ndb:\n", "ansible"),
        ("a.yaml", "hosts: {hosts: {a: {}}}\n", ""),
        ("a.yaml", "hosts:\n", ""),
        ("a.yaml", "a: 1\n", ""),
        ("a.yaml", "", ""),
        ("a.yml", "- targets: [a]\n", "prometheus"),
        ("a.json", '[{"targets": ["a:1"]}]', "prometheus"),
        ("a.json", "[]", ""),
        ("config", "# mine\nHost web\n  User x\n", "openssh"),
        ("config", "Include other\n", "openssh"),
        ("a.txt", "- a\n- b\n", ""),
    ],
)
def test_a_format_is_guessed_only_where_it_is_certain(tmp_path: Path, name: str, text: str, form: str) -> None:
    assert guessed(written(tmp_path, text, name)) == form


def wispwatch(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", *words], capture_output=True, text=True, check=False, timeout=120
    )


def test_all_hosts_of_an_inventory_are_scanned_by_the_command(tmp_path: Path) -> None:
    file = written(
        tmp_path, "hosts:\n  a: {host: 127.0.0.1, port: 1, retries: 0}\n  b: {host: 127.0.0.1, port: 1, retries: 0}\n"
    )
    config = written(tmp_path, "log_level: error\n", "c.yaml")
    check = ("--check", "sshd-refuses-empty-passwords", "--config", config, "--format", "jsonl")
    done = wispwatch("scan", "--inventory", file, *check)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    findings = {one["asset"]: one["status"] for one in said if "status" in one and "subject" in one}
    assert findings == {"hosts.yaml/a": "unknown", "hosts.yaml/b": "unknown"}
    unsure = wispwatch("scan", "--inventory", written(tmp_path, "x: 1\n", "odd.yaml"), *check)
    assert (unsure.returncode, unsure.stdout) == (2, "")
    assert "its format is not certain" in unsure.stderr
    missing = wispwatch("scan", "--inventory", tmp_path / "not-there.yaml", *check)
    assert missing.returncode == 2
    assert "No such file" in missing.stderr
    both = wispwatch("scan", "--inventory", file, "--host", "a", *check)
    assert both.returncode == 2


def test_a_recording_is_of_one_host_of_a_fleet(tmp_path: Path) -> None:
    file = written(tmp_path, "hosts: {a: {host: 127.0.0.1, port: 1, retries: 0}, b: {}}\n")
    text = f"targets: [{{name: office, kind: fleet, fleet: {{format: wispwatch, file: {file}}}}}]\n"
    config = written(tmp_path, text, "c.yaml")
    many = wispwatch("record", "--config", config)
    assert (many.returncode, many.stdout) == (2, "")
    assert "choose office/HOST" in many.stderr
    one = wispwatch("record", "--config", config, "--target", "office/a")
    assert one.returncode == 0
    assert json.loads(one.stdout.splitlines()[0])["asset"] == "office/a"


def test_the_configuration_is_checked_with_its_inventories(tmp_path: Path) -> None:
    written(tmp_path, "good\nodd ansible_connection=winrm\n", "a.ini")
    text = """targets:
  - {name: office, kind: fleet, fleet: {file: a.ini}}
  - {name: web, kind: fleet, fleet: {url: 'https://sd.invalid/hosts'}}
  - {name: cloud, kind: fleet, fleet: {format: ec2}}
"""
    config = written(tmp_path, text, "c.yaml")
    good = wispwatch("config", "check", "--config", config)
    assert good.returncode == 0, good.stderr
    assert good.stdout.replace(f"{tmp_path}/", "").splitlines() == [
        "office: 2 hosts, 1 of which cannot be asked:",
        "  office/odd: a.ini:2: Ansible reaches it by the connection 'winrm', not over SSH",
        "web: its hosts are listed at each scan (https://sd.invalid/hosts), and were not asked for now",
        "cloud: its hosts are listed at each scan (EC2), and were not asked for now",
        "The configuration is good.",
    ]
    written(tmp_path, "a/b\n[web]\nx y\n", "a.ini")
    wrong = wispwatch("config", "check", "--config", config)
    assert wrong.returncode == 2
    assert "a.ini:3: something behind the host is no variable" in wrong.stderr


def test_what_holds_is_shown_and_can_be_loaded_again(tmp_path: Path) -> None:
    text = """
ssh: {config_file: none, known_hosts: [known]}
targets:
  - name: office
    kind: fleet
    ssh: {privilege: sudo}
    fleet: {format: prometheus, url: 'https://sd.example.com/hosts', token_file: token, groups: [env=prod]}
  - {name: cloud, kind: fleet, fleet: {format: ec2, ec2: {tags: {pi: 'yes'}, regions: [us-east-1]}}}
"""
    config = written(tmp_path, text, "c.yaml")
    shown = wispwatch("config", "show", "--config", config)
    assert shown.returncode == 0, shown.stderr
    again = load(written(tmp_path, shown.stdout, "again.yaml"), {})
    assert again == load(config, {})
    assert again.targets[0].fleet.token_file == tmp_path / "token"


def test_faults_are_one_line_and_survive_another_process() -> None:
    import pickle

    fault = pickle.loads(pickle.dumps(InventoryError("a", "b", "c")))
    assert fault.faults == ("a", "b", "c")
    assert str(fault) == "a (and 2 more: `wispwatch config check` tells them)"
    asked = pickle.loads(pickle.dumps(Unasked("a", why="b")))
    assert (asked.name, asked.why) == ("a", "b")


def test_a_format_that_is_unknown_lists_nobody() -> None:
    with pytest.raises(UnreachableError, match="there is no inventory of format"):
        listed(Fleet())
