"""What installs updates by itself where packages are not dpkg's: dnf-automatic, yum-cron, SUSE's and ostree's timers, jobs."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.packages import DPKG_CHANGED, only_where_not_dpkg
from collectors.host.units import Units, units
from collectors.sources import Mode, Stat


@dataclass(frozen=True)
class UpgradeJob:
    """One way in which updates may come by themselves."""

    name: str
    """Its unit, or the file of a job."""
    lacking: str = ""
    """Why it installs nothing; empty where it does."""


@dataclass(frozen=True)
class AutomaticUpgrades(Fact):
    """Every such way that was found; on a host with apt none is looked for."""

    apt: bool = False
    """Whether this host has apt, which ``AutomaticUpdates`` tells of."""
    jobs: tuple[UpgradeJob, ...] = ()


_CRON = ("/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/crontab")
_CRONTABS = ("/var/spool/cron/root", "/var/spool/cron/crontabs/root", "/etc/crontabs/root", "/etc/periodic/*/*")
# Of jobs only the name of the package manager that upgrades without asking leaves the target; of settings these few.
_JOBS = excerpt(
    "settings of automatic updates, and jobs that upgrade packages",
    "/usr/share/dnf5/dnf5-plugins/automatic.conf",
    "/etc/dnf/automatic.conf",
    "/etc/yum/yum-cron.conf",
    "/etc/sysconfig/packagekit-background",
    "/etc/sysconfig/automatic_online_update",
    "/etc/rpm-ostreed.conf",
    *_CRON,
    *_CRONTABS,
    awk=r"""
