"""What this process has open."""

import contextlib
from pathlib import Path


def descriptors() -> set[str]:
    """By number, and what it is. Compare sets and not how many there are: threads of tests that are over, such as servers have,
    may close theirs meanwhile.
    """
    found = set()
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            found.add(f"{one.name} {one.readlink()}")
    return found
