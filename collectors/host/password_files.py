"""Owner and mode of the files that hold password hashes, and of the SSH server's private keys."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.sshd import sshd
from collectors.sources import Mode, Stat


@dataclass(frozen=True)
class PasswordFiles(Fact):
    """The shadow files, the old passwords, and the copies of both in their customary places."""

    files: tuple[Mode, ...] = ()

    @staticmethod
    def of(permissions: int, *, path: str = "/etc/shadow", uid: int = 0, group: str = "shadow") -> "PasswordFiles":
        """An example: one file."""
        return PasswordFiles((_mode(path, permissions, uid, group),))


@dataclass(frozen=True)
class HostKeys(Fact):
    """The private keys by which the SSH server proves what host it is."""

    files: tuple[Mode, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """Paths of keys that sshd is configured with and that were not looked at."""

    @staticmethod
    def of(permissions: int, *, uid: int = 0, group: str = "root", elsewhere: tuple[str, ...] = ()) -> "HostKeys":
        """An example: one key."""
        return HostKeys((_mode("/etc/ssh/ssh_host_ed25519_key", permissions, uid, group),), elsewhere)


def _mode(path: str, permissions: int, uid: int, group: str) -> Mode:
    owner = "root" if uid == 0 else "alice"
    return Mode(path, "file", permissions, uid, 0 if group == "root" else 42, owner, group, 700, 0)


@collector(
    Stat("/etc/shadow*", "/etc/gshadow*", "/etc/security/opasswd*", "/var/backups/shadow*", "/var/backups/gshadow*")
)
def password_files(found: tuple[Mode, ...]) -> PasswordFiles:
    """Regular files only: ``/etc/shadow-maint`` is a folder of scripts."""
    return PasswordFiles(tuple(mode for mode in found if mode.kind == "file"))


@collector(Stat("/etc/ssh/*_key", "/etc/ssh/*/*_key"), *sshd.sources)
def host_keys(found: tuple[Mode, ...] | None, effective: str | None, files: dict[str, str] | None) -> HostKeys:
    """Without an SSH server, keys of its customary name are still judged. sshd names its defaults even where they are not
    there; they lie where we look.
    """
    keys = tuple(mode for mode in found or () if mode.kind == "file")
    configured: list[str] = []
    if effective is not None:
        configured = [value for name, value in sshd.parse(effective, files).settings if name == "hostkey"]
    looked = [path for path in configured if path.startswith("/etc/ssh/") and path.endswith("_key")]
    return HostKeys(keys, tuple(path for path in configured if path not in looked))
