"""How long rotated log files are kept."""

import fnmatch
import math
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

_PERIODS = {"hourly": 1 / 24, "daily": 1.0, "weekly": 7.0, "monthly": 30.0, "yearly": 365.0}
_IGNORED = (".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-bak", ".dpkg-tmp", ".disabled", ".rpmsave", ".rpmorig", ".rpmnew",
            ".bak", ".cfsaved", ".rhn-cfg-tmp-", ".ucf-dist", ".ucf-old", ".ucf-new", ".swp", ".v", ",v", "~")  # fmt: skip
"""Endings of files that ``include`` of a directory passes over (logrotate(8), tabooext)."""

# Scripts stay on the target: they may hold whatever an administrator wrote into them.
_AWK = r"""
FNR == 1 { inside = 0 }
/^[ \t]*(prerotate|postrotate|firstaction|lastaction|preremove)[ \t]*$/ { inside = 1 }
!inside && !/^[ \t]*#/ && NF { out($0) }
/^[ \t]*endscript/ { inside = 0 }
"""

_Directives = dict[str, str]


@dataclass(frozen=True)
class Rotation:
    """Paths that are rotated together, and how."""

    patterns: tuple[str, ...]
    kept_days: float | None
    """Days that an entry is kept at least, infinite where nothing is deleted; None where size and not time decides."""


@dataclass(frozen=True)
class Rotations(Fact):
    """What logrotate's configuration says of every path."""

    rotations: tuple[Rotation, ...] = ()

    def of(self, path: str) -> Rotation | None:
        """How a path is rotated; None where it is not, and so is kept for ever."""
        for one in self.rotations:
            if any(fnmatch.fnmatchcase(path, pattern) for pattern in one.patterns):
                return one
        return None


@collector(excerpt("logrotate configuration", "/etc/logrotate.conf", "/etc/logrotate.d/*", awk=_AWK, needs="logrotate"))
def rotations(text: str) -> Rotations:
    """logrotate(8): directives outside of braces are defaults for what follows; ``include`` takes files in at its place."""
    return Rotations(tuple(_blocks("/etc/logrotate.conf", by_file(text), {})))


def _blocks(path: str, files: Mapping[str, list[str]], defaults: _Directives) -> Iterator[Rotation]:
    names: list[str] = []
    block: _Directives | None = None
    for line in _statements(files.get(path, [])):
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if line == "{":
            block = dict(defaults)
        elif line == "}":
            if block is None:
                raise ValueError("a brace that closes nothing")
            yield Rotation(tuple(names), _kept(block))
            names, block = [], None
        elif block is not None:
            _direct(block, words)
        elif words[0].startswith("/"):
            names += words
        elif words[0] == "include":
            for inner in _included(words[1].rstrip("/"), files):
                yield from _blocks(inner, files, defaults)
        else:
            _direct(defaults, words)
    if block is not None:
        raise ValueError("a brace that is not closed")


def _statements(lines: list[str]) -> Iterator[str]:
    """Lines, with braces on lines of their own."""
    for line in lines:
        yield from (
            part.strip() for part in re.split(r"(?:(?<=\s)|^)([{}])(?=\s|$)|([{}])$", line) if part and part.strip()
        )


def _included(place: str, files: Mapping[str, list[str]]) -> list[str]:
    if place in files:
        return [place]
    if place != "/etc/logrotate.d":
        raise ValueError("an include of files that were not read")
    return sorted(path for path in files if path.startswith(place + "/") and not path.endswith(_IGNORED))


def _direct(into: _Directives, words: list[str]) -> None:
    """Take a directive; of an interval and ``size`` the last one wins."""
    name = words[0].split("=", 1)[0]
    value = words[0].split("=", 1)[1] if "=" in words[0] else (words[1] if len(words) > 1 else "")
    if name in _PERIODS or name == "size":
        into["when"] = name
    elif name in {"rotate", "maxage", "maxsize"}:
        into[name] = value


def _kept(block: _Directives) -> float | None:
    """Without an interval the criterion is a size, and without ``rotate`` nothing is kept (logrotate's own defaults)."""
    count = int(block.get("rotate", "0"))
    period = _PERIODS.get(block.get("when", "size"))
    aged = float(block["maxage"]) if "maxage" in block else math.inf
    if count < 0:
        return aged
    if count and (period is None or "maxsize" in block):
        return None
    return min(aged, count * (period or 0))
