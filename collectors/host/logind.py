"""What systemd-logind does with sessions that are idle (logind.conf(5))."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.sources import Mode, Stat

_FILES = excerpt(
    "logind.conf",
    *("/usr/lib/systemd/logind.conf", "/etc/systemd/logind.conf", "/usr/lib/systemd/logind.conf.d/*.conf"),
    *("/usr/local/lib/systemd/logind.conf.d/*.conf", "/etc/systemd/logind.conf.d/*.conf"),
    awk=r"""/^[ \t]*(\[|StopIdleSessionSec[ \t]*=)/ { out($0) }""",
)
_LIBRARY = Stat(
    *("/usr/lib/systemd/libsystemd-shared-*.so", "/lib/systemd/libsystemd-shared-*.so"),
    *("/usr/lib/*/systemd/libsystemd-shared-*.so", "/usr/lib64/systemd/libsystemd-shared-*.so"),
)
_SINCE = 252
"""The version of systemd that knows StopIdleSessionSec."""
_UNITS = {
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
}


@dataclass(frozen=True)
class IdleSessions(Fact):
    """When logind ends a session that is idle."""

    stopped_after: int = 0
    """Seconds; 0 is never."""


@collector(_FILES, _LIBRARY)
def idle_sessions(text: str, libraries: tuple[Mode, ...] | None) -> IdleSessions:
    """The administrator's main file hides the vendor's; drop-ins come after, by name, and those in /etc hide the vendor's
    of the same name. The last value counts.
    """
    files = by_file(text)
    versions = [int(one[1]) for mode in libraries or () if (one := re.search(r"shared-(\d+)", mode.path))]
    if max(versions, default=0) < _SINCE:
        return IdleSessions()
    main = next((path for path in ("/etc/systemd/logind.conf", "/usr/lib/systemd/logind.conf") if path in files), "")
    drop_ins = {path.rsplit("/", 1)[-1]: path for path in files if "/logind.conf.d/" in path}
    value = ""
    for path in [main, *(drop_ins[name] for name in sorted(drop_ins))]:
        section = ""
        for line in files.get(path, ()):
            if line.strip().startswith("["):
                section = line.strip()
            elif section == "[Login]":
                value = line.partition("=")[2].strip()
    return IdleSessions(_seconds(value))


def _seconds(value: str) -> int:
    """systemd.time(7); infinity and an empty value are never."""
    if value in {"", "infinity"}:
        return 0
    parts = re.findall(r"(\d+)\s*([a-z]*)\s*", value)
    if "".join(number + unit for number, unit in parts) != value.replace(" ", ""):
        raise ValueError("not a time of systemd")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
