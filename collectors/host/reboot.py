"""Whether a restart is pending: what was patched takes effect only then."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.debian_version import order
from collectors.host.packages import rpm_script
from collectors.host.rpm_packages import rpm_packages
from collectors.host.rpm_script import RPM_PACKAGES
from collectors.sources import File, Mode, Stat


@dataclass(frozen=True)
class Restart(Fact):
    """What says that a restart is needed."""

    flagged: bool = False
    """Whether a package asked for it (/run/reboot-required)."""
    packages: tuple[str, ...] = ()
    """Packages that asked for it, sorted."""
    running: str = ""
    """Release of the running kernel, as ``uname -r`` prints it."""
    newest: str = ""
    """The newest kernel of the same flavour that is installed; empty where none is, as in a container."""
    flags: bool = True
    """Whether packages of this system tell it at all: Debian's set the flag, and of rpm's it is known when those were
    installed that take effect only after a restart."""
    replaced: bool = False
    """Whether the modules of the running kernel are gone and another's are there, as apk and pacman leave it."""

    @property
    def newer_kernel(self) -> str:
        """The installed kernel that is newer than the running one, or nothing."""
        if self.newest and order(_version(self.newest)) > order(_version(self.running)):
            return self.newest
        return ""


def _split(release: str) -> tuple[str, str]:
    """Version and flavour: ``6.1.0-18-cloud-amd64`` is version 6.1.0-18 of flavour cloud-amd64. Red Hat's variants stand
    behind the architecture: ``5.14.0-70.el9.x86_64+debug`` is of flavour +debug.
    """
    bare, plus, variant = release.partition(".x86_64+") if ".x86_64+" in release else release.partition(".aarch64+")
    matched = re.fullmatch(r"(\d.*?)((?:-[a-z][^-]*)*)", bare)
    if not matched:
        raise ValueError("a kernel release without a version")
    return matched.group(1), matched.group(2) + (f"+{variant}" if plus else "")


def _version(release: str) -> str:
    return _split(release)[0]


_SLACK = 2
"""Seconds by which the kernel's rounded times may put the start too early; nothing is updated in the first ones."""

# In seconds since the epoch, when the first process started: in a container that is when the container did.
_STARTED = rpm_script(
    "when the system started",
    r"""
read -r line </proc/1/stat || exit 1
set -- ${line##*) }
shift 19
awk -v ticks="$1" '/^btime / { print int($2 + ticks / 100); found = 1 } END { exit !found }' /proc/stat
""",
    limit=4096,
    live=True,
)


@collector(
    File("/proc/sys/kernel/osrelease"),
    Stat("/boot/vmlinuz-*"),
    Stat("/run/reboot-required", "/run/reboot-needed"),
    File("/run/reboot-required.pkgs"),
    Stat("/var/lib/dpkg/status"),
    RPM_PACKAGES,
    _STARTED,
    Stat("/lib/modules/*"),
)
def restart(
    kernel: str,
    images: tuple[Mode, ...] | None,
    flag: tuple[Mode, ...] | None,
    packages: str | None,
    dpkg: tuple[Mode, ...] | None,
    rpm: str | None,
    started: str | None,
    modules: tuple[Mode, ...] | None,
) -> Restart:
    """Kernel images are named ``vmlinuz-RELEASE``; rescue images, whose name has no version, are passed over. Of rpm's
    packages those wait for a restart that `needs-restarting -r` names: installed since the system started.
    """
    running = kernel.strip()
    flavour = _split(running)[1]
    named = (mode.path.removeprefix("/boot/vmlinuz-") for mode in images or ())
    installed = [name for name in named if re.match(r"\d+\.", name) and _split(name)[1] == flavour]
    waiting = set((packages or "").split())
    if rpm is not None and started is not None:
        waiting |= {name for name, at in rpm_packages(rpm).core if at > int(started) + _SLACK}
    trees = [mode.path.removeprefix("/lib/modules/") for mode in modules or () if mode.kind == "directory"]
    others = [name for name in trees if re.match(r"\d+\.", name) and _split(name)[1] == flavour]
    return Restart(
        flag is not None or (rpm is not None and bool(waiting)),
        tuple(sorted(waiting)),
        running,
        max(installed, key=lambda name: order(_version(name)), default=""),
        dpkg is not None or (rpm is not None and started is not None),
        dpkg is None and rpm is None and bool(others) and running not in trees,
    )
