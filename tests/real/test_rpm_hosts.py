import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from collectors.collector import Platform
from collectors.host import rpm_script
from collectors.host.updates import SecurityUpdates
from collectors.transports.local import Shell
from tests.families import (
    ALMA,
    Advisory,
    Package,
    Repository,
    dnf,
    host_of,
    install,
    listed_by_dnf,
    seconds_ago,
    yum_repository,
)
from tests.hosts import Tree, catalogue, facts_of, need, running, scan, snapshot, sources_for, worst

pytestmark = pytest.mark.real

PENDING = "no-security-update-is-pending"
FRESH = "security-lists-are-fresh"
AUTOMATIC = "security-updates-install-by-themselves"
SIGNED = "package-sources-are-signed"
LATELY = "packages-were-updated-lately"

OPENSSL = Package("openssl-libs", "3.0.7", "1.el9", epoch=1)
FIXED = Package("openssl-libs", "3.0.7", "2.el9", epoch=1)
FORCED = ("--force-debian", "--nodeps")
BASH = Package("bash", "5.1.8", "6.el9")
NEWER_BASH = Package("bash", "5.1.8", "9.el9")


@pytest.fixture
def rpm_host() -> Iterator[Tree]:
    """AlmaLinux by its name, with real rpm and dnf, a few packages and one repository."""
    with host_of(ALMA) as tree:
        yum_repository(tree, "base")
        install(tree, [OPENSSL, BASH])
        yield tree


def fact_of(tree: Tree) -> SecurityUpdates:
    found = catalogue()
    asked = sources_for(found, [one for one in found.checks if one.id == PENDING], Platform.LINUX)
    taken = snapshot(tree.transport, asked, asset="test", platform=Platform.LINUX)
    fact = facts_of(found, taken).outcomes[SecurityUpdates]
    assert isinstance(fact, SecurityUpdates), fact
    return fact


def named(tree: Tree) -> set[tuple[str, str]]:
    """Advisory and package as dnf writes them."""
    return {(one.advisory, f"{one.package}-{one.available}.{one.architecture}") for one in fact_of(tree).pending}


def base(tree: Tree, packages: list[Package], advisories: list[Advisory] | None, *, zchunk: bool = False) -> None:
    Repository(tree, "base").make(packages, advisories, zchunk=zchunk)
    dnf(tree, "makecache")


def test_pending_is_what_dnf_says_is_pending(rpm_host: Tree) -> None:
    base(
        rpm_host,
        [FIXED, NEWER_BASH],
        [
            Advisory("RHSA-2026:0001", [FIXED]),
            Advisory("RHBA-2026:0002", [NEWER_BASH], kind="bugfix"),
            Advisory("RHSA-2025:0003", [OPENSSL]),
            Advisory("RHSA-2025:0004", [Package("not-installed", "9")]),
            Advisory("RHSA-2025:0005", [Package("bash", "9", arch="i686")]),
        ],
    )
    assert named(rpm_host) == listed_by_dnf(rpm_host) == {("RHSA-2026:0001", "openssl-libs-1:3.0.7-2.el9.x86_64")}
    assert rpm_host.status(PENDING) == "fail"
    (one,) = fact_of(rpm_host).pending
    assert (one.severities, one.source, one.installed) == (("important",), "openssl-libs", "1:3.0.7-1.el9")
    assert one.issued_at is not None
    assert one.issued_at.date().isoformat() == "2026-01-10"
    assert rpm_host.status(PENDING, ignored_severities=("important",)) == "pass"
    assert rpm_host.status(PENDING, days=100000) == "pass"
    dnf(rpm_host, "-y", "--nogpgcheck", "upgrade", "--security")
    assert named(rpm_host) == listed_by_dnf(rpm_host) == set()
    assert rpm_host.status(PENDING) == "pass"


def test_of_many_kernels_the_latest_counts(rpm_host: Tree) -> None:
    kernels = [Package("kernel-core", "5.14.0", release) for release in ("70.el9", "427.13.1.el9_4")]
    install(rpm_host, kernels)
    base(rpm_host, [kernels[1]], [Advisory("RHSA-2026:0001", [kernels[1]])])
    assert named(rpm_host) == listed_by_dnf(rpm_host) == set()
    assert rpm_host.status(PENDING) == "pass"


