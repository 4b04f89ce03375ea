"""Facts to findings to control statuses. Pure: the same facts give the same findings.

A fact that is ``Unread`` makes every check that needs it ``unknown`` with the reason; a check that raises is ``unknown``
too. Nothing is silence: a check without subjects gives one ``not_applicable`` finding.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from agent.discover import AGENTS_FACTS, Catalogue
from agent.waivers import Waiver
from checks import catalog
from checks.check import Check
from checks.verdict import Status, Verdict, not_applicable, unknown
from collectors.aws.account import scope_of
from collectors.aws.known_accounts import DECLARED, KnownAccounts, known_accounts
from collectors.aws.organization import OrganizationIdentity, OrganizationMembers
from collectors.aws.resource import Resource
from collectors.collector import ApiCollector, Fact, Gone, Outcome, Platform, Unseen, Whole
from collectors.readings import Absent, Reading, Text, Unread
from collectors.resolving import Element, Resolver, Scope
from collectors.snapshot import Moment, Snapshot

ROLL_UP = (Status.FAIL, Status.UNKNOWN, Status.WAIVED, Status.PASS)
"""A control takes the first of these that any of its findings has; not applicable when none has any."""


_MOST_EVIDENCE = 100
"""Calls that a finding names at most, of facts that it takes together."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding rests on: a source, the hash of what it said, and when it was read."""

    source: str
    sha256: str
    """Of the reading's text; empty where there was none."""
    read_at: datetime
    outcome: str
    """``text``, ``absent`` or ``unread``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one subject of one asset."""

    check: Check
    asset: str
    asset_kind: str
    subject: str
    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()
    waiver: Waiver | None = None
    region: str = ""
    """Where the subject is, in a cloud account; empty for what is global, and on hosts."""
    raised: bool = False
    """Whether the check itself failed to judge: a fault of ours that an alert should find."""

    @property
    def status(self) -> Status:
        """A failing finding under a waiver is waived; the verdict keeps what it was."""
        if self.waiver is not None and self.verdict.status is Status.FAIL:
            return Status.WAIVED
        return self.verdict.status


@dataclass(frozen=True, slots=True)
class ControlStatus:
    """The status of a control, or of one half of it, on one asset."""

    control: str
    facet: str
    status: Status


Settings = Mapping[str, Mapping[str, Any]]
"""Configured settings: check id to setting to value."""


@dataclass(frozen=True)
class Facts:
    """What is known of an asset: the outcome of each fact, and the evidence behind it."""

    outcomes: Mapping[type[Fact], Outcome]
    evidence: Mapping[type[Fact], tuple[Evidence, ...]] = field(default_factory=dict)
    of_subjects: Mapping[tuple[type[Fact], str], tuple[Evidence, ...]] = field(default_factory=dict)
    """Of facts of which each subject has its own: the evidence behind that subject."""

    def behind(self, fact: type[Fact], subject: str) -> tuple[Evidence, ...]:
        """The evidence behind a fact of a subject."""
        return self.of_subjects.get((fact, subject), ()) or self.evidence.get(fact, ())

    def beside(self, more: Mapping[type[Fact], Outcome]) -> "Facts":
        """These facts, and others that have no evidence of their own."""
        return replace(self, outcomes={**self.outcomes, **more})


def facts_of(catalogue: Catalogue, snapshot: Snapshot, wanted: Iterable[Check] | None = None) -> Facts:
    """Let every collector of the snapshot's platform understand its readings; only those that the ``wanted`` checks need,
    where checks are named.
    """
    if snapshot.platform is Platform.AWS:
        return _facts_of_account(catalogue, snapshot, wanted)
    outcomes: dict[type[Fact], Outcome] = {Moment: Moment(snapshot.taken_at, snapshot.clock_off)}
    evidence: dict[type[Fact], tuple[Evidence, ...]] = {}
    told: dict[str, Evidence] = {}
    for one in catalogue.hosts_collectors(snapshot.platform):
        keys = [source.key for source in one.sources]
        if any(key in snapshot.readings for key in keys):
            outcomes[one.fact] = one.outcome(snapshot.readings)
            for key in keys:
                if key not in told:  # many are asked by several, and hashed once
                    reading = snapshot.readings.get(key, Unread("was not asked"))
                    told[key] = _evidence(key, reading, snapshot.taken_at)
            evidence[one.fact] = tuple(told[key] for key in keys)
    return Facts(outcomes, evidence)


