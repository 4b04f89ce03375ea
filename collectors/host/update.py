"""One pending update, as every family of package managers can tell it."""

from dataclasses import dataclass
from datetime import datetime


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
    """Whether the operator told the package manager to leave it as it is."""
    advisory: str = ""
    """Of the latest version, e.g. ``RHSA-2026:0001``; empty where the archive names none."""
    severities: tuple[str, ...] = ()
    """What the advisories say of how bad it is, in lower case; empty where the archive does not say."""
    issued_at: datetime | None = None
    """When the first advisory about a version later than the installed one was issued; None where the archive does not
    say, as apt's lists do not.
    """
