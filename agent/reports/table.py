"""The results of a scan as a table that a person enjoys.

Controls first with their status, then what failed with why and how to fix it, then what could not be seen and what would
make it visible, and a last line that sums up. Plain text of a given width; colours only where they are asked for, and never
alone: every status is also a word.
"""

import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from agent import __version__
from agent.evaluate import ROLL_UP
from agent.printable import printable
from agent.reports.forms import DISCLAIMER, Shown
from agent.reports.gathered import Gathered
from agent.reports.remedies import remedy_for
from agent.results import Result, Results
from checks import catalog
from checks.verdict import Status

_WORDS = {
    Status.PASS: ("pass", "32"),
    Status.FAIL: ("FAIL", "1;31"),
    Status.UNKNOWN: ("unseen", "33"),
    Status.NOT_APPLICABLE: ("n/a", "2"),
    Status.WAIVED: ("waived", "36"),
}
_NARROWEST = 60
_ASSETS_SHOWN = 20
"""Assets whose controls are listed one by one; of more, their numbers are."""
_REASONS_SHOWN = 100


@dataclass(frozen=True)
class Table:
    """How wide it is, and whether it has colours."""

    width: int = 100
    colours: bool = False

    def render(self, results: Results, shown: Shown) -> Iterator[str]:
        """The whole table, line by line. The assets are gone through once: of findings only what will be printed is kept."""
        width = max(self.width, _NARROWEST)
        found = Gathered(shown)
        fleet = len(results.assets) > _ASSETS_SHOWN
        for result in results.assets:
            found.take_in(result)
            if not fleet:
                yield from self._controls(result, width)
        if fleet:
            yield from self._over_all(found, width)
        yield from self._failures(found, width)
        yield from self._waived(found, width)
        yield from self._unseen(found, width)
        yield from self._asked_for(found, width)
        for note in results.notes:
            yield from _wrapped(f"Note: {note}.", width, "", "      ")
        yield ""
        yield self._summary(found)
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

    def _over_all(self, found: Gathered, width: int) -> Iterator[str]:
        """Of many assets, each control once: how many of them have which status."""
        yield ""
        yield self._style(f"{found.assets} assets", "1")
        for (name, facet), held in found.over_assets.items():
            title = catalog.controls()[name].title + (f": {facet}" if facet else "")
            tally = ", ".join(f"{held[status]} {_WORDS[status][0]}" for status in Status if held[status])
            room = max(width - 20 - len(tally), 24)
            worst = next(
                (status for status in (*ROLL_UP, Status.NOT_APPLICABLE) if held[status]), Status.NOT_APPLICABLE
            )
            shortened = textwrap.shorten(title, room, placeholder="…")
            yield f"  {name:<16} {shortened:<{room}} {self._style(tally, _WORDS[worst][1])}"

    def _failures(self, found: Gathered, width: int) -> Iterator[str]:
        if not found.failed:
            return
        yield ""
        yield self._style("What failed", "1")
        for one in sorted(
            found.failed.values(), key=lambda one: (-one.check.severity, one.check.controls, one.check.id)
        ):
            check = one.check
            yield ""
            yield f"  {self._style(check.severity.label, '1;31' if check.severity >= 3 else '31')}  {self._style(check.id, '1')}  {self._style(' '.join(check.controls), '2')}"
            for line in one.told():
                yield from _wrapped(line, width, "    ", "      ")
            yield from _wrapped(f"Fix: {check.fix}", width, "    ", "         ")

    def _waived(self, found: Gathered, width: int) -> Iterator[str]:
        if not found.waived:
            return
        yield ""
        yield self._style("What failed under a waiver", "1")
        for (check, reason, waiver), subjects in found.waived.items():
            text = f"{check} on {subjects.names()}: {reason}. Until {waiver.until}, {waiver.owner}: {waiver.reason} (instead: {waiver.compensating_control})"
            yield from _wrapped(printable(text), width, "  ", "    ")

    def _unseen(self, found: Gathered, width: int) -> Iterator[str]:
        if not found.unseen:
            return
        yield ""
        yield self._style("What could not be seen", "1")
        rows = sorted(found.unseen.items(), key=lambda pair: -pair[1].total)
        for reason, checks in rows[:_REASONS_SHOWN]:
            remedy = remedy_for(reason)
            yield ""
            yield from _wrapped(printable(reason, 500), width, "  ", "    ")
            if remedy:
                yield f"    To see it: {remedy}."
            yield from _wrapped(", ".join(checks.ids), width, "    ", "    ")
        if len(rows) > _REASONS_SHOWN:
            yield ""
            yield f"  and {len(rows) - _REASONS_SHOWN} more reasons: --format jsonl --status unknown lists them all"

    def _asked_for(self, found: Gathered, width: int) -> Iterator[str]:
        """Passes and the not applicable are listed only when they are asked for."""
        for status, title in ((Status.PASS, "What passed"), (Status.NOT_APPLICABLE, "What does not apply")):
            if status in found.shown.statuses:
                yield ""
                yield self._style(title, "1")
                for line in found.listed[status]:
                    yield from _wrapped(line, width, "  ", "    ")

    def _summary(self, found: Gathered) -> str:
        told = []
        for name, counted in (("controls", found.controls), ("findings", found.findings)):
            parts = ", ".join(f"{counted[status]} {self._word(status)}" for status in Status if counted[status])
            total = counted.total()
            told.append(f"{total} {name if total != 1 else name[:-1]}: {parts or 'none'}")
        return ". ".join(told) + "."


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=True, break_on_hyphens=False
    ) or [first]
