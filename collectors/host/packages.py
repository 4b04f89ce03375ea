"""The package manager, and when it last changed the installed packages.

A host has one: the one whose database of installed packages is there, dpkg's before all others, since Debian packages the
tools of the others too. A script of one family ends as ``Absent`` on a host of another; where no family is known, or its
own program is missing, dpkg's script says so, and what it would have told is unknown.
"""

import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from collectors.collector import Fact
from collectors.host.excerpt import FOLDERS
from collectors.sources import Command, Mode, Stat

NOT_OURS = 44
"""The status by which a script says that another package manager keeps the packages of this host."""

_RPM = (
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/Packages*",
    "/var/lib/rpm/rpmdb.sqlite",
    "/var/lib/rpm/Packages*",
    "/usr/share/rpm/rpmdb.sqlite",
)
_APK = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
_PACMAN = ("/var/lib/pacman/local",)

DPKG_ONLY = rf"""
other() {{
  tool=$1; shift
  for database; do
    [ -e "$database" ] || continue
    if command -v "$tool" >/dev/null; then echo "packages are kept by $tool" >&2; exit {NOT_OURS}; fi
    echo "$tool is not installed, and its list of packages cannot be read without it" >&2; exit 3
  done
}}
if [ ! -s /var/lib/dpkg/status ]; then
  other rpm {" ".join(_RPM)}
  other apk {" ".join(_APK)}
  other pacman {" ".join(_PACMAN)}
  for tool in rpm apk pacman xbps-query emerge nix-store opkg; do
    if command -v "$tool" >/dev/null; then echo "package manager not supported, or without a list of packages: $tool" >&2; exit 3; fi
  done
  echo "no package manager that is known was found" >&2; exit 3
fi
"""


def _own(manager: str, *databases: str) -> str:
    """Shell that ends the script where another package manager keeps the packages."""
    return f"""
ours=
for database in {" ".join(databases)}; do [ -e "$database" ] && ours=1; done
if [ -z "$ours" ] || [ -s /var/lib/dpkg/status ]; then echo "packages are not kept by {manager}" >&2; exit {NOT_OURS}; fi
"""


def dpkg_script(name: str, script: str, *, limit: int, seconds: int = 5, reads_only: bool = False) -> Command:
    """A command that runs a POSIX shell script where packages are dpkg's; it may use the functions of ``FOLDERS``."""
    return _script(name, DPKG_ONLY + FOLDERS + script, "sh", limit, seconds, reads_only=reads_only)


def rpm_script(name: str, script: str, *, limit: int, seconds: int = 5, live: bool = False) -> Command:
    """The same where packages are rpm's."""
    return _script(name, _own("rpm", *_RPM) + FOLDERS + script, "rpm", limit, seconds, live=live)


def apk_script(name: str, script: str, *, limit: int, seconds: int = 5) -> Command:
    """The same where packages are apk's."""
    return _script(name, _own("apk", *_APK) + FOLDERS + script, "apk", limit, seconds)


def pacman_script(name: str, script: str, *, limit: int, seconds: int = 5) -> Command:
    """The same where packages are pacman's."""
    return _script(name, _own("pacman", *_PACMAN) + FOLDERS + script, "pacman", limit, seconds)


def only_where_rpm(command: Command) -> Command:
    """The same script, ``Absent`` where packages are not rpm's."""
    return _gated(command, _own("rpm", *_RPM))


def only_where_apk(command: Command) -> Command:
    """The same script, ``Absent`` where packages are not apk's."""
    return _gated(command, _own("apk", *_APK))


def only_where_not_dpkg(command: Command) -> Command:
    """The same script, which says nothing where packages are dpkg's."""
    return replace(
        command, line=shlex.join(["sh", "-c", f"[ ! -s /var/lib/dpkg/status ] || exit 0\n{command.words[2]}"])
    )


def _gated(command: Command, gate: str) -> Command:
    return replace(command, line=shlex.join(["sh", "-c", gate + command.words[2]]), absent=(NOT_OURS,))


def _script(
    name: str, script: str, needs: str, limit: int, seconds: int, *, reads_only: bool = False, live: bool = False
) -> Command:
    return Command(
        shlex.join(["sh", "-c", script]),
        name=name,
        needs=needs,
        limit=limit,
        seconds=seconds,
        reads_only=reads_only,
        live=live,
        absent=(NOT_OURS,),
    )


@dataclass(frozen=True)
class PackageHistory(Fact):
    """When packages were last installed, upgraded or removed."""

    changed_at: datetime
    """By the target's clock."""


# dpkg makes and renames files in this directory whenever it unpacks or removes a package, and at no other time.
DPKG_CHANGED = dpkg_script(
    "when dpkg last changed packages", "stat -L -c %Y /var/lib/dpkg/info\n", limit=4096, reads_only=True
)
# apk writes its list anew, and pacman makes and removes a directory a package.
OTHERS_CHANGED = Stat(*_APK, *_PACMAN)


def changed_at(dpkg: str | None, rpm: int | None, others: tuple[Mode, ...] | None) -> datetime:
    """Seconds since the epoch, each as its family tells them; a host has one."""
    if dpkg is not None:
        if not dpkg.endswith("\n"):
            raise ValueError("a number that is cut off")
        return datetime.fromtimestamp(int(dpkg), UTC)
    if rpm is not None:
        return datetime.fromtimestamp(rpm, UTC)
    return datetime.fromtimestamp(max(mode.modified for mode in others or ()), UTC)
