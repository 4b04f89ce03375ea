"""Which services start at boot, as it is stored: systemd's links, and those of SysV init and OpenRC."""

import shlex
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.host.excerpt import FOLDERS
from collectors.sources import Command

_NEVER_REACHED = ("rescue.target", "emergency.target", "initrd")
"""Targets (or their prefixes) that an ordinary boot does not come by."""

_SCRIPT = (
    FOLDERS
    + r"""
listed /etc/systemd/system /lib/systemd/system /usr/lib/systemd/system
if [ -x /lib/systemd/systemd ] || [ -x /usr/lib/systemd/systemd ]; then echo init systemd; fi
vendor=/usr/lib/systemd/system
if [ ! -L /lib ]; then vendor="$vendor /lib/systemd/system"; fi
for place in /etc/systemd/system $vendor; do
  for link in $place/*.wants/* $place/*.requires/*; do
    if [ -f "$link" ]; then echo "wants ${link#$place/}"; fi
  done
done
for unit in /etc/systemd/system/*.*; do
  if [ -L "$unit" ] && [ ! -f "$unit" ]; then echo "masked ${unit##*/}"; fi
done
for link in /etc/rc[2-5].d/S[0-9][0-9]*; do
  name=${link##*/S[0-9][0-9]}
  if [ ! -e "$link" ]; then continue; fi
  for unit in "/lib/systemd/system/$name.service" "/usr/lib/systemd/system/$name.service" "/etc/systemd/system/$name.service"; do
    if [ -e "$unit" ] || [ -L "$unit" ]; then echo "native $name"; fi
  done
  echo "rc $name"
done
for link in /etc/runlevels/default/* /etc/runlevels/boot/*; do
  if [ -e "$link" ]; then echo "openrc ${link##*/}"; fi
done
"""
)


@dataclass(frozen=True)
class Units(Fact):
    """Units that a boot starts. A service of SysV init or OpenRC stands here as ``name.service``."""

    enabled: frozenset[str] = field(default_factory=frozenset)
    """Names with their suffix: linked from a target, loadable and not masked."""
    masked: frozenset[str] = field(default_factory=frozenset)
    """Names that the administrator has tied to nothing."""

    def any_of(self, *names: str) -> str:
        """The first of these units that a boot starts, or an empty string."""
        return next((name for name in names if name in self.enabled), "")

    @staticmethod
    def of(*enabled: str) -> "Units":
        """An example: these are enabled."""
        return Units(frozenset(enabled))


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="enabled units", needs="sh", reads_only=True))
def units(listing: str) -> Units:
    """Lines of a word and a name. Beside systemd a SysV link counts only for a service that has no unit of its own, since
    systemd's generator skips the others (systemd-sysv-generator(8)).
    """
    lines = [line.split(" ", 1) for line in listing.splitlines()]
    found: dict[str, set[str]] = {}
    for kind, name in lines:
        found.setdefault(kind, set()).add(name)
    if unexpected := set(found) - {"init", "wants", "masked", "native", "rc", "openrc"}:
        raise ValueError(f"unexpected lines: {len(unexpected)}")
    masked = found.get("masked", set())
    wanted = set()
    for link in found.get("wants", ()):
        target, _, unit = link.partition("/")
        if not target.startswith(_NEVER_REACHED):
            wanted.add(unit)
    scripts = found.get("rc", set())
    if "init" in found:
        scripts = scripts - found.get("native", set())
    wanted |= {f"{name}.service" for name in scripts | found.get("openrc", set())}
    return Units(frozenset(wanted - masked), frozenset(masked))
