"""Security tools that cron or a timer starts."""

import re
import shlex
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.host.units import Units
from collectors.sources import Command

CRONS = (
    "cron.service",
    "crond.service",
    "cronie.service",
    "anacron.timer",
    "anacron.service",
    "cron.target",
    "systemd-cron.target",
)
"""Units that run the jobs of cron."""

# Only the tool's name leaves the target: a job's line may hold a password. Debian's run-parts and cron pass over names
# with a dot; run-parts everywhere over files that may not be executed.
_SCRIPT = r"""
for place in /var/spool/cron/crontabs /var/spool/cron /etc/cron.d /etc/systemd/system; do
  if [ -d $place ] && { [ ! -r $place ] || [ ! -x $place ]; }; then echo "$place: Permission denied" >&2; exit 1; fi
done
set --
for path in /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /etc/cron.d/*; do
  if [ ! -f "$path" ]; then continue; fi
  if [ -e /etc/debian_version ]; then case ${path##*/} in *.*) continue ;; esac; fi
  case $path in /etc/cron.d/*) ;; *) if [ ! -x "$path" ]; then continue; fi ;; esac
  set -- "$@" "$path"
done
for path in /etc/crontab /etc/anacrontab /var/spool/cron/root /var/spool/cron/crontabs/root /etc/systemd/system/*.service; do
  if [ -f "$path" ]; then set -- "$@" "$path"; fi
done
if [ $# -eq 0 ]; then exit 0; fi
exec awk '
  /^[ \t]*#/ { next }
  { rest = $0
    while (match(rest, /(freshclam|clamscan|clamdscan|aideinit|aide|tripwire|samhain|maldet|rkhunter|chkrootkit)/)) {
      print FILENAME ":" substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH) } }' "$@"
"""


@dataclass(frozen=True)
class Schedules(Fact):
    """Which file starts which security tool."""

    jobs: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """Path of a crontab, of a script of cron.daily and the like, or of a systemd service; and the tool's name."""

    def starts(self, units: Units, *tools: str) -> str:
        """The file that starts one of these tools by itself, or an empty string: a job of a cron that a boot starts, or a
        service whose timer is enabled.
        """
        for path, tool in sorted(self.jobs):
            if tool not in tools:
                continue
            unit = re.match(r"/etc/systemd/system/(.+)\.service$", path)
            if units.any_of(f"{unit.group(1)}.timer") if unit else units.any_of(*CRONS):
                return path
        return ""

    @staticmethod
    def of(**jobs: str) -> "Schedules":
        """An example: tool to the path that starts it."""
        return Schedules(frozenset((path, tool) for tool, path in jobs.items()))


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="scheduled security tools", needs="awk"))
def schedules(listing: str) -> Schedules:
    """Lines of ``path:tool``."""
    jobs = [line.rpartition(":") for line in listing.splitlines()]
    if any(not path.startswith("/") or not tool for path, _, tool in jobs):
        raise ValueError("a line that the script does not print")
    return Schedules(frozenset((path, tool) for path, _, tool in jobs))
