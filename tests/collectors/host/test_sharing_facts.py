"""What servers that share files and desktops are understood to be, and what is not understood."""

import json

import pytest

from collectors.collector import Collector, Outcome
from collectors.host.excerpt import by_file
from collectors.host.ftp import FtpServer, ftp_servers
from collectors.host.ldap_clients import LdapClient, ldap_clients
from collectors.host.nfs_exports import NfsExport, nfs_exports
from collectors.host.remote_mounts import RemoteMount, remote_mounts
from collectors.host.rsync_daemon import rsync_modules
from collectors.host.samba import SambaServer, SambaShare, samba_server, samba_shares
from collectors.host.slapd import slapd
from collectors.host.vnc import VncServer, vnc_servers
from collectors.host.xrdp import Xrdp, xrdp
from collectors.readings import Absent, Reading, Text, Unread
from tests.test_vow import GARBAGE

SAMBA = """section\tglobal
set\tserver min protocol\tSMB2_02
set\tserver role\tstandalone server
set\tserver signing\tdefault
set\tusershare allow guests\tNo
set\tusershare max shares\t0
set\tadmin users\t
set\tavailable\tYes
set\tforce user\t
set\tguest ok\tNo
set\tguest only\tNo
set\thosts allow\t
set\tpath\t
set\tprintable\tNo
set\tread only\tYes
set\tserver smb encrypt\tdefault
set\tvalid users\t
section\thr
set\tpath\t/srv/hr
set\tvalid users\tann, "@hr people"
end
"""
VNC = "server\tXtigervnc\ndisplay\t7\nsecuritytypes\ttlsvnc\nother\t\nend\n"
MOUNTS = "now\t/mnt\tnfs4\tnas:/pi\tvers=4.2,sec=krb5p,addr=10.0.0.5\nend\n"
REAL = [
    (samba_server, SAMBA),
    (samba_shares, SAMBA),
    (vnc_servers, VNC),
    (remote_mounts, MOUNTS),
    (xrdp, "/etc/xrdp/xrdp.ini\t\n/etc/xrdp/xrdp.ini\t[globals]\n/etc/xrdp/xrdp.ini\tsecurity_layer=tls\n"),
    (rsync_modules, "/etc/rsyncd.conf\t\n/etc/rsyncd.conf\tmodule\ta\n/etc/rsyncd.conf\tauthusers\tann\n"),
    (ftp_servers, "/etc/vsftpd.conf\t\n/etc/vsftpd.conf\tanonymous_enable=no\n"),
    (slapd, "/etc/ldap/slapd.d/cn=config.ldif\t\n/etc/ldap/slapd.d/cn=config.ldif\tsecurity tls=128\n"),
    (ldap_clients, "/etc/nslcd.conf\t\n/etc/nslcd.conf\turi ldaps://a\n"),
]


def understood(collector: Collector, *texts: str | None) -> Outcome:
    """What a collector makes of its sources' texts, in their order; None, and what is not given, is not there."""
    given = [*texts, *[None] * (len(collector.sources) - len(texts))]
    readings: dict[str, Reading] = {
        source.key: Absent(source.key) if text is None else Text(text)
        for source, text in zip(collector.sources, given, strict=True)
    }
    return collector.outcome(readings)


@pytest.mark.parametrize(("collector", "text"), REAL)
def test_garbage_is_not_understood(collector: Collector, text: str) -> None:
    assert not isinstance(understood(collector, text), Unread | Absent)
    for garbage in GARBAGE:
        assert isinstance(understood(collector, garbage), Unread)
        assert isinstance(understood(collector, text + garbage), Unread)


@pytest.mark.parametrize(("collector", "text"), REAL[:4])
def test_an_answer_that_is_cut_is_not_understood(collector: Collector, text: str) -> None:
    for cut in range(len(text) - 2):
        assert isinstance(understood(collector, text[:cut]), Unread), text[:cut]


@pytest.mark.parametrize(
    "lost",
    [
        "available",
        "printable",
        "guest ok",
        "guest only",
        "admin users",
        "force user",
        "hosts allow",
        "server smb encrypt",
    ],
)
def test_a_default_that_testparm_does_not_tell_is_not_made_up(lost: str) -> None:
    text = "".join(line for line in SAMBA.splitlines(keepends=True) if f"\t{lost}\t" not in line)
    assert text != SAMBA
    assert isinstance(understood(samba_shares, text), Unread)


