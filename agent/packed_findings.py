"""Findings in little memory: those of a host in a kilobyte or two, since most say what those of another host say.

Their evidence is not kept, but for when the oldest of it was read: the snapshot that they were judged from is in the store.
"""

import marshal
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from agent.evaluate import Finding
from checks.check import Check
from checks.verdict import Status, Verdict

_STATUSES = tuple(Status)
_LARGEST_EXAMPLE = 32768
"""Bytes to which zlib looks back."""

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


def packed(asset: str, asset_kind: str, findings: Iterable[Kept], like: bytes = b"") -> tuple[Packed, bytes]:
    """Pack findings, and return them and an example of them for the next asset."""
    numbers: dict[str, int] = {}
    checks: list[Check] = []
    rows = []
    for one, oldest in findings:
        number = numbers.setdefault(one.check.id, len(checks))
        if number == len(checks):
            checks.append(one.check)
        held = one.verdict
        told = (number, one.subject, _STATUSES.index(held.status), held.reason, dict(held.observed))
        rows.append((*told, one.region, one.raised, oldest))
    raw = marshal.dumps(rows, 2)
    packer = zlib.compressobj(6, zdict=like)
    return Packed(asset, asset_kind, tuple(checks), packer.compress(raw) + packer.flush(), like), raw[:_LARGEST_EXAMPLE]
