import json

import pytest

from tests.hosts import RunningHost, Tree, until
from tests.real.servers import listening, places, tree, tried

__all__ = ["tree"]
pytestmark = pytest.mark.real

GUEST = "samba-share-lets-in-no-guest"
NAMED = "samba-share-is-limited-to-named-accounts"
NO_ROOT = "samba-share-makes-nobody-root"
USERS = "samba-lets-no-user-share-with-guests"
SMB1 = "samba-speaks-no-smb1"
SIGNED = "samba-requires-signed-sessions"
ENCRYPTED = "samba-share-requires-encryption"
ALL = (GUEST, NAMED, NO_ROOT, USERS, SMB1, SIGNED, ENCRYPTED)
CONF = "/etc/samba/smb.conf"


def configure(tree: Tree, server: str = "", share: str = "") -> None:
    tree.write(CONF, f"[global]\n{server}\n[hr]\npath = /srv/hr\n{share}\n")


class Server:
    """A real smbd with one share and one account."""

    def __init__(self, host: RunningHost) -> None:
        self.host = host
        host.run("sh", "-c", "useradd -m ann; mkdir -p /srv/hr /run/samba; chmod 755 /srv/hr; echo x >/srv/hr/record")
        configure(host)
        host.run("smbpasswd", "-a", "-s", "ann", stdin="p4ss\np4ss\n")

    def start(self, server: str = "", share: str = "") -> None:
        """With this configuration, and nothing that was before: neither a session nor who keeps the list of them."""
        self.host.run("sh", "-c", "[ ! -e /run/samba/smbd.pid ] || kill $(cat /run/samba/smbd.pid)")
        until(lambda: not listening(self.host, 445) and not self.host.runs("smbd"))
        configure(self.host, server, share)
        self.host.run("smbd", "-D")
        until(lambda: listening(self.host, 445))

    def shows(self, *options: str, command: str = "ls", anonymous: bool = False) -> str:
        """What a client gets to see."""
        who = ["-N"] if anonymous else ["-U", "ann%p4ss"]
        return tried(self.host, "smbclient", *who, *options, "//127.0.0.1/hr", "-c", command)[1]


@pytest.fixture
def server(host: RunningHost) -> Server:
    return Server(host)


def test_guests_are_let_in_whatever_they_are_mapped_to(host: RunningHost, server: Server) -> None:
    server.start("map to guest = Never\nrestrict anonymous = 2", "Public = yes")
    assert "record" in server.shows(anonymous=True)
    assert host.status(GUEST, "hr") == "fail"
    assert host.status(GUEST, "hr", public=("hr",)) == "pass"
    server.start("map to guest = Bad User", "guest ok = no")
    assert "record" not in server.shows(anonymous=True)
    assert host.status(GUEST, "hr") == "pass"


def test_dialects(host: RunningHost, server: Server) -> None:
    old = ("-m", "NT1", "--option=client min protocol=NT1")
    server.start()
    assert "record" not in server.shows(*old)
    assert host.status(SMB1) == "pass"
    server.start("min protocol = NT1")
    assert "record" in server.shows(*old)
    assert host.status(SMB1) == "fail"


def test_signatures(host: RunningHost, server: Server) -> None:
    def signed() -> str:
        held = host.start("sh", "-c", "sleep 900 | smbclient -U ann%p4ss --client-protection=off //127.0.0.1/hr")
        until(lambda: json.loads(host.run("smbstatus", "-j"))["tcons"])
        (session,) = json.loads(host.run("smbstatus", "-j"))["sessions"].values()
        held.kill()
        degree: str = session["signing"]["degree"]
        return degree

    server.start()
    assert signed() == "partial"  # the login only
    assert host.status(SIGNED) == "fail"
    server.start("server signing = mandatory")
    assert signed() == "full"
    assert host.status(SIGNED) == "pass"


@pytest.mark.parametrize("everywhere", [True, False])
def test_encryption(host: RunningHost, server: Server, everywhere: bool) -> None:
    server.start()
    assert "record" in server.shows("-m", "SMB2")
    assert host.status(ENCRYPTED, "hr") == "fail"
    server.start(*(["smb encrypt = mandatory"] if everywhere else ["", "server smb encrypt = required"]))
    assert "record" not in server.shows("-m", "SMB2")  # which cannot encrypt
    assert "record" in server.shows()
    assert host.status(ENCRYPTED, "hr") == "pass"
    assert host.status(SIGNED) == ("pass" if everywhere else "fail")


def test_who_may_enter(host: RunningHost, server: Server) -> None:
    server.start()
    assert "record" in server.shows()
    assert host.status(NAMED, "hr") == "fail"
    assert host.status(NAMED, "hr", by_file_permissions=True) == "pass"
    server.start("", "valid users = root, @staff")
    assert "record" not in server.shows()
    assert host.status(NAMED, "hr") == "pass"
    server.start("", "valid users = %U")
    assert "record" in server.shows()
    assert host.status(NAMED, "hr") == "fail"


def test_root_in_a_share(host: RunningHost, server: Server) -> None:
    host.path("/srv/hr").chmod(0o700)
    server.start()
    assert "record" not in server.shows()
    assert host.status(NO_ROOT) == "pass"
    server.start("", "admin users = ann")
    assert "record" in server.shows()
    assert host.status(NO_ROOT) == "fail"
    server.start("", "force user = root")
    assert "record" in server.shows()
    assert host.status(NO_ROOT) == "fail"
    server.start("guest account = root", "guest ok = yes")
    assert host.status(NO_ROOT) == "fail"


