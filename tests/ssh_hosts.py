"""Real OpenSSH hosts for tests: running hosts with addresses of their own and a real sshd, reached by the test over the network.

``network()`` is a bridge of its own, with an IPv4 /24 and an IPv6 /64 that no other process uses; ``ssh_host()`` is a host on
it. A network that is not ``reachable`` has no address on this side: only hosts that are on another network, too, get there.
"""

import contextlib
import fcntl
import os
import shlex
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from collectors.transports.ssh.access import Access, Privilege
from collectors.transports.ssh.host import Host
from tests.hosts import CACHE, RunningHost, added, image, need, running, tree_of, until

USER = "scanner"
SUDO = f"{USER} ALL=(root) NOPASSWD: ALL\n"
"""For ``sudoers``: everything, without a password."""
_NUMBERS = count()


@dataclass(frozen=True)
class Network:
    """A bridge, and what its hosts are called there."""

    number: int
    reachable: bool

    @property
    def bridge(self) -> str:
        """Name of the interface."""
        return f"ww213-{self.number}"

    def address(self, host: int) -> str:
        """IPv4."""
        return f"10.213.{self.number}.{host}"

    def address6(self, host: int) -> str:
        """IPv6."""
        return f"fd00:213:{self.number:x}::{host:x}"


@contextlib.contextmanager
def network(*, reachable: bool = True) -> Iterator[Network]:
    """A network that nobody else uses; gone afterwards, with the interfaces on it."""
    need("iproute2", "util-linux")
    made = Network(_claimed(), reachable)
    try:
        if reachable:
            _ip("address", "add", f"{made.address(1)}/24", "dev", made.bridge)
            _ip("-6", "address", "add", f"{made.address6(1)}/64", "dev", made.bridge, "nodad")
        else:  # the default route may lead to something that accepts connections in everybody's name
            _ip("route", "replace", "unreachable", f"{made.address(0)}/24")
            _ip("-6", "route", "replace", "unreachable", f"{made.address6(0)}/64")
        _ip("link", "set", made.bridge, "up")
        yield made
    finally:
        if not reachable:
            _ip("route", "delete", "unreachable", f"{made.address(0)}/24")
            _ip("-6", "route", "delete", "unreachable", f"{made.address6(0)}/64")
        _ip("link", "delete", made.bridge)


def _claimed() -> int:
    """The first number whose bridge can be made. One that a test left behind which was killed is made anew, by one process at a
    time: another must not take what is new for what was left.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "networks.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for number in range(1, 255):
            bridge = f"ww213-{number}"
            owner = Path(f"/sys/class/net/{bridge}/ifalias")
            with contextlib.suppress(OSError, ValueError):
                if not Path(f"/proc/{int(owner.read_text())}").exists():
                    subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)
            adding = ["ip", "link", "add", "name", bridge, "type", "bridge"]
            if subprocess.run(adding, check=False, capture_output=True).returncode == 0:
                _ip("link", "set", bridge, "alias", str(os.getpid()))
                return number
    raise RuntimeError("no network is free: look at `ip link`")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@dataclass(frozen=True)
class SshHost:
    """A running host with a real sshd."""

    running: RunningHost
    """To change its files and to run commands on it."""
    network: Network
    number: int
    """On its network."""
    port: int
    folder: Path
    """On this side: ``known_hosts``, and the key of its accounts."""
    _servers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def address(self) -> str:
        """IPv4."""
        return self.network.address(self.number)

    @property
    def address6(self) -> str:
        """IPv6."""
        return self.network.address6(self.number)

    @property
    def known_hosts(self) -> Path:
        """With all host keys it has, by both addresses and its port."""
        return self.folder / "known_hosts"

    @property
    def key(self) -> Path:
        """Private key that root and the ordinary account let in."""
        return self.folder / "key"

    def access(self, user: str = USER, privilege: Privilege | str = Privilege.NONE, **more: Any) -> Access:
        """How it is reached, with a key of its own and no agent. ``more`` are fields of ``Access``."""
        usual: dict[str, Any] = {
            "host": self.address,
            "port": self.port,
            "user": user,
            "known_hosts": (self.known_hosts,),
            "key_files": (self.key,),
            "agent": False,
            "retries": 0,
            "privilege": Privilege(privilege),
        }
        return Access(**{**usual, **more})

    def transport(self, user: str = USER, privilege: Privilege | str = Privilege.NONE, **more: Any) -> Host:
        """The transport that reads it."""
        return Host(self.access(user, privilege, **more))

    def host_keys(self) -> dict[str, str]:
        """Type to public key, as they stand in known_hosts."""
        lines = [one.read_text().split() for one in sorted(self.running.path("/etc/ssh").glob("ssh_host_*_key.pub"))]
        return {kind: key for kind, key, *_ in lines}

    def learn(self) -> None:
        """Write the known_hosts file from what is on the host itself."""
        names = ",".join(self.named(one) for one in (self.address, self.address6))
        self.known_hosts.write_text("".join(f"{names} {kind} {key}\n" for kind, key in self.host_keys().items()))

    def named(self, address: str) -> str:
        """As known_hosts calls it."""
        return address if self.port == 22 else f"[{address}]:{self.port}"

    def add_user(self, name: str, shell: str = "/bin/bash", *, home: bool = True, password: str = "") -> None:
        """Another account that the key lets in, with a password where one is given."""
        self.running.run("useradd", "-m" if home else "-M", "-s", shell, name)
        if password:
            self.running.run("chpasswd", stdin=f"{name}:{password}\n")
        else:  # without one an account is locked, and sshd without PAM lets no locked one in
            self.running.run("usermod", "-p", "*", name)
        self.authorize(name, self.key.with_name("key.pub").read_text())

    def authorize(self, user: str, line: str) -> None:
        """A line of the account's authorized keys, instead of all there were. They are kept below /etc, not in its home."""
        self.running.write(f"/etc/ssh/authorized/{user}", line)

    def configure(self, sshd: str) -> None:
        """Other settings of sshd, before Debian's own, and so stronger than they; it is started anew."""
        self.running.write("/etc/ssh/sshd_config.d/00-test.conf", f"{_own_settings(self.port)}{sshd}")
        self.restart()

    def restart(self) -> None:
        """End sshd, as far as it runs, and start it."""
        self.stop()
        self.running.run("rm", "-f", "/run/sshd.log")
        server = self.running.start("/usr/sbin/sshd", "-D", "-E", "/run/sshd.log")
        self._servers.append(server)
        until(lambda: self._answers() or server.poll() is not None)
        assert server.poll() is None, self.log()

    def stop(self) -> None:
        """End the sshd that listens; connections live on."""
        while self._servers:
            server = self._servers.pop()
            if server.poll() is None:
                self.running.run("sh", "-c", "kill $(cat /run/sshd.pid)")
            server.wait()

    def log(self) -> str:
        """What sshd has said."""
        return self.running.run("cat", "/run/sshd.log")

    def _answers(self) -> bool:
        """Asked from the host's side, since not every network is reachable from here. It listens before its number is told, by
        which it is ended.
        """
        listening = f"[ ! -s /run/sshd.pid ] || ss -Hltn 'sport = :{self.port}'"
        return bool(self.running.run("sh", "-c", listening).strip())


