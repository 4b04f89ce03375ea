"""Which mounted volumes and swap areas are encrypted, by the block devices below them."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.collector import Fact, collector
from collectors.sources import Command, File, Files, Mode, Stat

# MOUNTPOINTS is known from util-linux 2.37 on.
_COLUMNS = "NAME,KNAME,TYPE,FSTYPE,RM,TRAN,PKNAME,UUID"
_LSBLK = f"lsblk -J -p -o {_COLUMNS},MOUNTPOINTS 2>/dev/null || lsblk -J -p -o {_COLUMNS},MOUNTPOINT"
_MOUNTS = r"""exec awk '$2 == "/" || $1 ~ /^\/dev\// || $3 ~ /^(zfs|ecryptfs|fuse|nfs|cifs|btrfs|xfs|ext)/ { print $1, $2, $3 }' /proc/mounts"""

_NOT_SECRET = ("CRYPT-VERITY-", "CRYPT-INTEGRITY-")
"""Device-mapper targets of cryptsetup that protect from change and not from reading."""
_IN_MEMORY = ("tmpfs", "ramfs")
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
        """An example: ``root`` stands for ``/`` and any other name for the folder below it."""
        places = {("/" if name == "root" else f"/{name}"): told for name, told in mounts.items()}
        return Volumes({place: Volume(place, told, "/dev/sda2") for place, told in places.items()}, swaps)


@collector(
    Command(shlex.join(["sh", "-c", _LSBLK]), name="lsblk", needs="lsblk", instrument=True, live=True),
    Command(shlex.join(["sh", "-c", _MOUNTS]), name="mounted volumes", needs="awk", instrument=True, live=True),
    File("/proc/swaps"),
    Files("/sys/block/dm-*/dm/uuid"),
    Command("zfs list -H -o name,encryption -t filesystem", live=True, ok=(0, 1)),
    Stat("/.fscrypt", "/home/.fscrypt"),
)
def volumes(
    tree: str,
    mounted: str,
    swapped: str | None,
    uuids: dict[str, str] | None,
    zfs: str | None,
    fscrypt: tuple[Mode, ...] | None,
) -> Volumes:
    """``lsblk -J`` (util-linux) nests each device below those it stands on, once for each of several. A volume is encrypted
    when on every way down to a disk there is a device of type ``crypt``; that device-mapper names verity and integrity
    devices ``CRYPT-`` too is told apart by their uuid. The first columns of /proc/mounts say what is mounted (proc(5)).
    """
    mapped = {path.split("/")[3]: text.strip() for path, text in (uuids or {}).items()}
    ways = _ways(json.loads(tree)["blockdevices"], mapped)
    datasets = dict(line.split("\t") for line in (zfs or "").splitlines())
    per_folder = {one.path.removesuffix("/.fscrypt") or "/" for one in fscrypt or ()}
    mounts = {}
    for line in mounted.splitlines():
        device, place, kind = (_plain(word) for word in line.split(" "))
        mounts[place] = _volume(place, device, kind, ways, datasets, per_folder)
    if "/" not in mounts:
        raise ValueError("nothing is mounted at /")
    found = Volumes(mounts)
    rows = [line.split() for line in (swapped or "").splitlines()[1:]]
    return Volumes(mounts, tuple(_swap(_plain(row[0]), row[1], ways, found) for row in rows if "/zram" not in row[0]))


@dataclass(frozen=True)
class _Way:
    """One device as it stands at one place of the tree."""

    encrypted: bool
    uuid: str
    kind: str
    removable: bool
    points: tuple[str, ...]


def _ways(nodes: list[dict[str, Any]], mapped: Mapping[str, str]) -> dict[str, list[_Way]]:
    """Device path to every place where it stands in the tree; under its own name and the kernel's."""
    ways: dict[str, list[_Way]] = {}
    for names, way in _walk(nodes, mapped, encrypted=False, removable=False):
        for name in names:
            ways.setdefault(name, []).append(way)
    return ways


def _walk(
    nodes: list[dict[str, Any]], mapped: Mapping[str, str], *, encrypted: bool, removable: bool
) -> Iterator[tuple[set[str], _Way]]:
    for node in nodes:
        kernel = str(node["kname"]).rsplit("/", 1)[-1]
        secret = node["type"] == "crypt" and not mapped.get(kernel, "").startswith(_NOT_SECRET)
        taken_out = removable or node.get("rm") in {True, "1"} or node.get("tran") == "usb"
        points = tuple(point for point in (*(node.get("mountpoints") or ()), node.get("mountpoint")) if point)
        way = _Way(encrypted or secret, node.get("uuid") or "", node.get("fstype") or "", taken_out, points)
        yield {str(node["name"]), str(node["kname"])}, way
        yield from _walk(node.get("children") or [], mapped, encrypted=way.encrypted, removable=taken_out)


def _plain(word: str) -> str:
    """/proc writes blanks in names as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), word)


def _volume(
    place: str,
    device: str,
    kind: str,
    ways: Mapping[str, list[_Way]],
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
    found = ways.get(device) or [way for some in ways.values() for way in some if place in way.points]
    if not found:
        return Volume(place, None, device, f"{device} ({kind}) is not among the block devices")
    whole = [
        way for some in ways.values() for way in some if kind == "btrfs" and way.uuid and way.uuid == found[0].uuid
    ]
    secret = all(way.encrypted for way in (*found, *whole))
    removable = all(way.removable for way in found)
    if not secret and place in per_folder:
        return Volume(place, None, device, "single folders of it may be encrypted (fscrypt)", removable)
    return Volume(place, secret, device, removable=removable)


def _swap(name: str, kind: str, ways: Mapping[str, list[_Way]], mounted: Volumes) -> Volume:
    if kind == "file":
        below = mounted.holding(name)
        return Volume(name, below.encrypted, below.device, below.why)
    found = ways.get(name)
    if not found:
        return Volume(name, None, name, f"{name} is not among the block devices")
    return Volume(name, all(way.encrypted for way in found), name)
