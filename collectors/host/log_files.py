"""Files under /var/log: who may read and change them, and the records of logins."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Mode, Stat


@dataclass(frozen=True)
class LogFiles(Fact):
    """Modes of /var/log, of what lies in it, and of the audit log's folder."""

    modes: tuple[Mode, ...] = ()


@collector(Stat("/var/log", "/var/log/*", "/var/log/audit/*"))
def log_files(modes: tuple[Mode, ...]) -> LogFiles:
    """As ``stat`` says."""
    return LogFiles(modes)


@dataclass(frozen=True)
class LoginRecords(Fact):
    """Databases that keep who logged in, and when and how often that failed."""

    modes: tuple[Mode, ...] = ()

    @property
    def logins(self) -> tuple[Mode, ...]:
        """Records of logins: wtmp with the one rotated last, or wtmpdb."""
        return tuple(one for one in self.modes if "/wtmp" in one.path)

    @property
    def failures(self) -> tuple[Mode, ...]:
        """Records of failed logins."""
        return tuple(one for one in self.modes if "/btmp" in one.path)


@collector(
    Stat(
        "/var/log/wtmp",
        "/var/log/wtmp.1",
        "/var/log/wtmp-*",
        "/var/lib/wtmpdb/wtmp.db",
        "/var/log/wtmp.db",
        "/var/log/btmp",
    )
)
def login_records(modes: tuple[Mode, ...] | None) -> LoginRecords:
    """wtmp(5); wtmpdb(8) where the year 2038 is taken care of, as in Debian 13."""
    return LoginRecords(modes or ())
