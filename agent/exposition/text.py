"""The text format of Prometheus, version 0.0.4, in parts that many assets share.

``prometheus_client`` takes 14.5 us a series and has all of them in memory; a page of ten thousand hosts has six million, of
which nearly every line differs from that of another host in the asset's name alone. So a line is what is before the name, the
name, and a tail, and tails are shared. Tests compare with what ``prometheus_client`` writes.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

from agent.printable import printable

LONGEST = 300
"""Characters of a label value at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A metric: what it is called, what it says, and which labels its series have."""

    name: str
    told: str
    labels: tuple[str, ...] = ()
    """In the order of the documentation; on the page they are sorted by name."""
    counts: bool = False
    """Whether it is a counter, and not a gauge."""

    @property
    def header(self) -> str:
        """The two lines before its samples."""
        told = self.told.replace("\\", r"\\").replace("\n", r"\n")
        return f"# HELP {self.name} {told}\n# TYPE {self.name} {self.kind}\n"

    @property
    def kind(self) -> str:
        """As the page calls it."""
        return "counter" if self.counts else "gauge"

    def line(self, values: Sequence[str], value: float) -> str:
        """A whole line; the values of the labels in the order of ``labels``."""
        told = ",".join(f'{name}="{plain(label)}"' for name, label in sorted(zip(self.labels, values, strict=True)))
        return f"{self.name}{{{told}}} {number(value)}\n" if told else f"{self.name} {number(value)}\n"


@dataclass(frozen=True, slots=True)
class Column:
    """Tails whose labels many assets have, while the values are this asset's own."""

    labels: tuple[str, ...]
    """Each up to the value: ``,collector="sshd"} ``."""
    values: str
    """With a space between two."""


Part = tuple[str, ...] | Column
"""The tails of one asset's samples in one family: what follows the asset's name in each line, without the line's end."""


def plain(label: str) -> str:
    """A label's value as a line has it. Some come from targets: nothing in them can break a line."""
    return printable(label, LONGEST).replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def number(value: float) -> str:
    """A value as Go writes it, which goes over to exponents sooner than Python."""
    told = repr(float(value))
    dot = told.find(".")
    if value > 0 and dot > 6:
        return f"{told[0]}.{told[1:dot]}{told[dot + 1 :]}".rstrip("0.") + f"e+{dot - 1:02d}"
    return told


@lru_cache(maxsize=65536)
def labels(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    """What follows the asset's name up to the value: ``",collector="sshd"} ``."""
    return "".join(f',{name}="{plain(value)}"' for name, value in sorted(zip(names, values, strict=True))) + "} "


@lru_cache(maxsize=65536)
def tail(names: tuple[str, ...], values: tuple[str, ...], value: float) -> str:
    """What follows the asset's name: labels and a value of which there are few."""
    return labels(names, values) + number(value)


def tail_of(family: Family, value: float, *values: str) -> str:
    """The same of a family, whose first label is the asset's."""
    return tail(family.labels[1:], values, value)


def count_of(family: Family, value: float, *values: str) -> str:
    """The same where the values are many: each is written once, and remembered nowhere."""
    return labels(family.labels[1:], values) + number(value)


@lru_cache(maxsize=1024)
def all_labels(names: tuple[str, ...], values: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The same of several samples, for a ``Column``."""
    return tuple(labels(names, each) for each in values)


def column(names: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float]]) -> Column:
    """A column of label values and values."""
    held = tuple(samples)
    return Column(all_labels(names, tuple(each for each, _ in held)), " ".join(number(value) for _, value in held))


def lines(family: str, asset: str, part: Part) -> str:
    """The lines of one asset in one family; ``asset`` is a label's value that is ``plain`` already."""
    tails = map(add, part.labels, part.values.split(" ")) if isinstance(part, Column) else part
    start = f'{family}{{asset="{asset}"'
    told = f"\n{start}".join(tails)
    return f"{start}{told}\n" if told else ""


def is_empty(part: Part) -> bool:
    """Whether there is no sample."""
    return not (part.labels if isinstance(part, Column) else part)
