"""A scan: what is chosen, what is read, and the results with waivers and control statuses.

``plan`` turns a configuration and the command line's filters into a ``Plan``; ``scan_target`` and ``scan_organization`` read
and judge one asset each; ``results_of`` is pure and puts waivers and roll-ups over all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from agent import config as configuration
from agent.config import AwsAccounts, Config, Target
from agent.declarations import PersonalInformation
from agent.discover import Catalogue
from agent.errors import ConfigError
from agent.evaluate import ControlStatus, Facts, Finding, Settings, control_statuses, under_waivers
from agent.fleet import across
from agent.gather import AWS_ACCOUNT, ORGANIZATION, Scanned, judge, snapshot, sources_for
from agent.waivers import Waiver
from checks import catalog
from checks.catalog import Control
from checks.check import Check
from collectors.aws.account import WHOSE
from collectors.collector import ApiCollector, Outcome, Platform, Unseen
from collectors.readings import Unread
from collectors.snapshot import Snapshot, SnapshotError, load
from collectors.transports import Transport
from collectors.transports.registers import Registers
from collectors.transports.replay import Replay


@dataclass(frozen=True)
class Selection:
    """Filters of the command line: which checks are run at all. Empty means everything."""

    controls: tuple[str, ...] = ()
    """Ids of controls; a heading stands for the items below it."""
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What will be scanned with which checks."""

    catalogue: Catalogue
    checks: tuple[Check, ...]
    settings: Settings
    frameworks: frozenset[str]
    waivers: tuple[Waiver, ...]
    registers: Registers
    personal_information: PersonalInformation
    aws: AwsAccounts
    whole: bool
    """Whether nothing was filtered out."""
    failing_resources: int = 0
    """How many failing resources of AWS accounts get a series of their own."""
    interval: timedelta | None = None
    """How often the daemon scans what has no interval of its own; None where somebody scans."""


@dataclass(frozen=True)
class CollectorHealth:
    """How a collector fared on an asset."""

    name: str
    seen: bool
    reason: str = ""
    seconds: float = 0.0
    """How long the target took over its sources; one that several collectors share counts for each."""


@dataclass(frozen=True)
class Result:
    """Everything a scan says of one asset."""

    asset: str
    asset_kind: str
    taken_at: datetime
    seconds: float
    findings: tuple[Finding, ...]
    controls: tuple[ControlStatus, ...]
    facts: Facts
    collectors: tuple[CollectorHealth, ...]


@dataclass(frozen=True)
class Results:
    """A whole scan: its assets, and what there is to say about the waivers."""

    assets: tuple[Result, ...]
    notes: tuple[str, ...]


def plan(config: Config, catalogue: Catalogue, selection: Selection | None = None) -> Plan:
    """Choose the checks. ``ConfigError`` tells every fault of the configuration or the selection."""
    chosen = selection or Selection()
    faults = configuration.faults(config, catalogue) + _selection_faults(chosen, catalogue)
    if faults:
        raise ConfigError("\n".join(faults))
    frameworks = config.chosen_frameworks
    cited = _cited(config)
    checks = tuple(
        check
        for check in (_with_own_severity(check, config) for check in catalogue.checks)
        if cited.intersection(check.controls) and _runs(check, config, chosen) and _is_selected(check, chosen)
    )
    return Plan(
        catalogue=catalogue,
        checks=checks,
        settings=configuration.settings_of(config),
        frameworks=frameworks,
        waivers=config.waivers,
        registers=Registers(config.registers.paths()),
        personal_information=config.personal_information,
        aws=config.aws,
        whole=chosen == Selection(),
        failing_resources=config.daemon.failing_resources,
    )


def _selection_faults(selection: Selection, catalogue: Catalogue) -> list[str]:
    known = {check.id for check in catalogue.checks}
    faults = [
        f"--check {name}: there is no such check; `wispwatch checks` lists them"
        for name in selection.checks
        if name not in known
    ]
    faults += [
        f"--control {name}: there is no such control; known: {', '.join(catalog.controls())}"
        for name in selection.controls
        if name not in catalog.controls()
    ]
    return faults


