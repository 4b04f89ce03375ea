"""Ansible, testinfra and the ``ssh`` binary, told to read what we read of a host: command lines and what they need in a folder.

Each of our sources is one read of theirs: a file is theirs to read as they do, anything else is our script for this one source.
"""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.declarations import UNDECLARED, bound
from agent.gather import sources_for
from collectors.collector import Platform
from collectors.sources import File, Source
from collectors.transports import shell
from tests.bench.environments import environment
from tests.hosts import catalogue

ANSIBLE = "ansible-core==2.19.14"
TESTINFRA = "pytest-testinfra==10.2.2"
_PARAMIKO = "paramiko==5.1.0"
_TESTINFRA = """import json
import sys

import testinfra

told = json.load(open(sys.argv[1]))
for address in told["hosts"]:
    host = testinfra.get_host(address, ssh_config=told["config"], ssh_identity_file=told["key"])
    for path in told["files"]:
        file = host.file(path)
        if file.exists:
            file.content
    for script in told["scripts"]:
        host.run(script)
"""


@dataclass(frozen=True)
class Way:
    """To one host, as root."""

    name: str
    """What it is called here, and in known_hosts."""
    port: int
    """On 127.0.0.1."""
    key: Path


def all_sources() -> list[Source]:
    """Everything a scan reads of a host of which nothing is declared."""
    found = catalogue()
    return bound(sources_for(found, found.checks, Platform.LINUX), UNDECLARED)[0]


def ansible(folder: Path, ways: Sequence[Way], known_hosts: Path, sources: Sequence[Source]) -> list[str]:
    """A playbook of ``setup`` and one task a source, with pipelining and connections that are kept open (its default)."""
    inventory = [
        f"{one.name} ansible_host=127.0.0.1 ansible_port={one.port} ansible_user=root ansible_ssh_private_key_file={one.key}"
        f" ansible_ssh_common_args='-F none -o UserKnownHostsFile={known_hosts} -o HostKeyAlias={one.name}'"
        for one in ways
    ]
    (folder / "inventory.ini").write_text("\n".join(inventory) + "\n")
    tasks = "".join(_task(one) for one in sources)
    (folder / "playbook.yml").write_text(f"- hosts: all\n  gather_facts: true\n  tasks:\n{tasks}")
    (folder / "ansible.cfg").write_text(
        f"[defaults]\nforks = {len(ways)}\nretry_files_enabled = false\ninterpreter_python = /usr/bin/python3\n"
        f"local_tmp = {folder}/tmp\n[connection]\npipelining = true\n[ssh_connection]\npipelining = true\n"
        f"control_path_dir = {folder}/cp\n"
    )
    program = environment("ssh-peers", ANSIBLE) / "bin/ansible-playbook"
    with_settings = ["env", f"ANSIBLE_CONFIG={folder}/ansible.cfg", "LC_ALL=C.UTF-8"]
    return [*with_settings, str(program), "-i", str(folder / "inventory.ini"), str(folder / "playbook.yml")]


def _task(source: Source) -> str:
    match source:
        case File(path, _):
            module = f"slurp: {{src: {json.dumps(path)}}}"
        case _:
            script = json.dumps(shell.render([source]).script.decode())
            module = f"command:\n        cmd: sh -s\n        stdin: !unsafe {script}"
    name = json.dumps(source.key[:60].replace("{", "("))
    return f"    - name: !unsafe {name}\n      ansible.builtin.{module}\n      failed_when: false\n      changed_when: false\n"


def testinfra(folder: Path, ways: Sequence[Way], known_hosts: Path, sources: Sequence[Source]) -> list[str]:
    """A program that asks its paramiko backend for the same."""
    blocks = [
        f"Host {one.name}\n  HostName 127.0.0.1\n  Port {one.port}\n  User root\n  UserKnownHostsFile {known_hosts}\n"
        f"  StrictHostKeyChecking yes\n  HostKeyAlias {one.name}\n"
        for one in ways
    ]
    (folder / "config").write_text("".join(blocks))
    told = {
        "hosts": [f"paramiko://{one.name}" for one in ways],
        "config": str(folder / "config"),
        "key": str(ways[0].key),
        "files": [one.path for one in sources if isinstance(one, File)],
        "scripts": [shell.render([one]).script.decode() for one in sources if not isinstance(one, File)],
    }
    (folder / "reads.json").write_text(json.dumps(told))
    (folder / "reads.py").write_text(_TESTINFRA)
    python = environment("ssh-peers", TESTINFRA, _PARAMIKO) / "bin/python"
    return [str(python), str(folder / "reads.py"), str(folder / "reads.json")]


def binary(folder: Path, way: Way, known_hosts: Path, sources: Sequence[Source], *, apart: bool) -> list[str]:
    """One master connection, and on it our whole script, or (``apart``) one command a source."""
    path = folder / "control"
    options = ["-F", "none", "-o", f"UserKnownHostsFile={known_hosts}", "-o", f"HostKeyAlias={way.name}"]
    options += ["-o", "BatchMode=yes", "-o", f"ControlPath={path}", "-i", str(way.key), "-p", str(way.port)]
    ssh = shlex.join(["ssh", *options, "root@127.0.0.1"])
    parts = [[one] for one in sources] if apart else [sources]
    lines = [f"{ssh} -MN & until {ssh} -O check 2>/dev/null; do sleep 0.01; done"]
    for number, part in enumerate(parts):
        script = folder / f"script-{number}"
        script.write_bytes(shell.render(part).script)
        lines.append(f"{ssh} sh -s <{script} >/dev/null 2>&1")
    lines.append(f"{ssh} -O exit 2>/dev/null; wait")
    return ["sh", "-c", "\n".join(lines)]
