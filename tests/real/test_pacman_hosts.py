import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping

import pytest

from tests.families import ARCH, host_of, seconds_ago
from tests.hosts import Tree

pytestmark = pytest.mark.real

PENDING = "no-security-update-is-pending"
FRESH = "security-lists-are-fresh"
AUTOMATIC = "security-updates-install-by-themselves"
SIGNED = "package-sources-are-signed"
LATELY = "packages-were-updated-lately"
CONFIG = "[options]\nArchitecture = x86_64\nSigLevel = {}\n[core]\nServer = file:///srv/core\n"


def package(tree: Tree, name: str, version: str) -> str:
    """A package as makepkg makes it, without files; returns its path."""
    info = f"pkgname = {name}\npkgver = {version}\npkgdesc = x\nbuilddate = 1700000000\nsize = 1\narch = x86_64\n"
    path = f"/srv/{name}-{version}-x86_64.pkg.tar.gz"
    tree.write(path, packed({".PKGINFO": info}))
    return path


def archive(tree: Tree, versions: Mapping[str, str]) -> None:
    """The database of the archive ``core``, as repo-add makes it."""
    entries = {
        f"{name}-{version}/desc": f"%FILENAME%\n{name}-{version}-x86_64.pkg.tar.gz\n\n%NAME%\n{name}\n\n%VERSION%\n{version}\n\n%ARCH%\nx86_64\n\n"
        for name, version in versions.items()
    }
    tree.write("/srv/core/core.db", packed(entries))


def packed(files: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return made.getvalue()


@pytest.fixture
def arch() -> Iterator[Tree]:
    """Arch Linux by its name, with real pacman and two packages."""
    with host_of(ARCH) as tree:
        tree.write("/etc/pacman.conf", CONFIG.format("Never"))
        paths = [package(tree, "openssl", "3.0.1-1"), package(tree, "bash", "5.2-1")]
        tree.run("pacman", "-U", "--noconfirm", *paths)
        yield tree


def outdated(tree: Tree) -> set[str]:
    said = subprocess.run(["chroot", str(tree.root), "pacman", "-Qu"], capture_output=True, text=True, check=False)
    return {line.split()[0] for line in said.stdout.splitlines()}


def test_what_is_out_of_date_may_be_for_security(arch: Tree) -> None:
    archive(arch, {"openssl": "3.0.2-1", "bash": "5.2-1"})
    arch.run("pacman", "-Sy")
    assert outdated(arch) == {"openssl"}
    status, reason = arch.verdict(PENDING)
    assert (status, "do not say which" in reason) == ("unknown", True)
    assert arch.status(PENDING, unmarked=True) == "fail"
    arch.run("pacman", "-U", "--noconfirm", package(arch, "openssl", "3.0.2-1"))
    assert outdated(arch) == set()
    assert arch.status(PENDING) == "pass"


def test_no_database_and_an_old_one(arch: Tree) -> None:
    assert (arch.status(PENDING), arch.status(FRESH)) == ("unknown", "fail")
    archive(arch, {"openssl": "3.0.1-1", "bash": "5.2-1"})
    arch.run("pacman", "-Sy")
    assert (arch.status(PENDING), arch.status(FRESH)) == ("pass", "pass")
    seconds_ago(arch.path("/var/lib/pacman/sync/core.db"), days=30)
    assert (arch.status(PENDING), arch.status(FRESH)) == ("unknown", "fail")


def test_a_package_that_is_left_alone_is_still_out_of_date(arch: Tree) -> None:
    archive(arch, {"openssl": "3.0.2-1"})
    arch.run("pacman", "-Sy")
    arch.replace("/etc/pacman.conf", "[core]", "IgnorePkg = openssl\n[core]")
    assert "openssl (held)" in str(arch.findings(PENDING, unmarked=True)[0].verdict)


@pytest.mark.parametrize(
    ("options", "core", "status"),
    [
        ("Required DatabaseOptional", "", "pass"),
        ("Required DatabaseOptional", "SigLevel = Optional\n", "fail"),
        ("Required DatabaseOptional", "SigLevel = TrustAll\n", "fail"),
        ("Never", "", "fail"),
        ("Never", "SigLevel = Required\n", "pass"),
        ("Optional", "", "fail"),
        ("Required DatabaseOptional", "#SigLevel = Never\n", "pass"),
        ("Required DatabaseOptional", "Include = /etc/pacman.d/more\n", "fail"),
    ],
)
def test_signatures(arch: Tree, options: str, core: str, status: str) -> None:
    arch.write("/etc/pacman.d/more", "SigLevel = PackageNever\n")
    arch.write("/etc/pacman.conf", CONFIG.format(options) + core)
    assert arch.status(SIGNED) == status


def test_no_password_of_a_server_leaves_the_target(arch: Tree) -> None:
    from collectors.host.other_sources import _PACMAN

    arch.append("/etc/pacman.conf", "Server = https://jane:geheim@mirror.example/\n")
    said = str(arch.transport.read([_PACMAN]))
    assert "SigLevel" in said
    assert "geheim" not in said


def test_lately_and_jobs(arch: Tree) -> None:
    assert arch.status(LATELY) == "pass"
    seconds_ago(arch.path("/var/lib/pacman/local"), days=200)
    assert arch.status(LATELY) == "fail"
    assert arch.status(AUTOMATIC) == "fail"
    arch.write("/etc/cron.daily/up", "#!/bin/sh\npacman -Syu --noconfirm\n", mode=0o755)
    assert "no cron daemon" in arch.verdict(AUTOMATIC)[1]


def test_a_broken_database_is_unknown(arch: Tree) -> None:
    archive(arch, {"openssl": "3.0.1-1"})
    arch.run("pacman", "-Sy")
    arch.write("/var/lib/pacman/sync/core.db", b"no archive")
    assert arch.status(PENDING) == "unknown"
