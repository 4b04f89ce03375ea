"""Configurations as the programs themselves act on them: what a check says is held against a real handshake."""

from collections.abc import Iterator

import pytest

from agent.gather import snapshot, sources_for
from collectors.collector import Platform
from collectors.host.tls_listeners import TlsListener, tls_listeners
from collectors.snapshot import dump
from tests.hosts import RunningHost, catalogue, image, tree_of, until
from tests.tls_servers import authority, certificate, listens, servers

pytestmark = pytest.mark.real

APACHE = "apache-offers-only-current-tls"
HAPROXY = "haproxy-offers-only-current-tls"
LOGINS = "postfix-takes-mail-logins-only-encrypted"
OFFERS = "postfix-offers-encryption-to-those-who-send"
SENDS = "postfix-sends-mail-encrypted-where-it-can"
POSTFIX = "postfix-offers-only-current-tls"
READERS = "dovecot-takes-logins-only-encrypted"
DOVECOT = "dovecot-offers-only-current-tls"
SECRET = "correct horse battery staple".replace(" ", "")
SSL_CONF = "/etc/apache2/mods-available/ssl.conf"
MAIN_CF = "/etc/postfix/main.cf"
MASTER_CF = "/etc/postfix/master.cf"
DOVECOT_SSL = "/etc/dovecot/conf.d/10-ssl.conf"
DOVECOT_AUTH = "/etc/dovecot/conf.d/10-auth.conf"


@pytest.fixture
def host() -> Iterator[RunningHost]:
    with servers() as made:
        authority(made)
        certificate(made, "good")
        made.write("/srv/both.pem", made.read("/srv/good.pem") + made.read("/srv/good.key"))
        yield made


def offered(host: RunningHost) -> dict[int, tuple[str, ...] | None]:
    """Port to the old versions that a handshake ends with."""
    found = tls_listeners.outcome(host.transport.read(tls_listeners.sources))
    assert isinstance(found, tuple)
    return {one.socket.port: one.old for one in found if isinstance(one, TlsListener)}


def everything_read(host: RunningHost) -> str:
    found = catalogue()
    chosen = [one for one in found.checks if one.module.endswith((".mail", ".exim", ".web_servers"))]
    sources = sources_for(found, chosen, Platform.LINUX)
    return dump(snapshot(host.transport, sources, asset="test", platform=Platform.LINUX))


def quietly(host: RunningHost, *command: str) -> None:
    """Start a daemon that puts itself into the background and would keep our pipes open."""
    host.run("sh", "-c", '"$@" >/dev/null 2>&1', "sh", *command)


def ended(host: RunningHost, name: str, port: int) -> None:
    """Wait until a daemon is gone. It leaves its port first, and the file with its number, which the next one reads, last."""
    until(lambda: not listens(host, port) and not host.runs(name))


def virtual_host(port: int, more: str = "", name: str = "pi.example.com") -> str:
    files = "SSLCertificateFile /srv/good.pem\nSSLCertificateKeyFile /srv/good.key\n"
    return f"<VirtualHost *:{port}>\nServerName {name}\nSSLEngine on\n{files}{more}\n</VirtualHost>\n"


def apache(host: RunningHost, sites: str) -> dict[int, tuple[str, ...] | None]:
    """Run Apache with these sites, and return what it offers."""
    host.write("/etc/apache2/sites-enabled/pi.conf", sites)
    host.run("mkdir", "-p", "/run/lock")
    host.run("apache2ctl", "configtest")
    quietly(host, "apache2ctl", "start")
    until(lambda: listens(host, 443))
    told = offered(host)
    host.run("apache2ctl", "stop")
    ended(host, "apache2", 443)
    return told


