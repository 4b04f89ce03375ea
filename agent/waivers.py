"""Waivers: documented exceptions, since 17.04 asks for its elements "to the extent technically feasible".

A waiver covers failing findings of a check or a control on the assets and subjects that its patterns match, until its end
date. Pure: it knows no clock but the one it is given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from checks import catalog

if TYPE_CHECKING:
    from agent.evaluate import Finding


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

    def covers(self, finding: "Finding") -> bool:
        """Whether its patterns match a finding, whatever its status or date."""
        return (
            (not self.check or self.check == finding.check.id)
            and (not self.control or self.control in finding.check.controls)
            and fnmatchcase(finding.asset, self.asset)
            and fnmatchcase(finding.subject, self.subject)
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


def apply(findings: Iterable["Finding"], waivers: Sequence[Waiver], today: date) -> tuple[list["Finding"], list[str]]:
    """Put each failing finding under the first waiver that covers it and still holds.

    Returns the findings, and a sentence for every waiver that has expired or matched nothing.
    """
    covered: list[Finding] = []
    useful: set[int] = set()
    for finding in findings:
        chosen = None
        for index, waiver in enumerate(waivers):
            if waiver.covers(finding):
                useful.add(index)
                if waiver.until >= today and chosen is None:
                    chosen = waiver
        failing = finding.verdict.status.value == "fail"
        covered.append(replace(finding, waiver=chosen) if chosen and failing else finding)
    notes = []
    for index, waiver in enumerate(waivers):
        if waiver.until < today:
            notes.append(
                f"{waiver.name} (owner {waiver.owner}) expired on {waiver.until.isoformat()}: it no longer counts"
            )
        elif index not in useful:
            notes.append(f"{waiver.name} matches nothing that was scanned")
    return covered, notes
