"""Ansible's inventories, beside what the real ``ansible-inventory`` says of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.config import Target, Unasked
from agent.errors import InventoryError
from agent.inventories import ansible
from agent.inventories.hosts import listed, members_of
from agent.inventories.settings import Fleet
from agent.ssh.settings import SshSettings
from tests.inventories.real_ansible import listing

INI = """
# comments
; of both kinds
green.example.com
blue:2222 ansible_user=scanner   # a comment
[2001:db8::1]:2200
192.0.2.7

[web]
web[01:03].example.com ansible_port=2022 ansible_become=true
web-[a:c]  note="two words" list="[1, 'two', (3,)]" number=0x10 quoted='"a"' none=None t=True f=false plain=0123
alpha ansible_host=10.0.0.1

[db]
n[0:9:3]-[1:2]:1022
alpha ansible_port=9
blue

[all:vars]
ansible_user=everyone
level=all

[web:vars]
level = web
ansible_ssh_private_key_file=keys/web
spaced = a b  # kept as it stands

[boston:children]
web   # a child
later

[later]
late-1
late-2 level=host

[later:vars]
level=later
[db:vars]
level=db
ansible_group_priority=10

[everything:children]
boston
db

[empty]
[Other-Group]
odd.name_1
"""

YAML = """
all:
  vars:
    ansible_user: everyone
    nested: {a: [1, 2.5, true, null, yes], b: "text"}
  hosts:
    one:
    two: {ansible_port: 22, ansible_become: yes}
    "web[01:03].example.com:2222":
      level: host
  children:
    web:
      hosts:
        two:
        "w-[a:b]": &common
          level: deep
          octal: 0644
      vars: {level: web}
      children:
        inner:
          hosts: single
          vars:
            level: inner
    db:
      hosts:
        three: {<<: *common, other: 1}
        one: {}
zoo:
  children: web
  vars:
    level: zoo
    ansible_group_priority: 5
empty:
ungrouped:
  hosts:
    stray:
    two:
"""

FOLDERS = {
    "group_vars/all.yml": "level: all-file\nfrom_all: 1\nansible_user: file\n",
    "group_vars/web": "level: web-file\n",
    "group_vars/web.yml": "level: not-read\n",
    "group_vars/db/10-a.yml": "level: db-a\nboth: a\n",
    "group_vars/db/20-b.json": '{"both": "b", "list": [1, {"x": null}]}',
    "group_vars/db/.hidden.yml": "level: hidden\n",
    "group_vars/db/old.yml~": "level: backup\n",
    "group_vars/db/notes.txt": "level: notes\n",
    "group_vars/db/more/c.yaml": "deep: down\n",
    "group_vars/ungrouped.yaml": "level: nobody\n",
    "host_vars/alpha.yml": "ansible_host: 10.1.1.1\nlevel: alpha-file\n",
    "host_vars/one/x": "level: one-file\n",
    "host_vars/empty.yml": "# nothing\n",
}


def written(folder: Path, text: str, name: str = "inventory.ini") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def fleet(folder: Path, text: str, name: str = "inventory.ini") -> Fleet:
    return Fleet("ansible", written(folder, text, name))


def members_by_group(said: dict[str, Any]) -> dict[str, set[str]]:
    """The hosts of each group and the groups in it, as Ansible lists them."""

    def below(name: str) -> set[str]:
        group = said.get(name, {})
        return set(group.get("hosts", ())).union(*(below(child) for child in group.get("children", ())), set())

    return {name: below(name) for name in said if name != "_meta"}


def agrees(file: Path) -> None:
    """Hosts, groups and all variables are those of Ansible."""
    said = listing(file)
    model, folders = ansible.read(file, lambda _: True)
    theirs = members_by_group(said)
    assert set(model.hosts) == theirs["all"]
    ours: dict[str, set[str]] = {}
    for host in model.hosts:
        for group in model.groups_of(host):
            ours.setdefault(group, set()).add(host)
    assert ours == {name: members for name, members in theirs.items() if members}
    held = {host: model.variables_of(host, folders.variables) for host in model.hosts}
    assert not folders.faults
    variables = json.loads(json.dumps({host: found for host, found in held.items() if found}))
    assert variables == said["_meta"]["hostvars"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("inventory.ini", INI),
        ("hosts", INI),
        ("inventory.yaml", YAML),
        ("hosts", YAML),
        ("hosts.cfg", "alone\n"),
        ("inventory.yml", "web: {hosts: {a: {x: 2024-01-02}}}\n"),
        ("inventory.json", '{"all": {"children": {"web": {"hosts": {"a": {"ansible_port": 9}}}}}}'),
        ("hosts", "[a]\nx\n[b]\nx\n[a:vars]\nv=a\n[b:vars]\nv=b\n[c:children]\na\n[c:vars]\nv=c\n"),
        ("hosts", "[all]\nx y=1\n[ungrouped]\nz\n[web]\nx\nz\n"),
        (
            "hosts",
            "[z:children]\na\n[y:children]\nz\n[a]\nh\n[b]\nh\n[a:vars]\nv=deep\n[b:vars]\nv=shallow\n[z:vars]\nv=z\n",
        ),
        ("hosts", "web v=host\n[web]\nx\n[web:vars]\nw=group\n"),
        ("hosts", "a ansible_port=1\na:2\nb:3\nb:4\nc_:5\n"),
    ],
)
def test_hosts_groups_and_variables_are_those_of_ansible(tmp_path: Path, name: str, text: str) -> None:
    agrees(written(tmp_path, text, name))


@pytest.mark.parametrize(("name", "text"), [("inventory.ini", INI), ("inventory.yaml", YAML)])
def test_variables_in_folders_are_those_of_ansible(tmp_path: Path, name: str, text: str) -> None:
    for path, content in FOLDERS.items():
        written(tmp_path, content, path)
    agrees(written(tmp_path, text, name))


def ways(folder: Path, text: str, name: str = "inventory.ini") -> dict[str, SshSettings | str]:
    """How each host is reached, or why it is not."""
    return {one.name: one.fault.replace(f"{folder}/", "") or one.ssh for one in listed(fleet(folder, text, name))}


def test_variables_become_the_way_to_the_host(tmp_path: Path) -> None:
    text = """
