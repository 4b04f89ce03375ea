"""Waivers: documented exceptions, since 17.04 asks for its elements "to the extent technically feasible".

A waiver covers failing findings of a check or a control on the assets and subjects that its patterns match, until its end
date. Pure: it knows no clock but the one it is given.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from checks import catalog


@dataclass(frozen=True, slots=True)
class Waiver:
    """A documented exception."""

    until: date
    """The last day on which it holds."""
    owner: str
    """Who answers for it."""
    reason: str
    compensating_control: str
    """What protects the information instead."""
    check: str = ""
    """The id of a check; this or ``control`` is needed."""
    control: str = ""
    """The id of a control, for all its checks."""
    asset: str = "*"
    """A pattern with ``*`` and ``?``."""
    subject: str = "*"
    """A pattern with ``*`` and ``?``."""

    @property
    def name(self) -> str:
        """How a message names it."""
        return f"waiver of {self.check or self.control} on {self.asset}"

    def covers(self, check: str, controls: Collection[str], asset: str, subject: str) -> bool:
        """Whether it is about a check (which cites these controls) of this subject of this asset, whatever the date."""
        return (
            (not self.check or self.check == check)
            and (not self.control or self.control in controls)
            and fnmatchcase(asset, self.asset)
            and fnmatchcase(subject, self.subject)
        )


def faults(waivers: Sequence[Waiver], check_ids: frozenset[str]) -> list[str]:
    """Waivers that name a check or a control that does not exist, or neither."""
    found = []
    for index, waiver in enumerate(waivers):
        place = f"waivers[{index}]"
        if not (waiver.check or waiver.control):
            found.append(f"{place}: names neither a check nor a control")
        if waiver.check and waiver.check not in check_ids:
            found.append(f"{place}.check: there is no check {waiver.check!r}{_nearest(waiver.check, check_ids)}")
        if waiver.control and waiver.control not in catalog.controls():
            found.append(
                f"{place}.control: there is no control {waiver.control!r}{_nearest(waiver.control, catalog.controls())}"
            )
        if waiver.control in catalog.controls() and catalog.controls()[waiver.control].heading:
            found.append(f"{place}.control: {waiver.control} is a heading: name one of the items below it")
    return found


def _nearest(name: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - only a fault pays for it

    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
