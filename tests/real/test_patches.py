import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.collector import Platform
from collectors.host.updates import SecurityUpdates
from collectors.transports.local import Shell
from tests import hosts
from tests.hosts import RunningHost, Tree, catalogue, facts_of, scan, snapshot, sources_for, worst

pytestmark = pytest.mark.real

PENDING = "no-security-update-is-pending"
FRESH = "security-lists-are-fresh"
AUTOMATIC = "security-updates-install-by-themselves"
SUPPORTED = "operating-system-release-is-supported"
RESTART = "no-restart-is-pending-after-an-update"
SIGNED = "package-sources-are-signed"
LATELY = "packages-were-updated-lately"

LISTS = "/var/lib/apt/lists"
SECURITY = "deb http://deb.debian.org/debian-security bookworm-security main\n"
BASE = f"{LISTS}/deb.debian.org_debian-security_dists_bookworm-security"
PACKAGES = f"{BASE}_main_binary-amd64_Packages"
STATUS = "/var/lib/dpkg/status"


def reach_mirrors(tree: Tree) -> None:
    """Let apt below the tree reach what apt on this machine reaches."""
    shutil.copy("/etc/resolv.conf", tree.path("/etc/resolv.conf"))
    for own in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
        shutil.copy(own, tree.path("/etc/apt/apt.conf.d"))


def update(tree: Tree, *options: str) -> None:
    """Fetch the lists of the security archive only; what was there stays."""
    tree.write("/etc/apt/sources.list.d/security.list", SECURITY)
    only = ("-o", "Dir::Etc::sourcelist=sources.list.d/security.list", "-o", "Dir::Etc::sourceparts=-")
    tree.run("apt-get", "update", "-qq", "-o", "Acquire::Languages=none", "--no-list-cleanup", *only, *options)


@pytest.fixture(scope="module")
def fetched() -> dict[str, bytes]:
    """What a real ``apt-get update`` brings of the security archive."""
    with hosts.tree_of(hosts.image()) as tree:
        reach_mirrors(tree)
        update(tree)
        found = tree.path(LISTS).glob("*bookworm-security*")
        return {f"{LISTS}/{path.name}": path.read_bytes() for path in found}


@pytest.fixture
def updated(tree: Tree, fetched: dict[str, bytes]) -> Iterator[Tree]:
    """The image, which holds the packages of the last point release, and the lists of today."""
    tree.write("/etc/apt/sources.list.d/security.list", SECURITY)
    for path, text in fetched.items():
        tree.write(path, text)
    return tree


def pending(tree: Tree) -> SecurityUpdates:
    found = catalogue()
    asked = sources_for(found, [one for one in found.checks if one.id == PENDING], Platform.LINUX)
    taken = snapshot(tree.transport, asked, asset="test", platform=Platform.LINUX)
    fact = facts_of(found, taken).outcomes[SecurityUpdates]
    assert isinstance(fact, SecurityUpdates), fact
    return fact


def install_on_paper(tree: Tree) -> None:
    """Write the pending versions into dpkg's status, as an upgrade would."""
    text = tree.read(STATUS)
    for one in pending(tree).pending:
        pattern = rf"(?m)^(Package: {re.escape(one.package)}\n(?:.+\n)*?Version: ){re.escape(one.installed)}$"
        text, count = re.subn(pattern, rf"\g<1>{one.available}", text)
        assert count == 1, one
    tree.write(STATUS, text)


def test_pending_is_what_apt_says_is_pending(updated: Tree) -> None:
    listed = updated.run("apt", "list", "--upgradable").splitlines()
    theirs = {
        tuple(re.match(r"([^/]+)/\S*-security\S* (\S+) (\S+)", line).groups()) for line in listed if "-security" in line
    }
    fact = pending(updated)
    assert {(one.package, one.available, one.architecture) for one in fact.pending} == theirs
    assert updated.status(PENDING) == ("fail" if theirs else "pass")
    assert fact.installed == len(updated.run("dpkg-query", "-W").splitlines())


def test_an_upgrade_takes_it_off_the_list(updated: Tree) -> None:
    before = pending(updated)
    chosen = next(one for one in before.pending if one.package.startswith("lib"))
    reach_mirrors(updated)
    updated.run("apt-get", "install", "-y", "-qq", "--only-upgrade", chosen.package)
    after = pending(updated)
    assert chosen.package not in {one.package for one in after.pending}
    assert after.count < before.count