plain
full ansible_host=10.0.0.1 ansible_port=2222 ansible_user=scanner ansible_ssh_private_key_file=keys/scanner ansible_become=true
old ansible_ssh_host=10.0.0.2 ansible_ssh_port='2022' ansible_ssh_user=1000
not_root ansible_become=no
jump ansible_ssh_common_args='-o StrictHostKeyChecking=no -J ops@bastion:2200,inner'
proxy ansible_ssh_common_args='-o ProxyJump="first" -o "ProxyJump second" -C -o ControlMaster=auto'
direct ansible_ssh_extra_args='-oProxyJump=none -oProxyCommand=none'
smart ansible_connection=ansible.builtin.ssh
"""
    assert ways(tmp_path, text) == {
        "plain": SshSettings(),
        "full": SshSettings(
            host="10.0.0.1",
            port=2222,
            user="scanner",
            key_files=(tmp_path / "keys/scanner",),
            privilege="sudo",
        ),
        "old": SshSettings(host="10.0.0.2", port=2022, user="1000"),
        "not_root": SshSettings(privilege="none"),
        "jump": SshSettings(jump=("ops@bastion:2200", "inner")),
        "proxy": SshSettings(jump=("first",)),
        "direct": SshSettings(jump=("none",)),
        "smart": SshSettings(),
    }


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ("ansible_host={{address}}", "ansible_host is a template, which is not evaluated"),
        ("ansible_ssh_common_args='-J {{bastion}}'", "ansible_ssh_common_args is a template"),
        ("ansible_connection=winrm", "Ansible reaches it by the connection 'winrm', not over SSH"),
        ("ansible_connection=local", "Ansible reaches it by the connection 'local', not over SSH"),
        ("ansible_port=many", "ansible_port is no number from 1 to 65535"),
        ("ansible_port=70000", "ansible_port is no number from 1 to 65535"),
        ("ansible_user=\"['a']\"", "ansible_user is no text"),
        ("ansible_become=maybe", "ansible_become is neither true nor false"),
        ("ansible_become=true ansible_become_user=postgres", "Ansible becomes 'postgres' there by 'sudo'"),
        ("ansible_become=1 ansible_become_method=su", "Ansible becomes 'root' there by 'su'"),
        ("ansible_ssh_common_args='-o ProxyCommand=\"nc %h\"'", "has a ProxyCommand, which would run a command"),
        ("ansible_ssh_extra_args='-F other'", "has '-F', which is not understood"),
        ("ansible_ssh_extra_args='-oHostName=other'", "has the option 'hostname', which is not understood"),
        ("ansible_ssh_extra_args='-J a/b'", "'a/b' is no [user@]host[:port]"),
    ],
)
def test_a_host_that_is_not_understood_is_listed_and_says_why(tmp_path: Path, variables: str, told: str) -> None:
    found = ways(tmp_path, f"good\nodd {variables}\n")
    assert found["good"] == SshSettings()
    assert isinstance(found["odd"], str)
    assert found["odd"].startswith("inventory.ini:2: ")
    assert told in found["odd"]
    target = Target("offices", kind="fleet", fleet=Fleet("ansible", tmp_path / "inventory.ini"))
    members = {one.name: one for one in members_of(target)}
    assert set(members) == {"offices/good", "offices/odd"}
    odd = members["offices/odd"]
    assert isinstance(odd, Unasked)
    assert told in odd.why
    assert not isinstance(members["offices/good"], Unasked)


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    file = fleet(tmp_path, 'odd ansible_host="a b"\nodder ansible_host=-oProxyCommand=x\n')
    members = members_of(Target("offices", kind="fleet", fleet=file))
    assert ["is no name or address" in one.why for one in members if isinstance(one, Unasked)] == [True, True]


def test_passwords_are_told_and_never_kept(tmp_path: Path) -> None:
    secret = "hunter2-and-more"
    text = f"plain\na ansible_password={secret}\nb ansible_ssh_pass={secret}\nc ansible_become_password={secret}\nd other={secret}\n"
    written(tmp_path, f"ansible_ssh_private_key_passphrase: {secret}\n", "host_vars/e.yml")
    file = fleet(tmp_path, f"{text}e\n")
    hosts = listed(file)
    assert secret not in repr(hosts)
    assert {one.name: one.withheld for one in hosts if one.withheld} == {
        "a": "the inventory holds a secret (ansible_password)",
        "b": "the inventory holds a secret (ansible_ssh_pass)",
        "e": "the inventory holds a secret (ansible_ssh_private_key_passphrase)",
    }
    alone = members_of(Target("offices", kind="fleet", fleet=file))
    assert {one.name for one in alone if isinstance(one, Unasked)} == {"offices/a", "offices/b", "offices/e"}
    assert "name ssh.password_file or ssh.key_files" in next(one.why for one in alone if isinstance(one, Unasked))
    instead = SshSettings(password_file=Path("/run/secrets/scanner"))
    given = members_of(Target("offices", kind="fleet", fleet=file, ssh=instead))
    assert [one for one in given if isinstance(one, Unasked)] == []


def test_what_is_encrypted_is_not_read(tmp_path: Path) -> None:
    written(tmp_path, "$ANSIBLE_VAULT;1.1;AES256\n6162\n", "group_vars/all/vault.yml")
    written(tmp_path, "ansible_user: scanner\n", "group_vars/all/plain.yml")
    text = "all:\n  hosts:\n    a:\n    b:\n      ansible_host: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        6162\n"
    found = ways(tmp_path, text, "inventory.yaml")
    assert found["a"] == SshSettings(user="scanner")
    assert found["b"] == "inventory.yaml:4: ansible_host is encrypted, and cannot be read"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.ini", "[web\nx y\n", ["a.ini:2: something behind the host is no variable such as"]),
        ("a.ini", "[web:friends]\n[web:vars]\nx\n[y z]\n", ["a.ini:1: 'friends'", "a.ini:3: is no variable", "a.ini:4: is no section"]),
        ("a.ini", "[web:vars]\na=1\n[db:children]\nnone\n", ["a.ini:1: holds variables", "a.ini:4: is a child of group 'none'"]),
        ("a.ini", "[a:children]\nb\n[b:children]\na\n", ["a.ini: groups belong to themselves by way of others: a, b"]),
        ("a.ini", "[a:children]\na\n", ["a.ini:2: is the group itself"]),
        ("a.ini", "a 'b\n", ["a.ini:1: is not understood: no closing quotation"]),
        ("a.ini", "web[1:\nweb[5:1]\nweb[01:100]\nweb[a:9]\nweb[1:9:0]\nweb[1:2:3:4]\n", [f"a.ini:{one}: " for one in range(1, 7)]),
        ("a.ini", "web[1:999999999]\nweb[1:999][1:999][1:999]\n", ["a.ini:1: 'web[1:999999999]': stands for more", "a.ini:2:"]),
        ("a.ini", "[web]\na\n[web:vars]\nansible_group_priority=high\n", ["a.ini:4: ansible_group_priority must be"]),
        ("a.ini", "a:99999\nb:\n---\n", ["a.ini:1: 'a:99999': a port", "a.ini:2: a name must not end", "a.ini:3: is YAML"]),
        ("a.ini", "#!/bin/sh\necho {}\n", ["is a program, which is not run"]),
        ("a.ini", "$ANSIBLE_VAULT;1.1;AES256\n6162\n", ["is encrypted"]),
        ("a.ini", "a/b\n../c\n", ["'a/b' has a slash", "'../c' has a slash"]),
        ("a.ini", "a\x1b[2Jb\n", [r"a.ini:1: 'a\x1b[2Jb': a range has no end"]),
        ("a.ini", "a\x1bb\n", [r"'a\\x1bb' has characters that cannot be printed"]),
        ("a.yaml", "plugin: aws_ec2\n", ["is the configuration of a plugin"]),
        ("a.yaml", "- a\n", ["must be groups by name"]),
        ("a.yaml", "", ["must be groups by name"]),
        ("a.yaml", "web: {host: {a: }}\n", ["a.yaml:1: 'host' is none of vars, children, hosts"]),
        ("a.yaml", "web: 1\ndb: [a]\n", ["a.yaml:1: the group 'web' must have", "a.yaml:2: the group 'db' must have"]),
        ("a.yaml", "web: {hosts: [a]}\n", ["a.yaml:1: hosts must be a mapping"]),
        ("a.yaml", "web:\n  hosts:\n    1:\n    a: 7\n", ["a.yaml:3: the name of a host must be text", "a.yaml:4: the variables of 'a'"]),
        ("a.yaml", "web:\n  hosts:\n    a:\n    a:\n", ["a.yaml:4: 'a' is given a second time (first on line 3)"]),
        ("a.yaml", "web: {children: {db: {children: {web: }}}}\n", ["groups belong to themselves"]),
        ("a.yaml", "web: {hosts: {a: {ansible_port: 2024-99-99}}}\n", ["a.yaml:1: '2024-99-99' is no timestamp"]),
        ("a.yaml", "web: &x\n  children:\n    db: *x\n", ["there are too many groups in groups"]),
        ("a.yaml", "web: {hosts: {a: {ansible_user: &x [*x]}}}\n", ["a.yaml:1: is nested too deeply"]),
        ("a.yaml", "a: [\n", ["a.yaml:2: is not YAML"]),
        pytest.param("a.yaml", "a: " + "[" * 100_000, ["a.yaml:1: is not YAML: nested more than 100 levels deep"], id="deep"),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_its_place(tmp_path: Path, name: str, text: str, told: list[str]) -> None:
    with pytest.raises(InventoryError) as fault:
        listed(fleet(tmp_path, text, name))
    said = [one.replace(f"{tmp_path}/", "") for one in fault.value.faults]
    assert all(any(one in line for line in said) for one in told), said
    assert len(said) >= len(told)
    assert "\x1b" not in str(fault.value)


def test_aliases_that_make_much_of_little_are_bounded(tmp_path: Path) -> None:
    levels = "".join(f"  l{one}: &l{one} [{', '.join([f'*l{one - 1}'] * 9)}]\n" for one in range(1, 10))
    text = f"all:\n vars:\n  l0: &l0 [x, x]\n{levels}  ansible_user: *l9\n"
    with pytest.raises(InventoryError, match="holds more than 2000000 values"):
        listed(fleet(tmp_path, text, "a.yaml"))
    merges = "".join(f"  l{one}: &l{one} {{<<: [{', '.join([f'*l{one - 1}'] * 9)}]}}\n" for one in range(1, 12))
    text = f"all:\n vars:\n  l0: &l0 {{x: 1}}\n{merges}  ansible_user: *l11\n"
    with pytest.raises(InventoryError, match="holds more than 2000000 values"):
        listed(fleet(tmp_path, text, "a.yaml"))


def test_names_of_groups_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    written(tmp_path, "ansible_user: stolen\n", "elsewhere.yml")
    written(tmp_path, "x: 1\n", "sub/group_vars/web.yml")
    found = listed(Fleet("ansible", written(tmp_path / "sub", "[../../elsewhere]\na\n[..]\na\n")))
    assert found[0].ssh == SshSettings()


def test_a_folder_is_no_inventory(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="is no file; an inventory that is a folder"):
        listed(Fleet("ansible", tmp_path))
    with pytest.raises(InventoryError, match="No such file"):
        listed(Fleet("ansible", tmp_path / "not-there"))


def test_faults_of_the_folders_beside_it_are_faults_of_the_inventory(tmp_path: Path) -> None:
    written(tmp_path, "- no variables\n", "group_vars/all.yml")
    with pytest.raises(InventoryError, match=r"all.yml:1: must be variables by name"):
        listed(fleet(tmp_path, "a\n"))
