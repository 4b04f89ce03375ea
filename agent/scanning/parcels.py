"""Judged assets as bytes: for a file that is put by, or from another process of ours.

Checks go by their ids and are those of the plan again on the other side; facts are left out but for those that only several
assets together tell something with. Parcels are Python's pickles: only what was packed by ourselves may be unpacked.
"""

import io
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.evaluate import Facts
from agent.fleet import of_fleets
from agent.gather import Scanned
from agent.plan import Plan
from checks.check import Check


class Packer:
    """Packs and unpacks the assets of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._needed = {need.fact for check in of_fleets(plan.checks) for need in check.needs}
        self._checks = {check.id: check for check in plan.checks}

    def light(self, one: Scanned) -> Scanned:
        """An asset without the facts that nothing needs any more, once it is judged."""
        kept = {fact: outcome for fact, outcome in one.facts.outcomes.items() if fact in self._needed}
        evidence = {fact: held for fact, held in one.facts.evidence.items() if fact in self._needed}
        return replace(one, facts=Facts(kept, evidence))

    def packed(self, one: Scanned) -> bytes:
        """An asset as bytes."""
        buffer = io.BytesIO()
        _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(self.light(one))
        return zlib.compress(buffer.getvalue(), 1)

    def unpacked(self, parcel: bytes) -> Scanned:
        """What was packed, with the checks of this plan."""
        one: Scanned = _Unpickler(io.BytesIO(zlib.decompress(parcel)), self._checks).load()
        return one


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> str | None:
        """A check goes by its id."""
        return obj.id if isinstance(obj, Check) else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, checks: Mapping[str, Check]) -> None:
        super().__init__(file)
        self._checks = checks

    def persistent_load(self, pid: Any) -> Check:
        """The plan's check of this id."""
        return self._checks[pid]