def test_apache_is_judged_as_it_answers(host: RunningHost) -> None:
    host.run("a2dissite", "-q", "000-default")
    assert host.status(APACHE) == "not_applicable"  # mod_ssl is not loaded
    host.run("a2enmod", "-q", "ssl")
    assert host.status(APACHE) == "not_applicable"  # no site turns it on
    low = "SSLCipherSuite DEFAULT:@SECLEVEL=0"
    # Debian's SSLProtocol names old versions, and OpenSSL's security level refuses them.
    assert apache(host, virtual_host(443)) == {443: ()}
    assert [one.subject for one in host.findings(APACHE)] == ["pi.example.com on *:443"]
    assert host.status(APACHE) == "pass"
    assert apache(host, virtual_host(443, low)) == {443: ("TLSv1.1", "TLSv1")}
    assert host.status(APACHE) == "fail"
    # A word without a sign stands for itself alone: not TLS 1.1 *and* 1.2.
    assert apache(host, virtual_host(443, f"{low}\nSSLProtocol TLSv1.1 TLSv1.2")) == {443: ()}
    assert host.status(APACHE) == "pass"
    assert apache(host, virtual_host(443, f"{low}\nSSLProtocol -all +TLSv1.1 \\\n +TLSv1.2")) == {443: ("TLSv1.1",)}
    assert host.status(APACHE) == "fail"
    # What the server says holds in the virtual host, also when it stands behind; its own holds before that.
    behind = "<IfModule mod_ssl.c>\nSSLProtocol all -SSLv3 -TLSv1 -TLSv1.1\n</IfModule>\n# SSLProtocol all\n"
    assert apache(host, virtual_host(443, low) + behind) == {443: ()}
    assert host.status(APACHE) == "pass"
    assert apache(host, virtual_host(443, f"{low}\nsslprotocol all -sslv3") + behind) == {443: ("TLSv1.1", "TLSv1")}
    assert host.status(APACHE) == "fail"
    host.write("/srv/tls.inc", "SSLProtocol all\n")
    assert apache(host, virtual_host(443, f"{low}\nInclude /srv/tls.inc") + behind) == {443: ("TLSv1.1", "TLSv1")}
    assert host.status(APACHE) == "unknown"
    assert apache(host, virtual_host(443, f"<IfDefine !X>\nSSLProtocol all\n</IfDefine>\n{low}")) == {
        443: ("TLSv1.1", "TLSv1")
    }
    assert host.status(APACHE) == "unknown"


def test_what_stands_beside_in_apache_stays_there(host: RunningHost) -> None:
    host.run("a2enmod", "-q", "ssl")
    host.write("/etc/apache2/sites-enabled/pi.conf", virtual_host(443, f'Header set X "{SECRET}"\nSetEnv KEY {SECRET}'))
    read = everything_read(host)
    assert "SSLEngine on" in read
    assert SECRET not in read


def haproxy(host: RunningHost, options: str, binds: str, before: str = "") -> dict[int, tuple[str, ...] | None]:
    """Run HAProxy with these default options and listeners, and return what they offer."""
    host.write(
        "/etc/haproxy/haproxy.cfg",
        f"global\n{options}\n{before}defaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n"
        f"userlist u\n user ann insecure-password {SECRET}\nfrontend pi\n{binds}\n",
    )
    host.run("haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg")
    quietly(host, "haproxy", "-D", "-p", "/run/haproxy.pid", "-f", "/etc/haproxy/haproxy.cfg")
    until(lambda: listens(host, 443))
    told = offered(host)
    host.run("sh", "-c", "kill $(cat /run/haproxy.pid)")
    ended(host, "haproxy", 443)
    return told


