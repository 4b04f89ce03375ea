"""Whether the clock is synchronised now."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command

_SCRIPT = r"""
if command -v chronyc >/dev/null 2>&1 && said=$(chronyc -n -c tracking 2>/dev/null); then echo "chrony $said"; exit 0; fi
if command -v timedatectl >/dev/null 2>&1; then
  said=$(timedatectl show -p NTPSynchronized --value) && echo "systemd $said"
else
  echo "neither chronyc nor timedatectl is installed" >&2
  exit 1
fi
"""
_ITSELF = "7F7F0101"
"""The source that chronyd names (127.127.1.1) where it serves its own clock to others (``local`` in chrony.conf(5))."""


@dataclass(frozen=True)
class Clock(Fact):
    """What the time service says of itself, or the kernel's flag as systemd reports it."""

    synchronised: bool
    told_by: str = "systemd"
    offset_seconds: float | None = None
    """How far the clock is from true time, positive when it is slow; None where only the flag is known."""


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="clock synchronisation", needs="sh", live=True))
def clock(said: str) -> Clock:
    """``chronyc -c tracking`` gives 14 fields with commas: the first is the source, the third the stratum, the fifth the offset
    in seconds and the last the leap status, ``Not synchronised`` without a source (chronyc(1)). timedatectl says ``yes`` or
    ``no``.
    """
    program, _, answer = said.strip().partition(" ")
    if program == "chrony":
        fields = answer.split(",")
        if len(fields) != 14:
            raise ValueError("not the 14 fields of chronyc tracking")
        follows = fields[13] != "Not synchronised" and int(fields[2]) > 0 and fields[0] != _ITSELF
        return Clock(follows, "chrony", float(fields[4]))
    if program != "systemd" or answer not in {"yes", "no"}:
        raise ValueError("neither yes nor no")
    return Clock(answer == "yes")
