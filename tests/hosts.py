"""Real Debian hosts for tests: a debootstrap'ed image, and throw-away copies of it.

An *image* is made once by debootstrap and kept in a cache. A *tree* is an overlay on it: a directory whose files a test
changes and which is scanned through ``chroot``. A *running host* is a tree with its own network, process, mount and uts
namespaces, scanned through a shell inside them.
"""

import contextlib
import fcntl
import hashlib
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agent.declarations import PersonalInformation, Place
from agent.discover import Catalogue, discover
from agent.evaluate import Facts, Finding, facts_of
from agent.gather import judge, snapshot, sources_for
from checks.verdict import Status
from collectors.collector import Platform
from collectors.readings import Answers, Reading
from collectors.sources import Source
from collectors.transports import Transport
from collectors.transports.local import Chroot, Shell
from collectors.transports.registers import Registers

CACHE = Path(os.environ.get("WISPWATCH_TEST_CACHE", "/var/cache/wispwatch-tests"))
BASE = "openssh-server sudo iproute2 procps ca-certificates libpam-pwquality python3 mawk"
ACCESS = "fail2ban python3-systemd opendoas acl dropbear dconf-cli libpam-google-authenticator"
DESKTOP = "lightdm libglib2.0-bin gsettings-desktop-schemas dconf-service dconf-cli dconf-gsettings-backend"
TRIXIE = "wtmpdb libpam-wtmpdb lastlog2 libpam-lastlog2"
"""What Debian 13 has in place of lastlog and wtmp."""
PACKAGES = (
    "apparmor auditd rsyslog logrotate systemd-timesyncd unattended-upgrades cryptsetup-bin nftables iptables ufw "
    "clamav-daemon clamav-freshclam nginx-light redis-server snmpd nfs-kernel-server postgresql openssl wpasupplicant"
)


def can_run_real_hosts() -> str:
    """Why real hosts cannot be run here, or nothing. CI must not skip them."""
    if os.geteuid() != 0:
        return "needs root (debootstrap, chroot, namespaces)"
    if not Path("/etc/debian_version").exists():
        return "needs Debian (debootstrap, apt-get)"
    return ""


def need(*packages: str) -> None:
    """Install Debian packages that are missing on this machine."""
    missing = [name for name in packages if name not in _INSTALLED and not _is_installed(name)]
    if missing:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment, stdout=subprocess.DEVNULL)
            subprocess.run(
                ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
                check=True,
                env=environment,
                stdout=subprocess.DEVNULL,
            )
    _INSTALLED.update(packages)


_INSTALLED: set[str] = set()
"""What was seen on this machine: nothing is removed from it while tests run, and most tests ask."""


def _is_installed(package: str) -> bool:
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    return subprocess.run(command, capture_output=True, check=False).stdout == b"installed"


def image(suite: str = "bookworm", packages: str = PACKAGES) -> Path:
    """The directory of a Debian with these packages; made on first use, from a bare one of the release."""

    def make(making: Path, log: Any) -> None:
        subprocess.run(["cp", "-a", str(_bare(suite)), str(making)], check=True)
        install_packages(making, packages, log)

    return _kept(f"{suite}-{hashlib.sha256(f'{BASE} {packages}'.encode()).hexdigest()[:10]}", make)


def _bare(suite: str) -> Path:
    """A debootstrap'ed release with what every image has; made once, since it takes longer than all that follows."""

    def make(making: Path, log: Any) -> None:
        need("debootstrap")
        included = ",".join(BASE.split())
        command = ["debootstrap", "--variant=minbase", f"--include={included}", suite, str(making)]
        subprocess.run(command, check=True, stdout=log, stderr=log)

    return _kept(f"{suite}-bare-{hashlib.sha256(BASE.encode()).hexdigest()[:10]}", make)


def _kept(name: str, make: Callable[[Path, Any], None]) -> Path:
    """A directory of the cache, made whole or not at all, by one process at a time."""
    done = CACHE / name
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            making = CACHE / f"{name}.making"
            shutil.rmtree(making, ignore_errors=True)
            with (CACHE / f"{name}.log").open("w") as log:
                make(making, log)
            making.rename(done)
    return done