def test_haproxy_is_judged_as_it_answers(host: RunningHost) -> None:
    host.remove("/etc/haproxy/haproxy.cfg")
    assert host.status(HAPROXY) == "not_applicable"
    crt = "ssl crt /srv/both.pem"
    low = "ciphers DEFAULT:@SECLEVEL=0"
    assert haproxy(host, "", f"bind :80\nbind *:443 {crt} {low}") == {443: ()}
    assert [one.subject for one in host.findings(HAPROXY)] == ["pi on *:443"]
    assert host.status(HAPROXY) == "pass"
    weak = "ssl-default-bind-options ssl-min-ver TLSv1.0"
    assert haproxy(host, weak, f"bind *:443 {crt}") == {443: ()}
    assert host.status(HAPROXY) == "pass"  # by the security level
    assert haproxy(host, weak, f"bind *:443 {crt} {low}\nbind *:8443 {crt} {low} ssl-min-ver TLSv1.2") == {
        443: ("TLSv1.1", "TLSv1"), 8443: (),
    }  # fmt: skip
    assert host.status(HAPROXY, "pi on *:443") == "fail"
    assert host.status(HAPROXY, "pi on *:8443") == "pass"
    # Where a lowest version is set, those of no- are ignored; force- sets both.
    assert haproxy(host, weak + " no-tlsv10", f"bind *:443 {crt} {low}") == {443: ("TLSv1.1", "TLSv1")}
    assert host.status(HAPROXY) == "fail"
    assert haproxy(host, "", f"bind *:443 {crt} {low} force-tlsv11") == {443: ("TLSv1.1",)}
    assert host.status(HAPROXY) == "fail"
    assert haproxy(host, "", f"bind *:443 {crt} {low} ssl-max-ver TLSv1.1") == {443: ("TLSv1.1",)}
    assert host.status(HAPROXY) == "fail"
    assert haproxy(host, "# no tls here", f"bind *:443 {crt} {low} no-tlsv10 no-tlsv11") == {443: ()}
    assert host.status(HAPROXY) == "pass"
    # Default options that come after a listener do not reach it.
    early = f"frontend early\n mode http\n timeout client 5s\n bind *:8443 {crt} {low}\nglobal\n {weak}\n"
    assert haproxy(host, "", f"bind *:443 {crt} {low}", early) == {443: ("TLSv1.1", "TLSv1"), 8443: ()}
    assert host.status(HAPROXY, "early on *:8443") == "pass"
    assert host.status(HAPROXY, "pi on *:443") == "fail"
    host.write("/srv/list", "/srv/both.pem [ssl-min-ver TLSv1.0]\n")
    haproxy(host, "", f"bind *:443 ssl crt-list /srv/list {low}")
    assert host.status(HAPROXY) == "unknown"
    assert SECRET not in everything_read(host)


def stop_postfix(host: RunningHost) -> None:
    """`postfix stop` would look once, sleep a second, and look again."""
    quietly(host, "postfix", "abort")
    until(lambda: "ended" in host.run("sh", "-c", "/usr/lib/postfix/sbin/master -t 2>/dev/null && echo ended; :"))
    until(lambda: not listens(host, 25))


def postfix(host: RunningHost, settings: dict[str, str], master: str = "") -> dict[int, tuple[str, ...] | None]:
    """Run Postfix with these settings, and return what it offers."""
    host.run(
        "postconf", "-e", "maillog_file=/var/log/mail.log", *(f"{name}={value}" for name, value in settings.items())
    )
    host.append(MASTER_CF, master)
    host.run("newaliases")
    quietly(host, "postfix", "start")
    until(lambda: listens(host, 25))
    told = offered(host)
    stop_postfix(host)
    return told


def hello(host: RunningHost, port: int = 25) -> str:
    """What a server says to EHLO in clear."""
    program = "import smtplib,sys; one = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), timeout=120); print(one.ehlo()[1].decode())"
    return host.run("python3", "-c", program, str(port))


def test_postfix_is_judged_as_it_answers(host: RunningHost) -> None:
    host.run("postconf", "-#", "smtpd_tls_cert_file", "smtpd_tls_key_file")
    # With a security level but no certificate nothing is offered.
    assert postfix(host, {}) == {25: ()}
    assert host.status(OFFERS) == "fail"
    assert host.status(POSTFIX) == "not_applicable"
    assert host.status(LOGINS) == "not_applicable"
    own = {"smtpd_tls_cert_file": "/srv/good.pem", "smtpd_tls_key_file": "/srv/good.key"}
    # Unlike others Postfix lowers OpenSSL's security level: old versions are really offered.
    assert postfix(host, own) == {25: ("TLSv1.1", "TLSv1")}
    assert host.status(OFFERS) == "pass"
    assert host.status(POSTFIX) == "fail"
    assert host.status(POSTFIX, between_servers="TLSv1") == "pass"
    assert postfix(host, {"smtpd_tls_protocols": ">=TLSv1.2"}) == {25: ()}
    assert host.status(POSTFIX) == "pass"
    assert postfix(host, {"smtpd_tls_protocols": "!SSLv2, !SSLv3, !TLSv1"}) == {25: ("TLSv1.1",)}
    assert host.status(POSTFIX) == "fail"
    # Where TLS is asked for, another setting holds.
    host.run("postconf", "-e", "smtpd_tls_protocols=>=TLSv1.2")
    services = "submission inet n - n - - smtpd\n -o smtpd_tls_security_level=encrypt\n"
    assert postfix(host, {}, services) == {25: (), 587: ("TLSv1.1", "TLSv1")}
    assert host.status(POSTFIX, between_servers="TLSv1.2") == "fail"
    assert postfix(host, {"smtpd_tls_mandatory_protocols": "!TLSv1.1,!TLSv1,!SSLv3"}) == {25: (), 587: ()}
    assert host.status(POSTFIX) == "pass"
    host.run("postconf", "-e", "inet_interfaces=loopback-only")
    assert host.status(OFFERS) == "not_applicable"


