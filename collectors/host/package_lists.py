"""The lists of dnf, yum, zypper, apk and pacman: which are here, and when they were fetched. apt's are in ``apt_lists``."""

from dataclasses import dataclass
from datetime import datetime

from collectors.collector import Fact, collector
from collectors.host.os_release import OS_RELEASE, parse_os_release
from collectors.host.rpm_packages import rpm_packages
from collectors.host.rpm_repositories import REPOSITORY_FILES, parse_repositories
from collectors.host.rpm_script import RPM_PACKAGES
from collectors.host.rpm_updates import known_by
from collectors.host.unmarked_updates import APK_PENDING, PACMAN_PENDING, unmarked_updates


@dataclass(frozen=True)
class PackageList:
    """What was fetched of one enabled archive."""

    name: str
    fetched_at: datetime
    """When it was fetched or found unchanged; of an archive whose content is fixed, when that was made."""
    security: bool = True
    """Whether it has the distribution's own security advisories."""


@dataclass(frozen=True)
class PackageLists(Fact):
    """The lists of enabled archives; of a host with apt nothing."""

    manager: str = ""
    """``rpm``, ``apk`` or ``pacman``; empty on a host with apt."""
    lists: tuple[PackageList, ...] = ()
    never_fetched: tuple[str, ...] = ()
    """Enabled archives of which there is no list."""
    unread: tuple[str, ...] = ()
    """Folders that may not be looked into: what lies there is not among the lists."""

    @property
    def judged(self) -> tuple[PackageList, ...]:
        """Those that tell of security updates, or where none does, all."""
        return tuple(one for one in self.lists if one.security) or self.lists


@collector(RPM_PACKAGES, REPOSITORY_FILES, OS_RELEASE, APK_PENDING, PACMAN_PENDING)
def package_lists(
    rpm: str | None, repositories: str | None, system: dict[str, str] | None, apk: str | None, pacman: str | None
) -> PackageLists:
    """Of apk and pacman the newest list stands for all, since they fetch all of them together."""
    if rpm is not None:
        found = rpm_packages(rpm)
        enabled = parse_repositories(repositories or "")
        release = parse_os_release(system)
        cached = [one for one in found.repositories if enabled.enables(one)]
        lists = {one.id: PackageList(one.id, known_by(one, release), one.covers_system) for one in cached}
        never = tuple(one.id for one in enabled.repositories if one.id not in lists)
        return PackageLists("rpm", tuple(lists.values()), never, found.denied)
    manager, text = ("apk", apk) if apk is not None else ("pacman", pacman)
    if text is None:
        return PackageLists()
    told = unmarked_updates(text)
    missing = (f"{told.unseen} archives",) if told.unseen else ()
    newest = (PackageList(f"{told.lists} archives", told.listed_at),) if told.listed_at else ()
    return PackageLists(manager, newest, missing)
