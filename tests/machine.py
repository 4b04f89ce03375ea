"""A whole Debian 12 in a virtual machine: systemd is process 1, and the root volume lies in LUKS.

Chroots and namespaces share the kernel of the machine that tests, which may have no device mapper, no audit, no AppArmor.
Here QEMU emulates a computer in software (nothing of the processor's own virtualization is used), so every test machine can
run it. The disk is made once, kept in the cache of ``tests.hosts``, and made anew when this module changes:

1. debootstrap's tree goes into a plain ext4 image (``mkfs.ext4 -d``), which needs neither loop devices nor mounts;
2. the machine starts from that with a script as process 1, which formats the second disk with LUKS2, copies the file
   system into it and switches off;
3. every later start has the passphrase typed at the console, as a person would.

Each run writes to a throw-away overlay of that disk.
"""

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.gather import judge, snapshot, sources_for
from collectors.collector import Platform
from collectors.transports import Transport
from collectors.transports.local import Shell
from tests import hosts

PACKAGES = (
    "systemd-sysv dbus udev kmod initramfs-tools zstd linux-image-cloud-amd64 cryptsetup cryptsetup-initramfs lvm2 mdadm "
    "auditd apparmor firewalld netbase nftables systemd-timesyncd rsyslog logrotate iproute2 python3-click python3-prometheus-client "
    "python3-psutil python3-yaml python3-bcrypt e2fsprogs"
)
PASSPHRASE = "a long passphrase for the tests"
SCRATCH = 4
"""Small empty disks for what tests make themselves: /dev/vdd and on."""
LONGEST = 1500.0
"""Seconds that a machine may live, whatever happens."""

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
    _qcow2(folder / "root.qcow2", "3100M")
    disks = [f"file={folder}/root.qcow2,format=qcow2,cache=unsafe", f"file={folder}/plain,format=raw,cache=unsafe"]
    command = _qemu(folder, "first", "root=/dev/vdb ro init=/usr/local/sbin/encrypt", disks)
    with (folder / "log").open("wb") as log:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, timeout=300)
    said = (folder / "log").read_bytes().decode(errors="replace")
    assert "encryption done" in said, said[-2000:]
    for waste in ("plain", "first"):
        (folder / waste).unlink()


def _qcow2(path: Path, size: str = "", backing: Path | None = None) -> None:
    below = ["-b", str(backing), "-F", "qcow2"] if backing else []
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", *below, str(path), *([size] if size else [])], check=True
    )


def _qemu(folder: Path, initrd: str, append: str, drives: list[str], *more: str) -> list[str]:
    """The command line of an emulator that ends with us, whatever becomes of us."""
    command = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-accel", "tcg,thread=single", "-machine", "q35"]
    # Its clock counts instructions: however busy the machine that emulates is, no time limit within runs out for that.
    command += [
        "-icount",
        "shift=1",
        "-cpu",
        "max",
        "-smp",
        "1",
        "-m",
        "1024",
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
    ]
    command += ["-display", "none", "-serial", "stdio", "-device", "virtio-rng-pci"]
    command += ["-kernel", str(folder / "kernel"), "-initrd", str(folder / initrd)]
    command += ["-append", f"console=ttyS0 quiet net.ifnames=0 {append}"]
    for drive in drives:
        command += ["-drive", f"if=virtio,{drive}"]
    return [*command, *more]


_NOTEBOOK = bytes((3, 13, 0, 3, 1, 10, 0, 0, 0, 3, 3, 3, 2)) + b"wispwatch\0\0"
"""What the firmware says of the enclosure (SMBIOS, structure type 3): it is a notebook (10)."""


