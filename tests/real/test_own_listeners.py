import time
from collections.abc import Iterator

import pytest

from collectors.collector import Outcome
from collectors.host.tls_listeners import TlsListener, tls_listeners
from collectors.transports.local import Shell
from tests.hosts import RunningHost, Scanned, Still, Tree, until
from tests.service_hosts import answers
from tests.tls_servers import authority, certificate, listens, nginx, odd, servers

pytestmark = pytest.mark.real

VERSIONS = "tls-listener-offers-only-current-versions"
PORT = "port-kept-for-tls-speaks-tls"
VALID = "certificate-of-own-listener-is-valid-today"
DAYS = "certificate-of-own-listener-has-days-left"
STRONG = "certificate-of-own-listener-is-strong"
TRUSTED = "certificate-of-own-listener-is-trusted"
ALL = (VERSIONS, PORT, VALID, DAYS, STRONG, TRUSTED)
WEAK = "ssl_ciphers DEFAULT:@SECLEVEL=0;"


@pytest.fixture
def web() -> Iterator[RunningHost]:
    with servers() as host:
        authority(host)
        yield host


def site(port: int | str, name: str = "good", more: str = "") -> str:
    return f"server {{ listen {port} ssl; ssl_certificate /srv/{name}.pem; ssl_certificate_key /srv/{name}.key; {more} }}\n"


def on(port: int, address: str = "0.0.0.0") -> str:
    return f"tcp/{port} on {address}"


def trust(host: RunningHost) -> None:
    host.write("/usr/local/share/ca-certificates/own.crt", host.read("/srv/ca.pem"))
    host.run("update-ca-certificates")


def asked(host: Scanned) -> Outcome:
    return tls_listeners.outcome(host.transport.read(tls_listeners.sources))


def test_nothing_listens(web: RunningHost) -> None:
    now = web.still()
    assert {now.status(check) for check in ALL} == {"not_applicable"}
    certificate(web, "good")
    nginx(web, site("127.0.0.1:443") + site("[::1]:443") + "server { listen 80; }")
    assert listens(web, 443)
    assert web.status(VERSIONS) == "not_applicable"  # nobody else can call there


def test_a_directory_tree_does_not_listen(tree: Tree) -> None:
    assert {tree.status(check) for check in ALL} == {"unknown"}


@pytest.mark.parametrize("program", ["perl", "python3"])
def test_versions_and_certificates_as_nginx_shows_them(web: RunningHost, program: str) -> None:
    certificate(web, "good")
    certificate(web, "expired", (-50, -1))
    certificate(web, "coming", (1, 80))
    certificate(web, "ending", (-80, 5))
    certificate(web, "week", (-2, 5))
    certificate(web, "sha1", digest="sha1")
    certificate(web, "small", key=("rsa:1024",))
    certificate(web, "curve", key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))
    certificate(web, "edwards", key=("ed25519",))
    certificate(web, "own", signed=False)
    trust(web)
    shown = {
        443: "good", 465: "expired", 563: "coming", 636: "ending", 853: "week", 990: "sha1", 992: "small", 993: "curve",
        995: "edwards", 2376: "own",
    }  # fmt: skip
    nginx(
        web,
        "".join(site(port, name, WEAK + "ssl_protocols TLSv1.2;") for port, name in shown.items())
        + site(8443, more="ssl_protocols TLSv1.3;")
        + site("[::]:443", "curve", "ssl_client_certificate /srv/ca.pem; ssl_verify_client on;")
        + site(5061, more=f"ssl_protocols TLSv1 TLSv1.1; {WEAK}")
        + site(5986, more=f"ssl_protocols TLSv1 TLSv1.2; {WEAK}")
        + "server { listen 6514; }\nserver { listen 9443 ssl; ssl_reject_handshake on; }\n",
    )
    if program == "python3":
        web.remove("/usr/bin/perl")
        web.remove("/usr/bin/perl5.36.0")
    now = web.still()
    weak = {on(5061): "fail", on(5986): "fail", on(6514): "not_applicable", on(9443): "unknown"}
    found = {one.subject: one.status.value for one in now.findings(VERSIONS)}
    assert found == dict.fromkeys((*map(on, shown), on(8443), on(443, "::")), "pass") | weak
    assert {one.subject for one in now.findings(PORT) if one.status == "fail"} == {on(6514)}
    assert now.status(PORT, on(9443)) == "not_applicable"

    assert now.verdict(VERSIONS, on(5061))[1] == "a handshake with TLSv1.1 and TLSv1 came to its end"
    assert now.verdict(VERSIONS, on(5986))[1] == "a handshake with TLSv1 came to its end"
    bad = {
        VALID: {on(465), on(563)},
        DAYS: {on(636)},
        STRONG: {on(990), on(992)},
        TRUSTED: {on(2376)},
    }
    for check, subjects in bad.items():
        told = {one.subject: one.status.value for one in now.findings(check)}
        assert {subject for subject, status in told.items() if status == "fail"} == subjects, check
        assert told[on(9443)] == "unknown"
        assert told[on(6514)] == "not_applicable"
    assert now.status(DAYS, on(465)) == "not_applicable"
    assert now.status(DAYS, on(853), days=14, share=100) == "fail"
    assert now.status(TRUSTED, on(465)) == "unknown"
    assert now.status(TRUSTED, on(2376), accepted=("self-signed",)) == "pass"
    keys = {
        one.subject: (one.verdict.observed["key"], one.verdict.observed["bits"])
        for one in now.findings(STRONG)
        if one.verdict.observed
    }
    assert keys[on(993)] == ("EC", "256")
    assert keys[on(995)] == ("Ed25519", "256")
    assert keys[on(992)] == ("RSA", "1024")
    web.run("nginx", "-s", "stop")
    web.remove("/usr/local/share/ca-certificates/own.crt")
    web.run("update-ca-certificates", "--fresh")
    until(lambda: not listens(web, 443))
    nginx(web, site(443))
    assert web.status(TRUSTED) == "fail"
    assert web.status(TRUSTED, accepted=("unknown-authority",)) == "pass"


