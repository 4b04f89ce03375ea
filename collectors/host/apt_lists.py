"""apt's package lists: which archives were fetched, and how old what was fetched is."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from collectors.collector import Fact, collector
from collectors.host.os_release import OS_RELEASE, OsRelease, parse_os_release
from collectors.host.packages import dpkg_script
from collectors.sources import KIB, Mode, Stat


@dataclass(frozen=True)
class Release:
    """The head of an archive's Release file (https://wiki.debian.org/DebianRepository/Format, "Release")."""

    base: str = ""
    """Path of its lists, without the ending."""
    origin: str = ""
    label: str = ""
    suite: str = ""
    codename: str = ""
    date: datetime | None = None
    """When the archive made it."""
    valid_until: datetime | None = None
    """When it expires; None where the archive says nothing of it."""

    @property
    def security(self) -> bool:
        """Whether it is an archive of security updates: Debian names it in the label, Ubuntu in the suite."""
        named = f"{self.label} {self.suite} {self.codename}".lower()
        return "security" in named or self.suite.endswith("/updates") or self.codename.endswith("/updates")

    def serves(self, system: OsRelease) -> bool:
        """Whether it is for the release that is installed."""
        own = system.codenames
        return any(
            re.match(rf"{re.escape(code)}(?![a-z0-9])", name) for code in own for name in (self.codename, self.suite)
        )


@dataclass(frozen=True)
class AptLists(Fact):
    """The archives whose lists are here."""

    security: tuple[Release, ...] = ()
    """Those of security updates for the release that is installed."""
    others: int = 0
    """How many other archives have lists here."""
    updated_at: datetime | None = None
    """When apt last noted that fetching all lists succeeded; None where it takes no such notes."""
    system: str = ""
    """``ID`` of os-release."""

    @property
    def fetched_at(self) -> datetime | None:
        """The latest moment by which the security lists were surely fetched: they cannot be older than what they hold."""
        known = [one.date for one in self.security if one.date]
        oldest = [min(known)] if known else []
        return max([*oldest, *([self.updated_at] if self.updated_at else [])], default=None)


_HEADS = r"""
lists=/var/lib/apt/lists
[ -d "$lists" ] || exit 0
listed "$lists"
set --
for file in "$lists"/*_InRelease "$lists"/*_Release; do [ -e "$file" ] && set -- "$@" "$file"; done
[ "$#" -gt 0 ] || exit 0
exec awk 'BEGIN {
  for (i = 1; i < ARGC; i++) {
    print "=" ARGV[i]
    while ((got = (getline line < ARGV[i])) > 0) {
      if (line ~ /^(MD5Sum|SHA1|SHA256|SHA512):/) break
      if (line ~ /^(Origin|Label|Suite|Codename|Date|Valid-Until):/) print line
    }
    if (got < 0) { print ARGV[i] ": cannot be read" > "/dev/stderr"; exit 1 }
    close(ARGV[i])
  }
}' "$@"
"""
APT_RELEASES = dpkg_script("heads of apt's Release files", _HEADS, limit=256 * KIB, reads_only=True)
"""One line ``=path`` a file, then those of its fields that identify and date it."""


def releases(heads: str) -> tuple[Release, ...]:
    """The archives, each once: InRelease counts before Release."""
    found: dict[str, dict[str, str]] = {}
    fields: dict[str, str] = {}
    for line in heads.splitlines():
        if line.startswith("="):
            base = re.sub(r"_(In)?Release$", "", line[1:])
            fields = {}
            found.setdefault(base, fields)
        else:
            name, _, value = line.partition(":")
            fields.setdefault(name, value.strip())
    return tuple(_release(base, one) for base, one in found.items())


def _release(base: str, fields: dict[str, str]) -> Release:
    return Release(
        base,
        fields.get("Origin", ""),
        fields.get("Label", ""),
        fields.get("Suite", ""),
        fields.get("Codename", ""),
        _moment(fields.get("Date")),
        _moment(fields.get("Valid-Until")),
    )


def _moment(written: str | None) -> datetime | None:
    """E.g. ``Sat, 18 May 2024 10:20:30 UTC``."""
    if written is None:
        return None
    parsed = parsedate_to_datetime(written)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


# Ubuntu notes every success in the first; apt's own daily job notes its success in the second.
_STAMPS = Stat("/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/periodic/update-stamp")


@collector(APT_RELEASES, OS_RELEASE, _STAMPS)
def apt_lists(heads: str, system: dict[str, str] | None, stamps: tuple[Mode, ...] | None) -> AptLists:
    """Which archives are for this release is told by their own codename or suite, never by their address."""
    installed = parse_os_release(system)
    every = releases(heads)
    security = tuple(one for one in every if one.security and one.serves(installed))
    noted = max((mode.modified for mode in stamps or ()), default=None)
    return AptLists(
        security,
        len(every) - len(security),
        None if noted is None else datetime.fromtimestamp(noted, UTC),
        installed.id,
    )
