"""What a collector wants to be read: frozen values that name, and never read.

Every source has a ``key``, which names it in a snapshot and in evidence, and an ``understand`` method, which turns
the text of its reading into what the parser receives. A source that asks the *running* system (as against files
that also lie in a directory tree) is ``live``: a transport to a directory tree must answer it with ``Unread``.
"""

import json
import re
import shlex
import stat
from collections.abc import Callable
from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
_PATTERN = re.compile(r"/[A-Za-z0-9/._*?@+~\-]*")
_WORD = r"""(?:'[^']*'(?:"'"'[^']*')*|[A-Za-z0-9@%+=:,./_-]+)"""
_JOINED = re.compile(f"{_WORD}(?: {_WORD})*")
"""A line as ``shlex.join`` writes it."""
_LIVE_TREES = ("/proc/", "/sys/", "/run/", "/dev/")


def _plain_path(path: str) -> None:
    """Refuse a path that would need quoting in a shell; sources are constants, so this is the author's fault."""
    if not _PATTERN.fullmatch(path) or "/../" in path:
        raise ValueError(f"{path!r} is no plain absolute path or pattern")


def _is_live(paths: tuple[str, ...]) -> bool:
    return any(path.startswith(_LIVE_TREES) for path in paths)


@dataclass(frozen=True, slots=True)
class File:
    """One regular file, whole. The parser receives its text (``str``)."""

    path: str
    limit: int = 256 * KIB
    """Bytes; a longer file is ``Unread``, never a cut-off ``Text``."""

    def __post_init__(self) -> None:
        _plain_path(self.path)
        if any(mark in self.path for mark in "*?"):
            raise ValueError(f"{self.path!r} is a pattern: use Files")

    @property
    def key(self) -> str:
        """How a snapshot names it."""
        return f"file:{self.path}"

    @property
    def live(self) -> bool:
        """Whether it asks the running system."""
        return _is_live((self.path,))

    def understand(self, text: str) -> str:
        """What the parser receives: the text itself."""
        return text


@dataclass(frozen=True, slots=True)
class Files:
    """Every regular file that matches the patterns. The parser receives ``dict[str, str]``: path to text, sorted by path.

    One file of them that cannot be read makes the whole reading ``Unread``: a configuration seen in part is not seen.
    No match at all is ``Absent``.
    """

    patterns: tuple[str, ...]
    limit: int = 64 * KIB
    """Bytes for each file."""
    most: int = 200
    """How many files; more are ``Unread``."""
    secrets: bool = False
    """Whether options such as ``password=`` may stand in them: their values are then left out on the target."""

    def __init__(self, *patterns: str, limit: int = 64 * KIB, most: int = 200, secrets: bool = False) -> None:
        for pattern in patterns:
            _plain_path(pattern)
        object.__setattr__(self, "patterns", patterns)
        object.__setattr__(self, "limit", limit)
        object.__setattr__(self, "most", most)
        object.__setattr__(self, "secrets", secrets)

    @property
    def key(self) -> str:
        """How a snapshot names it."""
        return "files:" + " ".join(self.patterns)

    @property
    def live(self) -> bool:
        """Whether it asks the running system."""
        return _is_live(self.patterns)

    def understand(self, text: str) -> dict[str, str]:
        """What the parser receives: path to text."""
        files = json.loads(text)
        if not isinstance(files, dict):
            raise TypeError("not a mapping of path to text")
        return dict(sorted(files.items()))


@dataclass(frozen=True, slots=True)
class Mode:
    """What ``stat`` says of one path (symbolic links followed)."""

    path: str
    kind: str
    """``file``, ``directory``, ``link`` (one that leads nowhere is not reported), or ``other``."""
    permissions: int
    """The twelve permission bits, e.g. ``0o640``."""
    uid: int
    gid: int
    owner: str
    """Name of the owner as the target knows it, ``UNKNOWN`` where it has none."""
    group: str
    size: int
    """Bytes."""
    modified: int
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Stat:
    """Owner, group, mode, size and time of every path that matches. The parser receives ``tuple[Mode, ...]``.

    Paths that are not there are left out; none at all is ``Absent``; one that may not be looked at makes it ``Unread``.
    """

    patterns: tuple[str, ...]
    most: int = 2000
    """How many paths; more are ``Unread``."""

    def __init__(self, *patterns: str, most: int = 2000) -> None:
        for pattern in patterns:
            _plain_path(pattern)
        object.__setattr__(self, "patterns", patterns)
        object.__setattr__(self, "most", most)

    @property
    def key(self) -> str:
        """How a snapshot names it."""
        return "stat:" + " ".join(self.patterns)

    @property
    def live(self) -> bool:
        """Whether it asks the running system."""
        return _is_live(self.patterns)

    def understand(self, text: str) -> tuple[Mode, ...]:
        r"""What the parser receives, from lines of ``mode-in-hex uid gid owner group size mtime path``; a blank in a
        name of an owner or a group (as directories have them) is written ``\x20``.
        """
        return tuple(_mode(line) for line in text.split("\n") if line)


_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}


def _mode(line: str) -> Mode:
    raw, uid, gid, owner, group, size, modified, path = line.split(" ", 7)
    bits = int(raw, 16)
    return Mode(
        path=path,
        kind=_KINDS.get(stat.S_IFMT(bits), "other"),
        permissions=stat.S_IMODE(bits),
        uid=int(uid),
        gid=int(gid),
        owner=owner.replace("\\x20", " "),
        group=group.replace("\\x20", " "),
        size=int(size),
        modified=int(float(modified)),
    )


