"""The packages as they are built, and Debians that they are installed on."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests import hosts
from tests.hosts import Tree

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "deploy/packages/build.py"


def built(folder: Path) -> tuple[Path, Path]:
    """The deb and the rpm, built into a folder as ``make package`` does."""
    done = subprocess.run([sys.executable, BUILD, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    deb, rpm = (Path(line) for line in done.stdout.splitlines())
    return deb, rpm


def dependencies(deb: Path) -> str:
    """What it depends on, as a list for apt."""
    hosts.need("dpkg")
    told = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], capture_output=True, text=True, check=True).stdout
    return " ".join(re.sub(r"\(.*?\)", "", one).strip() for one in told.split(","))


@contextlib.contextmanager
def debian(suite: str, deb: Path, more: str = "") -> Iterator[Tree]:
    """A Debian with services, systemd, all that the package depends on and ``more``, but not the package."""
    base = hosts.image(suite)
    with hosts.tree_of(base, hosts.added(base, f"systemd-sysv dbus {dependencies(deb)} {more}".strip())) as tree:
        shutil.copy(deb, tree.path("/root/wispwatch.deb"))
        for own in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            shutil.copy(own, tree.path("/etc/apt/apt.conf.d"))
        yield tree


def apt(tree: Tree, *words: str) -> str:
    """Run apt-get inside; what it installs is not started."""
    tree.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", mode=0o755)
    command = ["apt-get", "-y", "-q", "--no-install-recommends", *words]
    said = tree.run("env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", *command)
    tree.remove("/usr/sbin/policy-rc.d")
    return said


def paths(tree: Tree) -> set[str]:
    """All files and folders of a tree but those in which apt, dpkg and the kernel keep their books."""
    books = ("var/lib/dpkg", "var/lib/apt", "var/log", "var/cache", "proc", "sys", "dev", "run", "tmp")
    found = set()
    for folder, names, files in os.walk(tree.root):
        inside = os.path.relpath(folder, tree.root)
        names[:] = [name for name in names if os.path.normpath(f"{inside}/{name}") not in books]
        found |= {os.path.normpath(f"{inside}/{name}") for name in (*names, *files)}
    return found
