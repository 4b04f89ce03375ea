"""17.04(6), the half about patches: that they are known, installed, and take effect."""

from datetime import UTC, datetime, timedelta
from typing import Any

from checks.check import check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.apt_config import AutomaticUpdates
from collectors.host.apt_lists import AptLists, Release
from collectors.host.automatic_upgrades import AutomaticUpgrades, UpgradeJob
from collectors.host.package_lists import PackageList, PackageLists
from collectors.host.packages import PackageHistory
from collectors.host.reboot import Restart
from collectors.host.update import Update
from collectors.host.updates import SecurityUpdates
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 3, 10, tzinfo=UTC))
_FRESH = datetime(2026, 3, 9, tzinfo=UTC)
_STALE = datetime(2026, 1, 9, tzinfo=UTC)
_OPENSSL = Update("libssl3", "amd64", "3.0.15-1~deb12u1", "3.0.16-1~deb12u1", "openssl")
_NAMED = 10
_RPM = Update(
    "openssl-libs", "x86_64", "1:3.0.7-1.el9", "1:3.0.7-2.el9", "openssl", advisory="RHSA-2026:0001",
    severities=("moderate",), issued_at=datetime(2026, 3, 5, tzinfo=UTC),
)  # fmt: skip


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[
        (SecurityUpdates((), 300, 1, _FRESH), _NOW),
        given(SecurityUpdates((_RPM,), 300, 1, _FRESH, "rpm"), _NOW, days=7),
        given(SecurityUpdates((_RPM,), 300, 1, _FRESH, "rpm"), _NOW, ignored_severities=("low", "moderate")),
        (SecurityUpdates((), 30, 2, _FRESH, "apk", marked=False), _NOW),
    ],
    fails=[
        (SecurityUpdates((_OPENSSL,), 300, 1, _FRESH), _NOW),
        (SecurityUpdates((_OPENSSL,), 300, 1, _STALE), _NOW),
        given(SecurityUpdates((_OPENSSL, _OPENSSL), 300, 1, _FRESH), _NOW, tolerated=1),
        (SecurityUpdates((_RPM,), 300, 1, _FRESH, "rpm"), _NOW),
        (SecurityUpdates((_RPM,), 300, 0, None, "rpm", unread=("appstream: broken",)), _NOW),
        given(SecurityUpdates((_RPM,), 300, 1, _FRESH, "rpm"), _NOW, days=3),
        given(SecurityUpdates((_OPENSSL,), 300, 1, _STALE), _NOW, days=7),
        given(SecurityUpdates((_RPM,), 30, 2, _FRESH, "apk", marked=False), _NOW, unmarked=True),
    ],
)
def no_security_update_is_pending(
    updates: SecurityUpdates,
    moment: Moment,
    *,
    tolerated: int = 0,
    days: int = 0,
    ignored_severities: tuple[str, ...] = (),
    unmarked: bool = False,
    list_days: int = 14,
) -> Verdict:
    """Every security update that the distribution has published for an installed package is installed.

    Why: the item asks for "reasonably up-to-date ... operating system security patches"; a published fix tells attackers
    what to try on those who lack it.
    Fix: `apt-get update && apt-get upgrade`, `dnf upgrade --security`, `zypper patch`, `apk upgrade -U` or `pacman -Syu`; a
    package that apt holds back needs `apt-mark unhold` first.
    Settings:
        tolerated: how many packages may be pending; none by default, since each is a published hole.
        days: days that an update may be pending since its advisory was issued; none by default. apt's lists do not say when,
            so there an update is overdue once the list that names it is older than this, and unknown before.
        ignored_severities: of which severities, in lower case, pending updates do not count, e.g. `low`; none by default.
            apt's lists do not say it.
        unmarked: whether every pending update counts where the archives do not say which are for security (Alpine, Arch);
            no by default, and then they are unknown.
        list_days: days that a list of the security archive may be old and still show that nothing is pending; 14 is twice
            the time for which Debian lets its list stand.
    """
    told: dict[str, Any] = {
        "pending": updates.count,
        "installed": updates.installed,
        "listed_at": updates.listed_at or "no date",
    }
    if updates.oldest_at:
        told["oldest_at"] = updates.oldest_at
    counted = [one for one in updates.pending if not one.severities or not set(one.severities) <= {*ignored_severities}]
    limit = moment.at - timedelta(days=days)
    known_since = updates.listed_at
    overdue = [one for one in counted if not days or (one.issued_at or known_since or moment.at) <= limit]
    if len(overdue) > tolerated and (updates.marked or unmarked):
        since = f" for more than {days} days" if days else ""
        what = "security updates" if updates.marked else "updates, of which some may be for security,"
        return failed(f"{what} are pending{since} for {len(overdue)} packages", sources=_named(overdue), **told)
    if len(counted) > tolerated and not (updates.marked or unmarked):
        return unknown("updates are pending, and the archives do not say which of them are for security", **told)
    if len(counted) > tolerated and any(not one.issued_at for one in counted):
        return unknown(f"nothing says whether updates have been pending for more than {days} days", **told)
    return _nothing_more(updates, moment, list_days, told)


