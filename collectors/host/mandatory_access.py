"""Mandatory access control: AppArmor and SELinux, as they run and as they are set to start."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import File, Mode, Stat


@dataclass(frozen=True)
class MandatoryAccess(Fact):
    """What the running kernel enforces."""

    kernel_seen: bool = True
    """Whether /sys shows the kernel at all; in some containers it is empty."""
    apparmor: bool = False
    """Whether AppArmor is on."""
    profiles: tuple[tuple[str, str], ...] | None = None
    """Name and mode (``enforce``, ``complain``, ``kill``, ``unconfined``) of each loaded AppArmor profile; None where the
    kernel's list is not mounted."""
    selinux: str = ""
    """``enforcing`` or ``permissive``; empty where SELinux is not on."""


@collector(
    Stat("/sys/kernel"),
    File("/sys/module/apparmor/parameters/enabled"),
    File("/sys/kernel/security/apparmor/profiles", limit=1024 * 1024),
    File("/sys/fs/selinux/enforce"),
)
def mandatory_access(
    kernel: tuple[Mode, ...] | None, enabled: str | None, profiles: str | None, enforce: str | None
) -> MandatoryAccess:
    """``profiles`` has lines of ``name (mode)``; ``enforce`` is ``1`` or ``0``, ``enabled`` ``Y`` or ``N``."""
    if enforce is not None and enforce.strip() not in ("0", "1"):
        raise ValueError("neither 0 nor 1")
    if enabled is not None and enabled.strip() not in ("Y", "N"):
        raise ValueError("neither Y nor N")
    loaded = None
    if profiles is not None:
        loaded = tuple(_profile(line) for line in profiles.splitlines() if line.strip())
    return MandatoryAccess(
        kernel_seen=kernel is not None,
        apparmor=enabled is not None and enabled.strip() == "Y",
        profiles=loaded,
        selinux="" if enforce is None else "enforcing" if enforce.strip() == "1" else "permissive",
    )


def _profile(line: str) -> tuple[str, str]:
    name, _, mode = line.rpartition(" (")
    if not name or not mode.endswith(")"):
        raise ValueError("not a line of AppArmor's profiles")
    return name, mode[:-1]


@dataclass(frozen=True)
class MandatoryAccessAtBoot(Fact):
    """What the configuration starts."""

    apparmor: bool = False
    """Whether AppArmor's unit or init script is enabled and the boot loader does not turn it off."""
    selinux: str = ""
    """``enforcing``, ``permissive`` or ``disabled``; empty where SELinux is not configured."""


_UNIT = "/etc/systemd/system/apparmor.service"


@collector(
    Stat(
        "/etc/systemd/system/*.wants/apparmor.service",
        _UNIT,
        "/etc/rcS.d/S*apparmor",
        "/etc/runlevels/*/apparmor",
    ),
    Stat("/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"),
    File("/etc/selinux/config"),
    File("/etc/default/grub"),
    File("/etc/kernel/cmdline"),
)
def mandatory_access_at_boot(
    units: tuple[Mode, ...] | None,
    parser: tuple[Mode, ...] | None,
    selinux: str | None,
    grub: str | None,
    cmdline: str | None,
) -> MandatoryAccessAtBoot:
    """A unit linked to /dev/null is masked. ``SELINUX=`` of /etc/selinux/config: the last one counts (selinux(8)). What the
    kernel is told goes before both: by GRUB's defaults, or where entries of the boot loader are files, /etc/kernel/cmdline.
    """
    masked = any(unit.path == _UNIT and unit.kind == "other" for unit in units or ())
    wanted = any(unit.path != _UNIT and unit.kind == "file" for unit in units or ())
    options = (
        " ".join(re.findall(r"^\s*GRUB_CMDLINE_LINUX\w*=(.*)$", grub or "", re.MULTILINE)).replace('"', " ").split()
    )
    options += (cmdline or "").split()
    off = "apparmor=0" in options
    modes = re.findall(r"^\s*SELINUX\s*=\s*(\w+)", selinux or "", re.MULTILINE)
    mode = modes[-1].lower() if modes else ""
    return MandatoryAccessAtBoot(
        apparmor=wanted and not masked and not off and parser is not None,
        selinux="disabled" if mode and "selinux=0" in options else "permissive" if _lenient(mode, options) else mode,
    )


def _lenient(mode: str, options: list[str]) -> bool:
    """Whether the kernel is told to log only; the last such option counts."""
    told = [option for option in options if option.startswith("enforcing=")]
    return mode == "enforcing" and bool(told) and told[-1] == "enforcing=0"
