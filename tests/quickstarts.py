"""The steps of a page: what stands in its blocks, in order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"In `([^`]+)`:\s*$")


@dataclass(frozen=True)
class Step:
    """One block: commands (``sh``), a file (``yaml``), or what is seen of the commands before (``text``)."""

    kind: str
    text: str
    path: str = ""
    """Of a file: where the page says that it is."""


def steps(name: str) -> Iterator[Step]:
    """The steps of ``docs/NAME``."""
    page = (ROOT / "docs" / name).read_text()
    for block in _BLOCK.finditer(page):
        told = _FILE.search(page[: block.start()])
        yield Step(block[1], block[2], told[1] if told else "")


def shows(said: str, text: str) -> bool:
    """Whether each line of a block is in what was said; dots at its beginning and its end stand for anything."""
    return all(line.removeprefix("...").removesuffix("...") in said for line in text.splitlines())
