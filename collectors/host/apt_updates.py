"""What is pending by apt's lists.

The target gives only the installed packages that occur in a list of a security archive with another version; which of
the two is later is judged here, by Debian's own order.
"""

from dataclasses import dataclass
from datetime import datetime

from collectors.host.apt_lists import releases
from collectors.host.debian_version import order
from collectors.host.os_release import OsRelease
from collectors.host.packages import dpkg_script
from collectors.host.update import Update
from collectors.sources import KIB

# Package, architecture, versions, source and hold; foreign architectures stay apart, "all" counts as the native one.
_AWK = r"""
function field() { return substr($0, index($0, ":") + 2) }
function flush(  key, place) {
  if (name == "") return
  if (list == 0) {
    if (state !~ / (not-installed|config-files|half-installed)$/) {
      count++
      version[name, architecture] = number
      if (state ~ /^hold /) held[name, architecture] = 1
      if (name == "dpkg") native = architecture
    }
  } else {
    place = architecture == "all" ? native : architecture
    key = name SUBSEP place
    if (!(key in version) && place == native) { place = "all"; key = name SUBSEP "all" }
    if (key in version && version[key] != number)
      print list, name, place, version[key], number, (source == "" ? name : source), ((key in held) ? "hold" : "-")
  }
  name = state = source = ""
}
/^$/ { flush(); next }
/^Package: / { name = field(); next }
/^Version: / { number = field(); next }
/^Architecture: / { architecture = field(); next }
/^Source: / { source = field(); sub(/ .*/, "", source); next }
/^Status: / { state = field(); next }
/^=list / { flush(); list++; print $0; next }
/^=failed / { flush(); failed = 1; print substr($0, 9) ": cannot be read" > "/dev/stderr"; exit 1 }
END { if (!failed) { flush(); print "=installed", count + 0, native } }
"""
_LISTS = r"""
lists=/var/lib/apt/lists
listed "$lists"
unpack() {
  case $1 in
    *_Packages) cat "$1" ;;
    *) if [ -x /usr/lib/apt/apt-helper ]; then /usr/lib/apt/apt-helper cat-file "$1"
       else case $1 in
         *.gz) gzip -dc "$1" ;;
         *.xz) xz -dc "$1" ;;
         *.lz4) lz4 -dc "$1" ;;
         *.zst) zstd -dc "$1" ;;
         *.bz2) bzip2 -dc "$1" ;;
         *) false ;;
       esac fi ;;
  esac
}
{
  cat /var/lib/dpkg/status || printf "\n=failed /var/lib/dpkg/status\n"
  for list in "$lists"/*_dists_*security*_Packages* "$lists"/*_dists_*_updates_*_Packages*; do
    [ -e "$list" ] || continue
    case $list in *.diff*|*IndexDiff*) continue ;; esac
    printf "\n=list %s\n" "$list"
    unpack "$list" || printf "\n=failed %s\n" "$list"
  done
  echo
}"""

APT_PENDING = dpkg_script(
    "installed packages in apt's security lists", f"{_LISTS} | awk '{_AWK}'\n", limit=1024 * KIB, seconds=10
)


@dataclass(frozen=True)
class AptPending:
    """What apt's lists say."""

    pending: tuple[Update, ...]
    installed: int
    lists: int
    listed_at: datetime | None


def apt_pending(found: str, heads: str, system: OsRelease) -> AptPending:
    """Only lists that belong to an archive of security updates for the installed release are judged."""
    serving = [one for one in releases(heads) if one.security and one.serves(system)]
    lines = found.splitlines()
    if not lines or not lines[-1].startswith("=installed "):
        raise ValueError("cut off")
    used: dict[int, bool] = {}
    dates: list[datetime] = []
    latest: dict[tuple[str, str], Update] = {}
    for line in lines[:-1]:
        if line.startswith("=list "):
            path = line.removeprefix("=list ")
            release = next((one for one in serving if path.startswith(f"{one.base}_")), None)
            used[len(used) + 1] = release is not None
            dates += [release.date] if release and release.date else []
            continue
        number, package, architecture, installed, available, source, hold = line.split(" ")
        if not used[int(number)] or order(available) <= order(installed):
            continue
        known = latest.get((package, architecture))
        if known is None or order(known.available) < order(available):
            latest[package, architecture] = Update(
                package, architecture, installed, available, source, held=hold == "hold"
            )
    count = int(lines[-1].split(" ")[1])
    if not count:
        raise ValueError("no package is installed, which cannot be")
    pending = tuple(latest[key] for key in sorted(latest))
    return AptPending(pending, count, sum(used.values()), min(dates, default=None))