def _facts_of_account(catalogue: Catalogue, snapshot: Snapshot, wanted: Iterable[Check] | None) -> Facts:
    outcomes: dict[type[Fact], Outcome] = {Moment: Moment(snapshot.taken_at)}
    evidence: dict[str, Evidence] = {}
    of_subjects: dict[tuple[type[Fact], str], tuple[Evidence, ...]] = {}
    scope = scope_of(snapshot.readings)
    resolver = None if isinstance(scope, Unread) else Resolver(scope, snapshot.readings)
    collectors = catalogue.collectors if wanted is None else catalogue.collectors_for(wanted, Platform.AWS)

    def told(key: str) -> Evidence:
        if key not in evidence:
            evidence[key] = _evidence(key, snapshot.readings.get(key, Unread("was not asked")), snapshot.taken_at)
        return evidence[key]

    behind: dict[tuple[str, ...], tuple[Evidence, ...]] = {}
    together: dict[type[Fact], tuple[Evidence, ...]] = {}
    for one in collectors:
        if not isinstance(one, ApiCollector):
            continue
        if resolver is None:
            outcomes[one.fact] = scope if isinstance(scope, Unread) else Unread("was not asked")
            continue
        outcomes[one.fact], elements = resolver.outcome(one)
        for element in elements:
            if element.calls not in behind:
                behind[element.calls] = tuple(told(key) for key in element.calls)
            of_subjects[one.fact, element.known.subject] = behind[element.calls]
        together[one.fact] = tuple(map(told, _behind_all(elements)))
    if isinstance(scope, Scope):
        outcomes[KnownAccounts] = known_accounts(
            scope.account,
            outcomes.get(OrganizationIdentity),
            outcomes.get(OrganizationMembers),
            snapshot.readings.get(DECLARED),
        )
        organization = (together.get(fact, ()) for fact in (OrganizationIdentity, OrganizationMembers))
        together[KnownAccounts] = (told(DECLARED), *(one for each in organization for one in each))
    return Facts(outcomes, together, of_subjects)


def _behind_all(elements: Iterable[Element]) -> Iterable[str]:
    """The calls behind all facts of a kind; where they are many, those that list what there is."""
    calls = dict.fromkeys(key for one in elements for key in one.calls)
    return calls if len(calls) <= _MOST_EVIDENCE else [key for key in calls if " " not in key]


def _evidence(key: str, reading: Reading, at: datetime) -> Evidence:
    match reading:
        case Text(text):
            return Evidence(key, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), at, "text")
        case Absent():
            return Evidence(key, "", at, "absent")
        case Unread():
            return Evidence(key, "", at, "unread")


def with_shared(own: Facts, shared: Facts, catalogue: Catalogue) -> Facts:
    """An asset's own facts, and beside them those of the organization."""
    scope = catalogue.shared_facts - AGENTS_FACTS
    return Facts(
        {**{fact: outcome for fact, outcome in shared.outcomes.items() if fact in scope}, **own.outcomes},
        {**{fact: found for fact, found in shared.evidence.items() if fact in scope}, **own.evidence},
        own.of_subjects,
    )


def evaluate(
    checks: Iterable[Check],
    facts: Facts,
    *,
    asset: str,
    asset_kind: str,
    settings: Settings,
    plural: frozenset[type[Fact]],
) -> list[Finding]:
    """Ask every check of every subject."""
    findings = []
    for check in checks:
        chosen = settings.get(check.id, {})
        behind: tuple[Evidence, ...] | None = None
        for subject, region, verdict, raised in _verdicts(check, facts.outcomes, chosen, plural):
            if behind is None or facts.of_subjects:
                behind = tuple(dict.fromkeys(one for need in check.needs for one in facts.behind(need.fact, subject)))
            findings.append(Finding(check, asset, asset_kind, subject, verdict, behind, region=region, raised=raised))
    return findings


_Told = tuple[str, str, Verdict, bool]
"""Subject, region, verdict, and whether the check itself failed to judge."""


def _verdicts(
    check: Check, outcomes: Mapping[type[Fact], Outcome], settings: Mapping[str, Any], plural: frozenset[type[Fact]]
) -> Iterable[_Told]:
    arguments: list[Any] = []
    several: int | None = None
    unseen = []
    missing = []
    for index, need in enumerate(check.needs):
        outcome = outcomes.get(need.fact, Unread(f"nothing told of {need.fact.__name__}"))
        match outcome:
            case Unread(reason):
                unseen.append(reason)
            case Absent(what) if not need.optional:
                missing.append(what)
            case Absent():
                arguments.append(None)
            case tuple() if need.whole:
                arguments.append(_whole(outcome))
            case _:
                if need.fact in plural:
                    several = index
                arguments.append(outcome)
    if missing:  # what is said not to be there settles it, whatever else could not be seen
        return [("", "", not_applicable(f"there is no {missing[0]}"), False)]
    if unseen:
        return _unseen(check, outcomes, "; ".join(dict.fromkeys(unseen)))
    if several is None:
        return [("", "", *_ask(check, arguments, settings))]
    subjects: Sequence[Fact | Unseen | Gone] = arguments[several]
    if not subjects:
        return [("", "", not_applicable(f"there is no {check.needs[several].name.replace('_', ' ')}"), False)]
    return [_of_one(check, one, arguments, several, settings) for one in subjects]


