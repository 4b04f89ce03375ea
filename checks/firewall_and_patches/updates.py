"""17.04(6), the half about patches: that they are known, installed, and take effect."""

from datetime import UTC, datetime, timedelta

from checks.check import check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.apt_config import AutomaticUpdates
from collectors.host.apt_lists import AptLists, Release
from collectors.host.packages import PackageHistory
from collectors.host.reboot import Restart
from collectors.host.updates import SecurityUpdates, Update
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 3, 10, tzinfo=UTC))
_FRESH = datetime(2026, 3, 9, tzinfo=UTC)
_STALE = datetime(2026, 1, 9, tzinfo=UTC)
_OPENSSL = Update("libssl3", "amd64", "3.0.15-1~deb12u1", "3.0.16-1~deb12u1", "openssl")
_NAMED = 10


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[(SecurityUpdates((), 300, 1, _FRESH), _NOW)],
    fails=[
        (SecurityUpdates((_OPENSSL,), 300, 1, _FRESH), _NOW),
        (SecurityUpdates((_OPENSSL,), 300, 1, _STALE), _NOW),
        given(SecurityUpdates((_OPENSSL, _OPENSSL), 300, 1, _FRESH), _NOW, tolerated=1),
    ],
)
def no_security_update_is_pending(
    updates: SecurityUpdates, moment: Moment, *, tolerated: int = 0, list_days: int = 14
) -> Verdict:
    """Every security update that the distribution has published for an installed package is installed.

    Why: the item asks for "reasonably up-to-date ... operating system security patches"; a published fix tells attackers
    what to try on those who lack it.
    Fix: `apt-get update && apt-get upgrade`; a package that is held back needs `apt-mark unhold` first.
    Settings:
        tolerated: how many packages may be pending; none by default, since each is a published hole.
        list_days: days that a list of the security archive may be old and still show that nothing is pending; 14 is twice
            the time for which Debian lets its list stand.
    """
    if not updates.lists:
        return unknown("no list of a security archive for this release is here; security-lists-are-fresh judges that")
    names = sorted({f"{one.source}{' (held)' if one.held else ''}" for one in updates.pending})
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    told = {"pending": updates.count, "installed": updates.installed, "listed_at": updates.listed_at or "no date"}
    if updates.count > tolerated:
        return failed(
            f"security updates are pending for {updates.count} packages",
            sources=", ".join(names[:_NAMED]) + more,
            **told,
        )
    if updates.listed_at is None or moment.at - updates.listed_at > timedelta(days=list_days):
        return unknown("the list of the security archive is too old to show that nothing is pending", **told)
    return passed(**told)


def _lists(date: datetime, *, until: datetime | None = None, updated_at: datetime | None = None) -> AptLists:
    release = Release("", "Debian", "Debian-Security", "stable-security", "bookworm-security", date, until)
    return AptLists((release,), 2, updated_at, "debian")


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[(_lists(_FRESH), _NOW), (_lists(_STALE, updated_at=_FRESH), _NOW)],
    fails=[
        (_lists(_STALE), _NOW),
        (_lists(_FRESH, until=_FRESH), _NOW),
        (AptLists((), 2, _FRESH, "debian"), _NOW),
        (AptLists((), 0, None, "ubuntu"), _NOW),
    ],
)
def security_lists_are_fresh(lists: AptLists, moment: Moment, *, days: int = 7) -> Verdict:
    """The package lists of the distribution's security archive are here and were fetched lately.

    Why: a patch that the system has not heard of is not installed.
    Fix: name the security archive in /etc/apt/sources.list (e.g. `deb http://deb.debian.org/debian-security
    bookworm-security main`) and let apt-daily.timer run, or run `apt-get update`.
    Settings:
        days: days since the lists were surely fetched, by apt's own note or by the date in them; 7 is for how long Debian
            lets a list of its security archive stand.
    """
    if not lists.security:
        if lists.system not in ("debian", "ubuntu"):
            return unknown(f"which archive has the security updates of {lists.system or 'this system'} is not known")
        return failed("no list of the security archive for this release was fetched", other_archives=lists.others)
    for release in lists.security:
        if release.valid_until and release.valid_until < moment.at:
            return failed("a list of the security archive has expired", valid_until=release.valid_until)
    fetched = lists.fetched_at
    if fetched is None:
        return unknown("neither the lists nor apt say when they were fetched")
    if moment.at - fetched > timedelta(days=days):
        return failed(f"the lists of the security archive are older than {days} days", fetched_at=fetched)
    return passed(fetched_at=fetched)