def test_the_advisory_of_the_latest_version_and_the_date_of_the_first(rpm_host: Tree) -> None:
    second = Package("openssl-libs", "3.0.7", "10.el9", epoch=1)
    later = Advisory("RHSA-2026:0009", [second], severity="Critical", issued="2026-02-20 00:00:00")
    base(rpm_host, [FIXED, second], [later, Advisory("RHSA-2026:0001", [FIXED], severity="Low")])
    assert named(rpm_host) <= listed_by_dnf(rpm_host)
    (one,) = fact_of(rpm_host).pending
    assert (one.advisory, one.available, set(one.severities)) == (
        "RHSA-2026:0009",
        "1:3.0.7-10.el9",
        {"critical", "low"},
    )
    assert one.issued_at is not None
    assert one.issued_at.date().isoformat() == "2026-01-10"


def test_modules_stay_apart(rpm_host: Tree) -> None:
    label = "postgresql:13:8040020211101:522a0ee4"
    install(rpm_host, [Package("postgresql", "13.3", "1.module_el8", module=label), Package("libpq", "13.3")])
    plain, other = Package("postgresql", "14.9"), Package("postgresql", "15.1", "1.module_el8")
    own = Package("postgresql", "13.9", "1.module_el8")
    base(rpm_host, [FIXED], [Advisory("A-1", [plain, FIXED]), Advisory("A-2", [other], module="postgresql:15")])
    assert {one[0] for one in named(rpm_host)} == {"A-1"}
    assert {one.package for one in fact_of(rpm_host).pending} == {"openssl-libs"}
    base(rpm_host, [FIXED], [Advisory("A-3", [own, Package("libpq", "99")], module="postgresql:13")])
    assert named(rpm_host) == {("A-3", "postgresql-13.9-1.module_el8.x86_64")}


def test_what_is_left_of_a_repository_that_is_off_does_not_count(rpm_host: Tree) -> None:
    base(rpm_host, [FIXED], [Advisory("RHSA-2026:0001", [FIXED])])
    assert rpm_host.status(PENDING) == "fail"
    yum_repository(rpm_host, "base", "enabled=0\n")
    assert listed_by_dnf(rpm_host) == set()
    assert rpm_host.status(PENDING) == "unknown"
    assert rpm_host.status(FRESH) == "fail"


def test_no_updateinfo_is_unknown(rpm_host: Tree) -> None:
    base(rpm_host, [FIXED], None)
    assert listed_by_dnf(rpm_host) == set()
    status, reason = rpm_host.verdict(PENDING)
    assert (status, "no enabled repository has security advisories" in reason) == ("unknown", True)
    assert rpm_host.status(FRESH) == "pass"


def test_advisories_of_something_else_do_not_speak_for_the_system(rpm_host: Tree) -> None:
    htop = Package("htop", "3.0")
    install(rpm_host, [htop])
    yum_repository(rpm_host, "epel")
    Repository(rpm_host, "epel").make([htop], [Advisory("FEDORA-EPEL-1", [htop])])
    base(rpm_host, [FIXED], None)
    assert rpm_host.status(PENDING) == "unknown"
    base(rpm_host, [FIXED], [Advisory("RHSA-2025:0001", [OPENSSL])])
    dnf(rpm_host, "makecache", "--refresh")
    assert rpm_host.status(PENDING) == "pass"


def test_nothing_fetched(rpm_host: Tree) -> None:
    assert rpm_host.status(PENDING) == "unknown"
    assert rpm_host.status(FRESH) == "fail"


