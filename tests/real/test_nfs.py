import pytest

from tests.hosts import RunningHost, Tree
from tests.real.servers import tree

__all__ = ["tree"]
pytestmark = pytest.mark.real

CLIENTS = "nfs-export-names-its-clients"
ROOT = "nfs-export-does-not-trust-the-clients-root"
PORTS = "nfs-export-listens-only-to-the-clients-system"
LINK = "nfs-export-travels-encrypted-or-on-a-trusted-link"
MOUNTED = "remote-folder-is-mounted-only-encrypted"
SMB1 = "remote-folder-is-not-mounted-with-smb1"
ETAB = "/var/lib/nfs/etab"


@pytest.mark.parametrize(
    ("client", "status"),
    [
        ("*.*", "fail"),
        ("?*", "fail"),
        ("*.*.*", "fail"),
        ("0.0.0.0/1", "fail"),
        ("::/0", "fail"),
        ("gss/krb5p", "pass"),
        ("*.example.com", "pass"),
        ("db[0-9].example.com", "pass"),
        ("10.0.0.0/8", "pass"),
        ("@trusted", "pass"),
    ],
)
def test_patterns_that_are_everyone(tree: Tree, client: str, status: str) -> None:
    tree.write("/etc/exports", f"/srv {client}(rw,sync,no_subtree_check)\n")
    assert tree.status(CLIENTS, f"/srv to {client}") == status


def test_what_exportfs_exports_of_the_files_is_told_once(host: RunningHost) -> None:
    host.path("/srv/my data").mkdir()
    host.write(
        "/etc/exports", '/srv/my\\040data 10.0.0.0/255.255.255.0(rw,sync,no_subtree_check,sec=krb5p)\n"/srv" *.*(ro)\n'
    )
    host.run(
        "sh", "-c", "exportfs -ra || true"
    )  # this kernel need not serve NFS; what is exported is written all the same
    assert "/srv/my\\040data\t10.0.0.0/" in host.read(ETAB)
    assert {one.subject for one in host.findings(CLIENTS)} == {"/srv/my data to 10.0.0.0/255.255.255.0", "/srv to *.*"}
    assert host.status(LINK, "/srv/my data to 10.0.0.0/255.255.255.0") == "pass"
    assert host.status(LINK, "/srv to *.*") == "fail"


def test_an_export_by_hand(host: RunningHost) -> None:
    host.run("sh", "-c", "exportfs -o rw,no_root_squash,insecure,no_subtree_check '*:/srv' || true")
    assert host.read("/etc/exports").startswith("#")
    subject = "/srv to *, as exported now"
    assert host.status(CLIENTS, subject) == "fail"
    assert host.status(ROOT, subject) == "fail"
    assert host.status(PORTS, subject) == "fail"
    host.run("sh", "-c", "exportfs -o rw,no_subtree_check 10.0.0.0/8:/srv; exportfs -u '*:/srv' || true")
    assert [one.subject for one in host.findings(ROOT)] == ["/srv to 10.0.0.0/8, as exported now"]
    assert {host.status(check) for check in (CLIENTS, ROOT, PORTS)} == {"pass"}


def test_links_that_are_trusted(tree: Tree) -> None:
    tree.write("/etc/exports", "/srv 10.1.2.0/24(rw) db.example.com(ro)\n")
    assert tree.status(LINK, "/srv to 10.1.2.0/24") == "fail"
    trusted = ("10.1.0.0/16",)
    assert tree.status(LINK, "/srv to 10.1.2.0/24", trusted=trusted) == "pass"
    assert tree.status(LINK, "/srv to db.example.com", trusted=trusted) == "fail"
    assert tree.status(LINK, "/srv to db.example.com", trusted=("db.example.com",)) == "pass"
    tree.write("/etc/exports", "/srv -sec=krb5p 10.1.2.0/24(rw)\n/tls *(xprtsec=tls:none)\n")
    assert tree.status(LINK, "/srv to 10.1.2.0/24") == "pass"
    assert tree.status(LINK, "/tls to *") == "fail"


def test_folders_of_other_machines(host: RunningHost) -> None:
    assert host.status(MOUNTED) == "not_applicable"
    host.write(
        "/etc/fstab",
        "# nas:/old /old nfs defaults\n"
        "nas:/pi /mnt/pi nfs4 rw,sec=krb5p,_netdev 0 0\n"
        "nas:/open /mnt/my\\040open nfs\n"
        "[fd00::1]:/x /mnt/six nfs defaults\n"
        "//nas/hr /mnt/hr cifs username=ann,password=p4ssw0rd,seal 0 0\n"
        "//nas/old /mnt/old cifs credentials=/etc/p4ssw0rd,vers=1.0,seal 0 0\n"
        "ann@nas:/ /mnt/ssh fuse.sshfs noauto 0 0\n"
        "curlftpfs#ann:p4ssw0rd@ftp.example.com /mnt/ftp fuse rw 0 0\n"
        "http://ann:p4ssw0rd@nas/dav /mnt/dav davfs rw 0 0\n"
        "fs-1234:/ /mnt/efs efs tls,_netdev 0 0\n"
        "127.0.0.1:/ /mnt/tunnel nfs4 port=20049 0 0\n"
        "gv0 /mnt/gluster glusterfs defaults 0 0\n"
        "/dev/sda1 / ext4 defaults 0 1\n",
    )
    told = {one.subject: (one.status.value, one.verdict.observed.get("server")) for one in host.findings(MOUNTED)}
    assert told == {
        "/mnt/pi": ("pass", "nas"),
        "/mnt/my open": ("fail", "nas"),
        "/mnt/six": ("fail", "fd00::1"),
        "/mnt/hr": ("pass", "nas"),
        "/mnt/old": ("fail", "nas"),
        "/mnt/ssh": ("pass", "nas"),
        "/mnt/ftp": ("fail", "ftp.example.com"),
        "/mnt/dav": ("fail", "nas"),
        "/mnt/efs": ("pass", "fs-1234"),
        "/mnt/tunnel": ("not_applicable", "127.0.0.1"),
        "/mnt/gluster": ("unknown", "gv0"),
    }
    assert host.status(MOUNTED, "/mnt/six", trusted=("fd00::/8",)) == "pass"
    assert {one.subject: one.status.value for one in host.findings(SMB1)}["/mnt/old"] == "fail"
    assert host.status(SMB1, "/mnt/hr") == "pass"
    from collectors.host.remote_mounts import remote_mounts

    assert "p4ssw0rd" not in str(host.transport.read(remote_mounts.sources))


def test_a_folder_that_is_really_mounted(host: RunningHost) -> None:
    host.run("sh", "-c", "mkdir -p /srv/pi /mnt/pi; mknod /dev/fuse c 10 229; ip addr add 10.9.9.9/32 dev lo")
    host.run("sh", "-c", "mkdir -p -m 700 /root/.ssh; ssh-keygen -q -N '' -t ed25519 -f /root/.ssh/id_ed25519")
    host.run("cp", "/root/.ssh/id_ed25519.pub", "/root/.ssh/authorized_keys")
    host.run("/usr/sbin/sshd")
    host.run("sshfs", "root@10.9.9.9:/srv/pi", "/mnt/pi", "-o", "StrictHostKeyChecking=no")
    (found,) = host.findings(MOUNTED)
    assert (found.subject, found.status.value) == ("/mnt/pi", "pass")
    assert found.verdict.observed["server"] == "10.9.9.9"
    assert found.verdict.observed["mounted"] == "yes"


def test_mounts_are_unknown_in_a_tree(tree: Tree) -> None:
    assert tree.status(MOUNTED) == "unknown"
