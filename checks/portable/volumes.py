"""17.04(5) at the volumes: what a lost laptop holds cannot be read."""

from checks.check import check, given
from checks.portable.machines import spared
from checks.verdict import CRITICAL, HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.chassis import Chassis
from collectors.host.volumes import Volume, Volumes

_LAPTOP = Chassis(10, battery=True)
_SERVER = Chassis(23)
_NO_DATA = ("/boot", "/efi", "/snap/", "/media/cdrom", "/run/netns", "/run/docker/netns")
"""Places that hold what is started or sold, or a kernel's name for something, and nobody's data."""


@check(
    "17.04(5)",
    severity=CRITICAL,
    passes=[(Volumes.of(root=True), _LAPTOP), given(Volumes.of(root=True), _SERVER, everywhere=True)],
    fails=[(Volumes.of(root=False), _LAPTOP), given(Volumes.of(root=False), _SERVER, everywhere=True)],
    not_applicable=[(Volumes.of(root=False), _SERVER)],
)
def system_volume_is_encrypted(volumes: Volumes, chassis: Chassis, *, everywhere: bool = False) -> Verdict:
    """A portable computer's system volume is encrypted.

    Why: the item asks for encryption of all personal information on laptops; whoever finds one reads a plain disk in minutes.
    Fix: install again with an encrypted disk (LUKS), or encrypt in place with `cryptsetup reencrypt --encrypt` after a
        backup. Where the drive itself encrypts (OPAL), which cannot be seen from here, waive this with that reason.
    Settings:
        everywhere: ask it of desktops and servers too; no, since the item names laptops and other portable devices.
    """
    system = volumes.holding("/")
    if (verdict := spared(chassis, system.encrypted, everywhere=everywhere)) is not None:
        return verdict
    if system.encrypted is None:
        return unknown(f"it cannot be told whether the system volume is encrypted: {system.why}")
    if not system.encrypted:
        return failed("the system volume is not encrypted", device=system.device)
    return passed(device=system.device)


def _data(volumes: Volumes) -> list[Volume]:
    """Volumes stored here beside the system's, that may hold data. One that is mounted at several places (a bind mount) is
    told of once, and the system's not at all.
    """
    found = {volumes.holding("/").device: volumes.holding("/")}
    for place, one in volumes.mounts.items():
        if not place.startswith(_NO_DATA) and not one.elsewhere:
            found.setdefault(one.device, one)
    return [one for one in found.values() if one.place != "/"]


@check(
    "17.04(5)",
    severity=CRITICAL,
    passes=[(Volumes.of(root=True, home=True, boot=False), _LAPTOP)],
    fails=[(Volumes.of(root=True, home=False), _LAPTOP), given(Volumes.of(srv=False), _SERVER, everywhere=True)],
    not_applicable=[(Volumes.of(root=True, boot=False), _LAPTOP), (Volumes.of(home=False), _SERVER)],
)
def data_volumes_are_encrypted(volumes: Volumes, chassis: Chassis, *, everywhere: bool = False) -> Verdict:
    """Every other volume that a portable computer has mounted, /home and sticks included, is encrypted.

    Why: personal information lies in homes, on data disks and on sticks as well as on the system volume.
    Fix: put LUKS below the volumes listed (`cryptsetup luksFormat`, after a backup), and name them in /etc/crypttab.
    Settings:
        everywhere: ask it of desktops and servers too; no, since the item names laptops and other portable devices.
    """
    others = _data(volumes)
    if not others:
        return not_applicable("no other volume is mounted")
    plain = [one.place for one in others if one.encrypted is False]
    untold = [one for one in others if one.encrypted is None]
    told = False if plain else None if untold else True
    if (verdict := spared(chassis, told, everywhere=everywhere)) is not None:
        return verdict
    if plain:
        return failed("these volumes are not encrypted", places=plain)
    if untold:
        return unknown(f"it cannot be told of {untold[0].place}: {untold[0].why}")
    return passed(places=[one.place for one in others])


_PLAIN_SWAP = Volumes.of((Volume("/dev/sda3", False, "/dev/sda3"),), root=True)
_SECRET_SWAP = Volumes.of((Volume("/dev/dm-1", True, "/dev/dm-1"),), root=True)


@check(
    "17.04(5)",
    severity=HIGH,
    passes=[(_SECRET_SWAP, _LAPTOP)],
    fails=[(_PLAIN_SWAP, _LAPTOP), given(_PLAIN_SWAP, _SERVER, everywhere=True)],
    not_applicable=[(Volumes.of(root=True), _LAPTOP), (_PLAIN_SWAP, _SERVER)],
)
def swap_in_use_is_encrypted(volumes: Volumes, chassis: Chassis, *, everywhere: bool = False) -> Verdict:
    """The swap areas that a portable computer uses are encrypted.

    Why: what is in memory, personal information and keys of disks too, is written to swap, and all of it on hibernation.
    Fix: add `swap /dev/... /dev/urandom swap,cipher=aes-xts-plain64,size=256` to /etc/crypttab and use /dev/mapper/swap in
        /etc/fstab; or use zram, which is in memory.
    Settings:
        everywhere: ask it of desktops and servers too; no, since the item names laptops and other portable devices.
    """
    if not volumes.swaps:
        return not_applicable("no swap on a disk is in use")
    plain = [one.place for one in volumes.swaps if one.encrypted is False]
    untold = [one for one in volumes.swaps if one.encrypted is None]
    told = False if plain else None if untold else True
    if (verdict := spared(chassis, told, everywhere=everywhere)) is not None:
        return verdict
    if plain:
        return failed("swap is written in the clear", places=plain)
    if untold:
        return unknown(f"it cannot be told of {untold[0].place}: {untold[0].why}")
    return passed(places=[one.place for one in volumes.swaps])