def added(base: Path, packages: str) -> Path:
    """A layer to lay over an image: these packages installed into it; made on first use."""

    def make(making: Path, log: Any) -> None:
        with tree_of(base) as tree:
            subprocess.run(["chroot", str(tree.root), "apt-get", "update", "-qq"], check=True, stdout=log, stderr=log)
            install_packages(tree.root, packages, log)
            subprocess.run(["cp", "-a", str(tree.root.parent / "upper"), str(making)], check=True)

    return _kept(f"{base.name}-with-{hashlib.sha256(packages.encode()).hexdigest()[:10]}", make)


def install_packages(root: Path, packages: str, log: Any) -> None:
    """Install packages below a root without starting their services."""
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    for own in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
        shutil.copy(own, root / "etc/apt/apt.conf.d")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    inside = ["unshare", "-m", "sh", "-c", f'mount -t proc proc {root}/proc && exec chroot {root} "$@"', "sh"]
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages.split()]
    if packages:
        subprocess.run([*inside, *install], check=True, env=environment, stdout=log, stderr=log)
    policy.unlink()
    (root / "run/sshd").mkdir(parents=True, exist_ok=True)


@cache
def catalogue() -> Catalogue:
    """What discovery finds, once for all tests."""
    return discover()


class Scanned:
    """What can be scanned for one check."""

    @property
    def transport(self) -> Transport:
        """How it is scanned."""
        raise NotImplementedError

    def findings(self, check: str, **settings: Any) -> list[Finding]:
        """Scan it for one check."""
        return scan(self.transport, check, settings)

    def verdict(self, check: str, subject: str | None = None, **settings: Any) -> tuple[str, str]:
        """Status and reason of one check: of the given subject, or the worst of all."""
        return worst(self.findings(check, **settings), subject)

    def status(self, check: str, subject: str | None = None, **settings: Any) -> str:
        """Status of one check."""
        return self.verdict(check, subject, **settings)[0]

    def still(self) -> "Scanned":
        """As it is now, for several checks that rest on the same: what one has read, the next need not wait for."""
        return Still(self.transport)


class Still(Scanned):
    """A target on which nothing changes: what was read of it is not read again."""

    def __init__(self, target: Transport) -> None:
        self._target = target
        self._readings: dict[str, Reading] = {}

    @property
    def transport(self) -> Transport:
        """Itself."""
        return self

    def read(self, sources: Sequence[Source]) -> Answers:
        """Read what was not read before."""
        new = [source for source in sources if source.key not in self._readings]
        self._readings.update(self._target.read(new) if new else {})
        return Answers({source.key: self._readings[source.key] for source in sources})


