"""Findings in little memory: those of a host in a kilobyte or two, since most say what those of another host say.

Their evidence is not kept, but for when the oldest of it was read: the snapshot that they were judged from is in the store.
"""

import marshal
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from sys import intern
from typing import Any

from agent.evaluate import Finding
from checks.check import Check
from checks.verdict import Status, Verdict

_STATUSES = tuple(Status)
_LARGEST_EXAMPLE = 32768
"""Bytes to which zlib looks back."""
_MOST_SETS = 1000
"""Sets of checks of assets that are remembered at most."""

Kept = tuple[Finding, float | None]
"""A finding without evidence, and when the oldest of its evidence was read, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Findings of one asset."""

    asset: str
    asset_kind: str
    checks: tuple[Check, ...]
    """Each once, in the order of the findings."""
    body: bytes
    like: bytes
    """What another asset's findings look like: what is the same takes no room."""

    def __iter__(self) -> Iterator[Kept]:
        unpacker = zlib.decompressobj(zdict=self.like)
        rows: list[tuple[Any, ...]] = marshal.loads(unpacker.decompress(self.body))  # noqa: S302 - made below, in this process
        for check, subject, status, reason, observed, region, raised, oldest in rows:
            verdict = Verdict(_STATUSES[status], reason, observed)
            found = Finding(
                self.checks[check], self.asset, self.asset_kind, subject, verdict, region=region, raised=raised
            )
            yield found, oldest


def kept(findings: Iterable[Finding]) -> Iterator[Kept]:
    """Findings as they are kept."""
    moments: dict[int, float] = {}
    for one in findings:
        oldest = None
        for evidence in one.evidence:
            read_at = moments.get(id(evidence.read_at))
            if read_at is None:
                read_at = moments[id(evidence.read_at)] = evidence.read_at.timestamp()
            oldest = read_at if oldest is None or read_at < oldest else oldest
        yield one, oldest


class Packer:
    """Packs the findings of one asset after the other, and remembers what most of them have in common."""

    def __init__(self) -> None:
        self._like: dict[str, bytes] = {}
        """By kind of asset, the largest that was packed, as far as zlib looks back."""
        self._checks: dict[tuple[str, ...], tuple[Check, ...]] = {}

    def packed(self, asset: str, asset_kind: str, findings: Iterable[Kept]) -> Packed:
        """Pack findings."""
        numbers: dict[str, int] = {}
        checks: list[Check] = []
        rows = []
        for one, oldest in findings:
            number = numbers.setdefault(one.check.id, len(checks))
            if number == len(checks):
                checks.append(one.check)
            rows.append((number, *_row(one), oldest))
        raw = marshal.dumps(rows)
        like = self._like.get(asset_kind, b"")
        self._like[asset_kind] = max(like, raw[-_LARGEST_EXAMPLE:], key=len)
        packer = zlib.compressobj(6, zdict=like)
        return Packed(asset, asset_kind, self._shared(tuple(checks)), packer.compress(raw) + packer.flush(), like)

    def _shared(self, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        """The tuple that another asset has, where it has the same checks."""
        ids = tuple(check.id for check in checks)
        held = self._checks.get(ids)
        if held is None or any(one is not other for one, other in zip(held, checks, strict=True)):
            if len(self._checks) >= _MOST_SETS:
                self._checks.clear()
            held = self._checks[ids] = checks
        return held


def _row(one: Finding) -> tuple[str, int, str, dict[str, str], str, bool]:
    """A finding in types that marshal knows, and what is one string in memory is written once."""
    verdict = one.verdict
    observed = {intern(str(name)): intern(str(value)) for name, value in verdict.observed.items()}
    status = _STATUSES.index(verdict.status)
    return intern(str(one.subject)), status, intern(str(verdict.reason)), observed, intern(str(one.region)), one.raised