def test_stale_metadata_and_metadata_that_are_still_what_the_repository_has(rpm_host: Tree) -> None:
    base(rpm_host, [OPENSSL], [Advisory("RHSA-2025:0001", [OPENSSL])])
    assert (rpm_host.status(PENDING), rpm_host.status(FRESH)) == ("pass", "pass")
    for path in rpm_host.path("/var/cache/dnf").glob("*/repodata/*"):
        seconds_ago(path, days=30)
    assert (rpm_host.status(PENDING), rpm_host.status(FRESH)) == ("unknown", "fail")
    dnf(rpm_host, "makecache", "--refresh")
    assert (rpm_host.status(PENDING), rpm_host.status(FRESH)) == ("pass", "pass")


@pytest.mark.parametrize("how", ["cut", "garbage", "gone"])
def test_broken_advisories_are_unknown(rpm_host: Tree, how: str) -> None:
    base(rpm_host, [OPENSSL], [Advisory(f"RHSA-2025:{number}", [OPENSSL]) for number in range(500)])
    assert rpm_host.status(PENDING) == "pass"
    (path,) = rpm_host.path("/var/cache/dnf").glob("*/repodata/*updateinfo*")
    whole = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[: len(whole) // 2] if how == "cut" else b"<html>503</html>")
    status, reason = rpm_host.verdict(PENDING)
    assert (status, "base: its advisories" in reason) == ("unknown", True), reason


def test_zchunk_as_fedora_has_it(rpm_host: Tree) -> None:
    base(rpm_host, [FIXED], [Advisory("FEDORA-2026-1", [FIXED])], zchunk=True)
    repodata = rpm_host.path("/var/cache/dnf")
    (cached,) = repodata.glob("*/repodata/*updateinfo*")
    if cached.suffix != ".zck":
        # Debian's librepo takes the other file of the two; Fedora's keeps this one.
        for path in rpm_host.path("/srv/base/repodata").glob("*updateinfo.xml.zck"):
            (cached.parent / path.name).write_bytes(path.read_bytes())
        cached.unlink()
    assert rpm_host.status(PENDING) == "fail"
    rpm_host.remove("/usr/bin/unzck")
    assert rpm_host.verdict(PENDING)[0] == "unknown"
    assert "zchunk" in rpm_host.verdict(PENDING)[1]


def test_one_line_of_xml_is_understood_too(rpm_host: Tree) -> None:
    base(rpm_host, [FIXED], [Advisory("RHSA-2026:0001", [FIXED])])
    (path,) = rpm_host.path("/var/cache/dnf").glob("*/repodata/*updateinfo*")
    text = subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout
    path.write_bytes(subprocess.run(["gzip"], input=text.replace(b"\n", b" "), capture_output=True, check=True).stdout)
    assert rpm_host.status(PENDING) == "fail"


def test_versions_are_ordered_as_rpm_orders_them(rpm_host: Tree) -> None:
    words = [
        "1",
        "1.0",
        "1.01",
        "1.1",
        "1.10",
        "1.9",
        "1.0~rc1",
        "1.0~rc2",
        "1.0^git1",
        "1.0^",
        "1.0^git1~pre",
        "a",
        "1a",
    ]
    words += [
        "1.a",
        "1.0a",
        "1.0.a",
        "10",
        "009",
        "9",
        "2_0",
        "2.0",
        "20200101",
        "1.el9",
        "1.el9_4",
        "1.el9_4.1",
        "4.fc41",
        "",
    ]
    pairs = [(one, other) for one in words if one for other in words if other]
    lua = "\n".join(f'print(rpm.vercmp("{one}", "{other}") .. " ")' for one, other in pairs)
    expected = rpm_host.run("rpm", "--eval", f"%{{lua:{lua}}}").split()
    need("busybox", "gawk")
    functions = rpm_script._AWK[: rpm_script._AWK.index("# epoch:version-release")]
    table = "".join(f"{one}\t{other}\n" for one, other in pairs)
    for awk in (["mawk"], ["gawk"], ["busybox", "awk"]):
        program = f'{functions}\nBEGIN {{ FS = "\\t" }} {{ print vercmp($1, $2) }}'
        done = subprocess.run([*awk, program], input=table, capture_output=True, text=True, check=True)
        assert done.stdout.split() == expected, awk


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ("", "pass"),
        ("gpgcheck=1\n", "pass"),
        ("gpgcheck=0\n", "fail"),
        ("gpgcheck = no\n", "fail"),
        ("gpgcheck=0\nenabled=0\n", "not_applicable"),
        ("#gpgcheck=0\n", "pass"),
        ("sslverify=0\n", "fail"),
        ("gpgcheck=perhaps\n", "unknown"),
    ],
)
def test_signatures(rpm_host: Tree, settings: str, status: str) -> None:
    yum_repository(rpm_host, "base", settings)
    assert rpm_host.status(SIGNED) == status
    if status == "pass":
        assert "base" in rpm_host.run("dnf", "--releasever=9", "repolist", "--enabled")
        assert rpm_host.status(SIGNED, signed_metadata=True) == "fail"


