"""The organization's registers: files beside the configuration, named there."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from collectors.readings import Answers, Reading, Text, Unread
from collectors.sources import Register, Source

_LARGEST = 8 << 20


@dataclass(frozen=True)
class Registers:
    """Reads the registers that the configuration names."""

    paths: Mapping[str, Path]

    def read(self, sources: Sequence[Source]) -> Answers:
        """Read each register; one that is not configured is ``Unread`` and says how to add it."""
        return Answers({source.key: self._one(source) for source in sources})

    def _one(self, source: Source) -> Reading:
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
        return Text(raw.decode("utf-8-sig", "backslashreplace"))
