"""Files that are written whole or not at all: a full disk leaves the earlier file as it was."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write, flush to disk, and put it in place by rename. A path that is a device or a pipe is written to directly.

    ``OSError`` where it cannot be done; the earlier file is then untouched.
    """
    write_whole_parts(path, (content,), mode)


def write_whole_parts(path: Path, parts: Iterable[bytes], mode: int = 0o600) -> None:
    """As ``write_whole``, of content that comes in parts and need not be in memory as a whole."""
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            device.writelines(parts)
        return
    target = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