def _with_own_severity(check: Check, config: Config) -> Check:
    own = config.checks.get(check.id)
    return replace(check, severity=own.severity) if own is not None and own.severity is not None else check


def off(config: Config, catalogue: Catalogue, selection: Selection | None = None) -> tuple[Check, ...]:
    """Checks that are off by themselves and that the configuration has not switched on, among those a plan would choose."""
    chosen = selection or Selection()
    cited = _cited(config)
    return tuple(
        check
        for check in catalogue.checks
        if not check.enabled
        and cited.intersection(check.controls)
        and _is_selected(check, chosen)
        and not _runs(check, config, chosen)
    )


def _cited(config: Config) -> set[str]:
    """The items that the checks of the chosen frameworks cite."""
    leaves = catalog.leaves(config.chosen_frameworks)
    return {control.id for control in leaves} | {control.counts for control in leaves if control.counts}


def _runs(check: Check, config: Config, selection: Selection) -> bool:
    """What the configuration says; else whether the command line names it; else what the check itself says."""
    own = config.checks.get(check.id)
    if own is not None and own.enabled is not None:
        return own.enabled
    return check.enabled or check.id in selection.checks


def _is_selected(check: Check, selection: Selection) -> bool:
    by_name = not selection.checks or check.id in selection.checks
    by_control = not selection.controls or any(
        _is_about(check, catalog.controls()[name]) for name in selection.controls
    )
    return by_name and by_control


def _is_about(check: Check, wanted: Control) -> bool:
    """Whether a check counts for a control: cited, cited by an item below a heading, or by way of another item."""
    return any(
        cited in (wanted.id, wanted.counts) or (wanted.heading and cited.startswith(f"{wanted.id}("))
        for cited in check.controls
    )


def scan_organization(plan: Plan) -> Scanned:
    """Read and judge the registers: the asset that stands for the organization itself."""
    sources = sources_for(plan.catalogue, plan.checks, Platform.ORGANIZATION)
    taken = snapshot(plan.registers, sources, asset=ORGANIZATION, platform=Platform.ORGANIZATION)
    return judge(plan.catalogue, plan.checks, taken, settings=plan.settings)


def take(plan: Plan, target: Target) -> Snapshot:
    """Read a target: one round trip. A target that cannot be read gives a snapshot of ``Unread``, except a recording that
    is no recording, which is a ``ConfigError``.
    """
    if target.kind == "replay":
        return _recorded(plan, target)
    if target.kind == "aws":
        from agent.aws import account  # noqa: PLC0415 - boto3 takes its time

        return account.take(plan, target)
    sources = sources_for(plan.catalogue, plan.checks, Platform.LINUX)
    return snapshot(
        transport_of(target),
        sources,
        asset=target.name,
        platform=Platform.LINUX,
        asset_kind=target.asset_kind,
        declared=plan.personal_information.on(target.name),
    )


def _recorded(plan: Plan, target: Target) -> Snapshot:
    """A recording; ``ConfigError`` where it is none."""
    path = target.path or Path()
    try:
        with path.open(encoding="utf-8") as lines:
            recorded = load(lines)
    except (OSError, SnapshotError, UnicodeDecodeError) as fault:
        why = fault.strerror if isinstance(fault, OSError) else fault
        raise ConfigError(f"{path}: cannot be replayed: {why}") from fault
    return replace(replayed(plan, recorded), asset_kind=target.asset_kind or recorded.asset_kind)


def replayed(plan: Plan, recorded: Snapshot) -> Snapshot:
    """A recording as if it were read now: with ``Unread`` for every source it was not asked. Which calls an account would
    be asked follows from the answers themselves.
    """
    if recorded.platform is Platform.AWS:
        return recorded
    return replace(
        recorded, readings=Replay(recorded).read(sources_for(plan.catalogue, plan.checks, recorded.platform))
    )


def transport_of(target: Target) -> Transport:
    """How a target that is not a recording is reached."""
    from collectors.transports import local  # noqa: PLC0415 - a replay needs no shell

    match target.kind:
        case "chroot":
            return local.Chroot(target.path or Path("/"), target.time_limit)
        case "shell":
            return local.Shell(target.command, target.time_limit)
        case _:
            return local.Shell((), target.time_limit, native=True)


