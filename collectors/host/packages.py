"""The package manager, and when it last changed the installed packages.

So far it is dpkg with apt. A script that starts with ``DPKG_ONLY`` ends with a reason where another one is in use, so that
what it would have told is unknown.
"""

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime

from collectors.collector import Fact, collector
from collectors.host.excerpt import FOLDERS
from collectors.sources import Command

DPKG_ONLY = r"""
if [ ! -s /var/lib/dpkg/status ]; then
  for tool in rpm apk pacman xbps-query emerge nix-store opkg; do
    if command -v "$tool" >/dev/null; then echo "package manager not supported yet: $tool" >&2; exit 3; fi
  done
  echo "no package manager that is known was found" >&2; exit 3
fi
"""


def dpkg_script(name: str, script: str, *, limit: int, seconds: int = 5, reads_only: bool = False) -> Command:
    """A command that runs a POSIX shell script where packages are dpkg's; it may use the functions of ``FOLDERS``."""
    line = shlex.join(["sh", "-c", DPKG_ONLY + FOLDERS + script])
    return Command(line, name=name, limit=limit, seconds=seconds, reads_only=reads_only)


@dataclass(frozen=True)
class PackageHistory(Fact):
    """When packages were last installed, upgraded or removed."""

    changed_at: datetime
    """By the target's clock."""


# dpkg makes and renames files in this directory whenever it unpacks or removes a package, and at no other time.
_CHANGED = dpkg_script(
    "when dpkg last changed packages", "stat -L -c %Y /var/lib/dpkg/info\n", limit=4096, reads_only=True
)


@collector(_CHANGED)
def package_history(changed: str) -> PackageHistory:
    """Seconds since the epoch, as a decimal number."""
    if not changed.endswith("\n"):
        raise ValueError("a number that is cut off")
    return PackageHistory(datetime.fromtimestamp(int(changed), UTC))
