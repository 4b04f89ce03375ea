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
    passes=[
        given(_BLOCKED, Units(), _LAPTOP, required=True),
        given(UsbStorage(), Units.of("usbguard.service"), _LAPTOP, required=True),
    ],
    fails=[
        given(UsbStorage(), Units(), _LAPTOP, required=True),
        given(UsbStorage(blacklisted=frozenset({"usb_storage"})), Units(), _LAPTOP, required=True),
        given(UsbStorage(), Units(), Chassis(23), required=True, servers=True),
    ],
    not_applicable=[(UsbStorage(), Units(), _LAPTOP), given(UsbStorage(), Units(), Chassis(23), required=True)],
)
def usb_storage_is_blocked(
    usb: UsbStorage, units: Units, chassis: Chassis, *, required: bool = False, servers: bool = False
) -> Verdict:
    """A computer that people sit at opens no USB disk or stick, where the organization's rules ask for that.

    Why: a stick is a portable device; what is copied to one that is not encrypted leaves in the clear.
    Fix: write `install usb-storage /bin/false` and `install uas /bin/false` to /etc/modprobe.d/usb-storage.conf, or use
        usbguard.
    Settings:
        required: whether it is asked at all; no, since the item asks for encryption, and sticks may be encrypted by other rules.
        servers: ask it of servers too; no, since few people can reach their sockets.
    """
    if not required:
        return not_applicable("the configuration does not ask for it (setting `required`)")
    if units.any_of("usbguard.service"):
        return passed(by="usbguard")
    if usb.blocked:
        return passed(blacklisted=usb.blacklisted, replaced=usb.replaced)
    if not servers and chassis.kind == "host":
        return unknown("neither firmware nor battery tell what kind of machine this is")
    if not servers and chassis.kind == "server":
        return not_applicable("this is a server")
    return failed("a USB disk or stick can be used", blacklisted=usb.blacklisted, replaced=usb.replaced)
