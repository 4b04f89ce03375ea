"""How an asset stands once it is judged: what its series and its place on the status page need, in little memory. Pure.

Ten thousand hosts have four million findings. What is asked of all assets at every publish is small; findings are asked for
where somebody looks at one asset, or where a waiver begins or ceases to count, and are kept packed until then.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from agent.evaluate import Covering, Facts, Finding, roll_up
from agent.exposition import families
from agent.exposition.scan_series import of_scan
from agent.exposition.text import Family, Part, column
from agent.gather import AWS_ACCOUNT, Scanned
from agent.plan import Plan
from agent.state.packed_findings import Kept, Packed, Packer, kept
from checks.check import Check
from checks.verdict import Status

_STATUSES = tuple(Status)
GLOBAL = "global"
"""The region of what has none."""

Resources = tuple[str, Check, Mapping[Status, int]]
"""A region, a check, and how many resources it found in which status."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One asset as it was judged, under the waivers of a day. What only all assets together tell is not in it."""

    plan: Plan
    """Whose checks and waivers it was judged by."""
    today: date
    asset: str
    asset_kind: str
    taken_at: datetime
    seconds: float
    packed: Packed
    """Its own findings."""
    held: bytes
    """The status of each of the checks of these findings, by its place in ``Status``."""
    parts: Mapping[Family, Part]
    """Its series that only another scan changes."""
    compared: tuple[Kept, ...]
    """The findings of the checks that compare assets, as far as it alone could tell."""
    facts: Facts
    """What is compared."""
    useful: frozenset[int]
    """Which of the plan's waivers are about any of its own findings."""
    resources: tuple[Resources, ...]
    """Of an AWS account."""
    failing: tuple[tuple[int, str, str, str], ...]
    """Of an AWS account, as many as are shown: the failing resources by severity (from the worst), check, subject, region."""

    def statuses(self) -> Iterator[tuple[Check, Status]]:
        """Its own checks, and what each came to."""
        return ((check, _STATUSES[place]) for check, place in zip(self.packed.checks, self.held, strict=True))

    def findings(self) -> list[Finding]:
        """Its own findings, under the waivers."""
        return Covering(self.plan.waivers, self.today).over(finding for finding, _ in self.packed)


def standing_of(plan: Plan, one: Scanned, today: date, packer: Packer) -> Standing:
    """How a scanned asset stands; of its findings those of checks that the plan has."""
    compared = plan.comparing
    held = list(kept(found for found in one.findings if found.check.id in plan.check_ids))
    own = [pair for pair in held if pair[0].check.id not in compared]
    empty = Standing(
        plan=plan,
        today=today,
        asset=one.asset,
        asset_kind=one.asset_kind,
        taken_at=one.taken_at,
        seconds=one.seconds,
        packed=packer.packed(one.asset, one.asset_kind, own),
        held=b"",
        parts=of_scan(one),
        compared=tuple((replace(found, evidence=()), at) for found, at in held if found.check.id in compared),
        facts=_facts_of(one, compared),
        useful=frozenset(),
        resources=(),
        failing=(),
    )
    return _judged(empty, own)


def again(standing: Standing, plan: Plan, today: date, packer: Packer) -> Standing:
    """The same by another plan, or on another day: of its findings those of checks that the plan still has."""
    own = [pair for pair in standing.packed if pair[0].check.id in plan.check_ids]
    packing = standing.packed
    if len({found.check.id for found, _ in own}) < len(packing.checks):
        packing = packer.packed(standing.asset, standing.asset_kind, own)
    compared = tuple(pair for pair in standing.compared if pair[0].check.id in plan.check_ids)
    return _judged(replace(standing, plan=plan, today=today, packed=packing, compared=compared), own)


def _judged(standing: Standing, own: list[Kept]) -> Standing:
    """With everything that follows from its findings."""
    covering = Covering(standing.plan.waivers, standing.today)
    covered = covering.over(found for found, _ in own)
    held: dict[str, list[Status]] = {}
    for finding in covered:
        held.setdefault(finding.check.id, []).append(finding.status)
    is_account = standing.asset_kind == AWS_ACCOUNT
    return replace(
        standing,
        held=bytes(_STATUSES.index(roll_up(statuses)) for statuses in held.values()),
        parts={**standing.parts, families.OLDEST_EVIDENCE: _oldest_evidence((*own, *standing.compared))},
        useful=frozenset(covering.useful),
        resources=tuple(_resources(covered)) if is_account else (),
        failing=_failing(covered, standing.plan.failing_resources) if is_account else (),
    )


def _facts_of(one: Scanned, compared: frozenset[str]) -> Facts:
    """The facts that are compared."""
    needed = {need.fact for found in one.findings if found.check.id in compared for need in found.check.needs}
    return Facts({fact: outcome for fact, outcome in one.facts.outcomes.items() if fact in needed})


def _oldest_evidence(held: Iterable[Kept]) -> Part:
    oldest: dict[str, float] = {}
    for finding, read_at in held:
        if read_at is not None:
            for control in finding.check.controls:
                if read_at < oldest.get(control, read_at + 1):
                    oldest[control] = read_at
    return column(("control",), (((control,), at) for control, at in oldest.items()))


def _resources(findings: Iterable[Finding]) -> Iterable[Resources]:
    counted: dict[tuple[str, str], Counter[Status]] = {}
    checks: dict[str, Check] = {}
    for finding in findings:
        checks[finding.check.id] = finding.check
        counted.setdefault((finding.region or GLOBAL, finding.check.id), Counter())[finding.status] += 1
    return ((region, checks[check], held) for (region, check), held in counted.items())


def _failing(findings: Iterable[Finding], most: int) -> tuple[tuple[int, str, str, str], ...]:
    found = [
        (-finding.check.severity, finding.check.id, finding.subject, finding.region or GLOBAL)
        for finding in findings
        if finding.status is Status.FAIL and finding.subject
    ]
    return tuple(sorted(found)[:most])