def test_logins_to_postfix(host: RunningHost) -> None:
    own = {"smtpd_tls_cert_file": "/srv/good.pem", "smtpd_tls_key_file": "/srv/good.key", "smtpd_sasl_type": "dovecot"}
    host.write(
        "/etc/dovecot/conf.d/99-sasl.conf",
        "service auth {\n unix_listener /var/spool/postfix/private/auth {\n mode = 0666\n}\n}\n",
    )
    quietly(host, "dovecot")
    host.run(
        "postconf",
        "-e",
        "smtpd_sasl_path=private/auth",
        "maillog_file=/var/log/mail.log",
        *(f"{a}={b}" for a, b in own.items()),
    )
    host.run("newaliases")

    def takes_logins_in_clear(**settings: str) -> bool:
        host.run("postconf", "-e", *(f"{name}={value}" for name, value in settings.items()))
        quietly(host, "postfix", "start")
        until(lambda: listens(host, 25))
        said = hello(host)
        stop_postfix(host)
        return "AUTH" in said

    assert not takes_logins_in_clear(smtpd_sasl_auth_enable="no")
    assert host.status(LOGINS) == "not_applicable"
    assert takes_logins_in_clear(smtpd_sasl_auth_enable="yes")
    assert host.status(LOGINS) == "fail"
    assert not takes_logins_in_clear(smtpd_tls_auth_only="yes")
    assert host.status(LOGINS) == "pass"
    assert not takes_logins_in_clear(smtpd_tls_auth_only="no", smtpd_tls_security_level="encrypt")
    assert host.status(LOGINS) == "pass"
    host.append(
        MASTER_CF, "587 inet n - n - - smtpd -o smtpd_tls_security_level=may\n -o { smtpd_tls_auth_only = no }\n"
    )
    assert host.status(LOGINS) == "fail"


def test_mail_that_postfix_sends(host: RunningHost) -> None:
    assert host.status(SENDS) == "pass"  # Debian's main.cf
    host.run("postconf", "-#", "smtp_tls_security_level")
    assert host.status(SENDS) == "fail"
    host.run("postconf", "-e", "smtp_use_tls=yes")
    assert host.status(SENDS) == "pass"
    host.run("postconf", "-e", "smtp_use_tls=no", "smtp_tls_security_level=dane")
    assert host.status(SENDS) == "pass"
    host.run("postconf", "-P", "smtp/unix/smtp_tls_security_level=none")
    assert host.status(SENDS) == "fail"
    host.run("postconf", "-e", "default_transport=error:this machine sends no mail")
    assert host.status(SENDS) == "not_applicable"


def test_what_stands_beside_in_mail_servers_stays_there(host: RunningHost) -> None:
    host.run("postconf", "-e", f"smtp_sasl_password_maps=inline:{{x={SECRET}}}", f"relayhost=[{SECRET}]")
    host.append(MASTER_CF, f"filter unix - n n - - pipe user=nobody argv=/srv/filter --password {SECRET}\n")
    host.append(DOVECOT_SSL, f"ssl_key_password = {SECRET}\ndoveadm_password = {SECRET}\n")
    host.append(DOVECOT_SSL, f"namespace {SECRET} {{\n prefix = x/\n}}\n")
    read = everything_read(host)
    assert "smtpd_tls_security_level" in read
    assert "ssl_min_protocol" in read
    assert SECRET not in read


def test_mail_servers_that_are_broken_are_unknown(host: RunningHost) -> None:
    host.append(MASTER_CF, "smtp inet n\n")
    host.append(DOVECOT_SSL, "ssl = perhaps\n")
    assert {host.status(check) for check in (LOGINS, OFFERS, SENDS, POSTFIX, READERS, DOVECOT)} == {"unknown"}
    host.remove("/usr/sbin/postconf")
    host.remove("/usr/bin/doveconf")
    assert {host.status(check) for check in (LOGINS, OFFERS, SENDS, POSTFIX, READERS, DOVECOT)} == {"not_applicable"}


