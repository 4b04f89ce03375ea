"""What useradd(8) gives to new accounts."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Files


@dataclass(frozen=True)
class NewAccounts(Fact):
    """The defaults of useradd."""

    inactive: int | None = None
    """Days after a password's end at which the account is disabled; None: never."""


@collector(Files("/etc/default/useradd", "/usr/etc/default/useradd"))
def new_accounts(files: dict[str, str] | None) -> NewAccounts:
    """``INACTIVE=`` at the start of a line; the last one counts, and without one, or with -1, there is no limit. The
    vendor's file counts where the administrator has none.
    """
    days = -1
    for line in next(iter((files or {}).values()), "").splitlines():
        if line.startswith("INACTIVE="):
            written = line.removeprefix("INACTIVE=").strip()
            days = int(written) if written else -1
    return NewAccounts(None if days < 0 else days)
