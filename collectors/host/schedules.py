"""Security tools that cron or a timer starts."""

import re
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.units import Units

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

# Debian's run-parts and cron pass over names with a dot; run-parts everywhere over files that may not be executed.
_STARTED = r"""
for path; do
  shift
  case $path in
    /etc/cron.d/*|/etc/cron.*ly/*) if [ -e /etc/debian_version ]; then case ${path##*/} in *.*) continue ;; esac; fi ;;
  esac
  case $path in /etc/cron.*ly/*) if [ ! -x "$path" ]; then continue; fi ;; esac
  set -- "$@" "$path"
done
"""

# Only the tool's name leaves the target: a job's line may hold a password.
_AWK = r"""
/^[ \t]*#/ { next }
{
  rest = $0
  while (match(rest, /(freshclam|clamscan|clamdscan|aideinit|aide|tripwire|samhain|maldet|rkhunter|chkrootkit)/)) {
    out(substr(rest, RSTART, RLENGTH)); rest = substr(rest, RSTART + RLENGTH)
  }
}
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


@collector(
    excerpt(
        "scheduled security tools",
        *(f"/etc/cron.{period}/*" for period in ("hourly", "daily", "weekly", "monthly")),
        "/etc/cron.d/*",
        "/etc/crontab",
        "/etc/anacrontab",
        "/var/spool/cron/root",
        "/var/spool/cron/crontabs/root",
        "/etc/systemd/system/*.service",
        awk=_AWK,
        first=_STARTED,
    )
)
def schedules(text: str) -> Schedules:
    """Of each file the tools it names."""
    return Schedules(frozenset((path, tool) for path, tools in by_file(text).items() for tool in tools))
