"""What the machine calls itself."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import File

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")


@dataclass(frozen=True)
class HostName(Fact):
    """The name that the machine has from its start on (hostname(5)); it may have a domain."""

    name: str


@collector(File("/etc/hostname"))
def host_name(text: str) -> HostName:
    """The first line that is no comment. A name that is no name raises."""
    lines = (line.strip() for line in text.splitlines())
    name = next((line for line in lines if line and not line.startswith("#")), "")
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a host")
    return HostName(name)
