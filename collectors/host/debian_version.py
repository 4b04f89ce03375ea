"""The order of Debian package versions (deb-version(7), "Sorting algorithm")."""

import re
from functools import lru_cache

_PIECE = re.compile(r"(\D*)(\d*)")
_END = ((0,), 0)

Order = tuple[int, tuple[tuple[tuple[int, ...], int], ...], tuple[tuple[tuple[int, ...], int], ...]]


@lru_cache(maxsize=4096)
def order(version: str) -> Order:
    """What to compare versions by: that of an earlier version is the lesser. ``ValueError`` where it is no version."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    if not epoch.isascii() or not epoch.isdigit() or not rest or rest.split() != [rest]:
        raise ValueError(f"{version[:80]!r} is no Debian version")
    upstream, dash, revision = rest.rpartition("-")
    return (int(epoch), _pieces(upstream), _pieces(revision)) if dash else (int(epoch), _pieces(rest), _pieces(""))


def _pieces(part: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Non-digits and numbers in turn, and the end, which weighs as much as an empty first piece does."""
    pieces = [
        ((*map(_weight, letters), 0), int(digits or 0)) for letters, digits in _PIECE.findall(part) if letters or digits
    ]
    return (*(pieces or [_END]), _END)


def _weight(character: str) -> int:
    """A tilde sorts before the end, the end (0) before letters, letters before all else."""
    if character == "~":
        return -1
    return ord(character) if character.isascii() and character.isalpha() else ord(character) + 256