@dataclass
class Machine(hosts.Scanned):
    """A virtual machine that runs."""

    disk: Disk
    port: int
    """Where this machine's port 22 is on loopback."""
    served: int
    """Where its port 8099 is."""
    folder: Path
    process: "subprocess.Popen[bytes]"
    console: bytearray = field(default_factory=bytearray)
    """What it wrote on its serial console."""

    @property
    def enter(self) -> tuple[str, ...]:
        """The command that gives a shell on it."""
        options = {
            "IdentityFile": self.disk.key,
            "UserKnownHostsFile": self.disk.folder / "known_hosts",
            "HostKeyAlias": "wispwatch-vm",
            "StrictHostKeyChecking": "yes",
            "IdentitiesOnly": "yes",
            "BatchMode": "yes",
            "ConnectTimeout": 30,
            "ControlMaster": "auto",
            "ControlPath": self.folder / "ssh",
            "ControlPersist": 120,
            "LogLevel": "ERROR",
        }
        given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return ("ssh", "-F", "none", *given, "-p", str(self.port), "root@127.0.0.1")

    @property
    def transport(self) -> Transport:
        """A shell on it; emulation is slow."""
        return Shell(self.enter, seconds=180)

    def statuses(self, *checks: str) -> dict[str, str]:
        """The worst status of each of these checks, with one scan."""
        found = hosts.catalogue()
        chosen = [one for one in found.checks if one.id in checks]
        taken = snapshot(
            self.transport, sources_for(found, chosen, Platform.LINUX), asset="vm", platform=Platform.LINUX
        )
        told = judge(found, chosen, taken, settings={}).findings
        return {check: hosts.worst([one for one in told if one.check.id == check])[0] for check in checks}

    def ask(self, script: str, stdin: str | bytes = "") -> "subprocess.CompletedProcess[bytes]":
        """Run a script on it, as root."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        return subprocess.run(
            [*self.enter, f"sh -c {shlex.quote(script)}"], input=given, capture_output=True, check=False, timeout=200
        )

    def run(self, script: str, stdin: str | bytes = "") -> str:
        """Run a script on it that must succeed, and return what it printed."""
        done = self.ask(script, stdin)
        assert done.returncode == 0, f"{script}: {done.stdout!r}{done.stderr!r}"
        return done.stdout.decode()

    def write(self, path: str, text: str) -> None:
        """Write a file on it."""
        folder = path.rpartition("/")[0]
        self.run(f"mkdir -p {shlex.quote(folder)} && cat >{shlex.quote(path)}", text)

    def listen(self) -> None:
        """Keep what the console says, until it ends."""
        assert self.process.stdout is not None
        while said := os.read(self.process.stdout.fileno(), 4096):
            self.console += said

    def expect(self, words: bytes, seconds: float) -> None:
        """Wait until the console has said this."""
        deadline = time.monotonic() + seconds
        while words not in self.console:
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the console did not say {words!r}: ...{bytes(self.console[-1500:])!r}")
            time.sleep(0.1)

    def type(self, words: str) -> None:
        """Type a line at the console."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())
        self.process.stdin.flush()


def _disks(folder: Path, base: Disk) -> list[str]:
    """The machine's own disks: its copy of the encrypted one, a plain one with a file system, swap, and empty ones."""
    _qcow2(folder / "root.qcow2", backing=base.root)
    subprocess.run(["mkfs.ext4", "-q", str(folder / "data"), "64M"], check=True, stdout=subprocess.DEVNULL)
    sizes = {"swap": 128, **{f"scratch{number}": 64 for number in range(SCRATCH)}}
    for name, size in sizes.items():
        with (folder / name).open("wb") as file:
            file.truncate(size << 20)
    others = [f"file={folder}/{name},format=raw,cache=unsafe" for name in ("data", *sizes)]
    return [f"file={folder}/root.qcow2,format=qcow2,cache=unsafe", *others]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        doors = [held.enter_context(socket.socket()) for _ in range(count)]
        for door in doors:
            door.bind(("127.0.0.1", 0))
        return [door.getsockname()[1] for door in doors]


@contextlib.contextmanager
def started() -> Iterator[Machine]:
    """A machine that has started from a fresh copy of the disk; it is gone afterwards."""
    base = disk()
    with tempfile.TemporaryDirectory(prefix="wispwatch-vm-") as name:
        folder = Path(name)
        drives = _disks(folder, base)
        (folder / "enclosure").write_bytes(_NOTEBOOK)
        port, served = _free_ports(2)
        forwarded = f"hostfwd=tcp:127.0.0.1:{port}-:22,hostfwd=tcp:127.0.0.1:{served}-:8099"
        more = ["-netdev", f"user,id=wire,restrict=on,{forwarded}", "-device", "virtio-net-pci,netdev=wire"]
        more += ["-smbios", f"file={folder}/enclosure"]
        command = _qemu(base.folder, "initrd", "root=/dev/mapper/root ro", drives, *more)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        machine = Machine(base, port, served, folder, process)
        ears = threading.Thread(target=machine.listen, daemon=True)
        ears.start()
        end = threading.Timer(LONGEST, process.kill)
        end.start()
        try:
            machine.expect(b"unlock disk", 180)
            machine.type(PASSPHRASE)
            machine.expect(b"login:", 360)
            machine.run("systemctl is-system-running --wait")
            yield machine
        finally:
            subprocess.run([*machine.enter[:-1], "-O", "exit", machine.enter[-1]], capture_output=True, check=False)
            end.cancel()
            process.kill()
            process.wait()
            ears.join(5)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