@pytest.mark.alone
@pytest.mark.parametrize("program", ["perl", "python3"])
def test_odd_listeners_hold_nobody(web: RunningHost, program: str) -> None:
    certificate(web, "good")
    trust(web)
    nginx(web, site(443))
    odd(web, 563, "nothing")
    odd(web, 636, "garbage")
    odd(web, 853, "megabytes")
    odd(web, 990, "hangs-up")
    odd(web, 25, "nothing")
    odd(web, 587, "garbage")
    if program == "python3":
        web.remove("/usr/bin/perl")
        web.remove("/usr/bin/perl5.36.0")
    now = Still(Shell(web.enter))
    begun = time.monotonic()
    found = asked(now)
    assert time.monotonic() - begun < 8
    assert isinstance(found, tuple)
    told = {one.subject: one for one in found if isinstance(one, TlsListener)}
    assert told[on(443)].certificate
    assert {port: told[on(port)].encrypts for port in (25, 443, 563, 587, 636, 853, 990)} == {
        25: None, 443: True, 563: None, 587: None, 636: False, 853: None, 990: None,
    }  # fmt: skip
    assert told[on(563)].unseen == "it did not answer within 4 s"
    assert told[on(853)].unseen == "it said more than 64 KiB"
    assert told[on(990)].unseen == "it hangs up on every hello"
    assert now.status(VERSIONS, on(443)) == "pass"
    assert {now.status(check, on(990)) for check in (PORT, TRUSTED)} == {"unknown"}


def test_what_is_missing_on_the_target_is_unknown(web: RunningHost) -> None:
    certificate(web, "good")
    nginx(web, site(443, more="ssl_protocols TLSv1.2;"))
    assert web.status(VALID) == "pass"
    web.remove("/usr/bin/openssl")
    assert web.verdict(VALID)[0] == "unknown"
    assert "openssl is not installed" in web.verdict(VALID)[1]
    assert web.status(VERSIONS) == "pass"  # its alert says so itself
    for one in ("perl", "perl5.36.0", "python3", "python3.11"):
        web.remove(f"/usr/bin/{one}")
    now = web.still()
    assert {now.status(check) for check in ALL} == {"unknown"}


