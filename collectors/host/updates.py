"""Security updates that apt knows of and that are not installed.

The target gives only the installed packages that occur in a list of a security archive with another version; which of
the two is later is judged here, by Debian's own order.
"""

from dataclasses import dataclass
from datetime import datetime

from collectors.collector import Fact, collector
from collectors.host.apt_lists import APT_RELEASES, releases
from collectors.host.debian_version import order
from collectors.host.os_release import OS_RELEASE, parse_os_release
from collectors.host.packages import dpkg_script
from collectors.sources import KIB


@dataclass(frozen=True)
class Update:
    """One installed binary package for which a later version with a security fix is known."""

    package: str
    architecture: str
    installed: str
    """Version."""
    available: str
    """The latest version in the security archives."""
    source: str
    """Name of the source package."""
    held: bool = False
    """Whether the operator told dpkg to leave it as it is."""


@dataclass(frozen=True)
class SecurityUpdates(Fact):
    """What is pending, and what that rests on."""

    pending: tuple[Update, ...] = ()
    installed: int = 0
    """Number of installed packages."""
    lists: int = 0
    """Number of lists of security archives for this release that were read."""
    listed_at: datetime | None = None
    """The oldest date of those archives' lists: every pending update was known by then or later, none is known after."""

    @property
    def count(self) -> int:
        """Number of packages with a pending security update."""
        return len(self.pending)

    @property
    def sources(self) -> tuple[str, ...]:
        """The source packages that need an update, sorted."""
        return tuple(sorted({update.source for update in self.pending}))


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


@collector(
    dpkg_script(
        "installed packages in apt's security lists", f"{_LISTS} | awk '{_AWK}'\n", limit=1024 * KIB, seconds=10
    ),
    APT_RELEASES,
    OS_RELEASE,
)
def security_updates(found: str, heads: str, system: dict[str, str] | None) -> SecurityUpdates:
    """Only lists that belong to an archive of security updates for the installed release are judged."""
    installed_release = parse_os_release(system)
    serving = [one for one in releases(heads) if one.security and one.serves(installed_release)]
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
            latest[package, architecture] = Update(package, architecture, installed, available, source, hold == "hold")
    count = int(lines[-1].split(" ")[1])
    if not count:
        raise ValueError("no package is installed, which cannot be")
    pending = tuple(latest[key] for key in sorted(latest))
    return SecurityUpdates(pending, count, sum(used.values()), min(dates, default=None))
