"""When each account was last used, as far as the system keeps a record."""

import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from collectors.collector import Fact, collector
from collectors.sources import Command

_LATEST = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) +([A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d [+-]\d{4} \d{4})$")
_NEVER = "**Never logged in**"
_ISO = re.compile(r" (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d)(?: |$)")

# The first line of a user is the newest. A file that is not there is empty; one that cannot be read is not.
_SCRIPT = r"""
[ -e /var/log/wtmp ] || exit 0
found=$(last -w --time-format iso) || exit 1
printf "%s\n" "$found" | awk "!seen[\$1]++"
"""
_RECENT = Command(
    shlex.join(["sh", "-c", _SCRIPT]),
    name="last logins in wtmp",
    needs="last",
)


@dataclass(frozen=True)
class LastLogins(Fact):
    """What lastlog(8) keeps for good, and what wtmp has of it since its rotation."""

    at: tuple[tuple[str, datetime | None], ...] = ()
    """Account and moment; None: never since records are kept."""

    @cached_property
    def by_account(self) -> dict[str, datetime | None]:
        """Account to moment."""
        return dict(self.at)


@collector(Command("lastlog", limit=1 << 20), _RECENT)
def last_logins(kept: str, recent: str | None) -> LastLogins:
    """``lastlog`` prints one line for each account; graphical logins only come into wtmp, so the later of both counts."""
    lines = kept.splitlines()
    if not lines or not lines[0].startswith("Username"):
        raise ValueError("not the table of lastlog")
    at: dict[str, datetime | None] = {}
    for line in lines[1:]:
        name = line.split()[0]
        if line.endswith(_NEVER):
            at[name] = None
            continue
        latest = _LATEST.search(line)
        if latest is None:
            raise ValueError("a line of lastlog has no time")
        at[name] = datetime.strptime(latest.group(1), "%b %d %H:%M:%S %z %Y")
    for name, moment in _newest(recent or ""):
        if name in at:
            at[name] = max(at[name] or moment, moment)
    return LastLogins(tuple(at.items()))


def _newest(recent: str) -> list[tuple[str, datetime]]:
    """Name and moment of each line of ``last``; its last line tells where the file begins, and has no such name."""
    found = []
    for line in recent.splitlines():
        moment = _ISO.search(line)
        if moment is not None and not line.startswith("wtmp begins"):
            found.append((line.split()[0], datetime.fromisoformat(moment.group(1)).astimezone(UTC)))
    return found