def scan_target(plan: Plan, target: Target, shared: Facts | None) -> Scanned:
    """Read and judge one target, with the organization's facts beside its own."""
    return judge_taken(plan, take(plan, target), shared)


def judge_taken(plan: Plan, taken: Snapshot, shared: Facts | None) -> Scanned:
    """Judge what was read of one target."""
    return judge(plan.catalogue, plan.checks, taken, settings=plan.settings, shared=shared)


def unseen(plan: Plan, target: Target, reason: str) -> Snapshot:
    """A snapshot of a target of which nothing could be seen."""
    told = Unread(reason[:300])
    if target.kind == "aws":
        return Snapshot(target.name, Platform.AWS, datetime.now(UTC), {WHOSE: told}, target.asset_kind or AWS_ACCOUNT)
    sources = sources_for(plan.catalogue, plan.checks, Platform.LINUX)
    readings = {source.key: told for source in sources}
    return Snapshot(target.name, Platform.LINUX, datetime.now(UTC), readings, target.asset_kind)


def scan(plan: Plan, targets: Iterable[Target]) -> Results:
    """Scan the organization's registers and every target, one after the other."""
    organization = scan_organization(plan)
    scanned = [scan_target(plan, target, organization.facts) for target in targets]
    return results_of(plan, [*scanned, organization], datetime.now(UTC).date())


def results_of(plan: Plan, scanned: Sequence[Scanned], today: date) -> Results:
    """Judge what needs all assets, put the waivers over all findings, and roll the controls up."""
    scanned = across(plan.catalogue, plan.checks, scanned, plan.settings)
    everything = [finding for one in scanned for finding in one.findings]
    covered, notes = under_waivers(everything, plan.waivers, today)
    left = iter(covered)
    assets = []
    for one in scanned:
        findings = tuple(next(left) for _ in one.findings)
        if findings or one.asset_kind != ORGANIZATION:
            assets.append(_result(plan, one, findings))
    return Results(tuple(assets), tuple(notes) if plan.whole else ())


def _result(plan: Plan, one: Scanned, findings: tuple[Finding, ...]) -> Result:
    return Result(
        asset=one.asset,
        asset_kind=one.asset_kind,
        taken_at=one.taken_at,
        seconds=one.seconds,
        findings=findings,
        controls=tuple(control_statuses(findings, plan.frameworks)),
        facts=one.facts,
        collectors=tuple(_health(plan, one)),
    )


def _health(plan: Plan, one: Scanned) -> Iterable[CollectorHealth]:
    """A collector that did not see something of what it asked for, on one of many resources, did not see it all."""
    facts = one.facts
    seconds_by_call: dict[str, float] = {}
    for key, took in one.seconds_by_source.items():
        name = ":".join(key.partition(" ")[0].split(":")[2:]) if key.startswith("aws:") else key
        seconds_by_call[name] = seconds_by_call.get(name, 0.0) + took
    platform = {ORGANIZATION: Platform.ORGANIZATION, AWS_ACCOUNT: Platform.AWS}.get(one.asset_kind, Platform.LINUX)
    for collector in plan.catalogue.collectors:
        if collector.platform is platform and collector.fact in facts.outcomes:
            outcome = facts.outcomes[collector.fact]
            reason = _unseen_in(outcome)
            if isinstance(collector, ApiCollector):
                asked = [f"{call.service}:{call.operation}" for call in collector.calls]
            else:
                asked = [source.key for source in collector.sources]
            seconds = sum(seconds_by_call.get(name, 0.0) for name in asked)
            yield CollectorHealth(collector.name, not reason, reason, seconds)


def _unseen_in(outcome: Outcome) -> str:
    """Why a collector did not see all it asked for; empty where it did."""
    unread = (outcome,) if isinstance(outcome, Unread) else ()
    parts = outcome if isinstance(outcome, tuple) else ()
    return next((one.reason for one in (*unread, *parts) if isinstance(one, Unread | Unseen)), "")
