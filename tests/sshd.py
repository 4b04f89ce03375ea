"""A real sshd on loopback: its own configuration, keys and port, and nothing of this machine is changed.

Needs root. What is to be otherwise on the machine that sshd runs on (files, accounts, mounts) is so in a mount namespace of
its own: ``changes`` are shell commands that run there before it starts.
"""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from collectors.transports.ssh.access import Access
from collectors.transports.ssh.host import Host
from tests.hosts import need, until

LOOPBACK = "127.0.0.1"
SCANNER = "wwscanner"
"""An ordinary account, where ``with_scanner`` is among the changes."""


@contextlib.contextmanager
def reserved_port(address: str = LOOPBACK, port: int = 0) -> Iterator[int]:
    """A port on which nobody listens, and that nobody is given meanwhile who asks for any; whoever asks for it by its number
    may have it, if it may be in use (SO_REUSEADDR in socket(7)), as sshd does.
    """
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((address, port))
        yield int(one.getsockname()[1])


def make_key(path: Path) -> Path:
    """A new private key; its public half is beside it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(path)], check=True)
    return path


def with_scanner(folder: Path, sudoers: str) -> str:
    """The change by which there is an ordinary account, and these are the whole of sudo's rules."""
    passwd = folder / "passwd"
    passwd.write_text(f"{Path('/etc/passwd').read_text()}{SCANNER}:x:4242:4242::/:/bin/sh\n")
    shadow = folder / "shadow"
    shadow.write_text(f"{Path('/etc/shadow').read_text()}{SCANNER}:*:19000:0:99999:7:::\n")
    shadow.chmod(0o640)
    rules = folder / "sudoers"
    rules.write_text(sudoers)
    rules.chmod(0o440)
    return "; ".join(f"mount --bind {folder}/{name} /etc/{name}" for name in ("passwd", "shadow", "sudoers"))


@dataclass
class Sshd:
    """One that runs."""

    folder: Path
    port: int
    address: str = LOOPBACK
    user: str = "root"
    process: "subprocess.Popen[bytes] | None" = None
    command: tuple[str, ...] = ()
    log: list[str] = field(default_factory=list)

    @property
    def access(self) -> Access:
        """How it is logged in to."""
        return Access(
            host=self.address,
            port=self.port,
            user=self.user,
            key_files=(self.folder / "key",),
            agent=False,
            known_hosts=(self.folder / "known_hosts",),
        )

    def host(self, seconds: float = 20.0, **more: Any) -> Host:
        """The transport; ``more`` are fields of its access."""
        return Host(replace(self.access, **more), seconds)

    def told(self) -> str:
        """What it has logged."""
        return (self.folder / "log").read_text(errors="replace")

    def known_at(self, port: int) -> None:
        """Its key is also known for another port, behind which something passes on to it."""
        key = (self.folder / "host_key.pub").read_text()
        with (self.folder / "known_hosts").open("a") as known:
            known.write(f"[{self.address}]:{port} {key}")

    def start(self) -> None:
        """Start it; it listens afterwards."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        until(self._listens)

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.told()
        return "Server listening on" in self.told()

    def sessions(self) -> list[psutil.Process]:
        """The processes of its connections, and all that they have started."""
        assert self.process is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def kill(self) -> None:
        """End it with all that it has started, as a machine that loses its power."""
        assert self.process is not None
        started = self.sessions()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for one in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


@contextlib.contextmanager
def sshd(
    *settings: str, user: str = "root", changes: str = "", address: str = LOOPBACK, port: int = 0
) -> Iterator[Sshd]:
    """Run one with further lines of sshd_config(5), the first of which hold; gone afterwards. ``{folder}`` in the changes is
    the folder of its own files.
    """
    need("openssh-server", "openssh-client")
    with reserved_port(address, port) as reserved, _folder() as folder:
        make_key(folder / "host_key")
        make_key(folder / "key")
        shutil.copy(folder / "key.pub", folder / "authorized_keys")
        made = Sshd(folder, reserved, address, user)
        (folder / "known_hosts").write_text("")
        made.known_at(made.port)
        lines = (
            f"ListenAddress {address}:{made.port}",
            *settings,
            f"HostKey {folder}/host_key",
            f"AuthorizedKeysFile {folder}/authorized_keys",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "UseDNS no",
            "PerSourceMaxStartups none",
            "PerSourceNetBlockSize 32:128",
            # Of this one the last counts.
            *([] if any(one.startswith("MaxStartups") for one in settings) else ["MaxStartups 100"]),
            "LogLevel VERBOSE",
            # What root's own shell does at a login on this machine is none of a test's business.
            f"SetEnv HOME={folder}",
        )
        (folder / "config").write_text("".join(f"{line}\n" for line in lines))
        server = ("/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "config"))
        prepare = changes.replace("{folder}", str(folder))
        inside = ("unshare", "-m", "sh", "-ec", f"{prepare}\nexec {shlex.join(server)}")
        made.command = inside if changes else server
        made.start()
        try:
            yield made
        finally:
            made.kill()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Of its files, which every account may go through; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="wispwatch-sshd-"))
    try:
        folder.chmod(0o755)
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        yield folder
    finally:
        shutil.rmtree(folder)
