r"""The block devices of a host, and on what each of them stands: disks, partitions, RAID, logical volumes, encryption, loops.

``lsblk -J`` (util-linux) nests each device below those it stands on, once for each of several. What it does not tell comes
from one more script: what is mounted, the file behind each loop device, and which cipher each dm-crypt device uses.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.sources import Command, Files

# MOUNTPOINTS is known from util-linux 2.37 on.
_COLUMNS = "NAME,KNAME,MAJ:MIN,TYPE,FSTYPE,RM,TRAN,PKNAME,UUID"
_LSBLK = f"lsblk -J -p -o {_COLUMNS},MOUNTPOINTS 2>/dev/null || lsblk -J -p -o {_COLUMNS},MOUNTPOINT"

# Of device-mapper's table, which shows zeros for a key and is never asked for more, only the name, the cipher and the length
# of the key leave the target. A key in the kernel's keyring stands there as :BYTES:TYPE:NAME. Of an encryption in place that
# has not ended, what is still to be encrypted is a linear part.
_MOUNTED = r"""
awk '$2 == "/" || $1 ~ /^\/dev\// || $3 ~ /^(zfs|ecryptfs|fuse$|fuseblk|fuse[.]|nfs|cifs|btrfs|xfs|ext)/ { print "mount", $1, $2, $3 }' \
  /proc/mounts || exit 1
