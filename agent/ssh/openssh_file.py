"""The configuration of OpenSSH's client as sections: which conditions stand over which lines (ssh_config(5), readconf.c).

Files that are included are taken in where they are included. Nothing is decided here, and nothing is run.
"""

import glob
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import UnreachableError

_DEEPEST = 16
"""Files within files: as many as OpenSSH takes."""
_LARGEST = 16 << 20
_MOST_FILES = 10_000
_KEYWORD = re.compile(r'(?:"(?P<quoted>[^"]*)"|(?P<word>[^\s"=]+))\s*(?:=\s*)?(?P<rest>.*)', re.DOTALL)
_BLANK = " \t\r\n\f"


@dataclass(frozen=True, slots=True)
class Line:
    """A keyword, in lower case, and what stands behind it."""

    keyword: str
    words: tuple[str, ...]
    """Its arguments, without quotes."""
    rest: str
    """The same, as it stands there."""
    place: str
    """``FILE:LINE``."""
    user: bool
    """Whether it stands in a user's file, not in the system's."""


@dataclass(slots=True)
class Section:
    """Lines that hold where all of the conditions do, each of which is a line of ``Host`` or ``Match``."""

    conditions: tuple[Line, ...]
    lines: list[Line] = field(default_factory=list)

    @property
    def only_for(self) -> frozenset[str] | None:
        """The names outside of which it never holds; None where that is not known without asking the conditions."""
        named = [frozenset(one.words) for one in self.conditions if one.keyword == "host" and not _has_pattern(one)]
        return frozenset.intersection(*named) if named else None


def _has_pattern(line: Line) -> bool:
    return any(mark in word for word in line.words for mark in "*?!")


@dataclass
class Parsed:
    """All sections of a file and what it includes, in order, and what must not have changed for them to hold."""

    sections: list[Section] = field(default_factory=list)
    files: dict[Path, tuple[int, int]] = field(default_factory=dict)
    """When each was changed, in nanoseconds, and its size."""
    patterns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Which files each pattern of ``Include`` found."""
    by_name: dict[str, list[int]] = field(default_factory=dict)
    """Sections that are for certain names only."""
    for_all: list[int] = field(default_factory=list)
    """The others."""

    def about(self, name: str) -> Iterator[Section]:
        """The sections that may hold for a name, in order."""
        for index in sorted((*self.for_all, *self.by_name.get(name, ()))):
            yield self.sections[index]

    def holds(self) -> bool:
        """Whether no file has changed since."""
        return all(_stamp(path) == stamp for path, stamp in self.files.items()) and all(
            _found(pattern) == files for pattern, files in self.patterns.items()
        )


_parsed: dict[tuple[Path, bool], Parsed] = {}


def parsed(path: Path, *, user: bool, usual: bool) -> Parsed:
    """A file as it is now; read once for all hosts. ``usual``: it need not be there, and nobody else may write it.

    ``UnreachableError`` where it cannot be read, or is not understood.
    """
    kept = _parsed.get((path, usual))
    if kept is None or not kept.holds():
        kept = Parsed()
        if usual and _stamp(path) == (0, -1):
            kept.files[path] = (0, -1)
        else:
            _read(path, kept, (), user=user, guarded=usual and user, depth=0)
        for index, section in enumerate(kept.sections):
            if section.only_for is None:
                kept.for_all.append(index)
            for name in section.only_for or ():
                kept.by_name.setdefault(name, []).append(index)
        _parsed[path, usual] = kept
    return kept


def _stamp(path: Path) -> tuple[int, int]:
    """When it, or who may write it, was changed, and its size: -1 where it is not there, -2 where that is not told."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return 0, -1
    except OSError:
        return 0, -2
    return stat.st_ctime_ns, stat.st_size


def _read(path: Path, into: Parsed, above: tuple[Line, ...], *, user: bool, guarded: bool, depth: int) -> None:
    """Take in a file whose lines hold where all of the conditions above it do."""
    if depth > _DEEPEST or len(into.files) > _MOST_FILES:
        raise UnreachableError(f"{path}: is included too deeply, or one of too many files")
    into.files[path] = _stamp(path)
    section = Section(above)
    into.sections.append(section)
    for line in _lines(path, user, guarded):
        if line.keyword in {"host", "match"}:
            section = Section((*above, line))
            into.sections.append(section)
        elif line.keyword == "include":
            for pattern in (_anchored(word, user) for word in line.words):
                into.patterns[pattern] = _found(pattern)
                for one in into.patterns[pattern]:
                    _read(Path(one), into, section.conditions, user=user, guarded=guarded, depth=depth + 1)
            section = Section(section.conditions)
            into.sections.append(section)
        else:
            section.lines.append(line)


def _anchored(pattern: str, user: bool) -> str:
    """Relative ones are beside the user's usual file, or the system's."""
    whole = Path(pattern).expanduser()
    return str(whole if whole.is_absolute() else (Path.home() / ".ssh" if user else Path("/etc/ssh")) / whole)


def _found(pattern: str) -> tuple[str, ...]:
    return tuple(sorted(glob.glob(pattern)))  # noqa: PTH207 - OpenSSH's own rules are glob(3)'s


def _lines(path: Path, user: bool, guarded: bool) -> Iterator[Line]:
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            if guarded and (stat.st_uid not in {0, os.getuid()} or stat.st_mode & 0o022):
                raise UnreachableError(f"{path}: others may write it, so it is not trusted; `chmod go-w` it")
            content = file.read(_LARGEST + 1)
    except OSError as fault:
        missing = "there is no such OpenSSH configuration; leave config_file out, or name `none`"
        raise UnreachableError(
            f"{path}: {missing if isinstance(fault, FileNotFoundError) else fault.strerror}"
        ) from fault
    if len(content) > _LARGEST:
        raise UnreachableError(f"{path}: is longer than {_LARGEST} bytes")
    for number, text in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), 1):
        stripped = text.strip(_BLANK)
        if not stripped or stripped.startswith("#"):
            continue
        place = f"{path}:{number}"
        matched = _KEYWORD.fullmatch(stripped)
        if matched is None:
            raise UnreachableError(f"{place}: is no line of an OpenSSH configuration")
        rest = matched["rest"]
        keyword = (matched["word"] or matched["quoted"] or "").lower()
        # What runs a command, or stands in the words of one, has rules of its own, and is never looked into.
        words = () if keyword in {"proxycommand", "match"} else _split(rest, place)
        if keyword in {"host", "include"} and not words:
            raise UnreachableError(f"{place}: {keyword} names nothing")
        yield Line(keyword, words, rest, place, user)


def _split(text: str, place: str) -> tuple[str, ...]:
    """As ``argv_split`` of OpenSSH's misc.c does: quotes of both kinds, a few escapes, a comment at the end."""
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    characters = iter(range(len(text)))
    for at in characters:
        one, after = text[at], text[at + 1 : at + 2]
        if word is None:
            if one in " \t":
                continue
            if one == "#":
                break
            word = []
        if one == "\\" and after and (after in "'\"\\" or (not quote and after == " ")):
            word.append(after)
            next(characters)
        elif not quote and one in " \t":
            words.append("".join(word))
            word = None
        elif not quote and one in "'\"":
            quote = one
        elif one == quote:
            quote = ""
        else:
            word.append(one)
    if quote:
        raise UnreachableError(f"{place}: a quotation mark has no second one")
    return (*words, "".join(word)) if word is not None else tuple(words)
