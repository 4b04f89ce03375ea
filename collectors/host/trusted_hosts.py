"""Trust in whole machines, as rsh once had it."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Files, Mode, Stat


@dataclass(frozen=True)
class TrustedHosts(Fact):
    """Files that let in whoever comes from a named machine."""

    system: tuple[str, ...] = ()
    """Files of the system that name at least one machine."""
    personal: tuple[str, ...] = ()
    """Files in home directories that are not empty."""


@collector(
    Files("/etc/hosts.equiv", "/etc/shosts.equiv", "/etc/ssh/shosts.equiv"),
    Stat("/root/.rhosts", "/root/.shosts", "/home/*/.rhosts", "/home/*/.shosts", "/var/lib/*/.rhosts"),
)
def trusted_hosts(files: dict[str, str] | None, personal: tuple[Mode, ...] | None) -> TrustedHosts:
    """hosts.equiv(5): a line that begins with ``-`` denies, one with ``#`` says nothing. A link to /dev/null is the old
    way of keeping a user from writing such a file.
    """
    return TrustedHosts(
        system=tuple(path for path, text in (files or {}).items() if any(_trusts(line) for line in text.splitlines())),
        personal=tuple(mode.path for mode in personal or () if mode.kind == "file" and mode.size > 0),
    )


def _trusts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "-"))