def test_more_listeners_than_are_asked(web: RunningHost) -> None:
    certificate(web, "good")
    trust(web)
    ports = (443, 465, 563, 636, 853, 990, 992, 993, 995, 2376, 3269, 5061, 5671)
    nginx(web, "".join(site(port) + site(f"[::]:{port}") for port in ports))
    statuses = [one.status.value for one in web.findings(VALID)]
    assert sorted(statuses) == ["pass"] * 24 + ["unknown"] * 2


@pytest.fixture
def others() -> Iterator[RunningHost]:
    with servers("openssl postgresql mariadb-server slapd vsftpd") as host:
        authority(host)
        certificate(host, "good")
        host.run("chmod", "644", "/srv/good.key")
        yield host


def in_background(host: RunningHost, command: str) -> None:
    host.run("sh", "-c", f"({command}) >/dev/null 2>&1 </dev/null")


@pytest.mark.parametrize("program", ["perl", "python3"])
def test_tls_that_begins_after_a_greeting(others: RunningHost, program: str) -> None:
    files = "ssl_enable=YES\nrsa_cert_file=/srv/good.pem\nrsa_private_key_file=/srv/good.key\n"
    others.append("/etc/vsftpd.conf", f"listen=YES\nlisten_ipv6=NO\nbackground=YES\n{files}")
    in_background(others, "mkdir -p /var/run/vsftpd/empty; vsftpd /etc/vsftpd.conf &")
    key = "/var/lib/postgresql/good.key"
    others.write(key, others.read("/srv/good.key"), 0o600)
    others.run("chown", "postgres", key)
    postgres = f"listen_addresses = '*'\nssl = on\nssl_cert_file = '/srv/good.pem'\nssl_key_file = '{key}'\n"
    others.write("/etc/postgresql/15/main/conf.d/tls.conf", postgres)
    in_background(
        others, "mkdir -p /var/run/postgresql; chown postgres: /var/run/postgresql; pg_ctlcluster 15 main start"
    )
    others.write(
        "/srv/slapd.conf",
        "modulepath /usr/lib/ldap\nmoduleload back_mdb\ninclude /etc/ldap/schema/core.schema\nTLSCertificateFile "
        "/srv/good.pem\nTLSCertificateKeyFile /srv/good.key\ndatabase mdb\nsuffix dc=x\ndirectory /tmp\n",
    )
    in_background(others, "slapd -f /srv/slapd.conf -h ldap:///")
    maria = "[mysqld]\nbind-address = 0.0.0.0\nssl_cert = /srv/good.pem\nssl_key = /srv/good.key\n"
    others.write("/etc/mysql/mariadb.conf.d/99.cnf", maria)
    in_background(others, "mkdir -p /run/mysqld; chown mysql /run/mysqld; mariadbd --user=mysql &")
    for port in (21, 389, 3306, 5432):
        until(lambda port=port: listens(others, port))
    until(lambda: answers(others))  # MariaDB listens long before it greets
    if program == "python3":
        others.remove("/usr/bin/perl")
        others.remove("/usr/bin/perl5.36.0")
    found = asked(others)
    assert isinstance(found, tuple)
    told = {one.socket.port: one for one in found if isinstance(one, TlsListener)}
    assert {port: (one.greeting, one.encrypts) for port, one in told.items()} == {
        21: ("ftp", True), 389: ("ldap", True), 3306: ("mysql", True), 5432: ("postgres", True),
    }  # fmt: skip
    assert {one.certificate.subject for one in told.values() if one.certificate} == {"good.example.com"}
    assert all(one.certificate for one in told.values())
    # GnuTLS, which slapd uses, offers TLS 1.0 where nobody says otherwise.
    assert {port: one.old for port, one in told.items()} == {21: (), 389: ("TLSv1.1", "TLSv1"), 3306: (), 5432: ()}
    others.replace("/etc/postgresql/15/main/conf.d/tls.conf", "ssl = on", "ssl = off")
    others.run("sh", "-c", "kill -HUP $(head -n 1 /var/lib/postgresql/15/main/postmaster.pid)")

    def postgres_encrypts() -> set[bool | None]:
        found = asked(others)
        assert isinstance(found, tuple)
        return {one.encrypts for one in found if isinstance(one, TlsListener) and one.greeting == "postgres"}

    until(lambda: postgres_encrypts() == {False})
    assert others.status(PORT, on(5432)) == "not_applicable"
