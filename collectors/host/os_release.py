"""Which operating system it is: os-release(5)."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Files


@dataclass(frozen=True)
class OsRelease(Fact):
    """What the operating system says it is; empty strings where it does not say."""

    id: str = ""
    """E.g. ``debian``, in lower case."""
    version_id: str = ""
    """E.g. ``12`` or ``22.04``; rolling releases have none."""
    codename: str = ""
    """E.g. ``bookworm``."""
    pretty_name: str = ""
    base_codenames: tuple[str, ...] = ()
    """Of the distribution it is derived from, e.g. ``jammy`` for a Linux Mint."""

    @property
    def codenames(self) -> tuple[str, ...]:
        """Its own codename and those of its base, without empty ones."""
        return tuple(name for name in (self.codename, *self.base_codenames) if name)


OS_RELEASE = Files("/etc/os-release", "/usr/lib/os-release")
"""The first of them that is there counts; the second is what the first usually links to."""


def parse_os_release(files: dict[str, str] | None) -> OsRelease:
    """``NAME=value`` lines, quoted as in a shell. No file at all gives a system that does not say what it is."""
    values: dict[str, str] = {}
    for line in next(iter((files or {}).values()), "").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[name] = "".join(shlex.split(value))
    bases = tuple(values[name] for name in ("UBUNTU_CODENAME", "DEBIAN_CODENAME") if name in values)
    return OsRelease(
        values.get("ID", "").lower(),
        values.get("VERSION_ID", ""),
        values.get("VERSION_CODENAME", ""),
        values.get("PRETTY_NAME", ""),
        bases,
    )


@collector(OS_RELEASE)
def os_release(files: dict[str, str] | None) -> OsRelease:
    """See :func:`parse_os_release`."""
    return parse_os_release(files)
