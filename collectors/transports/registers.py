"""The organization's registers: files beside the configuration, named there; and the hashes of files that they name."""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from collectors.readings import Answers, Reading, Text, Unread
from collectors.sources import Digests, Register, Source

_LARGEST = 8 << 20
_PIECE = 1 << 20
YAML = frozenset({".yaml", ".yml"})
"""Endings of the names of registers that are written in YAML."""


@dataclass(frozen=True)
class Registers:
    """Reads the registers that the configuration names."""

    paths: Mapping[str, Path]

    def read(self, sources: Sequence[Source]) -> Answers:
        """Read each register; one that is not configured is ``Unread`` and says how to add it."""
        return Answers({source.key: self._one(source) for source in sources})

    def _one(self, source: Source) -> Reading:
        if isinstance(source, Digests):
            return self._digests(source)
        if not isinstance(source, Register):
            return Unread(f"{source.key} is no register")
        path = self.paths.get(source.name)
        if path is None:
            return Unread(f"no {source.name} register is configured: add registers.{source.name} to the configuration")
        try:
            # Not blocking, for a FIFO in the place of a register would hold the scan for ever.
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return Unread(f"registers.{source.name}: {path} is not a regular file")
                raw = file.read(_LARGEST + 1)
        except (
            OSError
        ) as fault:  # not there, too: a wrong path in our configuration says nothing about the organization
            return Unread(f"registers.{source.name}: {path}: {fault.strerror}")
        if len(raw) > _LARGEST:
            return Unread(f"registers.{source.name}: {path} is longer than {_LARGEST} bytes")
        return _text(source.name, path, raw.decode("utf-8-sig", "backslashreplace"))

    def _digests(self, source: Digests) -> Reading:
        register = self._one(source.register)
        if not isinstance(register, Text):
            return register
        folder = self.paths[source.register.name].parent
        left = source.limit
        told: dict[str, str] = {}
        for name in dict.fromkeys(source.names(register.text)):
            if len(told) < source.most:
                told[name], read = digest(folder, name, left)
                left -= read
            else:
                told[name] = f"unread more than {source.most} files are named"
        return Text(json.dumps(told))


def _text(name: str, path: Path, text: str) -> Reading:
    """The text as CSV, which it is unless the file's name says YAML."""
    if path.suffix.lower() not in YAML:
        return Text(text)
    from collectors.transports.yaml_register import YamlRegisterError, as_csv  # noqa: PLC0415 - only YAML pays for it

    try:
        return Text(as_csv(text))
    except YamlRegisterError as fault:
        return Unread(f"registers.{name}: {path}: {fault}")


def digest(folder: Path, name: str, limit: int) -> tuple[str, int]:
    """``sha256 HEX``, ``absent`` or ``unread REASON`` of a file in a folder or below it, and how many bytes were read.

    A link may lead to another file below the folder, and not out of it: a register names evidence, and must not make the
    scanner tell of any file that it may read itself.
    """
    read = 0
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            return "unread it does not lie below the folder of the register", 0
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - not blocking, for it may be a FIFO
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return "unread it is not a regular file", 0
            hashed = hashlib.sha256()
            while piece := file.read(_PIECE):
                read += len(piece)
                if read > limit:
                    return f"unread it is longer than the {limit} bytes that are left for evidence", read
                hashed.update(piece)
    except (FileNotFoundError, NotADirectoryError):
        return "absent", 0
    except (OSError, RuntimeError, ValueError) as fault:  # a loop of links, a NUL in the name
        return (
            f"unread {(fault.strerror if isinstance(fault, OSError) else '') or 'its name is no name of a file'}",
            read,
        )
    return f"sha256 {hashed.hexdigest()}", read
