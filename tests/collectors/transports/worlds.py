"""Small root directories for the script to run in: each has one shell as ``sh`` and few other programs."""

import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collectors.readings import Reading
from collectors.sources import Source
from collectors.transports.local import Shell
from tests.hosts import need

GNU = ("head", "stat", "cat", "sleep", "yes", "touch", "kill", "printf", "env")
KINDS = {
    "dash": ("dash", ("timeout", "setsid")),
    "bash": ("bash", ("timeout", "setsid")),
    "mksh": ("mksh", ("timeout", "setsid")),
    "busybox": ("busybox", ()),
    "no-timeout": ("dash", ("setsid",)),
    "no-timeout-bash": ("bash", ("setsid",)),
    "nothing": ("dash", ()),
}
"""Name to the shell and what there is to limit a command; busybox brings its own of everything."""

ORDINARY = 65534


@dataclass(frozen=True)
class World:
    """A root directory, and the name of what is special about it."""

    root: Path
    kind: str

    def path(self, inside: str) -> Path:
        """Where a path of it is outside of it; its folder is made."""
        path = self.root / inside.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, inside: str, content: str | bytes = "", mode: int = 0o644) -> Path:
        """Write a file of it."""
        path = self.path(inside)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    def ask(self, *sources: Source, user: int = 0, seconds: float = 30) -> list[Reading]:
        """What the sources answer, in their order."""
        as_user = (f"--userspec={user}:{user}",) if user else ()
        readings = Shell(("chroot", *as_user, str(self.root)), seconds).read(sources)
        assert set(readings) == {source.key for source in sources}
        return [readings[source.key] for source in sources]

    def processes(self) -> list[str]:
        """The names of what runs in it."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    root = (entry / "root").readlink()
                    name = (entry / "comm").read_text().strip()
                except OSError:
                    continue
                if root == self.root:
                    found.append(name)
        return found


def build(root: Path, kind: str) -> None:
    """Make a root directory of a kind."""
    need("busybox", "mksh", "bash", "dash")
    shell, limits = KINDS[kind]
    for folder in ("bin", "etc", "dev", "tmp", "root"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "root").chmod(0o700)
    for name, minor in (("null", 3), ("zero", 5)):
        os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)
    programs: Sequence[str] = ("busybox",) if shell == "busybox" else (shell, *GNU, *limits)
    for program in programs:
        _install(root, program)
    if shell == "busybox":
        for applet in subprocess.check_output([root / "bin/busybox", "--list"], text=True).split():
            if not (root / "bin" / applet).exists():
                (root / "bin" / applet).symlink_to("busybox")
    else:
        (root / "bin/sh").symlink_to(shell)


def _install(root: Path, program: str) -> None:
    found = shutil.which(program)
    assert found is not None, program
    shutil.copy(Path(found).resolve(), root / "bin" / program)
    for word in subprocess.run(["ldd", found], capture_output=True, text=True, check=False).stdout.split():
        if word.startswith("/"):
            target = root / word.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(word, target)
