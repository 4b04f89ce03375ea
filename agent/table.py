"""The results of a scan as a table that a person enjoys.

Controls first with their status, then what failed with why and how to fix it, then what could not be seen and what would
make it visible, and a last line that sums up. Plain text of a given width; colours only where they are asked for, and never
alone: every status is also a word.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent import __version__
from agent.evaluate import Finding
from agent.printable import printable
from agent.remedies import remedy_for
from agent.report import DISCLAIMER, Shown
from agent.results import Result, Results
from checks import catalog
from checks.check import Check
from checks.verdict import Status

_WORDS = {
    Status.PASS: ("pass", "32"),
    Status.FAIL: ("FAIL", "1;31"),
    Status.UNKNOWN: ("unseen", "33"),
    Status.NOT_APPLICABLE: ("n/a", "2"),
    Status.WAIVED: ("waived", "36"),
}
_SUBJECTS_SHOWN = 6
_NARROWEST = 60


@dataclass(frozen=True)
class Table:
    """How wide it is, and whether it has colours."""

    width: int = 100
    colours: bool = False

    def render(self, results: Results, shown: Shown) -> Iterator[str]:
        """The whole table, line by line."""
        width = max(self.width, _NARROWEST)
        everything = [finding for result in results.assets for finding in result.findings]
        for result in results.assets:
            yield from self._controls(result, width)
        listed = [finding for finding in everything if finding in shown]
        yield from self._failures([one for one in listed if one.status is Status.FAIL], width)
        yield from self._waived([one for one in listed if one.status is Status.WAIVED], width)
        yield from self._unseen([one for one in listed if one.status is Status.UNKNOWN], width)
        yield from self._asked_for(listed, shown, width)
        for note in results.notes:
            yield from _wrapped(f"Note: {note}.", width, "", "      ")
        yield ""
        yield self._summary(results, everything)
        for line in _wrapped(f"wispwatch {__version__}, catalogue {catalog.VERSION}. {DISCLAIMER}", width, "", ""):
            yield self._style(line, "2")

    def _style(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colours and code else text

    def _word(self, status: Status, width: int = 0) -> str:
        word, code = _WORDS[status]
        return self._style(word.ljust(width), code)

    def _controls(self, result: Result, width: int) -> Iterator[str]:
        counts: dict[tuple[str, str], Counter[Status]] = {}
        for finding in result.findings:
            for cited in finding.check.controls:
                counts.setdefault((cited, finding.check.facet), Counter())[finding.status] += 1
        yield ""
        heading = f"{printable(result.asset)} ({printable(result.asset_kind)})"
        ran = len({finding.check.id for finding in result.findings})
        told = f"{ran} check{'s' if ran != 1 else ''}, read in {result.seconds:.1f} s"
        yield f"{self._style(heading, '1')}  {self._style(told, '2')}"
        for held in result.controls:
            control = catalog.controls()[held.control]
            title = control.title + (f": {held.facet}" if held.facet else "")
            own: Counter[Status] = counts.get((held.control, held.facet), Counter())
            own = own + counts.get((control.counts, held.facet), Counter()) if control.counts else own
            tally = ", ".join(f"{own[status]} {_WORDS[status][0]}" for status in Status if own[status])
            room = width - 28 - len(tally)
            yield f"  {held.control:<16} {self._word(held.status, 7)} {textwrap.shorten(title, max(room, 24), placeholder='…'):<{max(room, 24)}} {self._style(tally, '2')}"

    def _failures(self, findings: list[Finding], width: int) -> Iterator[str]:
        if not findings:
            return
        yield ""
        yield self._style("What failed", "1")
        by_check = _grouped(findings)
        for check, held in sorted(by_check, key=lambda pair: (-pair[0].severity, pair[0].controls, pair[0].id)):
            yield ""
            yield f"  {self._style(check.severity.label, '1;31' if check.severity >= 3 else '31')}  {self._style(check.id, '1')}  {self._style(' '.join(check.controls), '2')}"
            for line in _told(held):
                yield from _wrapped(line, width, "    ", "      ")
            yield from _wrapped(f"Fix: {check.fix}", width, "    ", "         ")

    def _waived(self, findings: list[Finding], width: int) -> Iterator[str]:
        if not findings:
            return
        yield ""
        yield self._style("What failed under a waiver", "1")
        for finding in findings:
            waiver = finding.waiver
            if waiver is not None:
                text = f"{finding.check.id} on {_where(finding)}: {finding.verdict.reason}. Until {waiver.until}, {waiver.owner}: {waiver.reason} (instead: {waiver.compensating_control})"
                yield from _wrapped(printable(text), width, "  ", "    ")

    def _unseen(self, findings: list[Finding], width: int) -> Iterator[str]:
        if not findings:
            return
        yield ""
        yield self._style("What could not be seen", "1")
        by_reason: dict[str, list[Finding]] = {}
        for finding in findings:
            by_reason.setdefault(finding.verdict.reason, []).append(finding)
        for reason, held in sorted(by_reason.items(), key=lambda pair: -len(pair[1])):
            remedy = remedy_for(reason)
            yield ""
            yield from _wrapped(printable(reason, 500), width, "  ", "    ")
            if remedy:
                yield f"    To see it: {remedy}."
            yield from _wrapped(", ".join(dict.fromkeys(one.check.id for one in held)), width, "    ", "    ")

    def _asked_for(self, listed: Iterable[Finding], shown: Shown, width: int) -> Iterator[str]:
        """Passes and the not applicable are listed only when they are asked for."""
        for status, title in ((Status.PASS, "What passed"), (Status.NOT_APPLICABLE, "What does not apply")):
            if status in shown.statuses:
                yield ""
                yield self._style(title, "1")
                for finding in listed:
                    if finding.status is status:
                        told = f" ({printable(finding.verdict.reason, 500)})" if finding.verdict.reason else ""
                        yield from _wrapped(f"{finding.check.id} on {_where(finding)}{told}", width, "  ", "    ")

    def _summary(self, results: Results, findings: list[Finding]) -> str:
        controls = Counter(held.status for result in results.assets for held in result.controls)
        checks = Counter(finding.status for finding in findings)
        told = []
        for name, counted in (("controls", controls), ("findings", checks)):
            parts = ", ".join(f"{counted[status]} {self._word(status)}" for status in Status if counted[status])
            total = counted.total()
            told.append(f"{total} {name if total != 1 else name[:-1]}: {parts or 'none'}")
        return ". ".join(told) + "."


def _grouped(findings: list[Finding]) -> list[tuple[Check, list[Finding]]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.check.id, []).append(finding)
    return [(held[0].check, held) for held in groups.values()]


def _where(finding: Finding) -> str:
    return printable(f"{finding.asset}: {finding.subject}" if finding.subject else finding.asset)


def _told(findings: list[Finding]) -> Iterator[str]:
    """The reasons, a line each; the subjects of one reason together."""
    several = len({finding.asset for finding in findings}) > 1
    by_reason: dict[str, list[str]] = {}
    for finding in findings:
        subject = _where(finding) if several else printable(finding.subject)
        by_reason.setdefault(printable(finding.verdict.reason, 500), []).append(subject)
    for reason, subjects in by_reason.items():
        named = [subject for subject in subjects if subject]
        more = f" and {len(named) - _SUBJECTS_SHOWN} more" if len(named) > _SUBJECTS_SHOWN else ""
        yield f"{', '.join(named[:_SUBJECTS_SHOWN])}{more}: {reason}" if named else reason


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=True, break_on_hyphens=False
    ) or [first]
