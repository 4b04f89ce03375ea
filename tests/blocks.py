"""Block devices of a running host, as the kernel shows them: a /sys tree that the host's real ``lsblk`` reads.

A sandbox has no device mapper, so an encrypted disk cannot be made; what ``cryptsetup luksFormat`` and ``open`` leave in
/sys (Linux 6.1) is written there by hand. What is mounted is told by the real kernel: a tmpfs or overlay may carry any
source's name.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator

from tests.hosts import RunningHost, Tree, running


def block(host: Tree, name: str, *, on: str = "", part_of: str = "", uuid: str = "", removable: bool = False) -> None:
    """Add a disk, a partition (``part_of``), or a device-mapper device (``on`` others, with its ``uuid``)."""
    number = f"{253 if uuid else 8}:{len(list(host.path('/sys/class/block').glob('*')))}"
    own = f"/sys/devices/virtual/block/{f'{part_of}/' if part_of else ''}{name}"
    host.write(f"{own}/dev", f"{number}\n")
    host.write(f"{own}/size", "2048000\n")
    host.write(f"{own}/ro", "0\n")
    host.write(f"{own}/removable", f"{int(removable)}\n")
    if part_of:
        host.write(f"{own}/partition", "1\n")
    for folder in (
        f"{own}/slaves",
        f"{own}/holders",
        "/sys/dev/block",
        "/sys/block",
        "/sys/class/block",
        "/dev/mapper",
    ):
        host.path(folder).mkdir(parents=True, exist_ok=True)
    links = [f"/sys/dev/block/{number}", f"/sys/class/block/{name}", *([] if part_of else [f"/sys/block/{name}"])]
    for link in links:
        host.path(link).symlink_to(own)
    for below in on.split():
        host.path(f"{own}/slaves/{below}").symlink_to(f"/sys/class/block/{below}")
        holders = str(host.path(f"/sys/class/block/{below}").readlink()) + "/holders"
        host.path(f"{holders}/{name}").symlink_to(own)
    if uuid:
        mapped = uuid.rsplit("-", 1)[-1]
        host.write(f"{own}/dm/uuid", f"{uuid}\n")
        host.write(f"{own}/dm/name", f"{mapped}\n")
        host.path(f"/dev/mapper/{mapped}").symlink_to(f"../{name}")
    major, minor = map(int, number.split(":"))
    os.mknod(host.path(f"/dev/{name}"), 0o600 | 0o060000, os.makedev(major, minor))


def chassis(host: Tree, kind: int) -> None:
    """Let the firmware name an enclosure: 10 is a notebook, 23 a rack server."""
    host.write("/sys/class/dmi/id/chassis_type", f"{kind}\n")


@contextlib.contextmanager
def mounted_from(tree: Tree, device: str) -> Iterator[RunningHost]:
    """A running host whose root is said to be mounted from this device."""
    layers = tree.root.parent / "second"
    for name in ("upper", "work", "root"):
        (layers / name).mkdir(parents=True)
    options = f"lowerdir={tree.root},upperdir={layers}/upper,workdir={layers}/work"
    subprocess.run(["mount", "-t", "overlay", device, "-o", options, str(layers / "root")], check=True)
    try:
        with running(Tree(layers / "root"), "laptop") as alive:
            yield alive
    finally:
        subprocess.run(["umount", "-l", str(layers / "root")], check=True)
