"""Owner and mode of the files that hold password hashes, and of the SSH server's private keys."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.sources import Mode, Stat

_HOST_KEY = re.compile(r"^[ \t]*hostkey[ \t=]+\"?([^\s\"]+)", re.MULTILINE | re.IGNORECASE)
_LOOKED = re.compile(r"/etc/ssh/([^/]+/)?[^/]*_key")


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


@collector(
    Stat("/etc/ssh/*_key", "/etc/ssh/*/*_key"),
    excerpt(  # other lines may set variables of sessions, secrets among them
        "host keys that sshd_config names",
        "/etc/ssh/sshd_config",
        "/etc/ssh/sshd_config.d/*.conf",
        awk='tolower($0) ~ /^[ \\t]*hostkey[ \\t="]/ { out($0) }',
    ),
)
def host_keys(found: tuple[Mode, ...] | None, named: str) -> HostKeys:
    """Every ``HostKey`` line adds a key; those of sshd's defaults lie where we look."""
    keys = tuple(mode for mode in found or () if mode.kind == "file")
    configured = [path for lines in by_file(named).values() for path in _HOST_KEY.findall("\n".join(lines))]
    seen = {mode.path for mode in keys}
    elsewhere = [path for path in configured if path not in seen and not _LOOKED.fullmatch(path)]
    return HostKeys(keys, tuple(dict.fromkeys(elsewhere)))