def _nothing_more(updates: SecurityUpdates, moment: Moment, list_days: int, told: dict[str, Any]) -> Verdict:
    """Whether what was read is all that there is to be read, and of today."""
    if updates.unread:
        return unknown(f"not all lists could be read: {'; '.join(updates.unread[:3])}", **told)
    if not updates.lists:
        return unknown(_NO_LIST.get(updates.manager, _NO_LIST["apk"]), **told)
    if updates.listed_at is not None and (why := moment.undatable(updates.listed_at)):
        return unknown(why, **told)
    if updates.listed_at is None or moment.at - updates.listed_at > timedelta(days=list_days):
        return unknown("the list of the security archive is too old to show that nothing is pending", **told)
    return passed(**told)


_NO_LIST = {
    "apt": "no list of a security archive for this release is here; security-lists-are-fresh judges that",
    "rpm": "no enabled repository has security advisories of the distribution (updateinfo) here",
    "apk": "no list of packages is here; security-lists-are-fresh judges that",
}


def _named(pending: list[Update]) -> str:
    names = sorted({f"{one.source}{' (held)' if one.held else ''}" for one in pending})
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _lists(date: datetime, *, until: datetime | None = None, updated_at: datetime | None = None) -> AptLists:
    release = Release("", "Debian", "Debian-Security", "stable-security", "bookworm-security", date, until)
    return AptLists((release,), 2, updated_at, "debian")


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[
        (_lists(_FRESH), PackageLists(), _NOW),
        (_lists(_STALE, updated_at=_FRESH), PackageLists(), _NOW),
        (None, PackageLists("rpm", (PackageList("baseos", _FRESH),)), _NOW),
        (None, PackageLists("rpm", (PackageList("baseos", _FRESH), PackageList("epel", _STALE, security=False))), _NOW),
        (None, PackageLists("apk", (PackageList("2 archives", _FRESH),)), _NOW),
    ],
    fails=[
        (_lists(_STALE), PackageLists(), _NOW),
        (_lists(_FRESH, until=_FRESH), PackageLists(), _NOW),
        (AptLists((), 2, _FRESH, "debian"), PackageLists(), _NOW),
        (AptLists((), 0, None, "ubuntu"), PackageLists(), _NOW),
        (None, PackageLists("rpm", (PackageList("baseos", _STALE),)), _NOW),
        (None, PackageLists("rpm", (), ("baseos", "appstream")), _NOW),
        (None, PackageLists("pacman", (PackageList("3 archives", _STALE),)), _NOW),
    ],
)
def security_lists_are_fresh(lists: AptLists | None, others: PackageLists, moment: Moment, *, days: int = 7) -> Verdict:
    """The package lists of the distribution's security archive are here and were fetched lately.

    Why: a patch that the system has not heard of is not installed.
    Fix: name the security archive in /etc/apt/sources.list (e.g. `deb http://deb.debian.org/debian-security
    bookworm-security main`) and let apt-daily.timer run, or run `apt-get update`; elsewhere let dnf-makecache.timer run, or
    `zypper refresh`, `apk update` or `pacman -Sy` every day.
    Settings:
        days: days since the lists were surely fetched, by apt's own note or by the date in them; 7 is for how long Debian
            lets a list of its security archive stand.
    """
    if lists is None:
        return _others_fresh(others, moment, days)
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
    if why := moment.undatable(fetched):
        return unknown(why, fetched_at=fetched)
    if moment.at - fetched > timedelta(days=days):
        return failed(f"the lists of the security archive are older than {days} days", fetched_at=fetched)
    return passed(fetched_at=fetched)


