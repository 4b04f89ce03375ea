import pytest

from tests import hosts
from tests.hosts import RunningHost, Tree, until
from tests.real.servers import listening, tree, tried

__all__ = ["tree"]
pytestmark = pytest.mark.real

ENCRYPTED = "ldap-client-asks-only-encrypted"
VERIFIED = "ldap-client-verifies-the-server"
SSSD = "/etc/sssd/sssd.conf"
NSLCD = "/etc/nslcd.conf"
LIBRARY = "/etc/ldap/ldap.conf"
# What a program says first to a server of LDAP: StartTLS is an extended operation with this name; TLS itself begins with 22.
RECORD = """
import socket
made = socket.create_server(("10.9.9.9", 389))
while True:
    said = made.accept()[0].recv(200)
    if said:
        break
print("starttls" if b"1.3.6.1.4.1.1466.20037" in said else "tls" if said[0] == 22 else "clear", file=open("/srv/said", "w"))
"""
# All accounts, in the protocol of nslcd.
ASK_NSLCD = """
import socket, struct, time
made = socket.socket(socket.AF_UNIX)
while made.connect_ex("/run/nslcd/socket"):
    time.sleep(0.05)
made.sendall(struct.pack("!ii", 2, 0x00040008))
made.recv(10)
"""


def first_word(host: RunningHost, *program: str, ask: str = "") -> str:
    """What a program sends in its first message to a server that only listens."""
    host.run("ip", "addr", "add", "10.9.9.9/32", "dev", "lo")
    host.start("python3", "-c", RECORD)
    until(lambda: listening(host, 389))
    host.start(*program)
    if ask:
        host.start("python3", "-c", ask)
    until(lambda: tried(host, "test", "-s", "/srv/said")[0] == 0)
    return host.read("/srv/said").strip()


def sssd(tree: Tree, *settings: str) -> None:
    domain = "[domain/x]\nid_provider = ldap\nldap_search_base = dc=x\nenumerate = true\n"
    lines = "\n".join(settings)
    tree.write(SSSD, f"[sssd]\ndomains = x\nservices = nss\n{domain}ldap_default_authtok = s3cr3t\n{lines}\n", 0o600)


@pytest.mark.parametrize(
    ("settings", "word", "status"),
    [
        (("ldap_uri = ldap://10.9.9.9",), "clear", "fail"),
        (("ldap_uri = ldap://10.9.9.9", "ldap_id_use_start_tls = True"), "starttls", "pass"),
        (("ldap_uri = ldaps://10.9.9.9:389",), "tls", "pass"),
    ],
)
def test_sssd_itself_agrees(host: RunningHost, settings: tuple[str, ...], word: str, status: str) -> None:
    sssd(host, *settings)
    assert first_word(host, "sssd", "-i") == word
    assert host.status(ENCRYPTED, "sssd domain x") == status


def test_a_newer_sssd_starts_tls_by_itself() -> None:
    with hosts.tree_of(hosts.image("trixie", "sssd-ldap")) as fresh, hosts.running(fresh, "target") as newer:
        sssd(newer, "ldap_uri = ldap://10.9.9.9")
        assert first_word(newer, "sssd", "-i") == "starttls"
        assert newer.status(ENCRYPTED, "sssd domain x") == "pass"
        newer.replace("/etc/os-release", "ID=debian", "ID=centos")
        assert newer.status(ENCRYPTED, "sssd domain x") == "unknown"


@pytest.mark.parametrize(
    ("settings", "word", "status"),
    [
        ("uri ldap://10.9.9.9/", "clear", "fail"),
        ("URI ldap://10.9.9.9/\nssl start_tls", "starttls", "pass"),
        ("uri ldaps://10.9.9.9:389", "tls", "pass"),
    ],
)
def test_nslcd_itself_agrees(host: RunningHost, settings: str, word: str, status: str) -> None:
    host.write(NSLCD, f"uid nslcd\ngid nslcd\nbase dc=x\nbindpw s3cr3t\n{settings}\n", 0o640)
    host.run("sh", "-c", f"chgrp nslcd {NSLCD}; mkdir -p /run/nslcd; chown nslcd /run/nslcd")
    assert first_word(host, "nslcd", "-n", ask=ASK_NSLCD) == word
    assert host.status(ENCRYPTED, "nslcd") == status


