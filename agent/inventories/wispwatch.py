"""Our own inventory: YAML with defaults, groups and hosts. The nearest setting of a host is the one that holds.

That is the host's own, then its groups' in the order in which they stand, then their parents' one step after the other, then the
defaults.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields

from agent.asset_kinds import why_no_kind
from agent.binding import Binder, BindingError
from agent.errors import InventoryError
from agent.inventories.files import text_of
from agent.inventories.listed import LARGEST, Listed
from agent.inventories.settings import Fleet
from agent.ssh.settings import SshSettings, faults_of_ssh


@dataclass(frozen=True)
class HostSettings(SshSettings):
    """What can be said of a host: how it is reached, and what it is."""

    asset_kind: str = ""
    """``laptop``, ``desktop``, ``server`` ...; empty lets the facts decide."""


@dataclass(frozen=True)
class Group:
    """Hosts that have something in common."""

    defaults: HostSettings = field(default_factory=HostSettings)
    """Settings of all of its hosts, and of those of its groups."""
    hosts: tuple[str, ...] = ()
    """Their names; what is said of them alone stands under the inventory's ``hosts``, or nowhere."""
    groups: tuple[str, ...] = ()
    """Groups that belong to this one."""


@dataclass(frozen=True)
class Inventory:
    """The whole file."""

    defaults: HostSettings = field(default_factory=HostSettings)
    groups: Mapping[str, Group | None] = field(default_factory=dict)
    hosts: Mapping[str, HostSettings | None] = field(default_factory=dict)


def hosts(fleet: Fleet) -> list[Listed]:
    """The hosts of the file, those under ``hosts`` first. ``InventoryError`` with every fault."""
    assert fleet.file is not None  # noqa: S101 - the configuration's faults say so
    binder = Binder(fleet.file, LARGEST)
    try:
        bound = binder.bind(text_of(fleet.file), Inventory)
    except BindingError as fault:
        raise InventoryError(*fault.faults) from fault
    inventory = Inventory() if not isinstance(bound, Inventory) else bound
    faults = [*_faults(binder, inventory), *_circles(binder, inventory)]
    if faults:
        raise InventoryError(*faults)
    return list(_listed(binder, inventory))


def _faults(binder: Binder, inventory: Inventory) -> Iterator[str]:
    """What does not fit together."""
    if inventory.defaults.host:
        yield f"{binder.place('defaults', 'host')}: is for one host; these are the defaults of all"
    yield from _setting_faults(binder, ("defaults",), inventory.defaults)
    for name, group in inventory.groups.items():
        at = ("groups", name)
        if not name.isprintable():
            yield f"{binder.place(*at)}: has characters that cannot be printed"
        for index, child in enumerate(group.groups if group else ()):
            if child not in inventory.groups:
                close = difflib.get_close_matches(child, inventory.groups, 1)
                meant = f"; did you mean {close[0]}?" if close else ""
                yield f"{binder.place(*at, 'groups', index)}: there is no group {child!r}{meant}"
        if group and group.defaults.host:
            yield f"{binder.place(*at, 'defaults', 'host')}: is for one host; these are the defaults of a group"
        yield from _setting_faults(binder, (*at, "defaults"), group.defaults if group else HostSettings())
    for name, own in inventory.hosts.items():
        yield from _setting_faults(binder, ("hosts", name), own or HostSettings())


def _setting_faults(binder: Binder, at: tuple[str, ...], settings: HostSettings) -> Iterator[str]:
    for fault in faults_of_ssh("", settings):
        name, _, what = fault.removeprefix(".").partition(": ")
        yield f"{binder.place(*at, name.partition('[')[0])}: {what}"
    if why := why_no_kind(settings.asset_kind):
        yield f"{binder.place(*at, 'asset_kind')}: {why}"


def _circles(binder: Binder, inventory: Inventory) -> Iterator[str]:
    """Groups that belong to themselves by way of others."""
    parents = _parents(inventory)
    for name in inventory.groups:
        if any(name in parents.get(above, ()) for above in _with_all_above((name,), parents)):
            yield f"{binder.place('groups', name)}: belongs to itself, by way of the groups in it"


def _parents(inventory: Inventory) -> dict[str, tuple[str, ...]]:
    """The groups that each group belongs to, in the order in which they stand."""
    parents: dict[str, tuple[str, ...]] = {}
    for name, group in inventory.groups.items():
        for child in group.groups if group else ():
            parents[child] = tuple(dict.fromkeys((*parents.get(child, ()), name)))
    return parents


def _with_all_above(names: tuple[str, ...], parents: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """These groups and all that they belong to, the nearest first."""
    found = dict.fromkeys(names)
    level = names
    while level:
        level = tuple(dict.fromkeys(each for one in level for each in parents.get(one, ()) if each not in found))
        found.update(dict.fromkeys(level))
    return tuple(found)


def _listed(binder: Binder, inventory: Inventory) -> Iterator[Listed]:
    parents = _parents(inventory)
    own_groups: dict[str, dict[str, None]] = {name: {} for name in inventory.hosts}
    places = {name: binder.place("hosts", name) for name in inventory.hosts}
    for name, group in inventory.groups.items():
        for index, host in enumerate(group.hosts if group else ()):
            own_groups.setdefault(host, {})[name] = None
            if host not in places:
                places[host] = binder.place("groups", name, "hosts", index)
    kept: dict[tuple[str, ...], tuple[tuple[str, ...], HostSettings]] = {}
    for host, nearest in own_groups.items():
        names = tuple(nearest)
        if names not in kept:
            groups = _with_all_above(names, parents)
            kept[names] = groups, _together(inventory, groups)
        groups, behind = kept[names]
        held = _over(inventory.hosts.get(host) or HostSettings(), behind)
        ssh = SshSettings(**{each.name: getattr(held, each.name) for each in fields(SshSettings)})
        place = f"{places[host].file}:{places[host].line}"
        yield Listed(host, groups, ssh, held.asset_kind, place=place)


def _together(inventory: Inventory, groups: tuple[str, ...]) -> HostSettings:
    """What groups, the nearest first, and the defaults say of a host."""
    held = HostSettings()
    for name in groups:
        group = inventory.groups[name]
        held = _over(held, group.defaults) if group else held
    return _over(held, inventory.defaults)


def _over(nearer: HostSettings, behind: HostSettings) -> HostSettings:
    both = nearer.over(behind)
    assert isinstance(both, HostSettings)  # noqa: S101 - as what stands behind is
    return both
