"""A whole Debian 12 in a virtual machine: systemd is process 1, and the root volume lies in LUKS.

Chroots and namespaces share the kernel of the machine that tests, which may have no device mapper, no audit, no AppArmor.
Here QEMU emulates a computer in software (nothing of the processor's own virtualization is used), so every test machine can
run it. ``tests.machine_disk`` makes its disk; each run writes to a throw-away overlay of that.
"""

import contextlib
import os
import shlex
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
from tests.machine_disk import PASSPHRASE, Disk, disk, qcow2, qemu

SCRATCH = 4
"""Small empty disks for what tests make themselves: /dev/vdd and on."""
LONGEST = 1500.0
"""Seconds that a machine may live, whatever happens."""

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
    qcow2(folder / "root.qcow2", backing=base.root)
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
        command = qemu(base.folder, "initrd", "root=/dev/mapper/root ro", drives, *more)
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
