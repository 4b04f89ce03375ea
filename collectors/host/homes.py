"""The home directories of people and of root."""

import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.accounts import is_system, uid_min
from collectors.host.identifiers import NAMES, User, identifiers
from collectors.host.login_defs import LOGIN_DEFS
from collectors.sources import Command, Mode, Stat

_SCRIPT = r"""
set -f
newline="
"
users=$(cat /etc/passwd) || exit 1
IFS=$newline homes=
for line in $users; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*:*:*:*) ;; *) continue ;; esac
  line=${line#*:*:*:*:*:}
  home=${line%%:*}
  case $home in /*) homes=$homes$newline$home ;; esac
done
set -- $homes
[ "$#" -eq 0 ] || stat -L -c "%f %u %g %U %G %s %Y %n" "$@" 2>&1
exit 0
"""
HOMES = Command(
    shlex.join(["sh", "-c", _SCRIPT]), name="home directories", needs="stat", instrument=True, limit=1 << 20
)
"""stat(1) of every home that the passwd file names, its complaints among its lines."""

_COMPLAINT = re.compile(r"stat: (?:cannot statx?|can't stat) '(?P<path>.*)': (?P<why>.+)")
_MODES = Stat("/")


@dataclass(frozen=True)
class Home(Fact):
    """The home directory of one account of a person, or of root; accounts without one on this host are left out."""

    account: str
    path: str
    permissions: int
    """The twelve permission bits, e.g. ``0o700``."""
    uid: int = 1000
    """Of the account."""
    owner_uid: int = 1000
    """Of the directory's owner."""

    @property
    def subject(self) -> str:
        """The account's name."""
        return self.account


@collector(NAMES, LOGIN_DEFS, HOMES)
def homes(names: str, login_defs: dict[str, str] | None, found: str) -> tuple[Home, ...]:
    """A home that is not there is left out; one that may not be looked at is not understood."""
    first = uid_min(login_defs)
    modes = _by_path(found)
    users = [user for user in identifiers.parse(names).users if not is_system(user.uid, first)]
    return tuple(home for user in users if (home := _home(user, modes)) is not None)


def _home(user: User, modes: dict[str, Mode | None]) -> Home | None:
    if not user.home.startswith("/") or (user.home.count("/") == 1 and user.home != "/root"):
        return None  # A folder of the system, such as / or /srv, is nobody's home.
    mode = modes[user.home]
    if mode is None or mode.kind != "directory":
        return None
    return Home(user.name, user.home, mode.permissions, user.uid, mode.uid)


def _by_path(found: str) -> dict[str, Mode | None]:
    """Path to what is there; None where stat said that nothing is."""
    modes: dict[str, Mode | None] = {}
    for line in found.splitlines():
        complaint = _COMPLAINT.fullmatch(line)
        if complaint is None:
            (mode,) = _MODES.understand(line)
            modes[mode.path] = mode
        elif complaint["why"] in {"No such file or directory", "Not a directory"}:
            modes[complaint["path"]] = None
        else:
            raise ValueError("a home directory could not be looked at")
    return modes
