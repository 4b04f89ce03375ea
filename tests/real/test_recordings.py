"""Files and outputs that others recorded on systems that cannot be run here, replayed below a tree and read by the real tools.
Each recording names its origin in its first lines.
"""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.families import RECORDINGS, Package, host_of, install
from tests.hosts import Tree
from tests.real.test_rpm_hosts import fact_of

pytestmark = pytest.mark.real

PENDING = "no-security-update-is-pending"
FRESH = "security-lists-are-fresh"
SIGNED = "package-sources-are-signed"
YUM_MAIN = "[main]\ncachedir=/var/cache/yum/$basearch/$releasever\ngpgcheck=1\n"


def recorded(platform: str, name: str) -> str:
    return (RECORDINGS / platform / name).read_text()


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[Tree]:
    """A host with rpm that says it is the recorded system."""
    with host_of(recorded(request.param, "os-release")) as tree:
        tree.remove("/etc/dnf")
        yield tree


def cached(tree: Tree, folder: str, updateinfo: str, made: int = 1767225600) -> None:
    """Metadata as the package manager keeps them, with the recorded advisories."""
    tree.write(
        f"{folder}/repomd.xml",
        f'<repomd><revision>{made}</revision><data type="updateinfo"><location href="repodata/ab-updateinfo.xml.gz"/>'
        f"<timestamp>{made}</timestamp></data></repomd>\n",
    )
    packed = subprocess.run(["gzip", "-c"], input=updateinfo.encode(), capture_output=True, check=True).stdout
    tree.write(f"{folder}/ab-updateinfo.xml.gz", packed)


def repository(tree: Tree, name: str) -> None:
    tree.write(
        f"/etc/yum.repos.d/{name}.repo", f"[{name}]\nname={name}\nenabled=1\ngpgcheck=1\nmirrorlist=https://x/\n"
    )


@pytest.mark.parametrize("host", ["amazon-linux-2"], indirect=True)
def test_yum_of_amazon_linux_2(host: Tree) -> None:
    host.write("/etc/yum.conf", YUM_MAIN)
    repository(host, "amzn2-core")
    cached(host, "/var/cache/yum/x86_64/2/amzn2-core", recorded("amazon-linux-2", "updateinfo.xml"))
    assert host.status(PENDING) == "unknown"  # no package is installed: rpm tells nothing
    install(host, [Package("kernel", "4.9.70", "25.242.amzn2")])
    (one,) = fact_of(host).pending
    assert (one.advisory, one.severities, one.available) == ("ALAS2-2018-939", ("critical",), "4.9.76-38.79.amzn2")
    assert one.issued_at == datetime(2018, 1, 11, 21, 5, tzinfo=UTC)
    assert host.status(PENDING) == "fail"
    install(host, [Package("kernel", "4.9.76", "38.79.amzn2")])
    assert host.status(PENDING) == "pass"


@pytest.mark.parametrize("host", ["amazon-linux-2023"], indirect=True)
def test_amazon_linux_2023_asks_one_point_release(host: Tree) -> None:
    repository(host, "amazonlinux")
    host.write("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n")
    folder = "/var/cache/dnf/amazonlinux-0123456789abcdef/repodata"
    text = recorded("amazon-linux-2023", "updateinfo.xml")
    cached(host, folder, text)
    install(host, [Package("rsyslog", "8.2204.0", "1.amzn2023"), Package("rsyslog-mmaudit", "8.2204.0", "1.amzn2023")])
    pending = {one.package: one for one in fact_of(host).pending}
    assert pending["rsyslog-mmaudit"].advisory == "ALAS2023-2023-001"
    assert pending["rsyslog-mmaudit"].severities == ("important",)
    assert host.status(PENDING) == "fail"
    # Fetched a moment ago, but made long ago: the repository of a point release does not change any more.
    assert host.status(FRESH) == "fail"


@pytest.mark.parametrize("host", ["oracle-8"], indirect=True)
def test_advisories_of_rocky_linux_8(host: Tree) -> None:
    repository(host, "baseos")
    host.write("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n")
    cached(host, "/var/cache/dnf/baseos-0123456789abcdef/repodata", recorded("rocky-8", "updateinfo.xml"))
    install(
        host,
        [
            Package("kernel", "4.18.0", "305.10.2.el8_4"),
            Package("lz4", "1.8.3", "2.el8"),
            Package("firewalld", "0.8.2", "6.el8", arch="noarch"),
        ],
    )
    fact = fact_of(host)
    assert fact.lists == 1
    assert {one.package for one in fact.pending} == {"kernel", "lz4"}  # firewalld's is a bugfix
    assert host.status(PENDING) == "fail"
    assert host.status(FRESH) == "pass"


