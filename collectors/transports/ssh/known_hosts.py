"""Which keys hosts are known by: files in the format of OpenSSH's known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

Understood: lists of patterns with ``*``, ``?`` and ``!``, hashed names, ``[host]:port``, ``@cert-authority`` and ``@revoked``.
A line that is not understood knows nobody. Nothing is ever written.
"""

import base64
import binascii
import hmac
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import translate
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
    portless: bool = False
    """Whether it was found by the name of a host at another port, without the port."""

    def is_about(self, name: str) -> bool:
        """Whether its patterns stand for a host of this name, as ``Access.name`` writes it; for hashed names see ``_File``."""
        low = name.lower()
        if any(pattern.startswith("!") and _fits(pattern[1:], low) for pattern in self.names):
            return False
        return any(_fits(pattern, low) for pattern in self.names)


def _fits(pattern: str, name: str) -> bool:
    return _expression(pattern).fullmatch(name) is not None


@lru_cache(maxsize=65536)
def _expression(pattern: str) -> "re.Pattern[str]":
    """``[`` is an ordinary character in these patterns: it surrounds hosts with a port."""
    return re.compile(translate(pattern.lower().replace("[", "[[]")))


@dataclass(frozen=True)
class _File:
    """The lines of a file, found by name without a look at each: a fleet has thousands, and each host asks."""

    lines: tuple[Line, ...]
    by_name: Mapping[str, Sequence[int]]
    """Places of the lines that have names alone, and no patterns."""
    hashed: Sequence[tuple[bytes, bytes, int]]
    """Salt and hash of a name, and the place of its line."""
    patterns: Sequence[int]
    """Places of all other lines."""

    def about(self, name: str) -> list[Line]:
        """In the order of the file."""
        low = name.lower()
        raw = low.encode()
        found = set(self.by_name.get(low, ()))
        found |= {at for salt, made, at in self.hashed if hmac.digest(salt, raw, "sha1") == made}
        found |= {at for at in self.patterns if self.lines[at].is_about(name)}
        return [self.lines[at] for at in sorted(found)]


def _indexed(lines: tuple[Line, ...]) -> _File:
    by_name: dict[str, list[int]] = defaultdict(list)
    hashed: list[tuple[bytes, bytes, int]] = []
    patterns: list[int] = []
    for at, line in enumerate(lines):
        first, *others = line.names
        if first.startswith("|"):  # alone, or not understood
            hashed += [(salt, made, at) for salt, made in _hash(first) if not others]
        elif any("*" in name or "?" in name or name.startswith("!") for name in line.names):
            patterns.append(at)
        else:
            for name in line.names:
                by_name[name.lower()].append(at)
    return _File(lines, by_name, hashed, patterns)


def _hash(hashed: str) -> Iterator[tuple[bytes, bytes]]:
    """``|1|salt|hash``: HMAC-SHA1 of the name, both in base64. Nothing where it is not that."""
    try:
        _, _, salt, made = hashed.split("|")
        yield base64.b64decode(salt, validate=True), base64.b64decode(made, validate=True)
    except (ValueError, binascii.Error):
        return


@dataclass(frozen=True)
class KnownHosts:
    """Several files, in order."""

    read: tuple[_File, ...]

    def about(self, name: str, otherwise: str = "") -> list[Line]:
        """What is known of a host. Where no key is known under its name, the keys of the ``otherwise`` one count, too: so does
        OpenSSH with hosts at another port than the usual one (check_host_key() in sshconnect.c).
        """
        found = [line for file in self.read for line in file.about(name)]
        if otherwise and all(line.marker for line in found):
            others = [line for file in self.read for line in file.about(otherwise) if line not in found]
            found += [replace(line, portless=True) for line in others]
        return found


def known_hosts(files: Sequence[Path], *, usual: Sequence[Path] = ()) -> KnownHosts:
    """Read these files, or the ``usual`` ones as far as they are there. ``SshFault`` where one cannot be read."""
    read: list[_File] = []
    for path in files or usual:
        try:
            stat = path.stat()
        except FileNotFoundError as fault:
            if files:
                raise SshFault(f"{path}: there is no such file of known hosts") from fault
            continue
        except OSError as fault:
            raise SshFault(f"{path}: {fault.strerror}") from fault
        read.append(_file(path, stat.st_mtime_ns, stat.st_size))
    return KnownHosts(tuple(read))


@lru_cache(maxsize=64)
def _file(path: Path, changed: int, size: int) -> _File:
    """A file as it was at this moment: a fleet does not read it for each host."""
    del changed
    if size > _LARGEST:
        raise SshFault(f"{path}: is longer than {_LARGEST} bytes")
    try:
        with path.open(encoding="utf-8", errors="replace") as opened:
            text = opened.read(_LARGEST)
    except OSError as fault:
        raise SshFault(f"{path}: {fault.strerror}") from fault
    return _indexed(tuple(_understood(path, text.split("\n"))))


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
