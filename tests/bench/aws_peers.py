"""Prowler and cloud-audit, each from PyPI in a virtual environment of its own that is kept in the tests' cache."""

from pathlib import Path

from tests.bench.environments import environment

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
    return environment("aws-peers", requirement, customized=_RESOLVING) / "bin" / requirement.partition("==")[0]