_AUTOMATIC = AutomaticUpdates(program=True, scheduled=True, fetches_lists=True, upgrades=True, covers_security=True)


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[_AUTOMATIC],
    fails=[
        AutomaticUpdates(),
        AutomaticUpdates(program=True, scheduled=True, fetches_lists=True, upgrades=True, covers_security=False),
        AutomaticUpdates(program=True, fetches_lists=True, upgrades=True, covers_security=True),
        AutomaticUpdates(program=True, scheduled=True, upgrades=True, covers_security=True),
    ],
)
def security_updates_install_by_themselves(automatic: AutomaticUpdates) -> Verdict:
    """Security updates are fetched and installed every day without anybody asking for it.

    Why: patches that wait for a person are up to date only as long as the person is not away.
    Fix: `apt-get install unattended-upgrades`, `dpkg-reconfigure unattended-upgrades`, and keep the distribution's security
    archive among `Unattended-Upgrade::Origins-Pattern`. Where another system installs them, waive this with its name.
    """
    lacking = [
        why
        for held, why in (
            (automatic.program, "unattended-upgrades is not installed"),
            (automatic.upgrades, "APT::Periodic::Unattended-Upgrade is 0"),
            (automatic.fetches_lists, "APT::Periodic::Update-Package-Lists is 0"),
            (automatic.scheduled, "apt-daily.timer and apt-daily-upgrade.timer are not both enabled"),
            (automatic.covers_security is not False, "its origins leave out the security archive"),
        )
        if not held
    ]
    if lacking:
        return failed("; ".join(lacking), left_alone=automatic.blacklist)
    if automatic.covers_security is None:
        return unknown("which archive has the security updates of this system is not known")
    return passed(left_alone=automatic.blacklist)


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[
        Restart(running="6.1.0-18-amd64", newest="6.1.0-18-amd64"),
        Restart(running="6.8.0-40-generic"),
        Restart(running="6.1.0-18-amd64", newest="6.1.0-9-amd64"),
    ],
    fails=[
        Restart(flagged=True, packages=("libc6",), running="6.1.0-18-amd64"),
        Restart(running="6.1.0-9-amd64", newest="6.1.0-18-amd64"),
    ],
)
def no_restart_is_pending_after_an_update(restart: Restart) -> Verdict:
    """The system runs the newest kernel that is installed, and no update waits for a restart.

    Why: a patch on the disk does not protect a kernel or a library that still runs from memory.
    Fix: restart the system; `Unattended-Upgrade::Automatic-Reboot` does it at a set hour.
    """
    if restart.newer_kernel:
        return failed(
            "a newer kernel is installed than the one that runs", running=restart.running, newest=restart.newest
        )
    if restart.flagged:
        return failed("an update waits for a restart", packages=restart.packages)
    if not restart.flags:
        return unknown(
            "the packages of this system do not say whether they wait for a restart", running=restart.running
        )
    return passed(running=restart.running)


@check(
    "17.04(6)",
    facet="patches",
    severity=LOW,
    passes=[(PackageHistory(_FRESH), _NOW)],
    fails=[(PackageHistory(datetime(2025, 6, 1, tzinfo=UTC)), _NOW)],
)
def packages_were_updated_lately(history: PackageHistory, moment: Moment, *, days: int = 90) -> Verdict:
    """Packages were installed, upgraded or removed within the set number of days.

    Why: no distribution stays without updates for long; a system on which nothing changes is one that nobody looks after.
    Fix: `apt-get update && apt-get upgrade`, and switch automatic updates on.
    Settings:
        days: since packages last changed; 90, since Debian's point releases come about every two months.
    """
    ago = (moment.at - history.changed_at).days
    if ago > days:
        return failed(f"no package has changed for {ago} days", changed_at=history.changed_at)
    return passed(changed_at=history.changed_at, days=max(ago, 0))
