"""Hosts of other families, with their own package managers as Debian packages them: rpm, dnf, zypper and pacman."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import hosts
from tests.hosts import Tree, need

TOOLS = "rpm dnf createrepo-c zypper pacman-package-manager zchunk firewalld nftables iptables dbus"
NOT_DEBIAN = ("/var/lib/dpkg", "/etc/apt", "/var/lib/apt", "/etc/debian_version")
ALMA = 'NAME="AlmaLinux"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.6"\nPRETTY_NAME="AlmaLinux 9.6"\n'
LEAP = 'NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n'
ARCH = 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\nPRETTY_NAME="Arch Linux"\n'


@contextlib.contextmanager
def host_of(os_release: str, more: str = "") -> Iterator[Tree]:
    """A tree without dpkg's and apt's files, that says it is another system; with ``more`` packages of Debian. Debian's rpm keeps
    its database in the home of whoever runs it; here it is where other families have it.
    """
    base = hosts.image(packages=TOOLS)
    with hosts.tree_of(base, *([hosts.added(base, more)] if more else [])) as tree:
        for place in NOT_DEBIAN:
            tree.remove(place)
        tree.remove("/etc/os-release")
        tree.write("/etc/os-release", os_release)
        tree.write("/etc/rpm/macros", "%_dbpath /var/lib/rpm\n%_topdir /tmp/rpmbuild\n")
        if not tree.path("/dev/null").exists():
            os.mknod(tree.path("/dev/null"), 0o20666, os.makedev(1, 3))
        yield tree


@dataclass(frozen=True)
class Package:
    """A package without files."""

    name: str
    version: str
    release: str = "1.el9"
    epoch: int = 0
    arch: str = "x86_64"
    module: str = ""
    """Its modularity label."""


@dataclass(frozen=True)
class Advisory:
    """One entry of updateinfo.xml."""

    id: str
    packages: Sequence[Package]
    kind: str = "security"
    severity: str = "Important"
    issued: str = "2026-01-10 00:00:00"
    module: str = ""
    """``name:stream`` that it is about."""


@dataclass
class Repository:
    """A directory of packages with metadata as ``createrepo_c`` and ``modifyrepo_c`` make them."""

    tree: Tree
    id: str
    advisories: list[Advisory] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where it is, inside."""
        return f"/srv/{self.id}"

    def make(
        self, packages: Sequence[Package], advisories: Sequence[Advisory] | None = None, *, zchunk: bool = False
    ) -> None:
        """Build the packages and the metadata; without a list of advisories there is no updateinfo at all."""
        build(self.tree, packages, self.place)
        options = ["--zck"] if zchunk else []
        self.tree.run("createrepo_c", "-q", *options, self.place)
        if advisories is not None:
            self.tree.write("/tmp/updateinfo.xml", updateinfo(advisories))
            self.tree.run(
                "modifyrepo_c", "--mdtype=updateinfo", *options, "/tmp/updateinfo.xml", f"{self.place}/repodata"
            )


def build(tree: Tree, packages: Sequence[Package], place: str) -> None:
    """Build packages with rpmbuild."""
    tree.path(place).mkdir(parents=True, exist_ok=True)
    for one in packages:
        epoch = f"Epoch: {one.epoch}\n" if one.epoch else ""
        label = f"ModularityLabel: {one.module}\n" if one.module else ""
        head = f"Name: {one.name}\nVersion: {one.version}\nRelease: {one.release}\n{epoch}{label}"
        tree.write("/tmp/one.spec", f"{head}Summary: x\nLicense: MIT\n%description\nx\n%files\n")
        tree.run(
            "rpmbuild", "-bb", "--quiet", "--nodeps", "--target", one.arch, "--define", f"_rpmdir {place}",
            "--define", "_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", "/tmp/one.spec",
        )  # fmt: skip


def install(tree: Tree, packages: Sequence[Package]) -> None:
    """Build packages and put them into rpm's database."""
    build(tree, packages, "/srv/installed")
    files = [f"/srv/installed/{one.name}-{one.version}-{one.release}.{one.arch}.rpm" for one in packages]
    tree.run("rpm", "-i", "--force-debian", "--nodeps", "--ignorearch", *files)


def updateinfo(advisories: Sequence[Advisory]) -> str:
    """As the distributions write it; the description tries to be mistaken for more."""
    entries = []
    for one in advisories:
        name, _, stream = one.module.partition(":")
        module = f'<module name="{name}" stream="{stream}" version="1" context="c" arch="x86_64"/>' if name else ""
        packages = "".join(
            f'\n        <package name="{package.name}" version="{package.version}" release="{package.release}" '
            f'epoch="{package.epoch}" arch="{package.arch}" src="x.src.rpm">\n          <filename>x.rpm</filename>\n        </package>'
            for package in one.packages
        )
        entries.append(f"""
  <update from="updates@example.com" status="final" type="{one.kind}" version="2.0">
    <id>{one.id}</id>
    <title>a title</title>
    <issued date="{one.issued}"/>
    <updated date="2026-02-01 00:00:00"/>
    <severity>{one.severity}</severity>
    <description>See &lt;package name="bash"&gt;.
=end
    </description>
    <references><reference href="https://example.com" id="CVE-2026-1" type="cve" title="CVE-2026-1"/></references>
    <pkglist>
      <collection short="base">
        <name>base</name>{module}{packages}
      </collection>
    </pkglist>
  </update>""")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<updates>{"".join(entries)}\n</updates>\n'


