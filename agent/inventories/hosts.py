"""The hosts of a fleet as targets."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from fnmatch import fnmatchcase

from agent.config import Target, Unasked
from agent.errors import InventoryError, UnreachableError
from agent.inventories.listed import Listed, fault_of_way, faults_of
from agent.inventories.settings import Fleet
from agent.printable import printable
from collectors.transports.libraries import lacking


def members_of(target: Target) -> list[Target]:
    """The hosts of a fleet, each a target. ``UnreachableError`` where they cannot be listed, or none is chosen."""
    chosen = [one for one in listed(target.fleet) if _is_chosen(one, target.fleet)]
    if not chosen:
        raise UnreachableError("no host of the fleet is chosen: look at its inventory, groups, include and exclude")
    return [_member(target, one) for one in chosen]


def listed(fleet: Fleet) -> list[Listed]:
    """All hosts of the inventory. ``UnreachableError`` where it cannot be read; an ``InventoryError`` tells every fault of it:
    a faulty one is never half an inventory.
    """
    found = _lister(fleet.known_format)(fleet)
    faults = tuple(faults_of(found))
    if faults:
        raise InventoryError(*faults)
    return found


def _lister(form: str) -> Callable[[Fleet], list[Listed]]:
    """What lists the hosts of a format; the others are not imported."""
    match form:
        case "wispwatch":
            from agent.inventories import wispwatch  # noqa: PLC0415

            return wispwatch.hosts
        case "openssh":
            from agent.inventories import openssh  # noqa: PLC0415

            return openssh.hosts
        case "ansible":
            from agent.inventories import ansible  # noqa: PLC0415

            return ansible.hosts
        case "prometheus":
            from agent.inventories import prometheus  # noqa: PLC0415

            return prometheus.hosts
        case "ec2":
            if why := lacking("boto3"):
                raise UnreachableError(why)
            from agent.inventories import ec2  # noqa: PLC0415 - boto3 takes its time

            return ec2.hosts
        case _:
            raise UnreachableError(f"there is no inventory of format {form!r}")


def _is_chosen(one: Listed, fleet: Fleet) -> bool:
    return (
        (not fleet.groups or _any_fits(fleet.groups, one.groups))
        and (not fleet.include or _any_fits(fleet.include, (one.name,)))
        and not _any_fits(fleet.exclude, (one.name,))
    )


def _any_fits(patterns: tuple[str, ...], names: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _member(target: Target, one: Listed) -> Target:
    ssh = one.ssh.over(target.ssh)
    reached = ssh if ssh.host else replace(ssh, host=one.name)
    kind = target.asset_kind or one.asset_kind
    member = replace(target, name=f"{target.name}/{one.name}", kind="ssh", asset_kind=kind, ssh=reached, fleet=Fleet())
    why = fault_of_way(one)
    if not why and one.withheld and not (ssh.password_file or ssh.password_variable or ssh.key_files):
        why = f"{one.withheld}, which is not taken from there: name ssh.password_file or ssh.key_files for the fleet"
    if not why:
        return member
    given = {each.name: getattr(member, each.name) for each in fields(member)}
    return Unasked(**given, why=printable(why, 280))
