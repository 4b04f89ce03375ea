"""When each account was last used, as far as the system keeps a record."""

import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from collectors.collector import Fact, collector
from collectors.host.identifiers import NAMES, identifiers
from collectors.sources import Command

_LATEST = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) +([A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d [+-]\d{4} \d{4})$")
_NEVER = "**Never logged in**"
_ISO = re.compile(r" (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d)(?: |$)")

# Prints what a query of a SQLite database finds, by whatever is there to read one with.
_QUERY = r"""
queried() {
  if command -v sqlite3 >/dev/null 2>&1; then sqlite3 -readonly -separator " " "$1" "$2"; return; fi
  if command -v python3 >/dev/null 2>&1; then
    python3 -I -S -c "import sqlite3, sys
for row in sqlite3.connect(\"file:\" + sys.argv[1] + \"?mode=ro\", uri=True).execute(sys.argv[2]): print(*row)" "$1" "$2"
    return
  fi
  echo "there is $1, and no program to read it with" >&2
  return 1
}
searched() { if [ -d "$1" ] && [ ! -x "$1" ]; then echo "$1: Permission denied" >&2; exit 1; fi; }
"""
# The first line of a user is the newest. A file that is not there is empty; one that cannot be read is not. The last of
# Debian 13 is wtmpdb's; its database counts where there is one.
_SCRIPT = (
    _QUERY  # noqa: S608 - made of constants
    + r"""
db=/var/lib/wtmpdb/wtmp.db
searched /var/lib/wtmpdb
if [ -s "$db" ]; then
  found=$(LC_ALL=C wtmpdb last -w --time-format iso 2>/dev/null) || {
    zone="strftime(\"%Y-%m-%dT%H:%M:%S+00:00\", Login / 1000000, \"unixepoch\")"
    found=$(queried "$db" "SELECT User, \"-\", $zone FROM wtmp WHERE Type = 3 ORDER BY Login DESC") || exit 1
    first=$(queried "$db" "SELECT \"wtmpdb begins\", ${zone%%Login*}MIN(Login)${zone#*Login} FROM wtmp") || exit 1
    found="$found
$first"
  }
elif [ -e /var/log/wtmp ] && command -v last >/dev/null 2>&1; then
  case $(readlink "$(command -v last)") in *wtmpdb) exit 0 ;; esac
  found=$(last -w --time-format iso) || exit 1
else
  exit 0
fi
printf "%s\n" "$found" | awk "!seen[\$1]++"
"""
)
_RECENT = Command(shlex.join(["sh", "-c", _SCRIPT]), name="last logins in wtmp")

_DATABASE = (
    _QUERY  # noqa: S608 - made of constants
    + r"""
db=/var/lib/lastlog/lastlog2.db
searched /var/lib/lastlog
if [ ! -s "$db" ]; then echo "no database"; exit 0; fi
if command -v lastlog2 >/dev/null 2>&1; then echo table; LC_ALL=C; export LC_ALL; exec lastlog2; fi
echo seconds
queried "$db" "SELECT Name, Time FROM Lastlog2"
"""
)
_LASTLOG2 = Command(shlex.join(["sh", "-c", _DATABASE]), name="lastlog2", limit=1 << 20, reads_only=True)


@dataclass(frozen=True)
class LastLogins(Fact):
    """What lastlog(8) or lastlog2(8) keeps for good, and what wtmp or wtmpdb(8) has of it since its rotation."""

    at: tuple[tuple[str, datetime | None], ...] = ()
    """Account and moment; None: never since records are kept."""
    since: datetime | None = None
    """The oldest record, where what is not in the records may also have been before them."""

    @cached_property
    def by_account(self) -> dict[str, datetime | None]:
        """Account to moment."""
        return dict(self.at)


@collector(Command("lastlog", limit=1 << 20), _RECENT, _LASTLOG2, NAMES)
def last_logins(kept: str | None, recent: str, database: str, names: str) -> LastLogins:
    """``lastlog`` prints one line for each account, lastlog2 (Debian 13) only those that were used; graphical logins only come
    into wtmp, so the later of both counts.
    """
    head, _, rest = database.partition("\n")
    if head not in {"no database", "table", "seconds"}:
        raise ValueError("not what lastlog2 keeps")
    newest = _newest(recent)
    known = [user.name for user in identifiers.parse(names).users]
    at: dict[str, datetime | None]
    since = None
    if head == "no database":
        if kept is None:
            return LastLogins()
        at = _table(kept)
    else:
        used = _table(rest) if head == "table" else _seconds(rest)
        since = min([moment for moment in [*used.values(), *newest.values()] if moment], default=None)
        at = {**dict.fromkeys(known), **used}
    begun = newest.pop("wtmpdb", None)
    for name, moment in newest.items():
        if name in at:
            at[name] = max(at[name] or moment, moment)
    return LastLogins(tuple(at.items()), min(since, begun) if since and begun else since)


def _table(text: str) -> dict[str, datetime | None]:
    lines = text.splitlines()
    if not lines or not lines[0].startswith("Username"):
        raise ValueError("not the table of lastlog")
    at: dict[str, datetime | None] = {}
    for line in lines[1:]:
        name = line.split()[0]
        latest = _LATEST.search(line)
        if latest is None and not line.endswith(_NEVER):
            raise ValueError("a line of lastlog has no time")
        at[name] = datetime.strptime(latest.group(1), "%b %d %H:%M:%S %z %Y") if latest else None
    return at


def _seconds(text: str) -> dict[str, datetime | None]:
    rows = [line.rsplit(" ", 1) for line in text.splitlines()]
    return {name: datetime.fromtimestamp(int(moment), UTC) if int(moment) else None for name, moment in rows}


def _newest(recent: str) -> dict[str, datetime]:
    """Name and newest moment of the lines of ``last``; its last line tells where the file begins."""
    found: dict[str, datetime] = {}
    for line in recent.splitlines():
        moment = _ISO.search(line)
        if moment is not None and not line.startswith("wtmp begins"):
            found.setdefault(line.split()[0], datetime.fromisoformat(moment.group(1)).astimezone(UTC))
    return found
