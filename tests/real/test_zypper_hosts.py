import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.families import LEAP, Advisory, Package, Repository, host_of, install, seconds_ago
from tests.hosts import Tree
from tests.real.test_rpm_hosts import fact_of

pytestmark = pytest.mark.real

PENDING = "no-security-update-is-pending"
FRESH = "security-lists-are-fresh"
AUTOMATIC = "security-updates-install-by-themselves"
SIGNED = "package-sources-are-signed"

OPENSSL = Package("libopenssl3", "3.1.4", "1.1")
FIXED = Package("libopenssl3", "3.1.4", "2.1")
BASH = Package("bash", "5.1.8")
REPOSITORY = "/etc/zypp/repos.d/update.repo"
NAMED = "[update]\nname=update\nenabled=1\nautorefresh=1\nbaseurl=file:///srv/update\ntype=rpm-md\n"


@pytest.fixture
def suse() -> Iterator[Tree]:
    """openSUSE Leap by its name, with real rpm and zypper, two packages and one repository."""
    with host_of(LEAP) as tree:
        tree.write(REPOSITORY, NAMED)
        install(tree, [OPENSSL, BASH])
        yield tree


def zypper(tree: Tree, *words: str) -> str:
    """Run zypper inside; 100 and 101 are its words for pending patches."""
    done = subprocess.run(
        ["chroot", str(tree.root), "zypper", "--non-interactive", "--no-gpg-checks", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 100, 101), done.stdout + done.stderr
    return done.stdout


def fetched(tree: Tree, advisories: list[Advisory] | None) -> None:
    Repository(tree, "update").make([FIXED], advisories)
    zypper(tree, "refresh", "--force")


def listed(tree: Tree) -> set[tuple[str, str]]:
    """Name and severity of each patch that ``zypper -x list-patches`` says is needed."""
    said = zypper(tree, "--no-refresh", "-x", "list-patches", "--category", "security")
    found = re.findall(r'<update kind="patch" name="([^"]*)"[^>]*category="security" severity="([^"]*)"', said)
    assert "<update-status" in said
    return set(found)


def test_pending_is_what_zypper_says_is_pending(suse: Tree) -> None:
    fetched(
        suse,
        [
            Advisory("SUSE-2026-1", [FIXED], severity="important", issued="1767225600"),
            Advisory("SUSE-2026-2", [Package("bash", "5.2")], kind="recommended", severity="moderate"),
            Advisory("SUSE-2025-3", [OPENSSL], severity="low", issued="1735689600"),
            Advisory("SUSE-2025-4", [Package("not-installed", "9")]),
        ],
    )
    fact = fact_of(suse)
    assert {(one.advisory, one.severities[0]) for one in fact.pending} == listed(suse) == {("SUSE-2026-1", "important")}
    (one,) = fact.pending
    assert one.issued_at is not None
    assert one.issued_at.date().isoformat() == "2026-01-01"
    assert suse.status(PENDING) == "fail"
    suse.run("rpm", "-U", "--force-debian", "--nodeps", "/srv/update/libopenssl3-3.1.4-2.1.x86_64.rpm")
    assert listed(suse) == set()
    assert suse.status(PENDING) == "pass"


def test_no_patches_at_all_is_unknown(suse: Tree) -> None:
    fetched(suse, None)
    assert suse.status(PENDING) == "unknown"


def test_stale_and_confirmed(suse: Tree) -> None:
    assert suse.status(FRESH) == "fail"
    fetched(suse, [Advisory("SUSE-2025-3", [OPENSSL])])
    assert (suse.status(PENDING), suse.status(FRESH)) == ("pass", "pass")
    for path in suse.path("/var/cache/zypp/raw").rglob("*"):
        if path.is_file():
            seconds_ago(path, days=30)
    assert (suse.status(PENDING), suse.status(FRESH)) == ("unknown", "fail")
    assert "is up to date" in zypper(suse, "refresh")
    assert (suse.status(PENDING), suse.status(FRESH)) == ("pass", "pass")


def test_a_repository_that_is_off(suse: Tree) -> None:
    fetched(suse, [Advisory("SUSE-2026-1", [FIXED])])
    assert suse.status(PENDING) == "fail"
    suse.replace(REPOSITORY, "enabled=1", "enabled=0")
    assert listed(suse) == set()
    assert suse.status(PENDING) == "unknown"


@pytest.mark.parametrize(
    ("settings", "main", "status"),
    [
        ("", "", "pass"),
        ("gpgcheck=1\n", "", "pass"),
        ("gpgcheck=0\n", "", "fail"),
        ("gpgcheck=0\nrepo_gpgcheck=1\n", "", "pass"),
        ("gpgcheck=1\nrepo_gpgcheck=0\n", "", "pass"),
        ("gpgcheck=1\nrepo_gpgcheck=0\npkg_gpgcheck=0\n", "", "fail"),
        ("", "gpgcheck = off\n", "fail"),
        ("", "gpgcheck = off\npkg_gpgcheck = on\n", "pass"),
        ("", "# gpgcheck = off\n", "pass"),
    ],
)
def test_signatures(suse: Tree, settings: str, main: str, status: str) -> None:
    suse.write(REPOSITORY, NAMED + settings)
    suse.write("/etc/zypp/zypp.conf", f"[main]\n{main}")
    assert suse.status(SIGNED) == status


def test_transactional_update(suse: Tree) -> None:
    assert suse.status(AUTOMATIC) == "fail"
    suse.write("/usr/sbin/transactional-update", "#!/bin/sh\n", mode=0o755)
    assert "transactional-update.timer: it is not enabled" in suse.verdict(AUTOMATIC)[1]
    suse.write("/usr/lib/systemd/system/transactional-update.timer", "[Timer]\n")
    wants = suse.path("/etc/systemd/system/timers.target.wants")
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "transactional-update.timer").symlink_to("/usr/lib/systemd/system/transactional-update.timer")
    assert suse.status(AUTOMATIC) == "pass"


def test_what_zypper_would_read_back(suse: Tree) -> None:
    """What a repository is told to check is what zypper itself shows of it."""
    suse.write(REPOSITORY, NAMED + "gpgcheck=0\n")
    said = zypper(suse, "--no-refresh", "lr", "-d")
    assert re.search(r"update.*\|\s*Yes\s*\|\s*(\(\s*\)|----)\s*No", said), said
    assert suse.status(SIGNED) == "fail"