def test_names_in_samba() -> None:
    assert understood(samba_shares, SAMBA) == (SambaShare("hr", "/srv/hr", people=("ann", "@hr people")),)
    assert understood(samba_server, SAMBA) == SambaServer()


def test_a_share_of_a_user() -> None:
    text = SAMBA.replace("max shares\t0", "max shares\t9").replace(
        "end\n", "usershare\tmine\nset\tpath\t/home/ann\nset\tusershare_acl\tS-1-5-21-1-2-3-1001:F,S-1-1-0:D\nend\n"
    )
    found = understood(samba_shares, text)
    assert isinstance(found, tuple)
    assert found[1] == SambaShare("mine", "/home/ann", read_only=False, people=("S-1-5-21-1-2-3-1001",), by_user=True)


def test_a_controller_of_a_domain_signs() -> None:
    found = understood(samba_server, SAMBA.replace("standalone server", "active directory domain controller"))
    assert isinstance(found, SambaServer)
    assert found.requires_signing


# Lines of /proc/mounts as kernels 5.x and 6.x write them, reduced as the script does.
@pytest.mark.parametrize(
    ("row", "encrypted", "local", "server"),
    [
        ("nfs4\tnas:/pi\tvers=4.2,sec=sys,addr=10.0.0.5", False, False, "10.0.0.5"),
        ("nfs4\tnas:/pi\tvers=4.2,sec=sys,xprtsec=mtls,addr=10.0.0.5", True, False, "10.0.0.5"),
        ("nfs\t[fd00::5]:/pi\tvers=3,sec=krb5i,addr=fd00::5", False, False, "fd00::5"),
        ("nfs4\t127.0.0.1:/\tvers=4.1,sec=sys,addr=127.0.0.1", False, True, "127.0.0.1"),
        ("cifs\t//nas/hr\tvers=3.1.1,sec=ntlmssp,addr=10.0.0.5,seal", True, False, "10.0.0.5"),
        ("cifs\t//nas/hr\tvers=1.0,addr=10.0.0.5", False, False, "10.0.0.5"),
        ("davfs\thttps://nas/dav\t", True, False, "nas"),
        ("ceph\t10.0.0.1,10.0.0.2:/\tms_mode=secure", True, False, "10.0.0.1"),
        ("ceph\t10.0.0.1:6789:/\t", False, False, "10.0.0.1"),
        ("9p\tnas\ttrans=tcp", False, False, "nas"),
        ("fuse.s3fs\tbucket\t", None, False, "bucket"),
    ],
)
def test_mounts(row: str, encrypted: bool | None, local: bool, server: str) -> None:
    found = understood(remote_mounts, f"now\t/mnt\t{row}\nend\n")
    assert isinstance(found, tuple)
    (mount,) = found
    assert isinstance(mount, RemoteMount)
    assert (mount.encrypted, mount.local, mount.server) == (encrypted, local, server)


def test_a_folder_of_the_machine_below_a_virtual_one_is_none_of_another() -> None:
    assert understood(remote_mounts, "now\t/host\t9p\tshare\ttrans=virtio\nend\n") == ()


def test_what_is_mounted_goes_before_fstab() -> None:
    text = MOUNTS.replace("end", "fstab\t/mnt\tnfs4\tnas:/pi\t\nfstab\t/other\tnfs4\tnas:/pi\t\nend")
    found = understood(remote_mounts, text)
    assert isinstance(found, tuple)
    assert [(one.subject, getattr(one, "mounted", None)) for one in found] == [("/mnt", True), ("/other", False)]


@pytest.mark.parametrize(
    ("words", "server"),
    [
        ("Xtightvnc|display\t1|rfbauth\t", VncServer("Xtightvnc", 5901, password=True)),
        ("Xtightvnc|display\t1", VncServer("Xtightvnc", 5901, password=False)),
        (
            "Xvnc|display\t1|localhost\t-depth|securitytypes\tx509plain",
            VncServer("Xvnc", 5901, True, True, True, ("x509plain",)),
        ),
        ("x0vncserver|display\t3|securitytypes\tra2", VncServer("x0vncserver", 5900, False, True, True, ("ra2",))),
        (
            "x0vncserver|rfbport\t5910|localhost\t0",
            VncServer("x0vncserver", 5910, False, True, False, ("tlsvnc", "vncauth")),
        ),
        ("x11vnc|unixpw\t", VncServer("x11vnc", 5900, False, True, True)),
        ("x11vnc|hidden\t", VncServer("x11vnc", 5900, False, None, False)),
        ("x11vnc|nopw\t|rc", VncServer("x11vnc", 5900, False, None, None)),
        ("x11vnc|nopw\t|norc\t|rc", VncServer("x11vnc", 5900, False, False, False)),
        ("vino-server|other\t", VncServer("vino-server", 5900, False, None, None)),
        ("Xvnc|inetd\t|securitytypes\tnone", VncServer("Xvnc", 0, False, None, None)),
    ],
)
def test_options_of_vnc_servers(words: str, server: VncServer) -> None:
    text = "server\t" + words.replace("|", "\n") + "\nend\n"
    assert understood(vnc_servers, text) == (server,)