def test_signatures_are_off_where_nothing_says_otherwise(rpm_host: Tree) -> None:
    yum_repository(rpm_host, "base", "")
    assert rpm_host.status(SIGNED) == "pass"
    rpm_host.replace("/etc/dnf/dnf.conf", "gpgcheck=True", "#gpgcheck=True")
    assert rpm_host.status(SIGNED) == "fail"
    rpm_host.write("/etc/dnf/repos.override.d/99.repo", "[ba*]\ngpgcheck=1\n")
    assert rpm_host.status(SIGNED) == "pass"


def test_no_password_of_a_repository_leaves_the_target(rpm_host: Tree) -> None:
    secret = "baseurl=https://jane:geheim@repo.example/\nproxy=http://jane:geheim@proxy\nproxy_password=geheim\npassword = geheim\n"
    yum_repository(rpm_host, "base", secret)
    found = catalogue()
    asked = sources_for(found, found.checks, Platform.LINUX)
    assert "geheim" not in str(rpm_host.transport.read([one for one in asked if "repositor" in one.key]))
    assert rpm_host.status(SIGNED) == "pass"


def test_dnf_automatic(rpm_host: Tree) -> None:
    wants = "/etc/systemd/system/timers.target.wants"
    assert rpm_host.status(AUTOMATIC) == "fail"
    rpm_host.write("/usr/bin/dnf-automatic", "#!/bin/sh\n", mode=0o755)
    assert "none of its timers" in rpm_host.verdict(AUTOMATIC)[1]
    rpm_host.write("/usr/lib/systemd/system/dnf-automatic.timer", "[Timer]\n")
    rpm_host.path(wants).mkdir(parents=True, exist_ok=True)
    rpm_host.path(f"{wants}/dnf-automatic.timer").symlink_to("/usr/lib/systemd/system/dnf-automatic.timer")
    assert "apply_updates is off" in rpm_host.verdict(AUTOMATIC)[1]
    text = rpm_host.read("/etc/dnf/automatic.conf")
    rpm_host.write("/etc/dnf/automatic.conf", re.sub(r"(?m)^#?apply_updates *=.*", "apply_updates = yes", text))
    assert rpm_host.status(AUTOMATIC) == "pass"
    rpm_host.remove(f"{wants}/dnf-automatic.timer")
    assert rpm_host.status(AUTOMATIC) == "fail"


def test_a_job_that_upgrades(rpm_host: Tree) -> None:
    rpm_host.write("/etc/cron.daily/up", "#!/bin/sh\n# dnf -y upgrade\ndnf check-update\n", mode=0o755)
    assert rpm_host.status(AUTOMATIC) == "fail"
    rpm_host.write("/etc/cron.daily/up", "#!/bin/sh\ndnf -y upgrade --security\n", mode=0o755)
    assert "no cron daemon" in rpm_host.verdict(AUTOMATIC)[1]
    rpm_host.write("/usr/lib/systemd/system/crond.service", "[Service]\n")
    wants = "/etc/systemd/system/multi-user.target.wants"
    rpm_host.path(wants).mkdir(parents=True, exist_ok=True)
    rpm_host.path(f"{wants}/crond.service").symlink_to("/usr/lib/systemd/system/crond.service")
    assert rpm_host.status(AUTOMATIC) == "pass"


