"""Files and folders that a configuration names."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_OURS = frozenset({"daemon.state_dir"})
"""Made where it is missing."""


def absent(value: Any, key: str = "") -> Iterator[tuple[str, Path, str]]:
    """Key, path and reason of everything that is named and cannot be found now; in the order of the configuration."""
    match value:
        case Path() if key not in _OURS:
            try:
                value.stat()
            except OSError as fault:
                yield key, value, fault.strerror or str(fault)
        case tuple():
            for index, one in enumerate(value):
                yield from absent(one, f"{key}[{index}]")
        case Mapping():
            for name, one in value.items():
                yield from absent(one, f"{key}.{name}")
        case _ if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                yield from absent(getattr(value, field.name), f"{key}.{field.name}" if key else field.name)