def test_a_vnc_server_without_a_port_is_none() -> None:
    assert understood(vnc_servers, "server\tXvnc\nrfbport\t-1\nend\n") == ()


@pytest.mark.parametrize("words", ["Xvnc|securitytypes\tnew", "Xvnc"])
def test_options_that_are_not_known(words: str) -> None:
    assert isinstance(understood(vnc_servers, "server\t" + words.replace("|", "\n") + "\nend\n"), Unread)


def test_clients_of_exports() -> None:
    everyone = ("", "*", "*.*", "?*.*", "[a-z]*", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "1.0.0.0/2", "::/0", "2000::/3")
    for client in everyone:
        assert NfsExport("/srv", client).to_everyone, client
    for client in ("*.example.com", "10.0.0.0/8", "2001:db8::/32", "@hosts", "db?", "gss/krb5"):
        assert not NfsExport("/srv", client).to_everyone, client
    assert not NfsExport("/srv", "*", ("xprtsec=mtls",)).to_everyone
    assert NfsExport("/srv", "*", ("xprtsec=tls:mtls",)).to_everyone


def test_what_is_exported_now() -> None:
    etab = "/srv\t10.0.0.0/24(ro,sync,wdelay,hide,secure,root_squash,no_all_squash,anonuid=65534,sec=sys,ro,secure)\n"
    both = understood(nfs_exports, '{"/etc/exports": "/srv/ 10.0.0.0/255.255.255.0(ro)"}', etab)
    assert isinstance(both, tuple)
    assert [one.subject for one in both] == ["/srv/ to 10.0.0.0/255.255.255.0"]
    alone = understood(nfs_exports, None, etab)
    assert isinstance(alone, tuple)
    assert [one.subject for one in alone] == ["/srv to 10.0.0.0/24, as exported now"]
    assert understood(nfs_exports, None, None) == ()
    assert isinstance(understood(nfs_exports, None, "garbage\n"), Unread)


def test_places_of_xrdp() -> None:
    for port, local in [
        ("3389", False),
        ("tcp://.:3389", True),
        ("tcp://:3389", False),
        ("tcp6://{::1}:3389 3389", False),
    ]:
        found = understood(xrdp, f"/etc/xrdp/xrdp.ini\t[globals]\n/etc/xrdp/xrdp.ini\tport={port}\n")
        assert found == Xrdp(local_only=local), port


def test_servers_of_ldap() -> None:
    text = "/etc/nslcd.conf\turi ldap://dc:389/??base ldapi://%2frun LDAPS://DC2\n/etc/nslcd.conf\turi DNS:x\n"
    assert understood(ldap_clients, text) == (
        LdapClient("nslcd", ("ldap://dc", "ldaps://dc2", "DNS"), encrypted=False),
    )


@pytest.mark.parametrize(
    ("version", "system", "encrypted"),
    [
        ("2.8.2\n", "debian", False),
        ("2.10.1\n", "debian", True),
        ("2.10.0\n", "fedora", True),
        ("2.10.0\n", "centos", None),
        ("2.9.6\n", "rhel", False),
        ("odd\n", "debian", None),
    ],
)
def test_the_default_of_sssd(version: str, system: str, encrypted: bool | None) -> None:
    lines = ("section sssd", "domains x", "section domain/x", "id_provider ldap", "ldap_uri ldap://a")
    text = "".join(f"/etc/sssd/sssd.conf\t{line}\n" for line in ("", *lines))
    found = understood(ldap_clients, text, version, json.dumps({"/etc/os-release": f"ID={system}\n"}))
    assert found == (LdapClient("sssd domain x", ("ldap://a",), encrypted),)


def test_ftp_without_a_word() -> None:
    assert by_file("/etc/vsftpd.conf\t\n") == {"/etc/vsftpd.conf": []}
    assert understood(ftp_servers, "/etc/vsftpd.conf\t\n") == (FtpServer("vsftpd (/etc/vsftpd.conf)", anonymous=True),)