@dataclass(frozen=True)
class Tree(Scanned):
    """A throw-away copy of an image, scanned as a directory."""

    root: Path

    def path(self, inside: str) -> Path:
        """Where a path of the tree is outside of it."""
        return self.root / inside.lstrip("/")

    def write(self, inside: str, text: str | bytes, mode: int = 0o644, owner: tuple[int, int] = (0, 0)) -> None:
        """Write a file of the tree."""
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        os.chown(path, *owner)

    def read(self, inside: str) -> str:
        """Read a file of the tree."""
        return self.path(inside).read_text()

    def replace(self, inside: str, old: str, new: str) -> None:
        """Change a file of the tree; what is to change must be there."""
        text = self.read(inside)
        assert old in text, f"{inside} has no {old!r}"
        self.path(inside).write_text(text.replace(old, new))

    def append(self, inside: str, text: str) -> None:
        """Add to a file of the tree."""
        with self.path(inside).open("a") as file:
            file.write(text)

    def remove(self, inside: str) -> None:
        """Remove a file or a folder of the tree."""
        path = self.path(inside)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def run(self, *command: str, stdin: str = "") -> str:
        """Run a command inside, as root."""
        done = subprocess.run(
            ["chroot", str(self.root), *command], input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def transport(self) -> Transport:
        """How it is scanned."""
        return Chroot(self.root)


@dataclass(frozen=True)
class RunningHost(Tree):
    """A tree with namespaces of its own. ``run`` runs inside of them."""

    pid: int
    namespace: str
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def enter(self) -> tuple[str, ...]:
        """The command that gives a shell inside."""
        return ("nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "chroot", str(self.root))

    @property
    def transport(self) -> Transport:
        """A shell inside the namespaces."""
        return Shell(self.enter)

    def run(self, *command: str, stdin: str = "") -> str:
        """Run a command inside, as root."""
        done = subprocess.run([*self.enter, *command], input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a command inside and leave it running; it ends with the host."""
        process = subprocess.Popen(
            [*self.enter, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.started.append(process)
        return process

    def runs(self, name: str) -> bool:
        """Whether a process inside runs whose name begins so. Who ended without anybody asking for its status does not run;
        who was told to end does, and may still hold its port and its files.
        """
        rows = [line.split(None, 1) for line in self.run("ps", "-A", "-o", "stat=,comm=").splitlines()]
        return any(named.startswith(name) and ("Z" not in state or "l" in state) for state, named in rows)


def scan(
    transport: Transport,
    check: str,
    settings: Mapping[str, Any] | None = None,
    registers: Mapping[str, Path] | None = None,
    places: Mapping[str, tuple[str, ...] | None] | None = None,
) -> list[Finding]:
    """Scan a target for one check; the organization has these registers, or none, and declares these places of personal
    information with their readers, or nothing.
    """
    found = catalogue()
    chosen = [one for one in found.checks if one.id == check]
    assert chosen, f"there is no check {check}"
    platform = found.platform_of(chosen[0])
    shared: Facts | None = None
    if platform is not Platform.ORGANIZATION:
        asked = sources_for(found, chosen, Platform.ORGANIZATION)
        shared = facts_of(
            found, snapshot(Registers(registers or {}), asked, asset="organization", platform=Platform.ORGANIZATION)
        )
    declared = PersonalInformation(tuple(Place(path, readers=readers) for path, readers in (places or {}).items()))
    taken = snapshot(
        transport,
        sources_for(found, chosen, platform),
        asset="test",
        platform=platform,
        declared=declared.on("test"),
    )
    return list(judge(found, chosen, taken, settings={check: settings or {}}, shared=shared).findings)


def worst(findings: list[Finding], subject: str | None = None) -> tuple[str, str]:
    """Status and reason of the worst finding, of one subject where it is given."""
    order = [Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE]
    among = [one for one in findings if subject is None or one.subject == subject]
    assert among, f"no finding about {subject!r}: {[one.subject for one in findings]}"
    found = min(among, key=lambda one: order.index(one.status))
    return found.status.value, found.verdict.reason


@contextlib.contextmanager
def tree_of(*bases: Path) -> Iterator[Tree]:
    """An overlay on an image, and on layers that were ``added`` to it before; gone afterwards."""
    below = ":".join(str(one) for one in reversed(bases))
    layers = Path(tempfile.mkdtemp(prefix="wispwatch-tree-"))
    root = layers / "root"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "wispwatch", str(layers)], check=True)
    try:
        for name in ("upper", "work", "root"):
            (layers / name).mkdir()
        options = f"lowerdir={below},upperdir={layers}/upper,workdir={layers}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(root)], check=True)
        yield Tree(root)
    finally:
        subprocess.run(["umount", "-l", str(root)], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["umount", "-l", str(layers)], check=False)
        layers.rmdir()


_NUMBERS = itertools.count()


@contextlib.contextmanager
def running(tree: Tree, name: str) -> Iterator[RunningHost]:
    """Give a tree namespaces of its own (network with only loopback, /proc, host name)."""
    need("iproute2", "util-linux")
    namespace = f"ww-{os.getpid()}-{next(_NUMBERS)}"
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    setup = (
        f"hostname {name}; ip link set lo up; mount -t proc proc {tree.root}/proc; "
        f"mount -t tmpfs -o mode=755 run {tree.root}/run; mkdir -p {tree.root}/run/sshd; echo ready; exec sleep infinity"
    )
    command = [
        "ip",
        "netns",
        "exec",
        namespace,
        "unshare",
        "-m",
        "-u",
        "-i",
        "-p",
        "-f",
        "--kill-child",
        "sh",
        "-c",
        setup,
    ]
    outer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert outer.stdout is not None
        assert outer.stdout.readline() == "ready\n"
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        alive = RunningHost(tree.root, int(children[0]), namespace)
        yield alive
        for process in alive.started:
            process.kill()
            process.wait()
    finally:
        outer.kill()
        outer.wait()
        if outer.stdout:
            outer.stdout.close()
        subprocess.run(["ip", "netns", "delete", namespace], check=False)


def until(condition: Any, seconds: float = 120.0) -> None:
    """Wait for something to become true; fail when it does not in time. It is looked at once more after that: who waits may
    have been stopped for as long.
    """
    deadline = time.monotonic() + seconds
    while True:
        over = time.monotonic() > deadline
        if condition():
            return
        if over:
            pytest.fail("it did not come true in time")
        time.sleep(0.05)
