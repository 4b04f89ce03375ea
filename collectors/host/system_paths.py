"""Owner and mode of the places that decide what the system runs and whom it lets in."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Mode, Stat

_WORLD_WRITE = 0o002
_STICKY = 0o1000


@dataclass(frozen=True)
class SystemPaths(Fact):
    """Files and folders of the system, as ``stat`` sees them through symbolic links."""

    seen: int = 0
    """How many were looked at."""
    world_writable: tuple[str, ...] = ()
    """Files that every user may write, and folders without the sticky bit that every user may write to."""
    unowned: tuple[str, ...] = ()
    """Paths whose owner or group has no name on the system."""


@collector(
    Stat(
        "/",
        "/etc",
        "/etc/*",
        "/etc/cron*/*",
        "/etc/pam.d/*",
        "/etc/profile.d/*",
        "/etc/security/*",
        "/etc/ssh/*",
        "/etc/sudoers.d/*",
        "/etc/systemd/system/*",
        "/etc/systemd/system/*.d/*",
        "/etc/ld.so.conf.d/*",
        "/etc/apt/sources.list.d/*",
        "/etc/yum.repos.d/*",
        "/boot",
        "/boot/*",
        "/bin",
        "/sbin",
        "/lib",
        "/lib/systemd/system",
        "/usr",
        "/usr/*",
        "/usr/local/*",
        "/usr/local/bin/*",
        "/usr/local/sbin/*",
        "/var",
        "/var/*",
        "/var/spool/*",
        "/root",
        "/home",
        "/opt",
        "/opt/*",
        "/srv",
        "/tmp",  # noqa: S108 - looked at, not written to
    )
)
def system_paths(modes: tuple[Mode, ...]) -> SystemPaths:
    """A masked unit is a link to /dev/null, which everybody may write: only files and folders count."""
    ours = [mode for mode in modes if mode.kind in ("file", "directory")]
    return SystemPaths(
        seen=len(ours),
        world_writable=tuple(mode.path for mode in ours if _anyone_writes(mode)),
        unowned=tuple(mode.path for mode in ours if "UNKNOWN" in (mode.owner, mode.group)),
    )


def _anyone_writes(mode: Mode) -> bool:
    sticky_folder = mode.kind == "directory" and mode.permissions & _STICKY
    return bool(mode.permissions & _WORLD_WRITE) and not sticky_folder
