"""Which machines 17.04(5) is about."""

from checks.verdict import Verdict, not_applicable, unknown
from collectors.host.chassis import Chassis


def spared(chassis: Chassis, encrypted: bool | None, *, everywhere: bool) -> Verdict | None:
    """Why a machine is not judged, or None where it is: it is portable, or all machines are asked.

    Where neither the firmware nor a battery says what kind of machine it is, only one that is encrypted is judged.
    """
    if everywhere or chassis.portable:
        return None
    if chassis.dmi_type is None:
        reason = "neither firmware nor battery tell whether this machine is portable; `everywhere` asks it of all"
        return None if encrypted else unknown(reason)
    return not_applicable(f"this is no portable computer but a {chassis.kind}")