@pytest.mark.parametrize("host", ["amazon-linux-2023"], indirect=True)
def test_a_foreign_systems_advisories_name_nothing_here(host: Tree) -> None:
    repository(host, "bottlerocket")
    host.write("/etc/dnf/dnf.conf", "[main]\ngpgcheck=1\n")
    cached(host, "/var/cache/dnf/bottlerocket-0123456789abcdef/repodata", recorded("bottlerocket", "updateinfo.xml"))
    install(host, [Package("glibc", "2.43", "0.br1", epoch=1)])
    (one,) = fact_of(host).pending
    assert one.issued_at == datetime(2026, 3, 17, 16, 22, 44, tzinfo=UTC)


@pytest.mark.parametrize("host", ["rhel-7"], indirect=True)
def test_configuration_of_yum(host: Tree) -> None:
    install(host, [Package("bash", "4.2.46")])
    host.write("/etc/yum.conf", recorded("rhel-7", "yum.conf"))
    host.write("/etc/yum.repos.d/rhel-source.repo", recorded("rhel-7", "rhel-source.repo"))
    (finding,) = host.findings(SIGNED)
    assert (finding.status.value, finding.verdict.observed) == ("pass", {"sources": "1"})
    host.replace("/etc/yum.conf", "enabled = 1\ngpgcheck = 1", "enabled = 1\ngpgcheck = 0")
    assert host.status(SIGNED) == "fail"


@pytest.mark.parametrize("host", ["rhel-8"], indirect=True)
def test_configuration_of_dnf(host: Tree) -> None:
    install(host, [Package("bash", "4.4.20")])
    host.write("/etc/dnf/dnf.conf", recorded("rhel-8", "dnf.conf"))
    assert host.verdict(SIGNED) == ("pass", "")


@pytest.mark.parametrize("host", ["rhel-9"], indirect=True)
def test_selinux_and_the_crypto_policy(host: Tree) -> None:
    starts, policy = "mandatory-access-control-starts-with-the-system", "system-crypto-policy-is-not-weakened"
    host.remove("/etc/apparmor.d") if host.path("/etc/apparmor.d").exists() else None
    assert host.status(policy) == "not_applicable"
    host.write("/etc/selinux/config", recorded("rhel-9", "selinux-config"))
    host.write("/etc/crypto-policies/config", recorded("rhel-9", "crypto-policies-config"))
    assert (host.status(starts), host.status(policy)) == ("pass", "pass")
    host.write("/etc/crypto-policies/state/current", "DEFAULT:SHA1\n")
    assert host.status(policy) == "fail"
    host.write("/etc/crypto-policies/state/current", "LEGACY\n")
    assert host.status(policy) == "fail"
    host.write("/etc/crypto-policies/state/current", "DEFAULT\n")
    host.replace("/etc/crypto-policies/config", "\nDEFAULT", "\nOURS")
    assert host.status(policy) == "unknown"
    host.replace("/etc/selinux/config", "SELINUX=enforcing", "SELINUX=permissive")
    assert host.status(starts) == "fail"
    host.replace("/etc/selinux/config", "SELINUX=permissive", "SELINUX=enforcing")
    host.write("/etc/kernel/cmdline", "root=UUID=1 ro enforcing=0\n")
    assert host.status(starts) == "fail"


@pytest.mark.parametrize("host", ["rhel-7"], indirect=True)
def test_firewalld(host: Tree) -> None:
    denies, loaded = "configured-firewall-denies-inbound-by-default", "firewall-is-loaded-at-start"
    host.write("/etc/firewalld/firewalld.conf", recorded("rhel-7", "firewalld.conf"))
    link = host.path("/etc/systemd/system/multi-user.target.wants/firewalld.service")
    link.unlink()
    assert host.status(loaded) == "fail"
    link.symlink_to("/lib/systemd/system/firewalld.service")
    assert (host.status(loaded), host.status(denies)) == ("pass", "pass")
    host.replace("/etc/firewalld/firewalld.conf", "DefaultZone=public", "DefaultZone=trusted")
    assert host.status(denies) == "fail"
