"""The encrypted disk of the machine in ``tests.machine``: a Debian 12 whose root volume lies in LUKS.

It is made once, kept in the cache of ``tests.hosts``, and made anew when this module changes:

1. debootstrap's tree goes into a plain ext4 image (``mkfs.ext4 -d``), which needs neither loop devices nor mounts;
2. an emulated machine starts from that with a script as process 1, which formats the second disk with LUKS2, copies the file
   system into it and switches off;
3. every later start has the passphrase typed at the console, as a person would.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests import hosts

PACKAGES = (
    "systemd-sysv dbus udev kmod initramfs-tools zstd linux-image-cloud-amd64 cryptsetup cryptsetup-initramfs lvm2 mdadm "
    "auditd apparmor firewalld netbase nftables systemd-timesyncd rsyslog logrotate iproute2 python3-click python3-prometheus-client "
    "python3-psutil python3-yaml python3-bcrypt e2fsprogs"
)
PASSPHRASE = "a long passphrase for the tests"

_FILES = {
    "/etc/crypttab": "root /dev/vda none luks,discard\nswap /dev/vdc /dev/urandom swap,plain,cipher=aes-xts-plain64,size=512\n",
    "/etc/fstab": "/dev/mapper/root / ext4 defaults 0 1\n/dev/vdb /srv ext4 defaults,nofail 0 2\n/dev/mapper/swap none swap sw 0 0\n",
    "/etc/hostname": "debian-12-vm\n",
    "/etc/hosts": "127.0.0.1 localhost debian-12-vm\n::1 localhost\n",
    "/etc/systemd/network/10-wired.network": "[Match]\nDriver=virtio_net\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n",
    "/etc/audit/rules.d/50-people.rules": "".join(
        (
            *(f"-w /etc/{name} -p wa -k identity\n" for name in ("passwd", "shadow", "group", "gshadow", "sudoers")),
            "-w /var/log/lastlog -p wa -k logins\n-w /var/run/faillock -p wa -k logins\n",
            "-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0 -k privilege\n",
        )
    ),
}
_ENCRYPT = r"""#!/bin/sh -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DM_DISABLE_UDEV=1
trap 'echo "encryption failed: $?"; sync; echo o >/proc/sysrq-trigger; sleep 60' EXIT
modprobe dm-crypt; modprobe xts
# A dear key derivation would take minutes in emulation, and no check reads it.
printf %s PASSPHRASE | cryptsetup luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --batch-mode /dev/vda -
printf %s PASSPHRASE | cryptsetup open --key-file - /dev/vda root
e2image -ra /dev/vdb /dev/mapper/root
cryptsetup close root
sync
echo "encryption done"
echo o >/proc/sysrq-trigger
sleep 60
"""


def cannot_run() -> str:
    """Why the machine cannot be run here, or nothing."""
    if os.uname().machine != "x86_64":
        return "needs an x86_64 machine: another would emulate too slowly"
    return hosts.can_run_real_hosts()


@dataclass(frozen=True)
class Disk:
    """What a machine starts from."""

    folder: Path

    @property
    def root(self) -> Path:
        """The encrypted volume; never written to again."""
        return self.folder / "root.qcow2"

    @property
    def key(self) -> Path:
        """The private key that opens root's account."""
        return self.folder / "key"


def disk() -> Disk:
    """The encrypted disk; made on first use."""
    hosts.need("qemu-system-x86", "qemu-utils", "openssh-client", "e2fsprogs", "cpio", "util-linux")
    base = hosts.image("bookworm", PACKAGES)
    name = f"vm-{hashlib.sha256(Path(__file__).read_bytes() + base.name.encode()).hexdigest()[:10]}"
    made = Disk(hosts.CACHE / name)
    with (hosts.CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.folder.exists():
            making = hosts.CACHE / f"{name}.making"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(mode=0o700)
            _make(base, making)
            making.rename(made.folder)
    return made


def _make(base: Path, folder: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", folder / "key"], check=True)
    with hosts.tree_of(base) as tree:
        for path, text in _FILES.items():
            tree.write(path, text)
        tree.write("/root/.ssh/authorized_keys", (folder / "key.pub").read_text(), mode=0o600)
        tree.write("/usr/local/sbin/encrypt", _ENCRYPT.replace("PASSPHRASE", shlex.quote(PASSPHRASE)), mode=0o755)
        tree.path("/var/log/journal").mkdir(exist_ok=True)
        tree.run("systemctl", "enable", "systemd-networkd", "auditd", "firewalld", "ssh", "systemd-timesyncd")
        tree.append("/etc/cryptsetup-initramfs/conf-hook", "CRYPTSETUP=y\n")
        tree.run("sh", "-c", "update-initramfs -u 2>&1")
        # What the hook of cryptsetup-initramfs would write if it could see the disk from here.
        tree.write("/tmp/more/cryptroot/crypttab", "root /dev/vda none luks,discard\n")
        tree.run("sh", "-c", "cd /tmp/more && find . | cpio --quiet -o -H newc >../more.cpio")
        (kernel,), (initrd,) = (list(tree.path("/boot").glob(name)) for name in ("vmlinuz-*", "initrd.img-*"))
        (folder / "kernel").write_bytes(kernel.read_bytes())
        (folder / "first").write_bytes(initrd.read_bytes())
        padding = b"\0" * (-initrd.stat().st_size % 4)
        (folder / "initrd").write_bytes(initrd.read_bytes() + padding + tree.path("/tmp/more.cpio").read_bytes())
        public = tree.read("/etc/ssh/ssh_host_ed25519_key.pub")
        (folder / "known_hosts").write_text(f"wispwatch-vm {public}")
        for waste in ("/tmp/more", "/tmp/more.cpio"):
            tree.remove(waste)
        subprocess.run(
            ["mkfs.ext4", "-q", "-d", str(tree.root), str(folder / "plain"), "3000M"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    qcow2(folder / "root.qcow2", "3100M")
    disks = [f"file={folder}/root.qcow2,format=qcow2,cache=unsafe", f"file={folder}/plain,format=raw,cache=unsafe"]
    command = qemu(folder, "first", "root=/dev/vdb ro init=/usr/local/sbin/encrypt", disks)
    with (folder / "log").open("wb") as log:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, timeout=300)
    said = (folder / "log").read_bytes().decode(errors="replace")
    assert "encryption done" in said, said[-2000:]
    for waste in ("plain", "first"):
        (folder / waste).unlink()


def qcow2(path: Path, size: str = "", backing: Path | None = None) -> None:
    """Make an empty disk, or an overlay on another."""
    below = ["-b", str(backing), "-F", "qcow2"] if backing else []
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", *below, str(path), *([size] if size else [])], check=True
    )


def qemu(folder: Path, initrd: str, append: str, drives: list[str], *more: str) -> list[str]:
    """The command line of an emulator that ends with us, whatever becomes of us."""
    command = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-accel", "tcg,thread=single", "-machine", "q35"]
    # Its clock counts instructions: however busy the machine that emulates is, no time limit within runs out for that.
    command += ["-icount", "shift=1", "-cpu", "max", "-smp", "1", "-m", "1024"]
    command += ["-nodefaults", "-no-user-config", "-no-reboot"]
    command += ["-display", "none", "-serial", "stdio", "-device", "virtio-rng-pci"]
    command += ["-kernel", str(folder / "kernel"), "-initrd", str(folder / initrd)]
    command += ["-append", f"console=ttyS0 quiet net.ifnames=0 {append}"]
    for drive in drives:
        command += ["-drive", f"if=virtio,{drive}"]
    return [*command, *more]
