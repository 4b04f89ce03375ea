"""The real ansible-inventory, from PyPI in a virtual environment of its own that is kept in the tests' cache."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import hosts

_REQUIREMENT = "ansible-core==2.19.14"


def listing(inventory: Path) -> dict[str, Any]:
    """What ``ansible-inventory --list`` says of a file."""
    program = _program()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(inventory.parent),
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(program.parents[1] / "ansible.cfg"),
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
    }
    done = subprocess.run(
        [program, "-i", inventory, "--list"],
        env=environment,
        cwd=inventory.parent,
        stdin=subprocess.DEVNULL,  # one that does not block, as a terminal's may, is refused
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _program() -> Path:
    folder = _cache() / "inventories" / _REQUIREMENT.replace("==", "-")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            pip = [folder / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", _REQUIREMENT], check=True)
            (folder / "ansible.cfg").touch()
            (folder / "made").touch()
    return folder / "bin/ansible-inventory"


def _cache() -> Path:
    if "WISPWATCH_TEST_CACHE" in os.environ or os.geteuid() == 0:
        return hosts.CACHE
    return Path.home() / ".cache/wispwatch-tests"
