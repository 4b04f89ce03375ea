"""Our own inventory: what holds for a host, and every fault with its line."""

import time
from pathlib import Path

import pytest

from agent.errors import InventoryError
from agent.inventories.hosts import listed
from agent.inventories.listed import Listed
from agent.inventories.settings import Fleet
from agent.ssh.settings import SshSettings


def hosts(folder: Path, text: str) -> dict[str, Listed]:
    path = folder / "hosts.yaml"
    path.write_text(text)
    return {one.name: one for one in listed(Fleet("wispwatch", path))}


INVENTORY = """
defaults:
  user: scanner
  port: 22
  asset_kind: server
  key_files: [keys/scanner]
groups:
  massachusetts:
    defaults: {jump: [state-bastion], port: 2200, privilege: installed}
    groups: [boston, worcester]
  boston:
    defaults: {jump: [bastion], privilege: sudo}
    hosts: [web-1, db-1]
  worcester:
    hosts: [web-2]
  databases:
    defaults: {port: 5432, privilege: none, user: dba}
    hosts: [db-1]
  nobody:
hosts:
  web-1: {host: 10.0.0.1, port: 22022}
  laptop-1:
    asset_kind: laptop
  bare:
"""


def test_the_nearest_setting_holds(tmp_path: Path) -> None:
    found = hosts(tmp_path, INVENTORY)
    keys = (tmp_path / "keys/scanner",)
    assert {name: one.ssh for name, one in found.items()} == {
        "web-1": SshSettings("10.0.0.1", 22022, "scanner", keys, jump=("bastion",), privilege="sudo"),
        "laptop-1": SshSettings("", 22, "scanner", keys),
        "bare": SshSettings("", 22, "scanner", keys),
        "db-1": SshSettings("", 5432, "dba", keys, jump=("bastion",), privilege="sudo"),
        "web-2": SshSettings("", 2200, "scanner", keys, jump=("state-bastion",), privilege="installed"),
    }
    assert {name: one.asset_kind for name, one in found.items() if one.asset_kind != "server"} == {"laptop-1": "laptop"}
    assert {name: one.groups for name, one in found.items() if one.groups} == {
        "web-1": ("boston", "massachusetts"),
        "db-1": ("boston", "databases", "massachusetts"),
        "web-2": ("worcester", "massachusetts"),
    }


def test_every_fault_is_told_with_its_line_and_a_suggestion(tmp_path: Path) -> None:
    text = """defaults:
  usr: scanner
groups:
  boston:
    hosts: web-1
    defautls: {}
hosts:
  web-1: {port: many}
  web-1: {}
"""
    with pytest.raises(InventoryError) as fault:
        hosts(tmp_path, text)
    assert [one.replace(f"{tmp_path}/", "") for one in fault.value.faults] == [
        "hosts.yaml:2: defaults.usr: is not a setting; did you mean user?",
        "hosts.yaml:5: groups.boston.hosts: must be a list, not a single value",
        "hosts.yaml:6: groups.boston.defautls: is not a setting; did you mean defaults?",
        "hosts.yaml:9: hosts.web-1: is given a second time (first on line 8)",
        "hosts.yaml:8: hosts.web-1.port: 'many' is not a whole number",
    ]
    assert str(fault.value).endswith("(and 4 more: `wispwatch config check` tells them)")


def test_what_does_not_fit_together_is_told_with_its_line(tmp_path: Path) -> None:
    text = """defaults:
  host: 10.0.0.1
  privilege: root
groups:
  boston:
    defaults: {host: 10.0.0.2}
    groups: [worcestr]
  worcester: {groups: [springfield]}
  springfield:
    groups: [worcester]
hosts:
  web-1:
    host: a b
    jump: [ok, a/b]
    asset_kind: organization
  web-2: {password_file: a, password_variable: b}
"""
    with pytest.raises(InventoryError) as fault:
        hosts(tmp_path, text)
    assert [one.replace(f"{tmp_path}/", "") for one in fault.value.faults] == [
        "hosts.yaml:2: defaults.host: is for one host; these are the defaults of all",
        "hosts.yaml:3: defaults.privilege: 'root' is none of none, sudo, installed",
        "hosts.yaml:7: groups.boston.groups[0]: there is no group 'worcestr'; did you mean worcester?",
        "hosts.yaml:6: groups.boston.defaults.host: is for one host; these are the defaults of a group",
        "hosts.yaml:13: hosts.web-1.host: 'a b' is no name or address; the account stands under user",
        "hosts.yaml:14: hosts.web-1.jump: 'a/b' is no [user@]host[:port], such as scanner@web-1:2222 or [2001:db8::1]:22",
        "hosts.yaml:15: hosts.web-1.asset_kind: is what accounts and the organization are called; leave it out or choose another",
        "hosts.yaml:16: hosts.web-2.password_file: and password_variable exclude each other",
        "hosts.yaml:8: groups.worcester: belongs to itself, by way of the groups in it",
        "hosts.yaml:9: groups.springfield: belongs to itself, by way of the groups in it",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a/b", "hosts.yaml:2: 'a/b' has a slash"),
        ('"a\\eb"', r"hosts.yaml:2: 'a\\x1bb' has characters that cannot be printed"),
        ('"a\\u202eb"', "has characters that cannot be printed"),
        ('" a"', "has characters that cannot be printed"),
        ('".."', "hosts.yaml:2: '..' is no name of a host"),
        ("a" * 256, "has more than 255 characters"),
    ],
)
def test_a_name_that_nothing_can_be_called_is_told(tmp_path: Path, name: str, told: str) -> None:
    for text in (f"hosts:\n  {name}: {{}}\n", f"groups: {{boston: {{hosts:\n  [{name}]}}}}\n"):
        with pytest.raises(InventoryError) as fault:
            hosts(tmp_path, text)
        assert told in str(fault.value).replace(f"{tmp_path}/", "")
        assert fault.value.faults[0].isprintable()


def test_an_empty_inventory_lists_nobody(tmp_path: Path) -> None:
    assert hosts(tmp_path, "") == {}
    assert hosts(tmp_path, "hosts: {}\n") == {}


def test_aliases_that_make_much_of_little_are_bounded(tmp_path: Path) -> None:
    groups = "".join(f"  g{one}: &g{one} {{hosts: [{', '.join(['x'] * 9)}]}}\n" for one in range(9))
    assert set(hosts(tmp_path, f"groups:\n{groups}")) == {"x"}
    many = ", ".join("*l" for _ in range(3000))
    text = f"groups:\n  a:\n    hosts: &l [{', '.join('x' * 2000)}]\n  b: {{hosts: [{many}]}}\n"
    with pytest.raises(InventoryError):
        hosts(tmp_path, text)


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="is longer than 16777216 bytes"):
        hosts(tmp_path, f"# {'x' * (16 << 20)}")
    names = "\n".join(f"  h{one}: {{}}" for one in range(100_001))
    with pytest.raises(InventoryError, match="lists more than 100000 hosts"):
        hosts(tmp_path, f"hosts:\n{names}\n")


def test_a_hundred_thousand_hosts_are_listed(tmp_path: Path) -> None:
    names = "\n".join(f"  h{one}: {{port: 22}}" for one in range(100_000))
    begun = time.thread_time()
    assert len(hosts(tmp_path, f"defaults: {{user: scanner}}\nhosts:\n{names}\n")) == 100_000
    assert time.thread_time() - begun < 30


def test_text_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_bytes(b"hosts: \xff")
    with pytest.raises(InventoryError, match=r"is not UTF-8 text \(byte 7\)"):
        listed(Fleet("wispwatch", tmp_path / "hosts.yaml"))
