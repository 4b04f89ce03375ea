"""What useradd(8) gives to new accounts."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import File


@dataclass(frozen=True)
class NewAccounts(Fact):
    """The defaults of useradd."""

    inactive: int | None = None
    """Days after a password's end at which the account is disabled; None: never."""


@collector(File("/etc/default/useradd"))
def new_accounts(defaults: str | None) -> NewAccounts:
    """``INACTIVE=`` at the start of a line; the last one counts, and without one, or with -1, there is no limit."""
    days = -1
    for line in (defaults or "").splitlines():
        if line.startswith("INACTIVE="):
            written = line.removeprefix("INACTIVE=").strip()
            days = int(written) if written else -1
    return NewAccounts(None if days < 0 else days)
