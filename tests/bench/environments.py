"""Peers from PyPI, each in a virtual environment of its own that is kept in the tests' cache."""

import os
import subprocess
import sys
from pathlib import Path

from tests import hosts


def environment(kind: str, requirement: str, *more: str, customized: str = "") -> Path:
    """The folder of an environment with a requirement, and with ``more`` that it needs; ``customized`` is a sitecustomize."""
    folder = _cache() / kind / requirement.replace("==", "-")
    if not (folder / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", requirement, *more], check=True)
        if customized:
            site = next(folder.glob("lib/python*/site-packages"))
            (site / "sitecustomize.py").write_text(customized)
        subprocess.run([folder / "bin/python", "-m", "compileall", "-q", folder / "lib"], check=False)
        (folder / "made").touch()
    return folder


def _cache() -> Path:
    if "WISPWATCH_TEST_CACHE" in os.environ or os.geteuid() == 0:
        return hosts.CACHE
    return Path.home() / ".cache/wispwatch-tests"
