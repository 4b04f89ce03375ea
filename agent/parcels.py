"""A judged asset as bytes: for a file that is put by, or another process of ours.

Checks go by their ids and are those of the plan again on the other side; facts are left out but for those that only several
assets tell something with. Parcels are Python's pickles: only what was packed by ourselves may be unpacked.
"""

import io
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.discover import FLEET_FACTS, Catalogue
from agent.evaluate import Facts
from agent.gather import Scanned
from agent.plan import Plan
from checks.check import Check


def packed(plan: Plan, one: Scanned) -> bytes:
    """Pack an asset, with the facts that ``fleet.across`` asks for."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(light(plan.catalogue, one))
    return zlib.compress(buffer.getvalue(), 1)


def unpacked(plan: Plan, parcel: bytes) -> Scanned:
    """What was packed, with the checks of this plan."""
    return _Unpickler(io.BytesIO(zlib.decompress(parcel)), {check.id: check for check in plan.checks}).load()  # type: ignore[no-any-return]


def light(catalogue: Catalogue, one: Scanned) -> Scanned:
    """An asset without the facts that nothing needs any more, once it is judged."""
    needed = {need.fact for check in catalogue.checks for need in check.needs if _is_of_fleets(check)}
    kept = {fact: outcome for fact, outcome in one.facts.outcomes.items() if fact in needed}
    evidence = {fact: held for fact, held in one.facts.evidence.items() if fact in needed}
    return replace(one, facts=Facts(kept, evidence))


def _is_of_fleets(check: Check) -> bool:
    return any(need.fact in FLEET_FACTS for need in check.needs)


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
