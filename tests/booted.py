"""A tree whose process 1 is its own systemd, in namespaces of its own: for what only systemd does with a unit.

The kernel is this machine's; ``tests.machine`` has one of its own, and takes minutes.
"""

import contextlib
import itertools
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hosts import Tree, need, until

_NUMBERS = itertools.count()
_SETUP = r"""
set -e
root=$1
mount --make-rprivate /
hostname booted
ip link set lo up
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
for name in null zero full random urandom tty; do cp -a "/dev/$name" "$root/dev/$name"; done
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount --make-rshared /
exec chroot "$root" env -i container=wispwatch PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=no
"""


@dataclass(frozen=True)
class Booted(Tree):
    """A tree that runs."""

    pid: int
    """Of its process 1, here."""

    def ask(self, *command: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command inside, as root."""
        enter = ["nsenter", "-t", str(self.pid), "-a", "-r", "-w", "--"]
        return subprocess.run([*enter, *command], input=stdin, capture_output=True, text=True, check=False, timeout=120)

    def run(self, *command: str, stdin: str = "") -> str:
        """Run a command inside that must succeed, and return what it printed."""
        done = self.ask(*command, stdin=stdin)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit, as systemd tells it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()


@contextlib.contextmanager
def booted(tree: Tree) -> Iterator[Booted]:
    """Start its systemd, and wait until what it starts has started or failed."""
    need("iproute2", "util-linux")
    group = _hierarchy() / f"wispwatch-{os.getpid()}-{next(_NUMBERS)}"
    group.mkdir()
    enter = f"echo $$ >{shlex.quote(str(group))}/cgroup.procs && exec unshare -C -m -u -i -n -p -f --kill-child "
    command = ["sh", "-c", enter + 'sh -c "$0" sh "$1"', _SETUP, str(tree.root)]
    outer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        until(lambda: outer.poll() is None and children.read_text().split())
        alive = Booted(tree.root, int(children.read_text().split()[0]))
        until(lambda: _said(outer) or Path(f"/proc/{alive.pid}/comm").read_text() == "systemd\n")
        until(lambda: alive.ask("systemctl", "is-system-running").stdout.strip() in {"running", "degraded"}, 300)
        yield alive
    finally:
        outer.kill()
        outer.wait()
        if outer.stderr:
            outer.stderr.close()
        _remove(group)


def _said(outer: "subprocess.Popen[bytes]") -> bool:
    assert outer.poll() is None, outer.stderr and outer.stderr.read().decode()
    return False


def _hierarchy() -> Path:
    """Where control groups of the second version are: systemd takes no others."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return next(Path(place) for _, place, kind, *_ in mounts if kind == "cgroup2")


def _remove(group: Path) -> None:
    """All groups below, too, as soon as nobody is left in them."""
    deadline = time.monotonic() + 120
    while group.exists():
        for folder in sorted(group.rglob("*/"), key=lambda one: -len(one.parts)):
            with contextlib.suppress(OSError):
                folder.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()
        assert time.monotonic() < deadline, f"{group} is still in use"
        time.sleep(0.02)