def test_when_all_is_installed_nothing_is_pending(updated: Tree) -> None:
    assert updated.status(PENDING) == "fail"
    install_on_paper(updated)
    assert updated.status(PENDING) == "pass"


def test_a_held_package_is_still_pending(updated: Tree) -> None:
    held = pending(updated).pending[0].package
    updated.run("dpkg", "--set-selections", stdin=f"{held} hold\n")
    assert [one.package for one in pending(updated).pending if one.held] == [held]
    assert updated.status(PENDING) == "fail"


def test_a_package_of_which_only_the_configuration_is_left_is_not_pending(updated: Tree) -> None:
    chosen = pending(updated).pending[0].package
    before = updated.read(STATUS)
    left = re.sub(
        rf"(?m)^(Package: {re.escape(chosen)}\nStatus: )install ok installed$", r"\1deinstall ok config-files", before
    )
    assert left != before
    updated.write(STATUS, left)
    assert chosen not in {one.package for one in pending(updated).pending}


def test_foreign_architectures_stay_apart(updated: Tree) -> None:
    install_on_paper(updated)
    updated.append(
        STATUS,
        "\nPackage: openssl\nStatus: install ok installed\nArchitecture: i386\nVersion: 0.1\nMulti-Arch: foreign\n",
    )
    assert updated.status(PENDING) == "pass"
    updated.write(
        f"{BASE}_main_binary-i386_Packages", "Package: openssl\nSource: openssl (3)\nVersion: 9:1\nArchitecture: i386\n"
    )
    assert [(one.package, one.architecture) for one in pending(updated).pending] == [("openssl", "i386")]


def test_a_package_for_all_architectures_counts_as_native(updated: Tree) -> None:
    install_on_paper(updated)
    updated.append(STATUS, "\nPackage: zz-a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n")
    updated.append(STATUS, "\nPackage: zz-b\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n")
    updated.append(PACKAGES, "\nPackage: zz-a\nVersion: 2\nArchitecture: amd64\n")
    updated.append(
        PACKAGES, "\nPackage: zz-b\nVersion: 1~2\nArchitecture: all\n\nPackage: zz-b\nVersion: 3\nArchitecture: all\n"
    )
    assert [(one.package, one.available) for one in pending(updated).pending] == [("zz-a", "2"), ("zz-b", "3")]


@pytest.mark.parametrize("ending", ["gz", "xz"])
def test_compressed_lists(updated: Tree, ending: str) -> None:
    expected = pending(updated)
    updated.run({"gz": "gzip", "xz": "xz"}[ending], "-1", PACKAGES)
    assert pending(updated) == expected
    updated.remove("/usr/lib/apt/apt-helper")
    assert pending(updated) == expected


def test_lists_that_apt_itself_keeps_compressed(tree: Tree, fetched: dict[str, bytes]) -> None:
    reach_mirrors(tree)
    update(tree, "-o", "Acquire::GzipIndexes=true")
    kept = list(tree.path(LISTS).glob("*bookworm-security*Packages*"))
    assert kept
    assert all(path.suffix for path in kept)
    assert pending(tree).lists == 1
    assert pending(tree).count == len({one.package for one in pending(tree).pending}) > 0
    tree.remove("/usr/lib/apt/apt-helper")
    assert tree.status(PENDING) == "unknown"


def test_apts_lists_do_not_say_since_when(updated: Tree) -> None:
    assert updated.status(PENDING) == "fail"
    status, reason = updated.verdict(PENDING, days=365)
    assert (status, "nothing says whether" in reason) == ("unknown", True)
    release = f"{BASE}_InRelease"
    updated.write(release, re.sub(r"(?m)^Date: .*", "Date: Sat, 07 Jan 2023 10:00:00 UTC", updated.read(release)))
    assert updated.status(PENDING, days=365) == "fail"  # named by a list of that day, so known at least since then
    assert pending(updated).oldest_at is None


def test_no_list_is_never_nothing_pending(tree: Tree) -> None:
    assert tree.status(PENDING) == "unknown"
    assert tree.status(FRESH) == "fail"
    shutil.rmtree(tree.path(LISTS))
    assert tree.status(PENDING) == "unknown"
    assert tree.status(FRESH) == "fail"


def test_lists_of_another_release_are_none(updated: Tree) -> None:
    updated.replace("/etc/os-release", "bookworm", "trixie")
    assert updated.status(PENDING) == "unknown"
    assert updated.status(FRESH) == "fail"