/^[ \t]*(#|$)/ { next }
FILENAME !~ /\/(cron|periodic|spool)/ {
  if (match($0, /^[ \t]*(apply_updates|upgrade_type|update_cmd|AutomaticUpdatePolicy|ENABLED|CHECK_ONLY|AOU_ENABLE_CRONJOB)[ \t]*=/)) {
    key = tolower(substr($0, RSTART, RLENGTH - 1)); gsub(/[ \t]/, "", key)
    value = tolower(substr($0, RLENGTH + 1)); gsub(/[ \t"]/, "", value)
    if (value ~ /^[a-z0-9:_-]*$/) out(key "=" value)
  }
  next
}
/(^|[^A-Za-z0-9_-])apk([ \t]+-[^ \t]+)*[ \t]+upgrade/ { out("apk") }
/(^|[^A-Za-z0-9_-])pacman[ \t].*-S[a-z]*u/ && /--noconfirm/ { out("pacman") }
/(^|[^A-Za-z0-9_-])(dnf|dnf5|yum|microdnf)[ \t].*(upgrade|update)/ && /[ \t](-[a-z]*y[a-z]*|--assumeyes)([ \t]|$)/ && !/downloadonly/ { out("dnf") }
/(^|[^A-Za-z0-9_-])zypper[ \t].*(patch|update|up|dup|dist-upgrade)([ \t]|$)/ && /[ \t](-[a-z]*[ny][a-z]*|--non-interactive|--no-confirm)([ \t]|$)/ && !/download-only/ { out("zypper") }
""",
    needs="sh",
    programs=("rpm", "apk", "pacman"),
)
_PLACES = Stat(
    "/usr/bin/dnf-automatic",
    "/usr/lib64/dnf5/plugins/automatic_cmd_plugin.so",
    "/usr/sbin/yum-cron",
    "/usr/sbin/transactional-update",
    "/usr/bin/rpm-ostree",
    "/etc/cron.daily/opensuse.org-online_update",
    "/etc/cron.weekly/opensuse.org-online_update",
    "/etc/cron.monthly/opensuse.org-online_update",
)
_CRONS = ("cron.service", "crond.service", "cronie.service", "dcron.service", "fcron.service", "busybox-cron.service")
_YES = ("yes", "true", "1", "on")


@collector(only_where_not_dpkg(_JOBS), _PLACES, *units.sources, DPKG_CHANGED)
def automatic_upgrades(text: str, places: tuple[Mode, ...] | None, listing: str, dpkg: str | None) -> AutomaticUpgrades:
    """A timer counts with what it starts, a job where a cron daemon is enabled."""
    if dpkg is not None:
        return AutomaticUpgrades(apt=True)
    files = by_file(text)
    enabled = units.parse(listing)
    there = {mode.path for mode in places or ()}
    return AutomaticUpgrades(jobs=(*_timers(files, enabled, there), *_scheduled(files, enabled, there)))


def _timers(files: dict[str, list[str]], enabled: Units, there: set[str]) -> list[UpgradeJob]:
    jobs: list[UpgradeJob] = []
    dnf = _settings(files, "/usr/share/dnf5/dnf5-plugins/automatic.conf") | _settings(files, "/etc/dnf/automatic.conf")
    off = "" if dnf.get("apply_updates") in _YES else "apply_updates is off in /etc/dnf/automatic.conf"
    program = {"/usr/bin/dnf-automatic", "/usr/lib64/dnf5/plugins/automatic_cmd_plugin.so"} & there
    started = {
        "dnf-automatic.timer": off,
        "dnf5-automatic.timer": off,
        "dnf-automatic-install.timer": "",
        "dnf-automatic-download.timer": "it only downloads",
        "dnf-automatic-notifyonly.timer": "it only notifies",
    }
    jobs += [UpgradeJob(unit, why) for unit, why in started.items() if unit in enabled.enabled and program]
    if program and not jobs:
        jobs.append(UpgradeJob("dnf-automatic", "none of its timers is enabled"))
    if "/usr/sbin/yum-cron" in there:
        yum = _settings(files, "/etc/yum/yum-cron.conf")
        why = "" if yum.get("apply_updates") in _YES else "apply_updates is off in /etc/yum/yum-cron.conf"
        jobs.append(
            UpgradeJob("yum-cron.service", why if "yum-cron.service" in enabled.enabled else "it is not enabled")
        )
    if "/usr/sbin/transactional-update" in there:
        on = "transactional-update.timer" in enabled.enabled
        jobs.append(UpgradeJob("transactional-update.timer", "" if on else "it is not enabled"))
    if "/usr/bin/rpm-ostree" in there:
        policy = _settings(files, "/etc/rpm-ostreed.conf").get("automaticupdatepolicy", "none")
        why = "" if policy in ("apply", "stage") else f"AutomaticUpdatePolicy is {policy}"
        on = "rpm-ostreed-automatic.timer" in enabled.enabled
        jobs.append(UpgradeJob("rpm-ostreed-automatic.timer", why if on else "it is not enabled"))
    if "packagekit-background.timer" in enabled.enabled:
        background = _settings(files, "/etc/sysconfig/packagekit-background")
        installs = background.get("enabled") in _YES and background.get("check_only", "no") not in _YES
        jobs.append(UpgradeJob("packagekit-background.timer", "" if installs else "it only looks"))
    return jobs


def _scheduled(files: dict[str, list[str]], enabled: Units, there: set[str]) -> list[UpgradeJob]:
    cron = "" if enabled.any_of(*_CRONS) else "no cron daemon is enabled"
    managers = {"apk", "pacman", "dnf", "zypper"}
    jobs = [UpgradeJob(path, cron) for path, lines in files.items() if managers & set(lines)]
    online = [path for path in sorted(there) if path.endswith("opensuse.org-online_update")]
    if online:
        on = _settings(files, "/etc/sysconfig/automatic_online_update").get("aou_enable_cronjob") in _YES
        jobs.append(UpgradeJob(online[0], cron if on else "AOU_ENABLE_CRONJOB is off"))
    return jobs


def _settings(files: dict[str, list[str]], path: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in files.get(path, ()) if re.match(r"\w+=", line))
    return {key: value for key, _, value in pairs}