def dovecot(host: RunningHost) -> dict[int, tuple[str, ...] | None]:
    """Run Dovecot, and return what it offers."""
    quietly(host, "dovecot")
    until(lambda: listens(host, 993))
    told = offered(host)
    host.run("doveadm", "stop")
    ended(host, "dovecot", 993)
    return told


def test_dovecot_is_judged_as_it_answers(host: RunningHost) -> None:
    host.append(DOVECOT_SSL, "ssl_cert = </srv/good.pem\nssl_key = </srv/good.key\n")
    assert dovecot(host) == {110: (), 143: (), 993: (), 995: ()}
    assert host.status(DOVECOT) == "pass"
    assert host.status(READERS) == "pass"  # disable_plaintext_auth is built in
    host.append(DOVECOT_SSL, "ssl_min_protocol = TLSv1\n")
    assert dovecot(host) == {110: (), 143: (), 993: (), 995: ()}
    assert host.status(DOVECOT) == "pass"  # by the security level
    host.append(DOVECOT_SSL, "ssl_cipher_list = ALL:@SECLEVEL=0\n")
    assert dovecot(host) == dict.fromkeys((110, 143, 993, 995), ("TLSv1.1", "TLSv1"))
    assert host.status(DOVECOT) == "fail"
    host.append(DOVECOT_SSL, "ssl = no\n")
    assert host.status(DOVECOT) == "not_applicable"


def test_logins_to_dovecot(host: RunningHost) -> None:
    host.append(DOVECOT_AUTH, "disable_plaintext_auth = no\n")
    assert host.status(READERS) == "fail"
    host.append(DOVECOT_SSL, "ssl = required\n")
    assert host.status(READERS) == "pass"
    host.append(DOVECOT_SSL, "local 192.0.2.1 {\n disable_plaintext_auth = no\n}\n")
    assert host.status(READERS) == "unknown"
    only = "".join(f"service {one}-login {{\n inet_listener {one} {{\n port = 0\n}}\n}}\n" for one in ("imap", "pop3"))
    host.write("/etc/dovecot/conf.d/99-ports.conf", only)
    assert host.status(READERS) == "pass"
    host.remove("/etc/dovecot/conf.d/99-ports.conf")
    host.replace(DOVECOT_SSL, "local 192.0.2.1 {\n disable_plaintext_auth = no\n}\n", "ssl = yes\n")
    host.append(DOVECOT_AUTH, "disable_plaintext_auth = yes\nauth_mechanisms = plain cram-md5\n")
    assert host.status(READERS) == "fail"
    host.append(DOVECOT_AUTH, "auth_mechanisms = plain login\n")
    assert host.status(READERS) == "pass"
    host.append("/etc/dovecot/dovecot.conf", "protocols = none\n")
    assert host.status(READERS) == "not_applicable"


def test_dovecot_of_debian_13() -> None:
    with tree_of(image("trixie", "dovecot-imapd dovecot-pop3d")) as tree:
        assert tree.status(READERS) == "pass"
        assert tree.status(DOVECOT) == "pass"
        (before,) = tree.findings(READERS)
        assert before.verdict.observed["mechanisms"] == "plain"
        tree.append(DOVECOT_AUTH, "auth_allow_cleartext = yes\n")
        (found,) = tree.findings(READERS)
        assert found.status == "fail"
        assert found.verdict.observed["listeners"] == "imap on 143, pop3 on 110"
        only = "".join(
            f"service {one}-login {{\n inet_listener {one} {{\n port = 0\n}}\n}}\n" for one in ("imap", "pop3")
        )
        tree.write("/etc/dovecot/conf.d/99-ports.conf", only)
        assert tree.status(READERS) == "pass"
        tree.remove("/etc/dovecot/conf.d/99-ports.conf")
        tree.append(DOVECOT_SSL, "ssl = required\n")
        assert tree.status(READERS) == "unknown"  # Dovecot itself refuses the two together
        tree.replace(DOVECOT_AUTH, "auth_allow_cleartext = yes\n", "")
        assert tree.status(READERS) == "pass"
        tree.append(DOVECOT_SSL, "ssl_min_protocol = TLSv1\nssl_cipher_list = ALL:@SECLEVEL=0\n")
        assert tree.status(DOVECOT) == "fail"
        tree.append("/etc/dovecot/dovecot.conf", "protocols {\n imap = no\n pop3 = no\n}\n")
        assert tree.status(READERS) == "not_applicable"
