"""The hosts of a fleet as targets."""

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from agent.config import Target
from agent.errors import UnreachableError
from agent.inventories.settings import Fleet
from agent.ssh.settings import SshSettings


@dataclass(frozen=True)
class Listed:
    """A host as an inventory lists it."""

    name: str
    groups: tuple[str, ...] = ()
    ssh: SshSettings = field(default_factory=SshSettings)
    """What the inventory says about how it is reached."""
    asset_kind: str = ""


def members_of(target: Target) -> list[Target]:
    """The hosts of a fleet, each a target. ``UnreachableError`` where they cannot be listed, or none is chosen."""
    chosen = [one for one in listed(target.fleet) if _is_chosen(one, target.fleet)]
    if not chosen:
        raise UnreachableError("no host of the fleet is chosen: look at its inventory, groups, include and exclude")
    return [_member(target, one) for one in chosen]


def listed(fleet: Fleet) -> list[Listed]:
    """All hosts of the inventory."""
    raise UnreachableError(f"there is no inventory of format {fleet.format!r}")


def _is_chosen(one: Listed, fleet: Fleet) -> bool:
    return (
        (not fleet.groups or _any_fits(fleet.groups, one.groups))
        and (not fleet.include or _any_fits(fleet.include, (one.name,)))
        and not _any_fits(fleet.exclude, (one.name,))
    )


def _any_fits(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _member(target: Target, one: Listed) -> Target:
    ssh = one.ssh.over(target.ssh)
    reached = ssh if ssh.host else replace(ssh, host=one.name)
    kind = target.asset_kind or one.asset_kind
    return replace(target, name=f"{target.name}/{one.name}", kind="ssh", asset_kind=kind, ssh=reached, fleet=Fleet())
