"""A host that shares much: seen by another user, through other shells, and where tools are missing."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence

import pytest

from agent.gather import judge, snapshot, sources_for
from checks.check import Check
from collectors.collector import Platform
from collectors.transports.local import Shell
from tests.hosts import RunningHost, catalogue, need, until
from tests.real.servers import listening, tree

__all__ = ["tree"]
pytestmark = pytest.mark.real

FAMILY = ("samba", "nfs-export", "remote-folder", "vnc", "xrdp", "rsync", "ftp", "ldap")
MISSING = ("awk", "grep", "sed", "tr", "head", "stat", "testparm")
BROKEN = ("awk", "grep", "sed", "tr", "head", "testparm")


def family() -> list[Check]:
    return [check for check in catalogue().checks if check.id.startswith(FAMILY)]


def statuses(shell: Sequence[str]) -> dict[str, dict[str, str]]:
    """Check to subject to status, through a shell."""
    sources = sources_for(catalogue(), family(), Platform.LINUX)
    taken = snapshot(Shell(tuple(shell)), sources, asset="test", platform=Platform.LINUX)
    told: dict[str, dict[str, str]] = {check.id: {} for check in family()}
    for one in judge(catalogue(), family(), taken, settings={}).findings:
        told[one.check.id][one.subject] = one.status.value
    return told


@contextlib.contextmanager
def without(host: RunningHost, tool: str, *, broken: bool) -> Iterator[None]:
    """A tool is gone, or ends without a word."""
    place = host.path(f"/usr/bin/{tool}")
    aside = place.with_name(f"{tool}.aside")
    place.rename(aside)
    if broken:
        place.write_text("#!/bin/sh\nexit 1\n")
        place.chmod(0o755)
    yield
    aside.replace(place)


@pytest.fixture
def sharing(host: RunningHost) -> RunningHost:
    host.run("sh", "-c", "mkdir -p -m 1777 /tmp/.X11-unix; ip addr add 10.9.9.9/32 dev lo")
    host.write(
        "/etc/samba/smb.conf", "[global]\nserver min protocol = SMB3\nusershare max shares = 5\n[hr]\npath=/srv\n"
    )
    host.write("/etc/exports", "/srv 10.0.0.0/8(ro,sec=krb5p)\n")
    host.write("/etc/fstab", "nas:/pi /mnt/pi nfs4 sec=krb5p 0 0\n")
    host.replace("/etc/xrdp/xrdp.ini", "security_layer=negotiate", "security_layer=tls")
    host.write("/etc/rsyncd.conf", "[pi]\npath=/srv\nauth users = ann\n")
    host.write("/etc/vsftpd.conf", "anonymous_enable=NO\nlocal_enable=YES\nssl_enable=YES\n")
    host.write(
        "/etc/sssd/sssd.conf", "[sssd]\ndomains = x\n[domain/x]\nid_provider = ldap\nldap_uri = ldaps://a\n", 0o600
    )
    host.start("Xtigervnc", ":7", "-SecurityTypes", "TLSVnc")
    until(lambda: listening(host, 5907))
    return host


def test_without_a_tool_nothing_changes_but_to_unknown(sharing: RunningHost) -> None:
    whole = statuses(sharing.enter)
    seen = {status for told in whole.values() for status in told.values()}
    assert "unknown" not in seen
    assert {check for check, told in whole.items() if "pass" in told.values()} > {
        "samba-speaks-no-smb1", "vnc-server-takes-only-encrypted-sessions", "ldap-client-asks-only-encrypted",
        "remote-folder-is-mounted-only-encrypted", "rsync-module-asks-for-a-password", "xrdp-takes-only-tls-sessions",
        "ftp-server-takes-only-encrypted-sessions", "nfs-export-travels-encrypted-or-on-a-trusted-link",
    }  # fmt: skip
    for tool, broken in [*((one, False) for one in MISSING), *((one, True) for one in BROKEN)]:
        with without(sharing, tool, broken=broken):
            less = statuses(sharing.enter)
        changed = {check: told for check, told in less.items() if told != whole[check]}
        assert all(set(told.values()) == {"unknown"} for told in changed.values()), (tool, broken, changed)


def test_what_an_ordinary_user_may_not_see_is_unknown(sharing: RunningHost) -> None:
    whole = statuses(sharing.enter)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    less = statuses((*sharing.enter, *nobody))
    changed = {check: told for check, told in less.items() if told != whole[check]}
    assert {status for told in changed.values() for status in told.values()} == {"unknown"}
    assert changed.keys() >= {"ldap-client-asks-only-encrypted", "samba-share-lets-in-no-guest"}


@pytest.mark.parametrize("shell", ["bash", "busybox"])
def test_every_shell_reads_the_same(sharing: RunningHost, shell: str) -> None:
    need("busybox-static")
    whole = statuses(sharing.enter)
    shutil.copy("/bin/busybox", sharing.path("/usr/bin/busybox"))
    sharing.path("/usr/bin/sh").unlink()
    sharing.path("/usr/bin/sh").symlink_to(shell)
    if shell == "busybox":
        for tool in ("awk", "grep", "sed", "tr"):
            sharing.path(f"/usr/bin/{tool}").unlink()
            sharing.path(f"/usr/bin/{tool}").symlink_to("busybox")
    assert statuses(sharing.enter) == whole


def test_no_server_is_installed_and_no_time_is_lost(sharing: RunningHost) -> None:
    """Of checks whose program is not there each says that there is nothing to judge."""
    for program in ("smbd", "xrdp", "vsftpd", "sssd", "nslcd", "slapd"):
        sharing.remove(f"/usr/sbin/{program}")
    for program in ("rsync", "vsftpd", "Xtigervnc", "Xtightvnc", "Xvnc", "x0tigervncserver", "x11vnc"):
        sharing.remove(f"/usr/bin/{program}")
    told = statuses(sharing.enter)
    gone = [check for check in told if check.startswith(("samba", "xrdp", "ftp", "ldap", "rsync", "vnc"))]
    assert {status for check in gone for status in told[check].values()} == {"not_applicable"}