def test_lists_that_may_not_be_read_are_unknown(updated: Tree) -> None:
    updated.path(PACKAGES).chmod(0o600)
    user = Shell(("chroot", "--userspec=65534:65534", str(updated.root)))
    assert worst(scan(user, PENDING))[0] == "unknown"
    assert worst(scan(user, FRESH))[0] == "pass"
    updated.path(PACKAGES).chmod(0o644)
    assert worst(scan(user, PENDING))[0] == "fail"
    updated.path(LISTS).chmod(0o711)
    assert worst(scan(user, PENDING))[0] == "unknown"
    assert worst(scan(user, FRESH))[0] == "unknown"


def test_old_lists(updated: Tree) -> None:
    assert updated.status(FRESH) == "pass"
    install_on_paper(updated)
    release = f"{BASE}_InRelease"
    updated.write(
        release, re.sub(r"(?m)^Valid-Until: .*", "Valid-Until: Sat, 07 Jan 2023 10:00:00 UTC", updated.read(release))
    )
    assert updated.status(FRESH) == "fail"
    updated.write(release, re.sub(r"(?m)^Valid-Until: .*\n", "", updated.read(release)))
    assert updated.status(FRESH) == "pass"
    updated.write(release, re.sub(r"(?m)^Date: .*", "Date: Sat, 07 Jan 2023 10:00:00 UTC", updated.read(release)))
    assert updated.status(FRESH) == "fail"
    assert updated.status(PENDING) == "unknown"
    updated.write("/var/lib/apt/periodic/update-success-stamp", "")
    assert updated.status(FRESH) == "pass"


@pytest.mark.parametrize("check", [PENDING, FRESH, AUTOMATIC, SIGNED, LATELY])
def test_another_package_manager_is_unknown(tree: Tree, check: str) -> None:
    tree.write(STATUS, "")
    tree.write("/usr/bin/xbps-query", "#!/bin/sh\n", mode=0o755)
    assert tree.status(check) == "unknown"
    assert "package manager not supported" in tree.verdict(check)[1]
    tree.remove("/usr/bin/xbps-query")
    assert "no package manager that is known" in tree.verdict(check)[1]


def test_automatic_updates(tree: Tree) -> None:
    assert tree.status(AUTOMATIC) == "pass"
    tree.write("/etc/apt/apt.conf.d/99local", 'APT::Periodic::Unattended-Upgrade "0";\n')
    assert tree.verdict(AUTOMATIC) == ("fail", "APT::Periodic::Unattended-Upgrade is 0")
    tree.write("/etc/apt/apt.conf.d/99local", 'APT { Periodic { Enable "0"; }; };\n')
    assert tree.status(AUTOMATIC) == "fail"
    tree.write("/etc/apt/apt.conf.d/99local", '// APT::Periodic::Unattended-Upgrade "0";\n')
    assert tree.status(AUTOMATIC) == "pass"


def test_automatic_updates_that_leave_out_security(tree: Tree) -> None:
    config = "/etc/apt/apt.conf.d/50unattended-upgrades"
    tree.replace(config, '"origin=Debian,codename=${distro_codename}-security,label=Debian-Security";', "")
    assert tree.verdict(AUTOMATIC) == ("fail", "its origins leave out the security archive")
    tree.write("/etc/apt/apt.conf.d/99local", 'Unattended-Upgrade::Origins-Pattern { "o=Debian,n=*-security"; };\n')
    assert tree.status(AUTOMATIC) == "pass"


def test_automatic_updates_whose_timer_is_off(tree: Tree) -> None:
    tree.path("/etc/systemd/system/apt-daily-upgrade.timer").symlink_to("/dev/null")
    assert tree.status(AUTOMATIC) == "fail"
    tree.remove("/etc/systemd/system/apt-daily-upgrade.timer")
    assert tree.status(AUTOMATIC) == "pass"
    tree.remove("/etc/systemd/system/timers.target.wants/apt-daily.timer")
    assert tree.status(AUTOMATIC) == "fail"


def test_automatic_updates_without_the_program(tree: Tree) -> None:
    tree.remove("/usr/bin/unattended-upgrade")
    tree.remove("/usr/bin/unattended-upgrades")
    assert tree.status(AUTOMATIC) == "fail"


