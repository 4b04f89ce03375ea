from collections.abc import Iterator

import pytest

from tests import hosts
from tests.hosts import RunningHost, Tree, until
from tests.real.servers import listening, places, tree, tried

__all__ = ["tree"]
pytestmark = pytest.mark.real

ACCOUNT = "ftp-server-lets-in-nobody-without-an-account"
ENCRYPTED = "ftp-server-takes-only-encrypted-sessions"
CONF = "/etc/vsftpd.conf"
PRO = "/etc/proftpd/proftpd.conf"
CERTIFICATE = (
    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/etc/ftp.key", "-out", "/etc/ftp.crt", "-subj",
    "/CN=x",
)  # fmt: skip


def person(host: RunningHost) -> None:
    host.run("sh", "-c", "useradd -m -s /bin/bash ann && echo x >/home/ann/record")
    host.run("chpasswd", stdin="ann:p4ss\n")
    host.run(*CERTIFICATE)


def shows(host: RunningHost, *options: str) -> str:
    return tried(host, "curl", "-sS", "-m", "120", "--insecure", *options, "ftp://127.0.0.1/")[1]


@pytest.mark.parametrize(
    ("written", "account", "encrypted"),
    [
        ("", "fail", "fail"),
        ("anonymous_enable=NO\nlocal_enable=YES\n", "pass", "fail"),
        ("anonymous_enable=NO\nlocal_enable=YES\nssl_enable=YES\n", "pass", "pass"),
        ("anonymous_enable=NO\nlocal_enable=YES\nssl_enable=YES\nforce_local_logins_ssl=NO\n", "pass", "fail"),
        ("anonymous_enable=YES\nlocal_enable=YES\nssl_enable=YES\n", "fail", "fail"),
    ],
)
def test_vsftpd_itself_agrees(host: RunningHost, written: str, account: str, encrypted: str) -> None:
    person(host)
    host.write("/srv/ftp/public", "x")
    always = "listen=YES\nrsa_cert_file=/etc/ftp.crt\nrsa_private_key_file=/etc/ftp.key\nseccomp_sandbox=NO\n"
    host.write(CONF, f"{always}secure_chroot_dir=/run/vsftpd/empty\npam_service_name=vsftpd\n{written}")
    host.run("mkdir", "-p", "/run/vsftpd/empty")
    host.start("vsftpd", CONF)
    until(lambda: listening(host, 21))
    assert ("public" in shows(host)) is (account == "fail")
    in_clear = "230 Login" in shows(host, "-v", "-u", "ann:p4ss") or "public" in shows(host)
    assert in_clear is (encrypted == "fail")
    if "ssl_enable" in written and account == "pass":
        assert "record" in shows(host, "-u", "ann:p4ss", "--ssl-reqd")
    assert host.status(ACCOUNT) == account
    assert host.status(ENCRYPTED) == encrypted


def test_vsftpd_as_debian_ships_it(tree: Tree) -> None:
    assert tree.status(ACCOUNT) == "pass"
    assert tree.status(ENCRYPTED) == "fail"
    tree.append(CONF, "ssl_enable=YES\nforce_local_data_ssl=NO\n")
    assert tree.status(ENCRYPTED) == "fail"
    tree.append(CONF, "force_local_data_ssl=YES\n")
    assert tree.status(ENCRYPTED) == "pass"
    tree.append(CONF, "ssl_enable=NO\n")
    assert tree.status(ENCRYPTED) == "fail"
    tree.append(CONF, "ssl_enable=maybe\n")
    assert tree.status(ENCRYPTED) == "unknown"
    tree.remove("/usr/sbin/vsftpd")
    assert tree.status(ENCRYPTED) == "not_applicable"


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("listen_address=127.0.0.1\n", False),  # Debian's file says listen_ipv6=YES, and then it means nothing
        ("listen_address6=::1\n", True),
        ("listen_ipv6=NO\nlisten=YES\nlisten_address=127.0.0.1\n", True),
    ],
)
def test_where_vsftpd_listens(host: RunningHost, written: str, local: bool) -> None:
    host.append(CONF, written)
    host.start("vsftpd", CONF)
    until(lambda: listening(host, 21))
    assert (places(host, 21) <= {"127.0.0.1", "[::1]"}) is local
    assert host.status(ENCRYPTED) == ("not_applicable" if local else "fail")


