"""17.04(5) at hibernation: memory is not written to a disk in the clear."""

from checks.check import check, given
from checks.portable.machines import spared
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.chassis import Chassis
from collectors.host.hibernation import Hibernation
from collectors.host.units import Units
from collectors.host.volumes import Volume, Volumes

_LAPTOP = Chassis(10, battery=True)
_SECRET = Volumes.of((Volume("/dev/dm-1", True, "/dev/dm-1"),), root=True)
_MASKED = ("hibernate.target", "hybrid-sleep.target", "suspend-then-hibernate.target")
_PLAIN = Volumes.of((Volume("/dev/sda3", False, "/dev/sda3"),), root=True)


@check(
    "17.04(5)",
    severity=HIGH,
    passes=[
        (Hibernation(possible=True, device="252:1", encrypted=True), _SECRET, Units(), _LAPTOP),
        (Hibernation(possible=True), _SECRET, Units(), _LAPTOP),
    ],
    fails=[
        (Hibernation(possible=True, device="/dev/sda3", encrypted=False), _SECRET, Units(), _LAPTOP),
        (Hibernation(possible=True), _PLAIN, Units(), _LAPTOP),
        (Hibernation(held=("/dev/sda3",)), _SECRET, Units(), _LAPTOP),
        given(Hibernation(possible=True), _PLAIN, Units(), Chassis(23), everywhere=True),
    ],
    not_applicable=[
        (Hibernation(), _PLAIN, Units(), _LAPTOP),
        (Hibernation(possible=True), _PLAIN, Units(masked=frozenset(_MASKED)), _LAPTOP),
        (Hibernation(possible=True), Volumes.of(root=True), Units(), _LAPTOP),
        (Hibernation(possible=True), _PLAIN, Units(), Chassis(23)),
    ],
)
def hibernation_writes_to_an_encrypted_disk(
    hibernation: Hibernation, volumes: Volumes, units: Units, chassis: Chassis, *, everywhere: bool = False
) -> Verdict:
    """Where a portable computer can hibernate, what it has in memory is written to an encrypted disk.

    Why: memory holds personal information and the keys of the encrypted disks; in a plain swap area they lie open to whoever
        finds the machine asleep.
    Fix: name an encrypted swap area with a lasting key in `resume=` of the kernel's command line; or forbid it: `nohibernate`
        there, or `systemctl mask hibernate.target hybrid-sleep.target suspend-then-hibernate.target`. A swap area that held a
        hibernated system is to be wiped (`blkdiscard`, or `shred`).
    Settings:
        everywhere: ask it of desktops and servers too; no, since the item names laptops and other portable devices.
    """
    plain = [one.place for one in volumes.swaps if one.encrypted is False]
    untold = [one for one in volumes.swaps if one.encrypted is None]
    if hibernation.device:
        secret, why = hibernation.encrypted, hibernation.why
    else:
        secret, why = False if plain else None if untold else True, untold[0].why if untold else ""
    if hibernation.held:
        secret = False
    elif not hibernation.possible:
        return not_applicable("the kernel does not hibernate")
    elif units.masked.issuperset(_MASKED):
        return not_applicable("systemd's ways to hibernate are masked")
    elif not hibernation.device and not volumes.swaps:
        return not_applicable("there is no swap on a disk to hibernate to")
    if (verdict := spared(chassis, secret, everywhere=everywhere)) is not None:
        return verdict
    if hibernation.held:
        return failed("a hibernated system lies on a disk in the clear", devices=list(hibernation.held))
    if secret is None:
        return unknown(f"it cannot be told of {hibernation.device or untold[0].place}: {why}")
    observed = [hibernation.device] if hibernation.device else [one.place for one in volumes.swaps]
    if secret:
        return passed(devices=observed)
    return failed(
        "hibernation would write memory in the clear", devices=[hibernation.device] if hibernation.device else plain
    )