@pytest.mark.parametrize(
    ("policy", "answers", "status"),
    [
        ("never", True, "fail"),
        ("allow", True, "fail"),
        ("try", False, "pass"),
        ("demand", False, "pass"),
        ("", False, "pass"),
    ],
)
def test_the_library_itself_agrees(host: RunningHost, policy: str, answers: bool, status: str) -> None:
    host.run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/srv/k.pem", "-out", "/srv/c.pem", "-subj",
        "/CN=other",
    )  # fmt: skip
    host.write("/srv/slapd.conf", "TLSCertificateFile /srv/c.pem\nTLSCertificateKeyFile /srv/k.pem\ndatabase config\n")
    host.start("slapd", "-d", "0", "-f", "/srv/slapd.conf", "-h", "ldap://127.0.0.1:389/")
    until(lambda: listening(host, 389))
    host.write(LIBRARY, f"TLS_ReqCert {policy}\n" if policy else "# TLS_REQCERT never\n")
    code, said = tried(host, "ldapsearch", "-x", "-ZZ", "-H", "ldap://127.0.0.1", "-s", "base", "-b", "")
    assert (code == 0) is answers, said
    assert host.status(VERIFIED, LIBRARY) == status
    assert host.status(ENCRYPTED, LIBRARY) == "not_applicable"


def test_sssd_verifies_whatever_the_library_is_told(host: RunningHost) -> None:
    sssd(host, "ldap_uri = ldaps://10.9.9.9")
    host.write(LIBRARY, "TLS_REQCERT never\n")
    host.start("sh", "-c", "exec sssd -i -d 7 >/srv/said 2>&1")
    until(lambda: "Option ldap_tls_reqcert has value hard" in tried(host, "cat", "/srv/said")[1])
    assert host.status(VERIFIED, "sssd domain x") == "pass"
    assert host.status(VERIFIED, LIBRARY) == "fail"


def test_domains_of_sssd(tree: Tree) -> None:
    tree.remove(NSLCD)
    assert tree.status(ENCRYPTED) == "not_applicable"
    sssd(tree, "ldap_uri = ldaps://a.example.com, ldap://b.example.com", "ldap_tls_reqcert = allow")
    assert tree.status(ENCRYPTED) == "fail"
    assert tree.status(VERIFIED) == "fail"
    tree.write(
        "/etc/sssd/conf.d/tls.conf", "[domain/x]\nldap_id_use_start_tls = true\nldap_tls_reqcert = hard\n", 0o600
    )
    assert tree.status(ENCRYPTED) == "pass"
    assert tree.status(VERIFIED) == "pass"
    tree.write(
        "/etc/sssd/conf.d/tls.conf",
        "[domain/old]\nid_provider = ldap\nldap_uri = ldap://old\n[domain/x]\nid_provider = ad\n",
    )
    assert [(one.subject, one.status.value) for one in tree.findings(ENCRYPTED)] == [("sssd domain x", "pass")]
    sssd(tree)  # the servers are looked up in DNS, and asked by ldap://
    tree.remove("/etc/sssd/conf.d/tls.conf")
    assert tree.status(ENCRYPTED) == "fail"
    sssd(tree, "ldap_uri = ldap://a", "id_provider = files", "auth_provider = ldap")
    assert tree.status(ENCRYPTED) == "pass"
    sssd(tree, "id_provider = files", "auth_provider = ldap", "ldap_auth_disable_tls_never_use_in_production = true")
    assert tree.status(ENCRYPTED) == "fail"
    tree.remove("/usr/sbin/sssd")
    assert tree.status(ENCRYPTED) == "not_applicable"


def test_what_only_this_machine_is_asked(tree: Tree) -> None:
    tree.write(NSLCD, "uri ldapi:/// ldap://127.0.0.1/ ldap://[::1]:389\n", 0o640)
    assert tree.status(ENCRYPTED) == "not_applicable"
    tree.write(NSLCD, "uri ldap://127.0.0.1/\nuri DNS:example.com\n", 0o640)
    assert tree.status(ENCRYPTED, "nslcd") == "fail"
    tree.write("/etc/pam_ldap.conf", "host dc.example.com\nssl start_tls\ntls_checkpeer no\nbindpw s3cr3t\n")
    assert tree.status(ENCRYPTED, "/etc/pam_ldap.conf") == "pass"
    assert tree.status(VERIFIED, "/etc/pam_ldap.conf") == "fail"
    tree.write(NSLCD, "uri ldap://a\nssl perhaps\n")
    assert tree.status(ENCRYPTED) == "unknown"


def test_passwords_of_clients_stay_where_they_are(tree: Tree) -> None:
    from collectors.host.ldap_clients import ldap_clients

    sssd(tree, "ldap_uri = ldap://a")
    tree.write(NSLCD, "uri ldap://a\nbindpw s3cr3t\n", 0o640)
    told = str(tree.transport.read(ldap_clients.sources))
    assert "ldap://a" in told
    assert "s3cr3t" not in told