def _others_fresh(others: PackageLists, moment: Moment, days: int) -> Verdict:
    """The archive that was fetched the longest ago is the one that counts."""
    told = {"never_fetched": others.never_fetched} if others.never_fetched else {}
    if not others.manager:
        return unknown("no package manager that is known was found")
    if others.unread:
        return unknown(f"not all lists could be read: {', '.join(others.unread[:3])}")
    if not others.judged:
        return failed("no list of an enabled archive was fetched", **told)
    oldest = min(others.judged, key=lambda one: one.fetched_at)
    if why := moment.undatable(*(one.fetched_at for one in others.judged)):
        return unknown(why, fetched_at=oldest.fetched_at, **told)
    if moment.at - oldest.fetched_at > timedelta(days=days):
        return failed(f"the list of {oldest.name} is older than {days} days", fetched_at=oldest.fetched_at, **told)
    if others.never_fetched and not (others.manager == "rpm" and any(one.security for one in others.lists)):
        return unknown("some archives were never fetched, and which has the security updates is not known", **told)
    return passed(fetched_at=oldest.fetched_at, **told)


_APT = AutomaticUpgrades(apt=True)
_AUTOMATIC = AutomaticUpdates(program=True, scheduled=True, fetches_lists=True, upgrades=True, covers_security=True)


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[
        (_AUTOMATIC, _APT),
        (None, AutomaticUpgrades(jobs=(UpgradeJob("dnf-automatic.timer"),))),
        (None, AutomaticUpgrades(jobs=(UpgradeJob("yum-cron.service", "off"), UpgradeJob("/etc/cron.daily/up")))),
    ],
    fails=[
        (AutomaticUpdates(), _APT),
        (
            AutomaticUpdates(program=True, scheduled=True, fetches_lists=True, upgrades=True, covers_security=False),
            _APT,
        ),
        (AutomaticUpdates(program=True, fetches_lists=True, upgrades=True, covers_security=True), _APT),
        (AutomaticUpdates(program=True, scheduled=True, upgrades=True, covers_security=True), _APT),
        (None, AutomaticUpgrades()),
        (None, AutomaticUpgrades(jobs=(UpgradeJob("dnf-automatic.timer", "apply_updates is off"),))),
    ],
)
def security_updates_install_by_themselves(automatic: AutomaticUpdates | None, others: AutomaticUpgrades) -> Verdict:
    """Security updates are fetched and installed every day without anybody asking for it.

    Why: patches that wait for a person are up to date only as long as the person is not away.
    Fix: `apt-get install unattended-upgrades`, `dpkg-reconfigure unattended-upgrades`, and keep the distribution's security
    archive among `Unattended-Upgrade::Origins-Pattern`; or `dnf install dnf-automatic`, `apply_updates = yes` in
    /etc/dnf/automatic.conf and `systemctl enable --now dnf-automatic.timer`. Where another system installs them, waive this with its name.
    """
    if automatic is None:
        return _upgrades(others)
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


def _upgrades(others: AutomaticUpgrades) -> Verdict:
    working = [job.name for job in others.jobs if not job.lacking]
    if working:
        return passed(installed_by=working)
    if not others.jobs:
        return failed("nothing was found that installs updates by itself")
    return failed("; ".join(f"{job.name}: {job.lacking}" for job in others.jobs))


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
        Restart(flagged=True, packages=("glibc",), running="5.14.0-70.el9.x86_64"),
        Restart(running="6.12.1-0-lts", flags=False, replaced=True),
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
    if restart.replaced:
        return failed("the running kernel is no longer installed, and another one is", running=restart.running)
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
    Fix: install what is pending (`no-security-update-is-pending` says how), and switch automatic updates on.
    Settings:
        days: since packages last changed; 90, since Debian's point releases come about every two months.
    """
    if why := moment.undatable(history.changed_at):
        return unknown(why, changed_at=history.changed_at)
    ago = (moment.at - history.changed_at).days
    if ago > days:
        return failed(f"no package has changed for {ago} days", changed_at=history.changed_at)
    return passed(changed_at=history.changed_at, days=max(ago, 0))