def test_release(tree: Tree) -> None:
    assert tree.status(SUPPORTED) == ("pass" if datetime.now(UTC).date().isoformat() <= "2028-06-30" else "fail")
    tree.replace("/etc/os-release", 'VERSION_ID="12"', 'VERSION_ID="9"')
    assert tree.status(SUPPORTED) == "fail"
    tree.replace("/etc/os-release", 'VERSION_ID="9"', 'VERSION_ID="99"')
    assert tree.status(SUPPORTED) == "unknown"
    tree.remove("/etc/os-release")
    tree.remove("/usr/lib/os-release")
    assert tree.status(SUPPORTED) == "unknown"


def test_sources(tree: Tree) -> None:
    assert tree.status(SIGNED) == "pass"
    one = "/etc/apt/sources.list.d/one.list"
    tree.write(
        one,
        "# deb [trusted=yes] http://a.example/ b c\ndeb [ arch=amd64 trusted = yes ] http://u:geheim@a.example/ b c\n",
    )
    status, reason = tree.verdict(SIGNED)
    assert status == "fail"
    assert "http://a.example/ b has trusted" in reason
    assert "geheim" not in reason
    tree.remove(one)
    tree.write("/etc/apt/sources.list.d/one.list.save", "deb [trusted=yes] http://a.example/ b c\n")
    assert tree.status(SIGNED) == "pass"
    two = "/etc/apt/sources.list.d/two.sources"
    stanza = "Types: deb\nURIs: http://a.example\n http://b.example\nSuites: x\n# no\nComponents: main\n"
    tree.write(two, f"{stanza}Signed-By:\n -----BEGIN PGP\n .\n ABC\nTrusted: no\n")
    assert tree.status(SIGNED) == "pass"
    tree.write(two, f"{stanza}Signed-By:\n -----BEGIN PGP\nAllow-Insecure: Yes\n\n{stanza}")
    assert tree.status(SIGNED) == "fail"
    tree.write(two, f"{stanza}Enabled: no\nTrusted: yes\n")
    assert tree.status(SIGNED) == "pass"


def test_no_password_of_a_source_leaves_the_target(tree: Tree) -> None:
    tree.write("/etc/apt/sources.list.d/one.list", "deb http://jane:geheim@a.example/ b c\n")
    tree.write("/etc/apt/sources.list.d/two.sources", "Types: deb\nURIs: https://jane:geheim@a.example\nSuites: x/\n")
    tree.write("/etc/apt/apt.conf.d/99proxy", 'Acquire::http::Proxy "http://jane:geheim@proxy:80";\n')
    found = catalogue()
    asked = sources_for(found, [one for one in found.checks if one.id in (SIGNED, AUTOMATIC, PENDING)], Platform.LINUX)
    assert "geheim" not in str(tree.transport.read(asked))
    assert tree.status(SIGNED) == "pass"


@pytest.mark.parametrize(
    "option",
    [
        'Acquire::AllowInsecureRepositories "true";',
        'APT { Get { AllowUnauthenticated "yes"; }; };',
        'Acquire::Check-Valid-Until "false";',
    ],
)
def test_options_that_let_unsigned_packages_in(tree: Tree, option: str) -> None:
    tree.write("/etc/apt/apt.conf.d/99local", f"{option}\n")
    assert tree.status(SIGNED) == "fail"


def test_restart(host: RunningHost) -> None:
    assert host.status(RESTART) == "pass"
    running = host.run("uname", "-r").strip()
    host.write(f"/boot/vmlinuz-{running}", "")
    assert host.status(RESTART) == "pass"
    newer = re.sub(r"^\d+", lambda found: str(int(found.group()) + 1), running)
    host.write(f"/boot/vmlinuz-{newer}-otherflavour", "")
    host.write("/boot/vmlinuz-0-rescue-4f2a", "")
    assert host.status(RESTART) == "pass"
    host.write(f"/boot/vmlinuz-{newer}", "")
    assert host.status(RESTART) == "fail"
    host.remove(f"/boot/vmlinuz-{newer}")
    host.run(
        "sh", "-c", "touch /run/reboot-required; printf 'libc6\\nlinux-image\\nlibc6\\n' >/run/reboot-required.pkgs"
    )
    assert host.status(RESTART) == "fail"


def test_a_directory_tree_has_no_restart(tree: Tree) -> None:
    assert tree.status(RESTART) == "unknown"


def test_lately(tree: Tree) -> None:
    import os

    tree.write("/var/lib/dpkg/info/zz.list", "")
    assert tree.status(LATELY) == "pass"
    os.utime(tree.path("/var/lib/dpkg/info"), (1600000000, 1600000000))
    assert tree.status(LATELY) == "fail"