def test_a_folder_that_a_user_publishes(host: RunningHost, server: Server) -> None:
    server.start("usershare max shares = 10\nusershare allow guests = yes\nusershare owner only = no")
    everybody = "S-1-1-0:R"
    host.run("net", "usershare", "add", "mine", "/srv/hr", "", everybody, "guest_ok=y")
    seen = tried(host, "smbclient", "-N", "//127.0.0.1/mine", "-c", "ls")[1]
    assert "record" in seen
    assert host.status(USERS) == "fail"
    assert host.status(GUEST, "mine") == "fail"
    assert host.status(NAMED, "mine") == "fail"
    server.start("usershare max shares = 10\nusershare allow guests = no\nusershare owner only = no")
    seen = tried(host, "smbclient", "-N", "//127.0.0.1/mine", "-c", "ls")[1]
    assert "record" not in seen
    assert host.status(USERS) == "pass"
    assert host.status(GUEST, "mine") == "pass"
    server.start("usershare max shares = 0")
    assert [one.subject for one in host.findings(GUEST)] == ["hr"]


def test_debians_own_configuration(tree: Tree) -> None:
    assert tree.status(USERS) == "fail"
    assert tree.status(SMB1) == "pass"
    assert [(one.subject, one.status.value) for one in tree.findings(NAMED)] == [("homes", "pass")]  # no printers
    assert tree.status(GUEST) == "pass"


def test_only_a_client_of_samba_is_installed(tree: Tree) -> None:
    tree.remove("/usr/sbin/smbd")
    assert {tree.status(check) for check in ALL} == {"not_applicable"}


def test_only_this_machine(tree: Tree) -> None:
    configure(tree, "", "guest ok = yes\nhosts allow = 127. ::1")
    assert tree.status(GUEST, "hr") == "pass"
    assert tree.status(ENCRYPTED, "hr") == "not_applicable"
    configure(tree, "interfaces = lo\nbind interfaces only = yes", "guest ok = yes")
    assert tree.status(GUEST, "hr") == "pass"
    assert tree.status(SMB1) == "not_applicable"
    configure(tree, "interfaces = lo eth0\nbind interfaces only = yes", "guest ok = yes\nhosts allow = 127. 10.0.0.0/8")
    assert tree.status(GUEST, "hr") == "fail"


def test_where_samba_listens(host: RunningHost, server: Server) -> None:
    host.run("ip", "addr", "add", "10.9.9.9/32", "dev", "lo")
    server.start("interfaces = 127.0.0.1/8\nbind interfaces only = yes")
    assert places(host, 445) == {"127.0.0.1"}
    assert host.status(SMB1) == "not_applicable"
    server.start("interfaces = 127.0.0.1/8")
    assert not places(host, 445) <= {"127.0.0.1"}
    assert host.status(SMB1) == "pass"


def test_a_share_that_is_off_and_a_printer(tree: Tree) -> None:
    configure(tree, "", "guest ok = yes\navailable = no\n[lp]\npath=/tmp\nprintable = yes\npublic = yes")
    assert tree.status(GUEST) == "not_applicable"


def test_includes(tree: Tree) -> None:
    configure(tree, "Include = /etc/samba/more.conf")
    tree.write("/etc/samba/more.conf", "min protocol = NT1\n")
    assert tree.status(SMB1) == "fail"
    tree.remove("/etc/samba/more.conf")
    assert tree.status(SMB1) == "pass"


@pytest.mark.parametrize(
    ("server", "more"),
    [
        ("include = /etc/samba/%m.conf", ""),
        ("include = registry", ""),
        ("config backend = registry", ""),
        ("config file = /srv/other.conf", ""),
        ("include = /etc/samba/a.conf", "include = /etc/samba/smb-%I.conf\n"),
        ("include = /etc/samba/a.conf", "include = /etc/samba/a.conf\n"),
    ],
)
def test_what_testparm_does_not_tell_is_unknown(tree: Tree, server: str, more: str) -> None:
    configure(tree, server)
    tree.write("/etc/samba/a.conf", more)
    assert {tree.status(check) for check in ALL} == {"unknown"}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ('SMBDOPTIONS="--option=servermaxprotocol=NT1"', "unknown"),
        ('SMBDOPTIONS="-s /srv/smb.conf"', "unknown"),
        ("SMBDOPTIONS=-s/srv/smb.conf", "unknown"),
        ('SMBDOPTIONS="-d 2"', "pass"),
        ('# SMBDOPTIONS="-s x"', "pass"),
    ],
)
def test_options_that_smbd_is_started_with(tree: Tree, options: str, status: str) -> None:
    tree.write("/etc/default/samba", f"{options}\n")
    assert tree.status(SMB1) == status


def test_without_testparm_or_a_configuration(tree: Tree) -> None:
    tree.run("mv", CONF, "/srv/")
    assert tree.status(SMB1) == "unknown"
    tree.run("mv", "/srv/smb.conf", CONF)
    assert tree.status(SMB1) == "pass"
    tree.remove("/usr/bin/testparm")
    assert tree.status(SMB1) == "unknown"