def yum_repository(tree: Tree, name: str, settings: str = "gpgcheck=1\n") -> None:
    """Name a repository to dnf."""
    tree.write(f"/etc/yum.repos.d/{name}.repo", f"[{name}]\nname={name}\nbaseurl=file:///srv/{name}\n{settings}")


def dnf(tree: Tree, *words: str) -> str:
    """Run dnf inside."""
    return tree.run("dnf", "--releasever=9", "-q", "--setopt=install_weak_deps=0", *words)


def listed_by_dnf(tree: Tree) -> set[tuple[str, str]]:
    """Advisory and package of each line of ``dnf -C updateinfo list --security``."""
    lines = dnf(tree, "-C", "updateinfo", "list", "--security").splitlines()
    return {(words[0], words[2]) for words in (line.split() for line in lines if line.strip())}


def seconds_ago(path: Path, days: float) -> None:
    """Make a file as old."""
    then = time.time() - days * 86400
    os.utime(path, (then, then))


RECORDINGS = Path(__file__).parent / "recordings"
ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n'
_INSTALLED = {"busybox": "1.36.1-r28", "libcrypto3": "3.3.1-r0", "musl": "1.2.5-r0", "py3-foo-bar": "2.0_rc1-r3"}


def recording(name: str) -> str:
    """The text of a recording of what a program said, without the line that names its origin."""
    origin, _, text = (RECORDINGS / name).read_text().partition("\n")
    assert origin.startswith("# Recorded"), origin
    return text


@contextlib.contextmanager
def alpine_host(folder: Path) -> Iterator[Tree]:
    """A tree as Alpine has it: busybox and nothing else, apk's list of packages, OpenRC's folders, no PAM. ``apk`` itself is
    not to be had on Debian: a script stands for it and plays the recording that ``said`` puts there.
    """
    need("busybox")
    tree = Tree(folder)
    places = (
        "bin sbin usr/bin usr/sbin etc/apk/keys lib/apk/db var/cache/apk var/log dev proc sys run tmp root home srv"
    )
    for place in places.split():
        tree.path(place).mkdir(parents=True, exist_ok=True)
    tree.path("/tmp").chmod(0o1777)
    tree.path("/root").chmod(0o700)
    libraries = subprocess.run(["ldd", "/usr/bin/busybox"], capture_output=True, text=True, check=False).stdout
    for path in ("/usr/bin/busybox", *re.findall(r"/\S+", libraries)):
        inside = tree.path("/bin/busybox" if path.endswith("busybox") else path)
        inside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, inside)
    applets = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in sorted({*applets} - {"busybox", "rpm", "dpkg", "dpkg-deb"}):
        tree.path(f"/bin/{name}").symlink_to("/bin/busybox")
    for name, minor in (("null", 3), ("zero", 5), ("urandom", 9)):
        os.mknod(tree.path(f"/dev/{name}"), 0o20666, os.makedev(1, minor))
    tree.write("/etc/os-release", ALPINE)
    tree.write("/etc/passwd", "root:x:0:0:root:/root:/bin/ash\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n")
    tree.write("/etc/group", "root:x:0:root\nshadow:x:42:\nnobody:x:65534:\n")
    tree.write("/etc/shadow", "root:*::0:::::\nnobody:!::0:::::\n", mode=0o640, owner=(0, 42))
    tree.write("/etc/apk/repositories", "https://dl-cdn.alpinelinux.org/alpine/v3.22/main\n# and no more\n")
    tree.write("/etc/apk/keys/alpine-devel@example.rsa.pub", "a key\n")
    tree.write("/lib/apk/db/installed", "".join(f"P:{name}\nV:{version}\n\n" for name, version in _INSTALLED.items()))
    yield tree


def apk_says(tree: Tree, name: str) -> None:
    """From now on ``apk`` says what was recorded, and has an index, unless it is the recording without one."""
    tree.write("/srv/said", recording(name))
    tree.write(
        "/sbin/apk",
        '#!/bin/sh\n[ "$*" = "--no-network version -l <" ] || { echo "not recorded: $*" >&2; exit 99; }\nexec cat /srv/said\n',
        mode=0o755,
    )
    if not name.endswith("no-index"):
        tree.write("/var/cache/apk/APKINDEX.2046cdcd.tar.gz", "an index")
