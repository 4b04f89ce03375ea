"""Whether a restart is pending: what was patched takes effect only then."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.debian_version import order
from collectors.sources import Command, File, Mode, Stat


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
    """Whether packages of this system set the flag at all, as Debian's do."""

    @property
    def newer_kernel(self) -> str:
        """The installed kernel that is newer than the running one, or nothing."""
        if self.newest and order(_version(self.newest)) > order(_version(self.running)):
            return self.newest
        return ""


def _split(release: str) -> tuple[str, str]:
    """Version and flavour: ``6.1.0-18-cloud-amd64`` is version 6.1.0-18 of flavour cloud-amd64."""
    matched = re.fullmatch(r"(\d.*?)((?:-[a-z][^-]*)*)", release)
    if not matched:
        raise ValueError("a kernel release without a version")
    return matched.group(1), matched.group(2)


def _version(release: str) -> str:
    return _split(release)[0]


@collector(
    Command("uname -r", instrument=True, live=True),
    Stat("/boot/vmlinuz-*"),
    Stat("/run/reboot-required"),
    File("/run/reboot-required.pkgs"),
    Stat("/var/lib/dpkg/status"),
)
def restart(
    kernel: str,
    images: tuple[Mode, ...] | None,
    flag: tuple[Mode, ...] | None,
    packages: str | None,
    dpkg: tuple[Mode, ...] | None,
) -> Restart:
    """Kernel images are named ``vmlinuz-RELEASE``; rescue images, whose name has no version, are passed over."""
    running = kernel.strip()
    flavour = _split(running)[1]
    named = (mode.path.removeprefix("/boot/vmlinuz-") for mode in images or ())
    installed = [name for name in named if re.match(r"\d+\.", name) and _split(name)[1] == flavour]
    return Restart(
        flag is not None,
        tuple(sorted(set((packages or "").split()))),
        running,
        max(installed, key=lambda name: order(_version(name)), default=""),
        dpkg is not None,
    )
