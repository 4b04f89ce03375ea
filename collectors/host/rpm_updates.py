"""What is pending by the advisories of dnf's, yum's and zypper's repositories."""

from dataclasses import dataclass, replace
from datetime import datetime

from collectors.host.os_release import OsRelease
from collectors.host.rpm_packages import CachedRepository, PendingPackage, RpmPackages
from collectors.host.rpm_repositories import RpmRepositories
from collectors.host.update import Update

_WHY = {
    "missing": "its advisories were not fetched",
    "broken": "its advisories cannot be read",
    "needs-unzck": "unzck (package zchunk) is not installed to unpack its advisories with",
}


@dataclass(frozen=True)
class RpmPending:
    """What the enabled repositories say."""

    pending: tuple[Update, ...]
    lists: int
    """How many of them have advisories; 0 where none of those is the distribution's own."""
    listed_at: datetime | None
    unread: tuple[str, ...]
    """Repositories whose advisories could not be read, each with the reason."""


def rpm_pending(found: RpmPackages, repositories: RpmRepositories, system: OsRelease) -> RpmPending:
    """A repository that is not enabled any more is not judged by what is left of it. An advisory of one of them is about
    the same package in another: the first is kept, with the severities of all and the earliest date.
    """
    enabled = {number: one for number, one in enumerate(found.repositories) if repositories.enables(one)}
    known: dict[tuple[str, str], Update] = {}
    for one in found.pending:
        if one.repository in enabled:
            key = (one.name, one.architecture)
            known[key] = _both(known[key], _update(one)) if key in known else _update(one)
    read = [one for one in enabled.values() if one.advisories == "read"]
    own = any(one.covers_system for one in read)
    unread = [f"{one.id}: {_why(one)}" for one in enabled.values() if one.advisories not in ("read", "none")]
    unread += [f"{path}: permission denied" for path in found.denied]
    return RpmPending(
        tuple(known[key] for key in sorted(known)),
        len(read) if own else 0,
        min((known_by(one, system) for one in read), default=None),
        tuple(unread),
    )


def _why(one: CachedRepository) -> str:
    program = one.advisories.removeprefix("needs-")
    return _WHY.get(one.advisories, f"{program} is not installed to unpack its advisories with")


def known_by(repository: CachedRepository, system: OsRelease) -> datetime:
    """Until when its metadata tell of everything that was published. Amazon Linux 2023 asks the repository of one point
    release, which never changes: fetched today it says no more than on the day it was made.
    """
    if system.id == "amzn" and system.version_id.startswith("2023") and repository.made_at:
        return min(repository.made_at, repository.fetched_at)
    return repository.fetched_at


def _update(one: PendingPackage) -> Update:
    return Update(
        one.name,
        one.architecture,
        one.installed,
        one.available,
        one.source,
        advisory=one.advisory,
        severities=one.severities,
        issued_at=one.issued_at,
    )


def _both(first: Update, second: Update) -> Update:
    dates = [one.issued_at for one in (first, second) if one.issued_at]
    severities = tuple(dict.fromkeys((*first.severities, *second.severities)))
    return replace(first, severities=severities, issued_at=min(dates, default=None))