def _unseen(check: Check, outcomes: Mapping[type[Fact], Outcome], reason: str) -> list[_Told]:
    """What a check needs besides its subjects could not be seen: unknown for each resource of an account. Of a host that is
    said once, since its subjects (accounts, files, sockets) are many and the reason is one.
    """
    for need in check.needs:
        subjects = outcomes.get(need.fact)
        if issubclass(need.fact, Resource) and not need.whole and isinstance(subjects, tuple) and subjects:
            return [(one.subject, _region(one), unknown(reason), False) for one in subjects]
    return [("", "", unknown(reason), False)]


def _whole(outcome: tuple[Fact | Unseen | Gone, ...]) -> Whole[Fact]:
    return Whole(
        tuple(one for one in outcome if isinstance(one, Fact)),
        tuple(one for one in outcome if isinstance(one, Unseen)),
    )


def _of_one(
    check: Check, one: Fact | Unseen | Gone, arguments: list[Any], several: int, settings: Mapping[str, Any]
) -> _Told:
    match one:
        case Unseen(subject, reason, region):
            return subject, region, unknown(reason), False
        case Gone(subject, what, region):
            return subject, region, not_applicable(f"there is no {what}"), False
        case _:
            asked = [*arguments[:several], one, *arguments[several + 1 :]]
            return one.subject, _region(one), *_ask(check, asked, settings)


def _region(one: Fact | Unseen | Gone) -> str:
    return str(getattr(one, "region", ""))


def _ask(check: Check, arguments: list[Any], settings: Mapping[str, Any]) -> tuple[Verdict, bool]:
    try:
        verdict = check.judge(*arguments, **settings)
    except Exception as fault:  # noqa: BLE001 - a check that raises is unknown, never silence
        return unknown(f"the check itself failed ({type(fault).__name__}): please report it"), True
    return verdict, False


class Covering:
    """Puts findings under waivers, and remembers which of them were of any use."""

    def __init__(self, waivers: Sequence[Waiver], today: date) -> None:
        self._waivers = waivers
        self._today = today
        self.useful: set[int] = set()
        """Which of the waivers were about anything so far."""

    def over(self, findings: Iterable[Finding]) -> list[Finding]:
        """Each failing finding under the first waiver that covers it and still holds; the others as they are."""
        return [self._covered(finding) for finding in findings]

    def _covered(self, finding: Finding) -> Finding:
        chosen = None
        for index, waiver in enumerate(self._waivers):
            if waiver.covers(finding.check.id, finding.check.controls, finding.asset, finding.subject):
                self.useful.add(index)
                if waiver.until >= self._today and chosen is None:
                    chosen = waiver
        failing = finding.verdict.status is Status.FAIL
        return replace(finding, waiver=chosen) if chosen and failing else finding

    def notes(self) -> list[str]:
        """A sentence for every waiver that has expired, or has matched nothing so far."""
        notes = []
        for index, waiver in enumerate(self._waivers):
            if waiver.until < self._today:
                notes.append(
                    f"{waiver.name} (owner {waiver.owner}) expired on {waiver.until.isoformat()}: it no longer counts"
                )
            elif index not in self.useful:
                notes.append(f"{waiver.name} matches nothing that was scanned")
        return notes


def under_waivers(
    findings: Iterable[Finding], waivers: Sequence[Waiver], today: date
) -> tuple[list[Finding], list[str]]:
    """All findings under their waivers, and a sentence for every waiver that has expired or matched nothing."""
    covering = Covering(waivers, today)
    return covering.over(findings), covering.notes()


def roll_up(statuses: Iterable[Status]) -> Status:
    """Fail if any fails; else unknown, waived, pass, in this order; else not applicable."""
    seen = set(statuses)
    return next((status for status in ROLL_UP if status in seen), Status.NOT_APPLICABLE)


def control_statuses(findings: Iterable[Finding], frameworks: frozenset[str]) -> list[ControlStatus]:
    """The status of every item of the chosen frameworks that any of the findings is about, halves apart."""
    return controls_of(((finding.check, finding.status) for finding in findings), frameworks)


def controls_of(held: Iterable[tuple[Check, Status]], frameworks: frozenset[str]) -> list[ControlStatus]:
    """The same of checks and statuses, each of a finding, or of what several findings of a check come to."""
    by_control: dict[tuple[str, str], list[Status]] = {}
    for check, status in held:
        for cited in check.controls:
            by_control.setdefault((cited, check.facet), []).append(status)
    statuses = []
    for control in catalog.leaves(frameworks):
        for facet in control.facets or ("",):
            of_both = [*by_control.get((control.id, facet), ()), *by_control.get((control.counts, facet), ())]
            if of_both:
                statuses.append(_status_of(control.id, facet, roll_up(of_both)))
    return statuses


@cache
def _status_of(control: str, facet: str, status: Status) -> ControlStatus:
    """One for all assets: there are as many as items of the catalogue, and statuses."""
    return ControlStatus(control, facet, status)
