"""Inventories as files: read once, bounded, as text."""

import stat
from pathlib import Path

from agent.errors import InventoryError
from agent.inventories.listed import LARGEST


def text_of(path: Path) -> str:
    """The text of a file. ``InventoryError`` where it cannot be read, is too long, or is no text."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InventoryError(f"{path}: is no file; an inventory that is a folder or a pipe is not read")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as fault:
        raise InventoryError(f"{path}: {fault.strerror}") from fault
    if len(content) > LARGEST:
        raise InventoryError(f"{path}: is longer than {LARGEST} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InventoryError(f"{path}: is not UTF-8 text (byte {fault.start})") from fault
