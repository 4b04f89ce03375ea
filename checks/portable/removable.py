"""17.04(5) at the sockets: personal information does not walk out on a stick."""

from checks.check import check, given
from checks.verdict import LOW, Verdict, failed, not_applicable, passed, unknown
from collectors.host.chassis import Chassis
from collectors.host.units import Units
from collectors.host.usb_storage import UsbStorage

_BLOCKED = UsbStorage(replaced=frozenset({"usb_storage"}))
_LAPTOP = Chassis(9, battery=True)


@check(
    "17.04(5)",
    severity=LOW,
    passes=[(_BLOCKED, Units(), _LAPTOP), (UsbStorage(), Units.of("usbguard.service"), _LAPTOP)],
    fails=[
        (UsbStorage(), Units(), _LAPTOP),
        (UsbStorage(blacklisted=frozenset({"usb_storage"})), Units(), _LAPTOP),
        given(UsbStorage(), Units(), Chassis(23), everywhere=True),
    ],
    not_applicable=[(UsbStorage(), Units(), Chassis(23))],
)
def usb_storage_is_blocked(usb: UsbStorage, units: Units, chassis: Chassis, *, everywhere: bool = False) -> Verdict:
    """A computer that people sit at opens no USB disk or stick.

    Why: a stick is a portable device; what is copied to one that is not encrypted leaves in the clear.
    Fix: write `install usb-storage /bin/false` and `install uas /bin/false` to /etc/modprobe.d/usb-storage.conf, or use
        usbguard. Where sticks are needed and encrypted by your rules, waive this with that reason.
    Settings:
        everywhere: ask it of servers too; no, since few people can reach their sockets.
    """
    if not everywhere and chassis.kind == "server":
        if chassis.dmi_type is None:
            return unknown("neither firmware nor battery tell what kind of machine this is")
        return not_applicable("this is a server")
    if units.any_of("usbguard.service"):
        return passed(by="usbguard")
    if usb.blocked:
        return passed(blacklisted=usb.blacklisted, replaced=usb.replaced)
    return failed("a USB disk or stick can be used", blacklisted=usb.blacklisted, replaced=usb.replaced)
