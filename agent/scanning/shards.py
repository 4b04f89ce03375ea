"""A part of all targets: the same target is in the same part wherever and whenever that is asked.

For runs that share the work without talking to each other, such as Kubernetes' Indexed Jobs and AWS Batch's arrays, which
count their members from 0.
"""

import hashlib
import re
from dataclasses import dataclass

_WORDS = re.compile(r"(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True)
class Shard:
    """Part ``index`` (from 0) of ``count``."""

    index: int = 0
    count: int = 1

    def __contains__(self, name: object) -> bool:
        """Whether an asset of this name belongs to the part: by SHA-256 of the name, so that the parts are of about one size."""
        digest = hashlib.sha256(str(name).encode()).digest()
        return self.count == 1 or int.from_bytes(digest[:8], "big") % self.count == self.index

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


EVERYTHING = Shard()


def shard(text: str) -> Shard:
    """``I/N``, I from 0 to N-1. ``ValueError`` says what is wrong."""
    found = _WORDS.fullmatch(text)
    if found is None or int(found.group(1)) >= int(found.group(2)):
        raise ValueError(f"{text!r} is no part such as 0/4: which one, counted from 0, and of how many")
    return Shard(int(found.group(1)), int(found.group(2)))
