"""What kind of machine it is: a laptop is told from a server."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command, File, Native

# DMTF DSP0134 (SMBIOS), table "System enclosure or chassis types".
_PORTABLE = frozenset({8, 9, 10, 11, 14, 30, 31, 32})
_DESKTOP = frozenset({3, 4, 5, 6, 7, 13, 15, 16, 24, 35, 36})


@dataclass(frozen=True)
class Chassis(Fact):
    """The enclosure that the firmware names, and whether it has a battery."""

    dmi_type: int | None = None
    """SMBIOS chassis type; None where the firmware gives none."""
    battery: bool = False

    @property
    def kind(self) -> str:
        """``laptop``, ``desktop`` or ``server``; ``host`` where neither firmware nor battery tells."""
        if self.portable:
            return "laptop"
        if self.dmi_type is None:
            return "host"
        return "desktop" if self.dmi_type in _DESKTOP else "server"

    @property
    def portable(self) -> bool:
        """Whether it is made to be carried: a portable enclosure, or a battery in one the firmware does not name."""
        if self.dmi_type in _PORTABLE:
            return True
        unnamed = self.dmi_type is None or self.dmi_type in (1, 2)
        return unnamed and self.battery


@collector(
    File("/sys/class/dmi/id/chassis_type"),
    Native("battery", Command("sh -c 'cat /sys/class/power_supply/*/type 2>/dev/null || true'", name="battery")),
)
def chassis(dmi_type: str | None, batteries: str) -> Chassis:
    """The DMI file holds one decimal number; virtual machines say 1 (other)."""
    return Chassis(int(dmi_type) if dmi_type is not None else None, "Battery" in batteries.split())
