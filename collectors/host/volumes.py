"""Which mounted volumes and swap areas are encrypted, by the block devices below them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.host import block_tree
from collectors.host.block_tree import LSBLK, MOUNTED, UUIDS, Tree, all_encrypted
from collectors.sources import Command, File, Mode, Stat

_IN_MEMORY = ("tmpfs", "ramfs")
_VIEW = re.compile(r"^fuse\.(gvfsd-fuse|portal|lxcfs|snapfuse|squashfuse)$")
"""Other ways to see what lies on volumes that are listed themselves, on other machines, or in a package."""
_REMOTE = re.compile(r"^(nfs|cifs|smb|ceph|fuse\.sshfs|9p|afs)")
_ENCRYPTING = re.compile(r"^(ecryptfs|fuse\.(gocryptfs|encfs|cryfs|securefs))$")


@dataclass(frozen=True)
class Volume:
    """One mounted volume or swap area."""

    place: str
    """Where it is mounted; for swap the device or file."""
    encrypted: bool | None
    """None where it could not be told, and ``why`` says so."""
    device: str = ""
    why: str = ""
    removable: bool = False
    elsewhere: bool = False
    """Whether it is in memory or on another machine, and so not stored here."""


@dataclass(frozen=True)
class Volumes(Fact):
    """Volumes in use, by the block tree that the kernel shows."""

    mounts: Mapping[str, Volume] = field(default_factory=dict)
    """Mount point to volume."""
    swaps: tuple[Volume, ...] = ()
    """Swap areas in use; those in compressed memory are left out."""

    def holding(self, path: str) -> Volume:
        """The volume that a path lies on: of the mount points above it the longest."""
        above = [place for place in self.mounts if place in {"/", path} or path.startswith(place + "/")]
        if not above:
            return Volume(path, None, why="it is not told what it lies on")
        return self.mounts[max(above, key=len)]

    @staticmethod
    def of(swaps: tuple[Volume, ...] = (), **mounts: bool | None) -> "Volumes":
        """An example: ``root`` stands for ``/`` and any other name for the folder below it, each on a disk of its own."""
        places = {("/" if name == "root" else f"/{name}"): told for name, told in mounts.items()}
        return Volumes(
            {place: Volume(place, told, f"/dev/sd{'abcdef'[at]}2") for at, (place, told) in enumerate(places.items())},
            swaps,
        )


@collector(
    LSBLK,
    MOUNTED,
    File("/proc/swaps"),
    UUIDS,
    Command("zfs list -H -o name,encryption -t filesystem", live=True, ok=(0, 1)),
    Stat("/.fscrypt", "/home/.fscrypt"),
)
def volumes(
    listing: str,
    mounted: str,
    swapped: str | None,
    uuids: dict[str, str] | None,
    zfs: str | None,
    fscrypt: tuple[Mode, ...] | None,
) -> Volumes:
    """What is mounted, and what the block devices below it are."""
    said = block_tree.mounted(mounted)
    datasets = dict(line.split("\t") for line in (zfs or "").splitlines())
    per_folder = {one.path.removesuffix("/.fscrypt") or "/" for one in fscrypt or ()}

    def within(ways: Tree) -> Volumes:
        found = (_volume(place, device, kind, ways, datasets, per_folder) for device, place, kind in said.mounts)
        return Volumes({one.place: one for one in found})

    def lies_on(ways: Tree, path: str) -> tuple[bool | None, str, bool]:
        volume = within(ways).holding(path)
        return volume.encrypted, volume.why, volume.removable

    ways = block_tree.tree(listing, uuids or {}, said, lies_on)
    found = within(ways)
    if "/" not in found.mounts:
        raise ValueError("nothing is mounted at /")
    rows = [line.split() for line in (swapped or "").splitlines()[1:]]
    swaps = (_swap(block_tree.plain(row[0]), row[1], ways, found) for row in rows if "/zram" not in row[0])
    return Volumes(found.mounts, tuple(swaps))


def _volume(
    place: str,
    device: str,
    kind: str,
    ways: Tree,
    datasets: Mapping[str, str],
    per_folder: set[str],
) -> Volume:
    if _ENCRYPTING.match(kind):
        return Volume(place, True, device)
    if kind == "zfs":
        told = datasets.get(device, "-")
        return Volume(place, None if told == "-" else told != "off", device, "" if told != "-" else "zfs does not tell")
    if kind in _IN_MEMORY and not device.startswith("/dev/"):
        return Volume(place, None, device, f"it is {kind}, in memory", elsewhere=True)
    if _REMOTE.match(kind):
        return Volume(place, None, device, f"it is {kind}, on another machine", elsewhere=True)
    if _VIEW.match(kind):
        return Volume(place, None, device, f"it is {kind}, which stores nothing", elsewhere=True)
    found = ways.get(device) or [way for some in ways.values() for way in some if place in way.points]
    if not found:
        return Volume(place, None, device, f"{device} ({kind}) is not among the block devices")
    whole = [
        way for some in ways.values() for way in some if kind == "btrfs" and way.uuid and way.uuid == found[0].uuid
    ]
    secret = all_encrypted([*found, *whole])
    removable = all(way.removable for way in found)
    if not secret and place in per_folder:
        return Volume(place, None, device, "single folders of it may be encrypted (fscrypt)", removable)
    return Volume(place, secret, device, next((way.why for way in found if way.why), ""), removable)


def _swap(name: str, kind: str, ways: Tree, mounted: Volumes) -> Volume:
    if kind == "file":
        below = mounted.holding(name)
        return Volume(name, below.encrypted, below.device, below.why)
    found = ways.get(name)
    if not found:
        return Volume(name, None, name, f"{name} is not among the block devices")
    return Volume(name, all_encrypted(found), name, next((way.why for way in found if way.why), ""))