def test_lately(rpm_host: Tree) -> None:
    assert rpm_host.status(LATELY) == "pass"
    rpm_host.remove("/var/lib/rpm")
    rpm_host.run(
        "env", "SOURCE_DATE_EPOCH=1700000000", "rpm", "-i", *FORCED, "/srv/installed/bash-5.1.8-6.el9.x86_64.rpm"
    )
    assert rpm_host.status(LATELY) == "fail"


def test_rpm_without_its_program_is_unknown(rpm_host: Tree) -> None:
    rpm_host.remove("/usr/bin/rpm")
    for check in (PENDING, FRESH, LATELY, AUTOMATIC):
        status, reason = rpm_host.verdict(check)
        assert (status, "rpm is not installed" in reason) == ("unknown", True), (check, reason)


def test_a_database_that_cannot_be_read_is_unknown(rpm_host: Tree) -> None:
    rpm_host.write("/var/lib/rpm/rpmdb.sqlite", b"no database at all" * 1000)
    assert rpm_host.status(PENDING) == "unknown"
    assert rpm_host.status(LATELY) == "unknown"


def test_restart_after_what_needs_one(rpm_host: Tree) -> None:
    check = "no-restart-is-pending-after-an-update"
    assert rpm_host.status(check) == "unknown"
    install(rpm_host, [Package("glibc", "2.34", "100.el9")])
    with running(rpm_host, "alma") as host:
        assert host.status(check) == "pass"
        time.sleep(3.1)
        install(host, [Package("bash", "5.1.9")])
        assert host.status(check) == "pass"
        install(host, [Package("glibc", "2.34", "200.el9")])
        assert host.verdict(check) == ("fail", "an update waits for a restart")
        assert host.findings(check)[0].verdict.observed["packages"] == "glibc"


def test_restart_for_another_kernel(rpm_host: Tree) -> None:
    check = "no-restart-is-pending-after-an-update"
    with running(rpm_host, "alma") as host:
        running_now = host.run("uname", "-r").strip()
        host.write(f"/boot/vmlinuz-{running_now}", "")
        host.write("/boot/vmlinuz-0-rescue-0123456789abcdef", "")
        host.write("/boot/vmlinuz-99.14.0-70.el9.x86_64+debug", "")
        assert host.status(check) == "pass"
        host.run("touch", "/run/reboot-needed")  # as libzypp leaves it
        assert host.status(check) == "fail"


def test_an_old_rpm_that_knows_no_modules(rpm_host: Tree) -> None:
    base(rpm_host, [FIXED], [Advisory("RHSA-2026:0001", [FIXED])])
    rpm_host.run("mv", "/usr/bin/rpm", "/usr/bin/rpm.real")
    # As rpm 4.11 of Red Hat 7: the tag is neither listed nor known.
    rpm_host.write(
        "/usr/bin/rpm",
        "#!/bin/sh\n"
        'case "$*" in *MODULARITYLABEL*) exit 0 ;; --querytags) rpm.real --querytags | grep -v MODULARITYLABEL; exit ;; esac\n'
        'exec rpm.real "$@"\n',
        mode=0o755,
    )
    assert rpm_host.status(PENDING) == "fail"


def test_an_ordinary_user(rpm_host: Tree) -> None:
    base(rpm_host, [FIXED], [Advisory("RHSA-2026:0001", [FIXED])])
    user = Shell(("chroot", "--userspec=65534:65534", str(rpm_host.root)))
    assert worst(scan(user, PENDING))[0] == "fail"
    for place in rpm_host.path("/var/cache/dnf").glob("base-*"):
        place.chmod(0o700)
    assert worst(scan(user, PENDING))[0] == "unknown"
    assert worst(scan(user, FRESH))[0] == "unknown"
    rpm_host.path("/var/cache/dnf").chmod(0o700)
    status, reason = worst(scan(user, PENDING))
    assert (status, "/var/cache/dnf: permission denied" in reason) == ("unknown", True)
    assert worst(scan(user, FRESH))[0] == "unknown"
    rpm_host.path("/etc/yum.repos.d/base.repo").chmod(0o600)
    assert worst(scan(user, SIGNED))[0] == "unknown"
