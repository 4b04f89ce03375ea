"""The page of metrics as series and values: a strict reader of the text that this program itself writes.

A *layout* is which series there are, each as the labels of its message, and changes seldom; a snapshot is a layout, a value for
each of its series, and a moment. Empty labels are left out, as remote write asks: to Prometheus they are the same as none. What
checks and controls are called is left out as well: it is the same on every machine, and most of what there is to send.
"""

import hashlib
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.exposition.families import CHECK_INFO, CONTROL_INFO
from agent.exposition.text import Column
from agent.pages.page import Page
from agent.push.messages import label

MOST = 100_000
"""Series of one snapshot at most: some 180 hosts. A daemon that has more should be scraped."""
_LEFT_OUT = ("#", f"{CHECK_INFO.name}{{", f"{CONTROL_INFO.name}{{")
_LABEL = re.compile(r'([a-z_][a-z0-9_]*)="((?:[^"\\]|\\[\\n"])*)"(?:,|$)')
_ESCAPED = re.compile(r"\\([\\n\"])")
_PLAIN = {"n": "\n"}


class TooManyError(Exception):
    """A page of more series than are pushed; its argument is how many."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which series there are, in the order of the page."""

    id: bytes
    """A hash of the series."""
    series: tuple[bytes, ...]
    """The labels of each, as ``messages`` writes them."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What a page says."""

    layout: Layout
    values: bytes
    """A double for each series, in little endian."""


class Reader:
    """Reads pages, and remembers the last: that is mostly the next, too."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        """``labels`` are added to every series."""
        self._more = tuple(sorted((name, value) for name, value in labels.items() if value))
        self._page: Page | None = None
        self._held: tuple[list[bytes], list[float]] = ([], [])
        self._layout = Layout(b"", ())

    def samples(self, page: Page, also: str) -> Samples:
        """What the page says, and a text behind it that is another each time. ``TooManyError``."""
        if page is not self._page:
            self._page, self._held = None, ([], [])
            if (count := _count(page)) > MOST:
                raise TooManyError(count)
            self._held = self._read(bytes(page).decode())
            self._page = page
        series, values = self._read(also)
        series = self._held[0] + series
        values = self._held[1] + values
        if len(series) > MOST:
            raise TooManyError(len(series))
        return Samples(self._laid_out(series), struct.pack(f"<{len(values)}d", *values))

    def _read(self, text: str) -> tuple[list[bytes], list[float]]:
        series, values = [], []
        for line in text.splitlines():
            if not line.startswith(_LEFT_OUT):
                told, _, value = line.rpartition(" ")
                name, _, labels = told.partition("{")
                values.append(float(value))
                series.append(self._labels(name, labels))
        return series, values

    def _labels(self, name: str, told: str) -> bytes:
        pairs = [("__name__", name), *_pairs(told), *self._more]
        pairs.sort()
        return b"".join([label(*pair) for pair in pairs])

    def _laid_out(self, series: Sequence[bytes]) -> Layout:
        if len(series) != len(self._layout.series) or any(map(_differ, series, self._layout.series)):
            self._layout = layout_of(series)
        return self._layout


def _count(page: Page) -> int:
    """How many series of assets there are, told without writing them down."""
    parts = (part for group in (*page.groups, *page.errors) for one in group.series for part in one.parts)
    return sum(len(part.labels if isinstance(part, Column) else part) for part in parts)


def _differ(one: bytes, other: bytes) -> bool:
    return one is not other and one != other


def layout_of(series: Sequence[bytes]) -> Layout:
    """A layout of these series."""
    hashed = hashlib.sha256()
    for one in series:
        hashed.update(len(one).to_bytes(4, "little") + one)
    return Layout(hashed.digest()[:16], tuple(series))


def _pairs(told: str) -> list[tuple[str, str]]:
    """Names and values of the labels of a line, without those that are empty. ``ValueError`` where it is not ours."""
    if not told:
        return []
    if told[-1] != "}":
        raise ValueError(f"a line of metrics has no end of its labels: {told[:100]!r}")
    at, found = 0, []
    while at < len(told) - 1:
        matched = _LABEL.match(told, at, len(told) - 1)
        if matched is None:
            raise ValueError(f"a line of metrics has labels that are not understood: {told[:100]!r}")
        at = matched.end()
        if matched[2]:
            found.append((matched[1], _unescaped(matched[2])))
    return found


@lru_cache(maxsize=4096)
def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: _PLAIN.get(found[1], found[1]), value) if "\\" in value else value
