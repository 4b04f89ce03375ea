"""/etc/crypttab: what unlocks the encrypted disks, and which volumes of /etc/fstab stand on them."""

import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import FOLDERS
from collectors.sources import Command, Mode, Stat

# Without a key, systemd takes /etc/cryptsetup-keys.d/<name>.key where there is one. The third field is a path, "none" or "-", but nothing keeps a passphrase from being written there: only what begins
# with a slash leaves the target, with owner and mode of that file. Options of fstab stay there:
# a network mount's may hold a password.
_SCRIPT = (
    FOLDERS
    + r"""
if [ ! -e /etc/crypttab ]; then exit 0; fi
keys=/etc/cryptsetup-keys.d
searched $keys
while read -r name device key options rest || [ -n "$name" ]; do
  case $name in ''|\#*) continue ;; esac
  own=$keys/$name.key
  case $key in ''|none|-) if [ -e "$own" ]; then key=$own; fi ;; esac
  case $key in
    ''|none|-) mode=prompt key=none ;;
    /dev/*random) mode=random ;;
    /dev/*) mode=device ;;
    /*:*) mode=elsewhere ;;
    /*) mode=$(stat -L -c "%a:%u" "$key" 2>&1)
      case $mode in *[Dd]enied*) denied "$key" ;; *[!0-9:]*) mode=missing ;; esac ;;
    *) mode=other key=other ;;
  esac
  case $key in /*) ;; *) if [ "$key" != none ]; then key=other; fi ;; esac
  echo "crypttab $name $device $key $mode ${options:--}"
done </etc/crypttab || exit 1
if [ ! -e /etc/fstab ]; then exit 0; fi
while read -r device place kind rest || [ -n "$device" ]; do
  case $device in ''|\#*) continue ;; esac
  # curlftpfs and its like take an account and its password there.
  case $device in *:*@*) device=elsewhere ;; esac
  echo "fstab $device $place $kind"
done </etc/fstab
"""
)

CRYPTTAB = Command(shlex.join(["sh", "-c", _SCRIPT]), name="crypttab and fstab", needs="sh", reads_only=True)


@dataclass(frozen=True)
class Mapped:
    """One line of crypttab."""

    name: str
    """It becomes /dev/mapper/name."""
    device: str
    key: str
    """Path of the key file; ``none`` where a person or a token is asked."""
    mode: int | None = None
    """Permission bits of the key file; None where the key is no file, or the file is not there."""
    owner: int = 0
    """Numeric user id of the key file's owner."""
    random: bool = False
    """Whether the key is a random one, made anew at each boot."""
    options: tuple[str, ...] = ()

    @property
    def key_file(self) -> str:
        """Path of a key that lies in a file; empty for a passphrase, a token, a random key or a raw device."""
        return self.key if self.key.startswith("/") and not self.key.startswith("/dev/") else ""


@dataclass(frozen=True)
class StoredSwap:
    """A swap area that /etc/fstab names."""

    device: str
    encrypted: bool | None
    """None where fstab and crypttab alone do not tell: a UUID, or a logical volume."""


@dataclass(frozen=True)
class Crypttab(Fact):
    """Encrypted devices that a boot opens, and the swap areas it turns on."""

    mapped: tuple[Mapped, ...] = ()
    swaps: tuple[StoredSwap, ...] = ()


@collector(
    Stat("/etc/crypttab"),
    CRYPTTAB,
)
def crypttab(_there: tuple[Mode, ...], listing: str) -> Crypttab:
    """Lines ``crypttab`` with name, device, key, the key file's mode and owner, and options; and ``fstab`` with device, place
    and type.
    """
    lines = [line.split(" ") for line in listing.splitlines()]
    mapped = tuple(_mapped(words[1:]) for words in lines if words[0] == "crypttab")
    rows = [words[1:4] for words in lines if words[0] == "fstab"]
    if len(mapped) + len(rows) != len(lines):
        raise ValueError("a line that the script does not print")
    names = {one.name for one in mapped}
    places = {row[1]: row[0] for row in rows if row[2] != "swap"}
    swaps = []
    for device in (row[0] for row in rows if row[2] == "swap"):
        if device.startswith("/dev/zram"):
            continue
        below = device if device.startswith("/dev/") or "=" in device else _holding(device, places)
        swaps.append(StoredSwap(device, _encrypted(below, names)))
    return Crypttab(mapped, tuple(swaps))


def _mapped(words: list[str]) -> Mapped:
    name, device, key, mode, options = words
    listed = tuple(options.split(",")) if options != "-" else ()
    found = re.fullmatch(r"([0-7]{1,5}):(\d+)", mode)
    if not found and mode not in {"prompt", "random", "device", "elsewhere", "missing", "other"}:
        raise ValueError("a line that the script does not print")
    if found:
        return Mapped(name, device, key, int(found.group(1), 8), int(found.group(2)), options=listed)
    return Mapped(name, device, key, random=mode == "random", options=listed)


def _holding(path: str, places: dict[str, str]) -> str:
    above = [place for place in places if place == "/" or path.startswith(place.rstrip("/") + "/")]
    return places[max(above, key=len)] if above else ""


def _encrypted(device: str, names: set[str]) -> bool | None:
    """A partition's own name is plain; a name that crypttab makes is encrypted; anything else is not told."""
    if device.startswith("/dev/mapper/") and device.removeprefix("/dev/mapper/") in names:
        return True
    if re.fullmatch(r"/dev/((sd|vd|xvd|hd)[a-z]+\d*|nvme\d+n\d+(p\d+)?|mmcblk\d+(p\d+)?)", device):
        return False
    return None
