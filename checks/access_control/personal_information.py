"""17.04(2)(a) and (5) at the places that the operator declared to hold personal information."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from checks.check import check, given
from checks.portable.machines import spared
from checks.verdict import CRITICAL, HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.chassis import Chassis
from collectors.host.identifiers import Group, Identifiers, User
from collectors.host.personal_information import Kind, PersonalPlace, Way
from collectors.host.volumes import Volumes

_ROOT = Way("/", 0o755)
_GONE = PersonalPlace("/srv/clients")


def _at(mode: int, *below: Kind, owner: str = "root", group: str = "clients", **more: Any) -> PersonalPlace:
    """An example: /srv/clients with this mode, and what lies there."""
    way = (_ROOT, Way("/srv/clients", mode, owner, group))
    return replace(PersonalPlace("/srv/clients", ("root", "clients"), way, below=below), **more)


def _files(mode: int, owner: str = "root", group: str = "clients", *, is_open: bool = True) -> Kind:
    return Kind(False, mode, owner, group, count=3, example="/srv/clients/a.pdf", open=is_open)


_NAMES = Identifiers(
    (User("root", 0), User("ann", 1000, 1000), User("bo", 1002, 1002), User("eve", 1003, 1003)),
    (
        Group("root", 0),
        Group("ann", 1000),
        Group("clients", 1001, ("ann",)),
        Group("bo", 1002),
        Group("all", 1004, ("eve",)),
    ),
)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[_at(0o750, _files(0o644)), _at(0o751, _files(0o640)), _at(0o751, _files(0o644, is_open=False)),
            _at(0o750, _files(0o644), cut=True)],
    fails=[_at(0o751, _files(0o644)), _at(0o754), _at(0o770, entries=("user::rwx", "other::r-x")),
           _at(0o751, _files(0o644), cut=True)],
    not_applicable=[_GONE],
)  # fmt: skip
def personal_information_is_closed_to_others(place: PersonalPlace) -> Verdict:
    """Not every account of the host can read or change what lies at a place of personal information.

    Why: the item leaves records with personal information to those "who need such information to perform their job duties".
    Fix: `chmod o-rwx` the place itself: nobody then gets at anything below it. Give those who need it a group of their own.
    """
    if not place.there:
        return not_applicable("there is no such place on this host")
    if place.entries and any(_others_entry(entry) for entry in place.entries):
        return failed("its access control list lets everybody in", entries=place.entries)
    if place.others_look_in:
        return failed("everybody may list it or write to it", mode=f"{place.way[-1].permissions:03o}")
    if not place.others_get_in:
        return passed(mode=f"{place.way[-1].permissions:03o}")
    open_to_all = [kind for kind in place.below if kind.open and kind.permissions & (0o002 if kind.folder else 0o006)]
    if open_to_all:
        return failed(
            f"{sum(kind.count for kind in open_to_all)} files or folders there are open to everybody",
            examples=[kind.example for kind in open_to_all][:5],
        )
    if place.unseen:
        return unknown(f"everybody may go into it, and {place.unseen}")
    return passed(looked_at=sum(kind.count for kind in place.below))


def _others_entry(entry: str) -> bool:
    return entry.startswith("other::") and entry[7:10] != "---" and "x" in entry[7:10]


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        (_at(0o750, _files(0o640)), _NAMES),
        (_at(0o750, _files(0o600, "ann", "ann")), _NAMES),
        (_at(0o750, _files(0o664, "ann", "ann")), _NAMES),
        (_at(0o770, entries=("user::rwx", "user:ann:r-x", "group:clients:rwx", "mask::rwx")), _NAMES),
    ],
    fails=[
        (_at(0o750, group="all"), _NAMES),
        (_at(0o750, owner="bo"), _NAMES),
        (_at(0o770, entries=("user::rwx", "user:eve:r--", "group::rwx", "mask::rwx")), _NAMES),
        (_at(0o750, _files(0o600, "bo", "bo")), _NAMES),
        (_at(0o755, _files(0o640, group="all")), _NAMES),
    ],
    not_applicable=[(_GONE, _NAMES)],
)
def personal_information_opens_only_for_those_who_need_it(place: PersonalPlace, names: Identifiers) -> Verdict:
    """Owners, groups and access control lists of a place of personal information name only its declared readers.

    Why: who needs the records for the job is a decision; this holds the host against the decision that you wrote down.
    Fix: take accounts and groups that do not need it out (`chgrp`, `setfacl -x`), or add those that do to `readers` of the
    place in the configuration. Members of a named group, and groups that have only readers as members, need no line.
    """
    if not place.there:
        return not_applicable("there is no such place on this host")
    if place.readers is None:
        return unknown("it is not declared who needs it: add `readers` to the place in the configuration")
    allowed = _allowed(place.readers, names)
    strangers = sorted({one for one in _entrants(place) if not allowed(one)})
    if strangers:
        return failed("these may use it and are none of its readers", strangers=strangers[:20])
    if place.entries is None:
        return unknown(
            "it has an access control list that cannot be read: the program getfacl (package acl) is missing"
        )
    if any(kind.listed for kind in place.below):
        return unknown("files below it have access control lists, which are not read one by one")
    if place.unseen:
        return unknown(place.unseen)
    return passed(readers=list(place.readers))


def _allowed(readers: tuple[str, ...], names: Identifiers) -> Callable[[str], bool]:
    """Whether ``user:NAME`` or ``group:NAME`` is a reader: named, a member of a named group, or a group of readers only."""
    groups = {group.name: _members(group, names) for group in names.groups}
    people = set(readers).union(*(groups.get(name, set()) for name in readers))

    def is_allowed(principal: str) -> bool:
        kind, _, name = principal.partition(":")
        if kind == "user":
            return name in people
        return name in readers or (name in groups and groups[name] <= people)

    return is_allowed


def _members(group: Group, names: Identifiers) -> set[str]:
    return {*group.members, *(user.name for user in names.users if user.gid == group.gid)}


def _entrants(place: PersonalPlace) -> list[str]:
    """Whom owners, groups and lists of the place and of what lies below let in, as ``user:NAME`` or ``group:NAME``."""
    door = place.way[-1]
    found = [f"user:{door.owner}"]
    if door.permissions & 0o070 and not place.entries:
        found.append(f"group:{door.group}")
    for entry in place.entries or ():
        kind, name, rights = entry.split(":")[:3]
        if kind in ("user", "group") and rights[:3] != "---":
            found.append(f"{kind}:{name or (door.owner if kind == 'user' else door.group)}")
    for some in place.below:
        found.append(f"user:{some.owner}")
        if some.permissions & (0o020 if some.folder else 0o060) and not some.listed:
            found.append(f"group:{some.group}")
    return found


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[_at(0o750, _files(0o640))],
    fails=[_at(0o750, _files(0o640, "#4711")), _at(0o750, owner="#4711")],
    not_applicable=[_GONE],
)
def personal_information_has_an_owner(place: PersonalPlace) -> Verdict:
    """What lies at a place of personal information belongs to accounts and groups that exist.

    Why: the next account that is given a left-over number gets the records with it, needed for the job or not.
    Fix: `chown` what is told to the account or group that needs it.
    """
    if not place.there:
        return not_applicable("there is no such place on this host")
    door = place.way[-1]
    left_over = [kind for kind in place.below if "#" in (kind.owner[:1], kind.group[:1])]
    if door.owner.startswith("#") or door.group.startswith("#"):
        return failed("the place itself belongs to a number without a name", owner=door.owner, group=door.group)
    if left_over:
        count = sum(kind.count for kind in left_over)
        return failed(
            f"{count} files or folders belong to a number without a name",
            examples=[one.example for one in left_over][:5],
        )
    if place.unseen:
        return unknown(place.unseen)
    return passed(looked_at=sum(kind.count for kind in place.below))


_LAPTOP, _SERVER = Chassis(10, battery=True), Chassis(23)


@check(
    "17.04(5)",
    severity=CRITICAL,
    passes=[(_at(0o750), Volumes.of(root=True), _LAPTOP), (_at(0o750), Volumes.of(root=False, srv=True), _LAPTOP)],
    fails=[
        (_at(0o750), Volumes.of(root=True, srv=False), _LAPTOP),
        given(_at(0o750), Volumes.of(root=False), _SERVER, everywhere=True),
    ],
    not_applicable=[(_GONE, Volumes.of(root=False), _LAPTOP), (_at(0o750), Volumes.of(root=False), _SERVER)],
)
def personal_information_lies_on_an_encrypted_volume(
    place: PersonalPlace, volumes: Volumes, chassis: Chassis, *, everywhere: bool = False
) -> Verdict:
    """A place of personal information on a portable computer lies on an encrypted volume.

    Why: the item asks for encryption of all personal information that is stored on laptops or other portable devices.
    Fix: move the place to a volume with LUKS below it, or encrypt the one it is on.
    Settings:
        everywhere: ask it of desktops and servers too; no, since the item names laptops and other portable devices.
    """
    if not place.there:
        return not_applicable("there is no such place on this host")
    volume = volumes.holding(place.real)
    if (verdict := spared(chassis, volume.encrypted, everywhere=everywhere)) is not None:
        return verdict
    if volume.encrypted is None:
        return unknown(f"it cannot be told whether {volume.place} is encrypted: {volume.why}")
    if not volume.encrypted:
        return failed("it lies on a volume that is not encrypted", volume=volume.place, device=volume.device)
    return passed(volume=volume.place)