for file in /sys/block/loop*/loop/backing_file; do
  if [ -e "$file" ] && read -r path <"$file"; then name=${file#/sys/block/}; echo "loop ${name%%/*} $path"; fi
done
mapped=
for file in /sys/block/dm-*/dm/uuid; do if [ -e "$file" ]; then mapped=1; fi; done
[ "$mapped" ] || exit 0
table=$(dmsetup table 2>/dev/null) || { echo unseen; exit 0; }
printf "%s\n" "$table" | awk '
function once(line) { if (!(line in said)) { said[line]; print line } }
{ name = $1; sub(/:$/, "", name) }
$4 == "linear" { once("linear " name) }
$4 == "crypt" {
  bits = length($6) * 4
  if (length($6) == 1) bits = 0
  if (split($6, key, ":") > 2) bits = key[2] * 8
  once("cipher " name " " $5 " " bits)
}'
"""

LSBLK = Command(shlex.join(["sh", "-c", _LSBLK]), name="lsblk", needs="lsblk", instrument=True, live=True)
MOUNTED = Command(
    shlex.join(["sh", "-c", _MOUNTED]),
    name="mounted volumes, files of loop devices, ciphers",
    needs="awk",
    instrument=True,
    live=True,
    reads_only=True,
)
UUIDS = Files("/sys/block/dm-*/dm/uuid")

NOT_SECRET = ("CRYPT-VERITY-", "CRYPT-INTEGRITY-")
"""Device-mapper targets of cryptsetup that protect from change and not from reading."""
_NESTED = 8
"""Loop devices on files on loop devices that are followed."""


@dataclass(frozen=True)
class Cipher:
    """What a dm-crypt device encrypts with."""

    name: str
    """As device-mapper writes it, e.g. ``aes-xts-plain64`` or ``capi:xts(aes)-plain64``."""
    key_bits: int

    @property
    def null(self) -> bool:
        """Whether it changes nothing at all."""
        return "cipher_null" in self.name


@dataclass(frozen=True)
class Mounted:
    """What the second script says."""

    mounts: tuple[tuple[str, str, str], ...] = ()
    """Device, place and type of each file system."""
    loops: Mapping[str, str] = field(default_factory=dict)
    """Kernel's name of a loop device to the file behind it."""
    ciphers: Mapping[str, tuple[Cipher, ...]] | None = None
    """Device-mapper's name to its cipher, or to two of them while one takes the place of the other; None where there are
    mapped devices and dmsetup did not tell."""
    linear: frozenset[str] = frozenset()
    """Mapped devices of which a part is what lies below, unchanged."""


def mounted(text: str) -> Mounted:
    """Lines ``mount DEVICE PLACE TYPE`` (the first columns of /proc/mounts, proc(5)), ``loop NAME PATH``, ``cipher NAME CIPHER
    BITS``, ``linear NAME`` and ``unseen``.
    """
    mounts, loops, linear = [], {}, set()
    ciphers: dict[str, tuple[Cipher, ...]] | None = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "mount":
            device, place, type_ = (plain(word) for word in rest.split(" "))
            mounts.append((device, place, type_))
        elif kind == "loop" and " " in rest:
            name, _, loops[name] = rest.partition(" ")
        elif kind == "cipher" and ciphers is not None:
            name, cipher, bits = rest.split(" ")
            ciphers[name] = (*ciphers.get(name, ()), Cipher(cipher, int(bits)))
        elif kind == "linear" and rest:
            linear.add(rest)
        elif line == "unseen":
            ciphers = None
        else:
            raise ValueError("a line that the script does not print")
    return Mounted(tuple(mounts), loops, ciphers, frozenset(linear))


def plain(word: str) -> str:
    """/proc writes blanks in names as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), word)


@dataclass(frozen=True)
class Below:
    """One device as it stands at one place of the tree."""

    encrypted: bool | None
    """Whether it or something below it is encrypted; None where a loop device's file is on what is not known."""
    why: str = ""
    """Why it is not known."""
    uuid: str = ""
    kind: str = ""
    """Type of the file system, ``swap``, or ``swsuspend``: a swap area that holds a hibernated system."""
    number: str = ""
    """``major:minor``."""
    removable: bool = False
    points: tuple[str, ...] = ()


Tree = Mapping[str, list[Below]]
"""Device path to every place where it stands in the tree; under its own name and the kernel's."""


def all_encrypted(ways: list[Below]) -> bool | None:
    """Whether a device is encrypted on every way down to a disk."""
    told = [way.encrypted for way in ways]
    return False if False in told else None if None in told else True


def tree(
    listing: str, uuids: Mapping[str, str], said: Mounted, lies_on: Callable[[Tree, str], tuple[bool | None, str, bool]]
) -> Tree:
    """A volume is encrypted when on every way down to a disk there is a device of type ``crypt`` whose cipher encrypts; that
    device-mapper names verity and integrity devices ``CRYPT-`` too is told apart by their uuid. A loop device is what its file
    lies on, as ``lies_on`` says of a tree and a path: encrypted or not, why not known, removable.
    """
    nodes = json.loads(listing)["blockdevices"]
    mapped = {path.split("/")[3]: text.strip() for path, text in uuids.items()}
    files: dict[str, tuple[bool | None, str, bool]] = {}
    for _ in range(_NESTED):
        found: dict[str, list[Below]] = {}
        for names, way in _walk(nodes, _Known(mapped, said, files), Below(False)):
            for name in names:
                found.setdefault(name, []).append(way)
        now = {name: _file(path, found, lies_on) for name, path in said.loops.items()}
        if now == files:
            return found
        files = now
    raise ValueError("loop devices on each other without end")


def _file(
    path: str, found: Tree, lies_on: Callable[[Tree, str], tuple[bool | None, str, bool]]
) -> tuple[bool | None, str, bool]:
    if path.endswith(" (deleted)") or not path.startswith("/"):
        return None, "its file has no name any more", False
    return lies_on(found, path)


@dataclass(frozen=True)
class _Known:
    mapped: Mapping[str, str]
    said: Mounted
    files: Mapping[str, tuple[bool | None, str, bool]]


def _walk(nodes: list[dict[str, Any]], known: _Known, below: Below) -> Iterator[tuple[set[str], Below]]:
    for node in nodes:
        kernel = str(node["kname"]).rsplit("/", 1)[-1]
        removable = below.removable or node.get("rm") in {True, "1"} or node.get("tran") == "usb"
        encrypted, why = below.encrypted, below.why
        if node["type"] == "loop":
            encrypted, why, carried = known.files.get(kernel, (None, "the file behind it is not told", False))
            removable = removable or carried
        elif node["type"] == "crypt" and not encrypted and not known.mapped.get(kernel, "").startswith(NOT_SECRET):
            encrypted, why = _encrypts(str(node["name"]).rsplit("/", 1)[-1], known.said, (encrypted, why))
        points = tuple(point for point in (*(node.get("mountpoints") or ()), node.get("mountpoint")) if point)
        kind, number = node.get("fstype") or "", node.get("maj:min") or ""
        way = Below(encrypted, why, node.get("uuid") or "", kind, number.strip(), removable, points)
        yield {str(node["name"]), str(node["kname"])}, way
        yield from _walk(node.get("children") or [], known, way)


def _encrypts(name: str, said: Mounted, below: tuple[bool | None, str]) -> tuple[bool | None, str]:
    """Whether a dm-crypt device is encrypted, on what is below it; where its table is not told, its kind must do."""
    ciphers = (said.ciphers or {}).get(name, ())
    if any(cipher.null for cipher in ciphers):
        return below
    if name in said.linear:
        return (None, f"{name} is being encrypted, and a part of it may still be in the clear") if ciphers else below
    return True, ""
