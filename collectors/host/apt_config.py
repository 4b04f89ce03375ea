"""apt's effective configuration, and whether it installs security updates by itself."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.host.apt_lists import APT_RELEASES, Release, releases
from collectors.host.os_release import OS_RELEASE, OsRelease, parse_os_release
from collectors.host.packages import dpkg_script
from collectors.host.units import Units, units
from collectors.sources import KIB, Mode, Stat

# Only these options leave the target: proxies and mirrors may carry passwords.
_OPTIONS = (
    "APT::Periodic",
    "Unattended-Upgrade::Origins-Pattern",
    "Unattended-Upgrade::Allowed-Origins",
    "Unattended-Upgrade::Package-Blacklist",
    "APT::Get::AllowUnauthenticated",
    "Acquire::AllowInsecureRepositories",
    "Acquire::AllowWeakRepositories",
    "Acquire::AllowDowngradeToInsecureRepositories",
    "Acquire::Check-Valid-Until",
)
_DUMP = rf"""
if ! command -v apt-config >/dev/null; then echo "apt is not installed" >&2; exit 3; fi
dump=$(apt-config dump) || exit 1
printf "%s\n" "$dump" | grep -iE "^(APT \"|({"|".join(_OPTIONS)})[: ])"
"""
APT_CONFIG = dpkg_script("apt-config dump", _DUMP, limit=256 * KIB, reads_only=True)
"""Lines ``Name "value";`` with all files and defaults applied; list elements end in ``::``. ``APT "";`` is always there."""


def apt_options(dump: str) -> dict[str, list[str]]:
    """Option in lower case to its values: one, or those of a list."""
    if not dump.strip():
        raise ValueError("apt-config told nothing, and it always tells something")
    options: dict[str, list[str]] = {}
    for line in dump.splitlines():
        name, value = re.fullmatch(r'(\S+) "(.*)";', line).groups()  # type: ignore[union-attr]
        if value:
            options.setdefault(name.lower(), []).append(value)
    return options


def is_on(options: dict[str, list[str]], name: str, *, default: bool = False) -> bool:
    """A boolean option (apt.conf(5)): the last value counts; what is no boolean leaves the default."""
    values = options.get(name.lower(), [])
    return truth(values[-1], default=default) if values else default


def truth(value: str, *, default: bool = False) -> bool:
    """The words that apt takes for yes and no (apt.conf(5))."""
    word = value.strip().lower()
    if word in ("yes", "true", "with", "on", "enable", "1"):
        return True
    return False if word in ("no", "false", "without", "off", "disable", "0") else default


@dataclass(frozen=True)
class AutomaticUpdates(Fact):
    """Whether apt's daily jobs install security updates."""

    program: bool = False
    """Whether unattended-upgrades is installed."""
    scheduled: bool = False
    """Whether apt's daily jobs are started: both timers enabled, or where systemd is not, the cron job."""
    fetches_lists: bool = False
    """``APT::Periodic::Update-Package-Lists`` is not 0."""
    upgrades: bool = False
    """``APT::Periodic::Unattended-Upgrade`` is not 0."""
    covers_security: bool | None = None
    """Whether the origins it may install from include the security archive; None where that archive is not known."""
    blacklist: tuple[str, ...] = ()
    """Patterns of packages that it leaves alone."""


_TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
_PLACES = Stat(
    "/usr/bin/unattended-upgrade",
    "/usr/bin/unattended-upgrades",
    "/usr/lib/systemd/systemd",
    "/lib/systemd/systemd",
    "/etc/cron.daily/apt-compat",
)


@collector(APT_CONFIG, _PLACES, *units.sources, APT_RELEASES, OS_RELEASE)
def automatic_updates(
    dump: str, places: tuple[Mode, ...] | None, listing: str, heads: str, system: dict[str, str] | None
) -> AutomaticUpdates:
    """Intervals are days, or a number with a unit, or ``always``; 0 is never (/usr/lib/apt/apt.systemd.daily)."""
    options = apt_options(dump)
    installed = parse_os_release(system)
    found = {mode.path: mode for mode in places or ()}
    jobs = is_on(options, "APT::Periodic::Enable", default=True)
    archives = [one for one in releases(heads) if one.security and one.serves(installed)] or _usual(installed)
    patterns = [
        *options.get("unattended-upgrade::origins-pattern::", ()),
        *(_as_pattern(one) for one in options.get("unattended-upgrade::allowed-origins::", ())),
    ]
    covered = any(_allows(pattern, archive, installed) for pattern in patterns for archive in archives)
    return AutomaticUpdates(
        any(path.startswith("/usr/bin/unattended-upgrade") for path in found),
        _is_scheduled(found, units.parse(listing)),
        jobs and _interval(options, "APT::Periodic::Update-Package-Lists"),
        jobs and _interval(options, "APT::Periodic::Unattended-Upgrade"),
        covered if archives else None,
        tuple(options.get("unattended-upgrade::package-blacklist::", ())),
    )


def _interval(options: dict[str, list[str]], name: str) -> bool:
    value = options.get(name.lower(), ["0"])[-1]
    if not re.fullmatch(r"always|\d+[smhd]?", value):
        raise ValueError("an interval that apt's daily job does not know")
    return value == "always" or int(value.rstrip("smhd")) > 0


def _is_scheduled(found: dict[str, Mode], enabled: Units) -> bool:
    if all(timer in enabled.enabled for timer in _TIMERS):
        return True
    cron = found.get("/etc/cron.daily/apt-compat")
    systemd = "/usr/lib/systemd/systemd" in found or "/lib/systemd/systemd" in found
    return cron is not None and bool(cron.permissions & 0o100) and not systemd


def _usual(system: OsRelease) -> list[Release]:
    """The security archive of a distribution whose lists are not here."""
    match system.id:
        case "debian":
            return [Release("", "Debian", "Debian-Security", "stable-security", f"{system.codename}-security")]
        case "ubuntu":
            return [Release("", "Ubuntu", "Ubuntu", f"{system.codename}-security", system.codename)]
        case _:
            return []


def _as_pattern(allowed: str) -> str:
    """The older form ``origin:suite``."""
    origin, _, suite = allowed.rpartition(":") if ":" in allowed else allowed.rpartition(" ")
    return f"origin={origin},archive={suite}"


def _allows(pattern: str, archive: Release, system: OsRelease) -> bool:
    """Whether every ``key=glob`` of a pattern matches the archive (unattended-upgrades, README)."""
    names = {"debian": "Debian", "ubuntu": "Ubuntu"}
    pattern = pattern.replace("${distro_codename}", system.codename)
    pattern = pattern.replace("${distro_id}", names.get(system.id, system.id))
    values = {
        "origin": archive.origin,
        "label": archive.label,
        "archive": archive.suite,
        "codename": archive.codename,
        "component": "main",
        "site": archive.base.rsplit("/", 1)[-1].split("_", 1)[0],
    }
    return all(_part_allows(part.strip(), values) for part in pattern.split(",") if part.strip())


_SHORT = {"o": "origin", "l": "label", "a": "archive", "suite": "archive", "n": "codename", "c": "component"}


def _part_allows(part: str, values: dict[str, str]) -> bool:
    key, _, glob = part.partition("=")
    return fnmatchcase(values[_SHORT.get(key.strip(), key.strip())], glob.strip())
