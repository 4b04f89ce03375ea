"""Security updates that the package manager knows of and that are not installed, of whichever family it is.

Nothing is fetched: what is judged is what apt, dnf, yum, zypper, apk or pacman fetched last, and how long ago that was.
"""

from dataclasses import dataclass
from datetime import datetime

from collectors.collector import Fact, collector
from collectors.host.apt_lists import APT_RELEASES
from collectors.host.apt_updates import APT_PENDING, apt_pending
from collectors.host.os_release import OS_RELEASE, parse_os_release
from collectors.host.packages import DPKG_CHANGED, OTHERS_CHANGED, PackageHistory, changed_at
from collectors.host.rpm_packages import rpm_packages
from collectors.host.rpm_repositories import REPOSITORY_FILES, parse_repositories
from collectors.host.rpm_script import RPM_PACKAGES
from collectors.host.rpm_updates import rpm_pending
from collectors.host.unmarked_updates import APK_PENDING, PACMAN_PENDING, unmarked_updates
from collectors.host.update import Update
from collectors.sources import Mode


@dataclass(frozen=True)
class SecurityUpdates(Fact):
    """What is pending, and what that rests on."""

    pending: tuple[Update, ...] = ()
    installed: int = 0
    """Number of installed packages."""
    lists: int = 0
    """Number of lists of security archives for this release that were read; 0 also where none of them is the
    distribution's own."""
    listed_at: datetime | None = None
    """The oldest date of those archives' lists: every pending update was known by then or later, none is known after."""
    manager: str = "apt"
    """``apt``, ``rpm`` (dnf, yum, zypper), ``apk`` or ``pacman``."""
    marked: bool = True
    """Whether the archives say which updates are for security; where they do not, ``pending`` is all that is out of date."""
    unread: tuple[str, ...] = ()
    """Archives whose security updates could not be read, each with the reason."""

    @property
    def count(self) -> int:
        """Number of packages with a pending security update."""
        return len(self.pending)

    @property
    def sources(self) -> tuple[str, ...]:
        """The source packages that need an update, sorted."""
        return tuple(sorted({update.source for update in self.pending}))

    @property
    def oldest_at(self) -> datetime | None:
        """When the first advisory about what is pending was issued; None where nothing is, or no archive says when."""
        return min((one.issued_at for one in self.pending if one.issued_at), default=None)


@collector(APT_PENDING, APT_RELEASES, OS_RELEASE, RPM_PACKAGES, REPOSITORY_FILES, APK_PENDING, PACMAN_PENDING)
def security_updates(
    apt: str | None,
    heads: str | None,
    system: dict[str, str] | None,
    rpm: str | None,
    repositories: str | None,
    apk: str | None,
    pacman: str | None,
) -> SecurityUpdates:
    """Of the family that keeps this host's packages. Where none is known, apt's script has said so, and this is not asked."""
    release = parse_os_release(system)
    if apt is not None:
        by_apt = apt_pending(apt, heads or "", release)
        return SecurityUpdates(by_apt.pending, by_apt.installed, by_apt.lists, by_apt.listed_at)
    if rpm is not None:
        found = rpm_packages(rpm)
        by_rpm = rpm_pending(found, parse_repositories(repositories or ""), release)
        return SecurityUpdates(
            by_rpm.pending, found.installed, by_rpm.lists, by_rpm.listed_at, "rpm", unread=by_rpm.unread
        )
    manager, text = ("apk", apk) if apk is not None else ("pacman", pacman)
    if text is None:
        raise LookupError("no package manager")
    told = unmarked_updates(text)
    unseen = (f"{told.unseen} lists that {manager} lacks",) if told.unseen else ()
    return SecurityUpdates(
        told.pending, told.installed, told.lists, told.listed_at, manager, marked=False, unread=unseen
    )


@collector(DPKG_CHANGED, RPM_PACKAGES, OTHERS_CHANGED)
def package_history(dpkg: str | None, rpm: str | None, others: tuple[Mode, ...] | None) -> PackageHistory:
    """See :func:`changed_at`."""
    return PackageHistory(changed_at(dpkg, None if rpm is None else rpm_packages(rpm).newest_at, others))
