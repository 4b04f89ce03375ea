"""Judged assets put by until all are there, so that a fleet takes no more memory than a few hosts.

The first are kept as they are, which is all of them for most; the others are packed into a file that has no name and is gone
with the process. What is kept of each in memory is its place in that file, and what is compared with others.
"""

import tempfile
from collections.abc import Collection, Iterator
from datetime import date
from typing import IO

from agent.evaluate import Covering, Finding
from agent.fleet import Together, of_fleets
from agent.gather import Scanned
from agent.plan import Plan
from agent.results import Result, Results, result_of
from agent.scanning.parcels import Packer

_HELD = 32
"""Assets that are kept as they are."""


class Spool:
    """Takes judged assets in, in whatever order they come, and gives them back in the order of their keys."""

    def __init__(self, plan: Plan, today: date) -> None:
        self._plan = plan
        self._today = today
        self._packer = Packer(plan)
        self._covering = Covering(plan.waivers, today)
        self._together = Together(plan.catalogue, plan.checks, plan.settings)
        self._of_fleets = {check.id for check in of_fleets(plan.checks)}
        self._held: dict[int, Scanned] = {}
        self._places: dict[int, tuple[int, int]] = {}
        self._keys: list[tuple[tuple[int, str], int]] = []
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def close(self) -> None:
        """Let go of the file, and of everything in it."""
        if self._file is not None:
            self._file.close()

    def put(self, one: Scanned, rank: int) -> None:
        """Take an asset in; those of a lower rank come first, then they are sorted by name."""
        number = len(self._keys)
        self._keys.append(((rank, one.asset), number))
        self._together.take_in(one)
        self._covering.over(one.findings)  # which waivers were of use does not hang on what others tell
        if number < _HELD:
            self._held[number] = self._packer.light(one)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="wispwatch-")  # noqa: SIM115 - it lives as long as the spool
        parcel = self._packer.packed(one)
        self._places[number] = (self._file.seek(0, 2), len(parcel))
        self._file.write(parcel)

    def settled(self, one: Scanned) -> Result | None:
        """What is already certain of an asset that has just come: all but what needs the others."""
        findings = tuple(finding for finding in one.findings if self.is_settled(finding))
        return result_of(self._plan, one.with_findings(findings), self._covering)

    def is_settled(self, finding: Finding) -> bool:
        """Whether ``settled`` has told a finding already."""
        return finding.check.id not in self._of_fleets

    def results(self, *, whole: bool, notes: tuple[str, ...] = ()) -> Results:
        """Everything that came, once nothing more comes; ``whole`` where no target is left out."""
        self._together.whole = whole
        about_waivers = tuple(self._covering.notes()) if self._plan.whole and whole else ()
        return Results(_Assets(self), (*notes, *about_waivers))

    def _result(self, number: int) -> Result | None:
        if number in self._held:
            one = self._held[number]
        else:
            offset, length = self._places[number]
            if self._file is None:
                raise ValueError("what was packed must be in the file")
            self._file.seek(offset)
            one = self._packer.unpacked(self._file.read(length))
        return result_of(self._plan, self._together.again(one), self._covering)

    def __iter__(self) -> Iterator[Result]:
        for _, number in sorted(self._keys):
            if (result := self._result(number)) is not None:
                yield result


class _Assets(Collection[Result]):
    """The results of a spool, made anew each time somebody goes through them."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def __iter__(self) -> Iterator[Result]:
        return iter(self._spool)

    def __len__(self) -> int:
        return len(self._spool)

    def __contains__(self, one: object) -> bool:
        return any(result == one for result in self._spool)
