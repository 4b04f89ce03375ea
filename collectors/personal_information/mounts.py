"""Which file systems are mounted where, by ``/proc/self/mountinfo`` (proc(5))."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

TABLE = Path("/proc/self/mountinfo")
_PSEUDO = frozenset(
    [
        "autofs",
        "binder",
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "cpuset",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fuse.gvfsd-fuse",
        "fuse.lxcfs",
        "fuse.portal",
        "fusectl",
        "hugetlbfs",
        "mqueue",
        "nfsd",
        "nsfs",
        "proc",
        "pstore",
        "resctrl",
        "rpc_pipefs",
        "securityfs",
        "selinuxfs",
        "smackfs",
        "sysfs",
        "tracefs",
    ]
)
_NETWORK = frozenset(
    [
        "9p",
        "afs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "gfs2",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    ]
)
_LOCAL_FUSE = frozenset(
    [
        "fuseblk",
        "fuse.bindfs",
        "fuse.encfs",
        "fuse.ext4",
        "fuse.fuse-overlayfs",
        "fuse.gocryptfs",
        "fuse.mergerfs",
        "fuse.ntfs",
        "fuse.ntfs-3g",
        "fuse.zfs-fuse",
    ]
)
"""Of what else stands behind FUSE, much is reached over a network."""
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A place at which a file system hangs."""

    place: str
    kind: str
    """The type of the file system."""
    device: str
    """``major:minor``; two mounts of the same show the same files."""
    layers: tuple[str, ...] = ()
    """The directories that an overlay shows together; none where they are not told as whole paths."""

    @property
    def is_pseudo(self) -> bool:
        """Whether it shows the kernel rather than files that somebody keeps."""
        return self.kind in _PSEUDO

    @property
    def is_remote(self) -> bool:
        """Whether its files lie, or may lie, on another machine."""
        return self.kind in _NETWORK or (self.kind.startswith("fuse") and self.kind not in _LOCAL_FUSE | _PSEUDO)


@dataclass(frozen=True, slots=True)
class Mounts:
    """All that this process sees, by place. Of several at one place, the last hides the others."""

    by_place: dict[str, Mount] = field(default_factory=dict)

    def of(self, path: str) -> Mount | None:
        """The one on which an absolute path without symbolic links lies."""
        for place in (path, *map(str, PurePosixPath(path).parents)):
            if place in self.by_place:
                return self.by_place[place]
        return None


def mounts(lines: Iterable[str]) -> Mounts:
    """The table, of its lines. What is not a line of it is passed over."""
    found: dict[str, Mount] = {}
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 10 or "-" not in fields[6:-1]:
            continue
        place = _ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), fields[4])
        kind, options = fields[fields.index("-", 6) + 1], fields[-1]
        found[place] = Mount(place, kind, fields[2], _layers(options) if kind == "overlay" else ())
    return Mounts(found)


def _layers(options: str) -> tuple[str, ...]:
    """https://docs.kernel.org/filesystems/overlayfs.html"""
    values = dict(one.partition("=")[::2] for one in options.rstrip("\n").split(","))
    layers = [values.get("upperdir", ""), *values.get("lowerdir", "").split(":")]
    found = tuple(_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), one) for one in layers if one)
    return found if all(one.startswith("/") for one in found) else ()


def mounted(table: Path = TABLE) -> Mounts:
    """What is mounted now. ``OSError`` where that is not told."""
    with table.open(encoding="utf-8", errors="surrogateescape") as lines:
        return mounts(lines)