def _own_settings(port: int) -> str:
    return f"Port {port}\nAuthorizedKeysFile /etc/ssh/authorized/%u\nUseDNS no\nMaxStartups 200\n"


@cache
def _shared_network() -> Network:
    """One network for all hosts of a test process that ask for none; gone when it ends."""
    import atexit

    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(network())


@contextlib.contextmanager
def ssh_host(
    suite: str = "bookworm",
    *,
    packages: str = "",
    sudoers: str = "",
    sshd: str = "",
    port: int = 22,
    on: Network | None = None,
    host_keys: Sequence[str] = ("ed25519", "ecdsa"),
) -> Iterator[SshHost]:
    """A Debian of this release, with these ``packages`` more, a real sshd and an ordinary account.

    ``sudoers`` is a file of sudoers.d, ``sshd`` lines of sshd_config before Debian's own, ``host_keys`` the types of its keys,
    which are made anew. It is on this network, or on one that all hosts of this process share.
    """
    where = on or _shared_network()
    number = next(_NUMBERS) % 253 + 2
    base = image(suite)
    layers = (base, added(base, packages)) if packages else (base,)
    with (
        tempfile.TemporaryDirectory(prefix="wispwatch-ssh-") as folder,
        tree_of(*layers) as tree,
        running(tree, f"{suite[:6]}{number}") as alive,
    ):
        made = SshHost(alive, where, number, port, Path(folder))
        join(made, where)
        alive.run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620,gid=5", "devpts", "/dev/pts")
        _make_keys(made, host_keys)
        made.add_user(USER)
        made.authorize("root", made.key.with_name("key.pub").read_text())
        if sudoers:
            alive.write("/etc/sudoers.d/test", sudoers, 0o440)
        made.learn()
        try:
            made.configure(sshd)
            yield made
        finally:
            made.stop()


def connections_left() -> list[threading.Thread]:
    """What lives on of our connections: their threads, and the timers of those who waited for them."""
    from collectors.transports.ssh.transport import Transport

    return [one for one in threading.enumerate() if isinstance(one, Transport | threading.Timer)]


def join(host: SshHost, where: Network, number: int = 0) -> str:
    """Give a host an interface on a network, under its number or this one; returns the IPv4 address."""
    own = number or host.number
    outside, inside = f"ww{where.number}v{own}", f"eth{where.number}"
    # The network's number is ours alone: an interface of this name is of a test that was killed.
    subprocess.run(["ip", "link", "delete", outside], check=False, capture_output=True)
    _ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", host.running.namespace)
    _ip("link", "set", outside, "master", where.bridge, "up")
    enter = ("-n", host.running.namespace)
    _ip(*enter, "address", "add", f"{where.address(own)}/24", "dev", inside)
    _ip(*enter, "-6", "address", "add", f"{where.address6(own)}/64", "dev", inside, "nodad")
    _ip(
        *enter, "link", "set", inside, "addrgenmode", "none"
    )  # no address of the link, which changes while it is probed
    _ip(*enter, "link", "set", inside, "up")
    return where.address(own)


def _make_keys(host: SshHost, kinds: Sequence[str]) -> None:
    """Those of the image are the same on all of its hosts."""
    make_key(host.key)
    places = " ".join(shlex.quote(f"/etc/ssh/ssh_host_{kind}_key") for kind in kinds)
    making = f'rm -f /etc/ssh/ssh_host_*; for one in {places}; do t=${{one#*host_}}; ssh-keygen -q -N "" -t "${{t%_key}}" -f "$one"; done'
    host.running.run("sh", "-c", making)


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "", *more: str) -> Path:
    """A key pair of ``ssh-keygen``; returns the private key's path."""
    need("openssh-client")
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path), *more]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def can_connect(address: str, port: int = 22, seconds: float = 1.0) -> bool:
    """Whether anything accepts connections there, seen from this side."""
    try:
        with socket.create_connection((address, port), seconds):
            return True
    except OSError:
        return False