def _unquoted(word: str) -> str:
    return word[1:-1].replace("'\"'\"'", "'") if word.startswith("'") else word


@dataclass(frozen=True, slots=True)
class Command:
    """A command's standard output. The parser receives ``str``.

    ``line`` is split into words and every word is quoted: there is no shell unless it says ``sh -c '...'`` itself.
    A program that is not installed is ``Absent``; a status not in ``ok`` is ``Unread`` with what it said on stderr.
    """

    line: str
    seconds: int = 5
    limit: int = 256 * KIB
    """Bytes of output; more are ``Unread``."""
    ok: tuple[int, ...] = (0,)
    """Exit statuses that are an answer."""
    live: bool = False
    """Whether it asks the running system, and so has no answer in a directory tree."""
    needs: str = ""
    """The program whose absence makes this ``Absent``; the first word where nothing is given."""
    instrument: bool = False
    """Whether that program is only what we look with (``ps``, ``lsblk``): its absence says nothing of what there is to be
    seen, and makes this ``Unread``."""
    name: str = ""
    """A short name for the key, where the line is a script."""
    reads_only: bool = False
    """Whether it is a script (``sh -c``) that only reads regular files, as a ``File`` does: like that it has no time limit
    of its own, which costs less than half."""
    absent: tuple[int, ...] = ()
    """Exit statuses by which it says that what it is about is not on this target: ``Absent``."""

    def __post_init__(self) -> None:
        if self.reads_only and self.words[:2] != ["sh", "-c"]:
            raise ValueError(f"{self.key}: only a script of sh -c can be read-only")

    @property
    def key(self) -> str:
        """How a snapshot names it."""
        return f"command:{self.name or self.line}"

    @property
    def words(self) -> list[str]:
        """The line as an argument list. One that ``shlex.join`` wrote is taken apart a hundred times as quickly as any other."""
        if _JOINED.fullmatch(self.line):
            return [_unquoted(word) for word in re.findall(_WORD, self.line)]
        return shlex.split(self.line)

    @property
    def program(self) -> str:
        """The program that must be installed."""
        return self.needs or self.words[0]

    def understand(self, text: str) -> str:
        """What the parser receives: standard output."""
        return text


@dataclass(frozen=True, slots=True)
class Native:
    """What an agent on the machine asks the kernel through psutil. The parser receives ``str``.

    The answer takes the form of ``otherwise``, the command that asks the same where no agent runs, so that one parser
    reads both.
    """

    name: str
    otherwise: Command

    @property
    def key(self) -> str:
        """How a snapshot names it."""
        return f"native:{self.name}"

    @property
    def live(self) -> bool:
        """Whether it asks the running system: always."""
        return True

    def understand(self, text: str) -> str:
        """What the parser receives."""
        return text


@dataclass(frozen=True, slots=True)
class Register:
    """A register the organization keeps beside the configuration, e.g. its training records. The parser receives ``str``.

    Where none is configured the reading is ``Unread`` and says how to add one.
    """

    name: str

    @property
    def key(self) -> str:
        """How a snapshot names it."""
        return f"register:{self.name}"

    @property
    def live(self) -> bool:
        """Whether it asks the running system: never."""
        return False

    def understand(self, text: str) -> str:
        """What the parser receives."""
        return text


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 of the files that a register names. The parser receives ``dict[str, str]``: name to ``sha256 HEX``, ``absent``
    or ``unread REASON``.

    The source says which files, of the register's text; the transport only reads. They must lie in the register's folder or
    below it, and be regular files.
    """

    register: Register
    names: Callable[[str], tuple[str, ...]]
    """Of the register's text: the files, the most important first. It is pure, as a parser is."""
    limit: int = 64 * MIB
    """Bytes of all files together; those beyond are ``unread``."""
    most: int = 200
    """How many files; those beyond are ``unread``."""

    @property
    def key(self) -> str:
        """How a snapshot names it."""
        return f"digests:{self.register.name}"

    @property
    def live(self) -> bool:
        """Whether it asks the running system: never."""
        return False

    def understand(self, text: str) -> dict[str, str]:
        """What the parser receives: name to digest."""
        digests = json.loads(text)
        if not isinstance(digests, dict):
            raise TypeError("not a mapping of name to digest")
        return digests


@dataclass(frozen=True, slots=True)
class Declared:
    """A script over what the operator declared for an asset, e.g. where personal information lies. The parser receives ``str``.

    The agent binds the declarations as the script's arguments; no word of them becomes part of a script. Until it
    does, and where nothing is declared, the reading is ``Unread`` and says how to declare it.
    """

    name: str
    script: str
    seconds: int = 10
    limit: int = 256 * KIB
    arguments: tuple[str, ...] | None = None
    """What was declared, in the order that the script takes it; None before it is bound."""

    @property
    def key(self) -> str:
        """How a snapshot names it: the same for every declaration, so that a recording needs no configuration."""
        return f"declared:{self.name}"

    @property
    def live(self) -> bool:
        """Whether it asks the running system: never."""
        return False

    @property
    def command(self) -> Command:
        """What the target is asked, once it is bound."""
        if self.arguments is None:
            raise ValueError(f"{self.key} is not bound")
        line = shlex.join(["sh", "-c", self.script, "sh", *self.arguments])
        return Command(line, name=self.name, seconds=self.seconds, limit=self.limit)

    def understand(self, text: str) -> str:
        """What the parser receives: standard output."""
        return text


Source = File | Files | Stat | Command | Native | Register | Digests | Declared
Understood = str | dict[str, str] | tuple[Mode, ...]
