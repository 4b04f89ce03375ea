"""Prowler and cloud-audit, each from PyPI in a virtual environment of its own that is kept in the tests' cache."""

import os
import subprocess
import sys
from pathlib import Path

from tests import hosts

PROWLER = "prowler==5.46.0"
CLOUD_AUDIT = "cloud-audit==2.5.0"
_RESOLVING = '''"""s3control puts the account before the name of its endpoint, and an address has no names below it."""

import re
import socket

_resolved = socket.getaddrinfo


def getaddrinfo(host, *rest, **more):
    found = re.fullmatch(r"\\\\d{12}\\\\.((?:\\\\d{1,3}\\\\.){3}\\\\d{1,3})", str(host))
    return _resolved(found.group(1) if found else host, *rest, **more)


socket.getaddrinfo = getaddrinfo
'''.replace("\\\\", "\\")


def program(requirement: str) -> Path:
    """A peer's program, installed."""
    name = requirement.partition("==")[0]
    folder = _cache() / "aws-peers" / requirement.replace("==", "-")
    if not (folder / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", requirement], check=True)
        site = next(folder.glob("lib/python*/site-packages"))
        (site / "sitecustomize.py").write_text(_RESOLVING)
        subprocess.run([folder / "bin/python", "-m", "compileall", "-q", folder / "lib"], check=False)
        (folder / "made").touch()
    return folder / "bin" / name


def _cache() -> Path:
    if "WISPWATCH_TEST_CACHE" in os.environ or os.geteuid() == 0:
        return hosts.CACHE
    return Path.home() / ".cache/wispwatch-tests"
