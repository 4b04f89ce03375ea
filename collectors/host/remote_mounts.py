"""Folders of other machines that are mounted here, now or by /etc/fstab."""

import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.loopback import is_loopback
from collectors.sources import Command

# Of the options only those that tell how it travels: others name accounts and carry passwords.
_AWK = r"""
{ device = $1; kind = $3; tool = "" }
/^[ \t]*#/ || NF < 3 { next }
kind == "fuse" && device ~ /^https?:\/\// { kind = "davfs" }
kind == "fuse" && match(device, /^[a-z0-9]+#/) { kind = "fuse." substr(device, 1, RLENGTH - 1); device = substr(device, RLENGTH + 1) }
kind !~ /^(nfs|nfs4|cifs|smb3|smbfs|smb2|davfs|davfs2|efs|ceph|9p|afs|lustre|beegfs|glusterfs|ncpfs|fuse\.(sshfs|curlftpfs|ceph|glusterfs|davfs|davfs2|s3fs|rclone|gcsfuse|cifs|smbnetfs|mount-s3))$/ { next }
{
  scheme = ""
  if (match(device, /^[a-z]+:\/\//)) { scheme = substr(device, 1, RLENGTH); device = substr(device, RLENGTH + 1) }
  sub(/^.*@/, "", device)
  kept = ""
  count = split($4, options, ",")
  for (i = 1; i <= count; i++)
    if (options[i] ~ /^((sec|vers|xprtsec|addr|ip|ms_mode|trans)=.*|seal|tls|ssl)$/) kept = kept (kept == "" ? "" : ",") options[i]
  print (FILENAME == "/etc/fstab" ? "fstab" : "now") "\t" $2 "\t" kind "\t" scheme device "\t" kept
}
"""
_SCRIPT = f"""set -- /proc/mounts; [ ! -e /etc/fstab ] || set -- /proc/mounts /etc/fstab
awk {shlex.quote(_AWK)} "$@" && echo end"""
_MOUNTS = Command(
    shlex.join(["sh", "-c", _SCRIPT]),
    name="folders of other machines",
    needs="awk",
    instrument=True,
    live=True,
    reads_only=True,
)
_SMB = ("cifs", "smb3", "smb2", "smbfs")


@dataclass(frozen=True)
class RemoteMount(Fact):
    """One folder of another machine."""

    place: str
    kind: str = "nfs4"
    """Type of its file system."""
    device: str = ""
    """Server and path; without the account."""
    options: tuple[str, ...] = ()
    """Those that tell how it travels."""
    mounted: bool = True
    """Whether it is now; otherwise /etc/fstab says how it would be."""

    @property
    def subject(self) -> str:
        """Where it is mounted."""
        return self.place

    @property
    def server(self) -> str:
        """Name or address of the other machine."""
        if address := self.option("addr") or self.option("ip"):
            return address
        bare = re.sub(r"^([a-z]+:)?//", "", self.device)
        if bracketed := re.match(r"\[([^]]*)\]", bare):
            return bracketed[1]
        return re.split(r"[:/,]", bare, maxsplit=1)[0]

    @property
    def local(self) -> bool:
        """Whether the server is this machine; a tunnel that encrypts begins here too."""
        return is_loopback(self.server)

    @property
    def is_smb(self) -> bool:
        """Whether it is mounted over SMB."""
        return self.kind in _SMB

    @property
    def speaks_smb1(self) -> bool:
        """Whether it asks for SMB 1; without a word the kernel takes 2.1 or newer."""
        return self.is_smb and (
            self.option("vers").startswith("1") or (self.kind == "smbfs" and not self.option("vers"))
        )

    @property
    def encrypted(self) -> bool | None:
        """Whether it is never read in clear; None where the mount does not tell."""
        match self.kind:
            case "nfs" | "nfs4":
                return self.option("sec") == "krb5p" or self.option("xprtsec") in ("tls", "mtls")
            case "cifs" | "smb3" | "smb2" | "smbfs":
                return "seal" in self.options and not self.speaks_smb1
            case "davfs" | "davfs2" | "fuse.davfs" | "fuse.davfs2":
                return self.device.startswith("https://")
            case "efs":
                return "tls" in self.options
            case "fuse.sshfs":
                return True
            case "fuse.curlftpfs":
                return "ssl" in self.options
            case "ceph":
                return self.option("ms_mode") == "secure"
            case "9p" if self.option("trans") in ("", "tcp"):
                return False
            case _:
                return None

    def option(self, name: str) -> str:
        """The value of an option, the last of several; empty without."""
        values = [one.removeprefix(f"{name}=") for one in self.options if one.startswith(f"{name}=")]
        return values[-1] if values else ""


@collector(_MOUNTS)
def remote_mounts(text: str) -> tuple[RemoteMount, ...]:
    """proc(5) and fstab(5): device, place, type and options. What is mounted goes before what fstab says of that place."""
    lines = text.splitlines()
    if not lines or lines[-1] != "end":
        raise ValueError("an answer without its end")
    found: dict[str, RemoteMount] = {}
    for line in lines[:-1]:
        where, place, kind, device, options = line.split("\t")
        mounted = {"now": True, "fstab": False}[where]
        one = RemoteMount(_plain(place), kind, _plain(device), tuple(filter(None, options.split(","))), mounted)
        if kind == "9p" and one.option("trans") in ("virtio", "fd", "xen"):
            continue  # between a virtual machine and its host
        if mounted or one.place not in found:
            found[one.place] = one
    return tuple(found.values())


def _plain(word: str) -> str:
    """Both write blanks in names as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), word)
