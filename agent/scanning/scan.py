"""One target, read and judged. ``take`` is one round trip to a host, or all calls to an account; the rest is pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import Target, Unasked
from agent.errors import ConfigError, UnreachableError
from agent.evaluate import Facts
from agent.gather import AWS_ACCOUNT, ORGANIZATION, Scanned, judge, snapshot, sources_for
from agent.plan import Plan
from agent.results import Results, results_of
from agent.scanning.recordings import Recording
from collectors.aws.account import WHOSE
from collectors.collector import Platform
from collectors.readings import Unread
from collectors.snapshot import Snapshot, SnapshotError, load
from collectors.sources import Source
from collectors.transports import Transport
from collectors.transports.libraries import lacking
from collectors.transports.replay import Replay

if TYPE_CHECKING:
    from collectors.transports.ssh.access import Access


def scan_organization(plan: Plan) -> Scanned:
    """Read and judge the registers: the asset that stands for the organization itself."""
    sources = sources_for(plan.catalogue, plan.checks, Platform.ORGANIZATION)
    taken = snapshot(plan.registers, sources, asset=ORGANIZATION, platform=Platform.ORGANIZATION)
    return judge(plan.catalogue, plan.checks, taken, settings=plan.settings)


def take(plan: Plan, target: Target) -> Snapshot:
    """Read a target: one round trip. A target that cannot be read gives a snapshot of ``Unread``, except a recording that
    is no recording, which is a ``ConfigError`` unless it is one of a folder.
    """
    if isinstance(target, Recording):
        return _of_folder(plan, target)
    if target.kind == "replay":
        return _recorded(plan, target)
    if target.kind == "aws":
        if why := lacking("boto3"):
            return unseen(plan, target, why)
        from agent.aws import account  # noqa: PLC0415 - boto3 takes its time

        return account.take(plan, target)
    if isinstance(target, Unasked):
        return unseen(plan, target, target.why)
    try:
        transport = transport_of(plan, target)
    except UnreachableError as fault:
        return unseen(plan, target, str(fault))
    sources = sources_for(plan.catalogue, plan.checks, Platform.LINUX)
    return snapshot(
        transport,
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
    if not any(one.platform is recorded.platform for one in plan.catalogue.collectors):
        raise ConfigError(f"{path}: is a recording of another platform than it was: reload the configuration")
    return replace(replayed(plan, recorded), asset_kind=target.asset_kind or recorded.asset_kind)


def _of_folder(plan: Plan, target: Recording) -> Snapshot:
    """One recording of a folder; one that is damaged is unseen, and takes no other with it."""
    try:
        return _recorded(plan, target)
    except ConfigError as fault:
        return unseen(plan, target, str(fault))


def replayed(plan: Plan, recorded: Snapshot) -> Snapshot:
    """A recording as if it were read now: with ``Unread`` for every source it was not asked. Which calls an account would
    be asked follows from the answers themselves.
    """
    if recorded.platform is Platform.AWS:
        return recorded
    return replace(
        recorded, readings=Replay(recorded).read(sources_for(plan.catalogue, plan.checks, recorded.platform))
    )


def transport_of(plan: Plan, target: Target) -> Transport:
    """How a target that is not a recording is reached. ``UnreachableError`` where what is configured cannot be followed."""
    if target.kind == "ssh":
        from agent.ssh.access import access_of  # noqa: PLC0415 - not for other kinds
        from collectors.transports.ssh.host import Host  # noqa: PLC0415

        access = access_of(target.name, target.ssh.over(plan.ssh))
        return Host(access, target.time_limit, _installed(plan, target, access))
    if target.kind == "fleet":
        raise UnreachableError("a fleet is its hosts, each of which is read for itself")
    from collectors.transports import local  # noqa: PLC0415 - a replay needs no shell

    match target.kind:
        case "chroot":
            return local.Chroot(target.path or Path("/"), target.time_limit)
        case "shell":
            return local.Shell(target.command, target.time_limit)
        case _:
            return local.Shell((), target.time_limit, native=True)


def _installed(plan: Plan, target: Target, access: "Access") -> tuple[Source, ...]:
    """What the script reads that is installed on a host, where that is how it is read."""
    if access.privilege != "installed":
        return ()
    from agent.ssh.installed import sources_of  # noqa: PLC0415 - not for others

    return sources_of(plan, target.name)


def scan_target(plan: Plan, target: Target, shared: Facts | None) -> Scanned:
    """Read and judge one target, with the organization's facts beside its own."""
    return judge_taken(plan, take(plan, target), shared)


def judge_taken(plan: Plan, taken: Snapshot, shared: Facts | None) -> Scanned:
    """Judge what was read of one target."""
    return judge(plan.catalogue, plan.checks, taken, settings=plan.settings, shared=shared)


def unseen(plan: Plan, target: Target, reason: str) -> Snapshot:
    """A snapshot of a target of which nothing could be seen."""
    told = Unread(reason[:300])
    asset, now = target.name, datetime.now(UTC)
    of_account = target.kind == "aws"
    if isinstance(target, Recording):
        asset, of_account = target.asset, target.platform is Platform.AWS
    if of_account:
        return Snapshot(asset, Platform.AWS, now, {WHOSE: told}, target.asset_kind or AWS_ACCOUNT)
    sources = sources_for(plan.catalogue, plan.checks, Platform.LINUX)
    return Snapshot(asset, Platform.LINUX, now, {source.key: told for source in sources}, target.asset_kind)


def scan(plan: Plan, targets: Iterable[Target]) -> Results:
    """Scan the organization's registers and every target, one after the other."""
    organization = scan_organization(plan)
    scanned = [scan_target(plan, target, organization.facts) for target in targets]
    return results_of(plan, [*scanned, organization], datetime.now(UTC).date())
