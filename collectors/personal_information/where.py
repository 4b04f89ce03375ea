"""Where a file lies and who may read it."""

import grp
import os
import pwd
import stat
from dataclasses import dataclass
from functools import lru_cache

from collectors.personal_information.mounts import Mounts

_NAMES = 4096
"""Names of owners that are remembered."""


@dataclass(frozen=True, slots=True)
class Where:
    """What is told of a file beside its path."""

    owner: str
    """The account's name, or its number where it has none."""
    group: str
    mode: str
    """The twelve permission bits, in octal."""
    volume: str
    """The place at which its file system is mounted; empty where that is not known."""


def where(path: str, about: os.stat_result, mounts: Mounts) -> Where:
    """Of a file with an absolute path without symbolic links."""
    mount = mounts.of(path)
    return Where(
        _owner(about.st_uid), _group(about.st_gid), f"{stat.S_IMODE(about.st_mode):04o}", mount.place if mount else ""
    )


@lru_cache(_NAMES)
def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@lru_cache(_NAMES)
def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
