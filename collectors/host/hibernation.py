"""Where the memory of this machine is written when it hibernates."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import block_tree
from collectors.host.block_tree import LSBLK, MOUNTED, UUIDS, all_encrypted
from collectors.sources import Command

# Of the kernel's command line, which may hold anything, only what is about hibernation leaves the target.
_SCRIPT = r"""
for name in state disk resume; do
  if [ -e "/sys/power/$name" ]; then
    # A kernel without ways to sleep says nothing at all, which read takes for a failure and cat does not.
    read -r said <"/sys/power/$name" || said=$(cat "/sys/power/$name") || exit 1
    echo "$name $said"
  fi
done
read -r line </proc/cmdline || [ -n "$line" ] || exit 1
set -f
for word in $line; do
  case $word in resume=* | noresume | nohibernate | hibernate=no) echo "option $word" ;; esac
done
"""


@dataclass(frozen=True)
class Hibernation(Fact):
    """Whether the kernel can write all memory to a disk, and to which."""

    possible: bool = False
    device: str = ""
    """Where to; empty where none is named, and a swap area in use will be taken."""
    encrypted: bool | None = None
    """Of that device; None where it is not told, and ``why`` says so."""
    why: str = ""
    held: tuple[str, ...] = ()
    """Devices that are not encrypted and hold a hibernated system now."""


@collector(
    LSBLK,
    MOUNTED,
    UUIDS,
    Command(shlex.join(["sh", "-c", _SCRIPT]), name="hibernation", needs="sh", live=True, reads_only=True),
)
def hibernation(listing: str, mounted: str, uuids: dict[str, str] | None, said: str) -> Hibernation:
    """Lines of a word and what /sys/power says: ``state`` names the ways to sleep, of which ``disk`` is hibernation (``disk``
    itself says ``[disabled]`` where it is forbidden); ``resume`` is the device that was set, ``0:0`` for none. ``option`` is a
    word of the kernel's command line. Files are not looked at: a loop device is no place to hibernate to.
    """
    told: dict[str, list[str]] = {}
    for line in said.splitlines():
        word, _, rest = line.partition(" ")
        if word not in {"state", "disk", "resume", "option"}:
            raise ValueError("a line that the script does not print")
        told.setdefault(word, []).append(rest)
    options = told.get("option", [])
    possible = "disk" in " ".join(told.get("state", [])).split() and "[disabled]" not in " ".join(told.get("disk", []))
    ways = block_tree.tree(listing, uuids or {}, block_tree.mounted(mounted), lambda *_: (None, "it is a file", False))
    held = [
        name for name, some in ways.items() if any(way.kind == "swsuspend" for way in some) and not all_encrypted(some)
    ]
    wanted = [option.removeprefix("resume=") for option in options if option.startswith("resume=")][-1:]
    number = [one for one in told.get("resume", []) if one != "0:0"]
    for device in (*number, *wanted):
        found = [way for name, some in ways.items() for way in some if device in _names(name, way)]
        why = "" if found else f"{device} is not among the block devices"
        return Hibernation(possible, device, all_encrypted(found) if found else None, why, tuple(held))
    return Hibernation(possible, held=tuple(held))


def _names(name: str, way: block_tree.Below) -> set[str]:
    return {name, way.number, f"UUID={way.uuid}", f"/dev/disk/by-uuid/{way.uuid}"}