@pytest.fixture
def proftpd() -> Iterator[RunningHost]:
    packages = "proftpd-core proftpd-mod-crypto curl openssl"
    with hosts.tree_of(hosts.image("bookworm", packages)) as fresh, hosts.running(fresh, "target") as alive:
        yield alive


TLS = "Include /etc/proftpd/tls.conf\n<IfModule mod_tls.c>\nTLSEngine on\nTLSProtocol TLSv1.2\nTLSOptions NoSessionReuseRequired\nTLSRSACertificateFile /etc/ftp.crt\nTLSRSACertificateKeyFile /etc/ftp.key\n"
GUESTS = "<Anonymous /srv/ftp>\n  User ftp\n  Group nogroup\n  UserAlias anonymous ftp\n  RequireValidShell off\n"


@pytest.mark.parametrize(
    ("written", "account", "encrypted"),
    [
        ("", "pass", "fail"),
        (f"{TLS}TLSRequired on\n</IfModule>\n", "pass", "pass"),
        (f"{TLS}TLSRequired off\n</IfModule>\n", "pass", "fail"),
        (f"{TLS}tlsrequired auth+data\n</IfModule>\n", "pass", "pass"),
        (f"{GUESTS}</Anonymous>\n", "fail", "fail"),
        (f"{GUESTS}  <Limit LOGIN>\n    DenyAll\n  </Limit>\n</Anonymous>\n", "pass", "fail"),
        (f"<Global>\n{TLS}TLSRequired on\n</IfModule>\n</Global>\n", "pass", "pass"),
    ],
)
def test_proftpd_itself_agrees(proftpd: RunningHost, written: str, account: str, encrypted: str) -> None:
    person(proftpd)
    proftpd.write("/srv/ftp/public", "x")
    proftpd.replace("/etc/proftpd/modules.conf", "#LoadModule mod_tls.c", "LoadModule mod_tls.c")
    proftpd.append(PRO, written)
    proftpd.run("mkdir", "-p", "/run/proftpd")
    proftpd.append("/etc/hosts", "127.0.1.1 target\n")
    proftpd.start("proftpd", "--nodaemon", "-c", PRO)
    until(lambda: listening(proftpd, 21))
    assert ("public" in shows(proftpd, "-u", "anonymous:x@y.z")) is (account == "fail")
    assert ("record" in shows(proftpd, "-u", "ann:p4ss")) is (encrypted == "fail")
    if encrypted == "pass":
        assert "record" in shows(proftpd, "-u", "ann:p4ss", "--ssl-reqd")
    assert proftpd.status(ACCOUNT) == account
    assert proftpd.status(ENCRYPTED) == encrypted


@pytest.mark.parametrize(
    "written",
    [
        "<IfModule mod_tls.c>\nTLSEngine on\nTLSRequired on\n</IfModule>\n",  # which is not loaded
        "<IfDefine TLS>\nTLSEngine on\n</IfDefine>\n",
        "Include /srv/more.conf\n",
        "<Global>\n",
        "TLSEngine perhaps\n",
    ],
)
def test_what_proftpd_does_not_tell_is_unknown(proftpd: RunningHost, written: str) -> None:
    proftpd.append(PRO, written)
    assert proftpd.status(ENCRYPTED) == "unknown"


def test_virtual_hosts_of_proftpd(proftpd: RunningHost) -> None:
    proftpd.write("/etc/proftpd/conf.d/sftp.conf", "<VirtualHost 10.0.0.1>\n  SFTPEngine on\n</VirtualHost>\n")
    assert {one.subject: one.status.value for one in proftpd.findings(ENCRYPTED)} == {
        f"proftpd ({PRO})": "fail",
        f"proftpd ({PRO}) 10.0.0.1": "pass",
    }


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("DefaultAddress 127.0.0.1\n", False),
        ("SocketBindTight on\nDefaultAddress 127.0.0.1\n", True),
    ],
)
def test_where_proftpd_listens(proftpd: RunningHost, written: str, local: bool) -> None:
    proftpd.append(PRO, f"UseIPv6 off\n{written}")
    proftpd.append("/etc/hosts", "127.0.1.1 target\n")
    proftpd.run("mkdir", "-p", "/run/proftpd")
    proftpd.start("proftpd", "--nodaemon", "-c", PRO)
    until(lambda: listening(proftpd, 21))
    assert (places(proftpd, 21) <= {"127.0.0.1"}) is local
    assert proftpd.status(ENCRYPTED) == ("not_applicable" if local else "fail")
