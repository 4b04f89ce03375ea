r"""What apk and pacman say is out of date. Their archives do not say which updates are for security.

Both ask only what was fetched last: ``apk --no-network`` its cached indexes, ``pacman -Qu`` its databases. The scripts
print ``=list SECONDS`` for each of these with the time of it, ``=unseen N`` where the program complains of lists that it
lacks, then a line ``name installed available`` for each package, and ``=installed N`` at the end.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from collectors.host.packages import apk_script, pacman_script
from collectors.host.update import Update
from collectors.sources import KIB

# `apk version` sorts with its own order of versions; a line is "name-1.2-r3  < 1.2-r4 [@tag]".
APK_PENDING = apk_script(
    "packages that apk can upgrade",
    r"""
for index in /etc/apk/cache/APKINDEX.*.tar.gz /var/cache/apk/APKINDEX.*.tar.gz; do
  [ -f "$index" ] || continue
  stat -L -c "=list %Y" "$index" || exit 1
done
said=$(apk --no-network version -l "<" 2>&1) || { echo "apk cannot tell what is out of date" >&2; exit 1; }
printf "%s\n" "$said" | awk '
/^(WARNING|ERROR):/ { unseen++; next }
/^Installed:/ || NF == 0 { next }
$2 == "<" { name = version = $1
  if (!match($1, /-[0-9][^-]*(-r[0-9]+)?$/)) { print "a line that is not understood" > "/dev/stderr"; exit 1 }
  print substr($1, 1, RSTART - 1), substr($1, RSTART + 1), $3; next }
{ print "a line that is not understood" > "/dev/stderr"; exit 1 }
END { print "=unseen " unseen + 0 }' || exit 1
for file in /lib/apk/db/installed /usr/lib/apk/db/installed; do
  [ ! -e "$file" ] || { awk '/^P:/ { count++ } END { print "=installed " count + 0 }' "$file" || exit 1; break; }
done
""",
    limit=256 * KIB,
)

# `pacman -Qu` ends with 1 where nothing is out of date; a line is "name 1-1 -> 1-2 [ignored]".
PACMAN_PENDING = pacman_script(
    "packages that pacman can upgrade",
    r"""
for database in /var/lib/pacman/sync/*.db; do
  [ -f "$database" ] || continue
  stat -L -c "=list %Y" "$database" || exit 1
done
said=$(pacman -Qu 2>&1)
[ $? -le 1 ] || { echo "pacman cannot tell what is out of date" >&2; exit 1; }
printf "%s\n" "$said" | awk '
/^(warning|error):/ { unseen++; next }
NF == 0 { next }
$3 == "->" { print $1, $2, $4 ($5 == "[ignored]" ? " held" : ""); next }
{ print "a line that is not understood" > "/dev/stderr"; exit 1 }
END { print "=unseen " unseen + 0 }' || exit 1
set -- /var/lib/pacman/local/*/desc
[ -f "$1" ] || { echo "no installed package can be seen" >&2; exit 1; }
echo "=installed $#"
""",
    limit=256 * KIB,
)


@dataclass(frozen=True)
class Unmarked:
    """What the scripts tell."""

    pending: tuple[Update, ...]
    installed: int
    lists: int
    listed_at: datetime | None
    """The time of the newest list: all are fetched together, and keep the time at which the archive made them."""
    unseen: int
    """How many lists the program said it lacks."""


def unmarked_updates(text: str, architecture: str = "") -> Unmarked:
    """``ValueError`` where it is cut off or no package is installed."""
    pending: list[Update] = []
    times: list[int] = []
    numbers: dict[str, int] = {}
    for line in text.splitlines():
        if found := re.fullmatch(r"=(list|unseen|installed) (\d+)", line):
            if found[1] == "list":
                times.append(int(found[2]))
            else:
                numbers[found[1]] = int(found[2])
            continue
        name, installed, available, *held = line.split(" ")
        pending.append(Update(name, architecture, installed, available, name, held=held == ["held"]))
    if not numbers["installed"]:
        raise ValueError("no package is installed, which cannot be")
    newest = datetime.fromtimestamp(max(times), UTC) if times else None
    return Unmarked(tuple(pending), numbers["installed"], len(times), newest, numbers["unseen"])
