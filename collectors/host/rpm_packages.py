"""What the script of ``rpm_script`` says, taken apart."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class CachedRepository:
    """One repository whose metadata lie in the package manager's cache."""

    kind: str
    """Whose cache: ``dnf``, ``yum`` or ``zypp``."""
    id: str
    fetched_at: datetime
    """When the metadata were fetched, or last found to be what the repository still has."""
    made_at: datetime | None
    """When the repository made them; None where they do not say."""
    advisories: str
    """``read``; ``none`` where the repository has none; else why they were not read: ``missing`` from the cache, ``broken``, or
    ``needs-PROGRAM`` where the program to unpack them with is not installed."""
    covers_system: bool
    """Whether its security advisories are about the base system, and so are the distribution's own."""


@dataclass(frozen=True)
class PendingPackage:
    """One installed package for which a repository has a security advisory about a later version."""

    repository: int
    name: str
    architecture: str
    installed: str
    available: str
    source: str
    advisory: str
    severities: tuple[str, ...]
    issued_at: datetime | None


@dataclass(frozen=True)
class RpmPackages:
    """All that the script tells."""

    installed: int
    newest_at: int
    """When a package was last installed, seconds since the epoch."""
    core: tuple[tuple[str, int], ...]
    """Packages that take effect only after a restart, and when each was installed."""
    repositories: tuple[CachedRepository, ...]
    pending: tuple[PendingPackage, ...]
    denied: tuple[str, ...]
    """Folders of metadata that may not be looked into."""


def rpm_packages(text: str) -> RpmPackages:
    """See ``rpm_script`` for the lines. ``ValueError`` where it is cut off, or no package is installed."""
    lines = text.splitlines()
    if not lines or lines[-1] != "=end":
        raise ValueError("cut off")
    rows: dict[str, list[list[str]]] = {"=packages": [], "=core": [], "=repo": [], "=pending": [], "=denied": []}
    for line in lines[:-1]:
        kind, *fields = line.split("\t")
        rows[kind].append(fields)
    ((count, newest),) = rows["=packages"]
    if not int(count):
        raise ValueError("no package is installed, which cannot be")
    return RpmPackages(
        int(count),
        int(newest),
        tuple(sorted((name, int(at)) for name, at in rows["=core"])),
        tuple(_repository(*fields) for fields in rows["=repo"]),
        tuple(_pending(*fields) for fields in rows["=pending"]),
        tuple(path for (path,) in rows["=denied"]),
    )


def _repository(
    _number: str, kind: str, name: str, fetched: str, made: str, state: str, covers: str
) -> CachedRepository:
    if state not in ("read", "none", "missing", "broken") and not re.fullmatch(r"needs-[a-z0-9]+", state):
        raise ValueError("a state that the script does not know")
    return CachedRepository(
        kind,
        name,
        datetime.fromtimestamp(int(fetched), UTC),
        datetime.fromtimestamp(int(made), UTC) if int(made) else None,
        state,
        covers == "1",
    )


def _pending(
    number: str,
    name: str,
    architecture: str,
    installed: str,
    available: str,
    source: str,
    advisory: str,
    severities: str,
    issued: str,
) -> PendingPackage:
    return PendingPackage(
        int(number) - 1,
        name,
        architecture,
        installed.removeprefix("0:"),
        available.removeprefix("0:"),
        source if source not in ("", "(none)") else name,
        advisory,
        tuple(one for one in severities.split(",") if one),
        issued_at(issued),
    )


def issued_at(written: str) -> datetime | None:
    """The date of an advisory: ``2026-01-10 00:00:00`` and its like (Red Hat, Fedora, Amazon), or seconds since the epoch
    (SUSE). None for any other form.
    """
    if re.fullmatch(r"\d{9,10}", written):
        return datetime.fromtimestamp(int(written), UTC)
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?", written)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
