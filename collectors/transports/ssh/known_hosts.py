"""Which keys hosts are known by: files in the format of OpenSSH's known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

Understood: lists of patterns with ``*``, ``?`` and ``!``, hashed names, ``[host]:port``, ``@cert-authority`` and ``@revoked``.
A line that is not understood knows nobody. Nothing is ever written.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from collectors.transports.ssh.faults import SshFault

_LARGEST = 16 << 20
AUTHORITY, REVOKED = "@cert-authority", "@revoked"


@dataclass(frozen=True, slots=True)
class Line:
    """A key, and which hosts it stands for."""

    marker: str
    names: tuple[str, ...]
    kind: str
    """Type of the key, e.g. ``ssh-ed25519``."""
    key: bytes
    """As it goes over the wire."""
    place: str
    """``FILE:LINE``."""

    def is_about(self, name: str) -> bool:
        """Whether it stands for a host of this name, as ``Access.name`` writes it."""
        low = name.lower()
        matched = False
        for pattern in self.names:
            if pattern.startswith("|1|"):
                matched = matched or _is_hash_of(pattern, low)
            elif pattern.startswith("!"):
                if _fits(pattern[1:], low):
                    return False
            else:
                matched = matched or _fits(pattern, low)
        return matched


def _fits(pattern: str, name: str) -> bool:
    """``[`` is an ordinary character in these patterns: it surrounds hosts with a port."""
    return fnmatchcase(name, pattern.lower().replace("[", "[[]"))


def _is_hash_of(hashed: str, name: str) -> bool:
    """``|1|salt|hash``: HMAC-SHA1 of the name, both in base64."""
    try:
        _, _, salt, digest = hashed.split("|")
        expected = base64.b64decode(digest, validate=True)
        made = hmac.new(base64.b64decode(salt, validate=True), name.encode(), hashlib.sha1).digest()
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(made, expected)


@dataclass(frozen=True)
class KnownHosts:
    """The lines of several files, in order."""

    lines: tuple[Line, ...]
    files: tuple[str, ...]
    """All that were to be looked at, also those that are not there."""

    def about(self, name: str) -> list[Line]:
        """What is known of a host."""
        return [line for line in self.lines if line.is_about(name)]


def known_hosts(files: Sequence[Path], *, usual: Sequence[Path] = ()) -> KnownHosts:
    """Read these files, or the ``usual`` ones as far as they are there. ``SshFault`` where one cannot be read."""
    lines: list[Line] = []
    for path in files or usual:
        try:
            stat = path.stat()
        except FileNotFoundError as fault:
            if files:
                raise SshFault(f"{path}: there is no such file of known hosts") from fault
            continue
        except OSError as fault:
            raise SshFault(f"{path}: {fault.strerror}") from fault
        lines += _lines(path, stat.st_mtime_ns, stat.st_size)
    return KnownHosts(tuple(lines), tuple(str(path) for path in files or usual))


@lru_cache(maxsize=64)
def _lines(path: Path, changed: int, size: int) -> tuple[Line, ...]:
    """The lines of a file as it was at this moment: a fleet does not read it for each host."""
    del changed
    if size > _LARGEST:
        raise SshFault(f"{path}: is longer than {_LARGEST} bytes")
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise SshFault(f"{path}: {fault.strerror}") from fault
    return tuple(_understood(path, text.splitlines()))


def _understood(path: Path, lines: Iterable[str]) -> Iterator[Line]:
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        marker = words.pop(0) if words[0].startswith("@") else ""
        if marker not in {"", AUTHORITY, REVOKED} or len(words) < 3:
            continue
        names, kind, encoded, *_ = words
        try:
            key = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            continue
        yield Line(marker, tuple(names.split(",")), kind, key, f"{path}:{number}")
