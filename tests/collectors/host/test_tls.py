import base64
import re
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.collector import Collector, Fact
from collectors.host.apache import ApacheSite, apache_sites
from collectors.host.dovecot import Dovecot, dovecot
from collectors.host.haproxy import HaproxyBind, haproxy_binds
from collectors.host.postfix import Postfix, postfix
from collectors.host.tls_hello import STARTTLS, VERSIONS, hello, steps
from collectors.host.tls_listeners import TlsListener, tls_listeners
from collectors.host.tls_program_perl import PERL
from collectors.host.tls_program_python import PYTHON
from collectors.host.x509 import certificate
from collectors.readings import Text, Unread

T = TypeVar("T", bound=Fact)

# An ECDSA certificate made for this test with OpenSSL 3.0, CN=x.example.com.
DER = base64.b64decode(
    "MIIB6DCCAY6gAwIBAgIUQSjF8SF5yCmhHTzjU1co3EtVsSgwCgYIKoZIzj0EAwIwJzENMAsGA1UECgwEVGVzdDEWMBQGA1UEAwwN"
    "eC5leGFtcGxlLmNvbTAgFw0yNjExMjIwMTMzNThaGA8yMDUxMDcxNDAxMzM1OFowJzENMAsGA1UECgwEVGVzdDEWMBQGA1UEAwwN"
    "eC5leGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKx4tztigRnYn3fOFShLugIHq2UQa8VpiEgqPiQNbcTjO5Jw"
    "8jrSFvwSXrXb7XtlwkXthAzXMfVqlVlVORidOuCjgZUwgZIwHQYDVR0OBBYEFEAb4Mv/tdrYv49w86Z4tfZtz4/GMB8GA1UdIwQY"
    "MBaAFEAb4Mv/tdrYv49w86Z4tfZtz4/GMA8GA1UdEwEB/wQFMAMBAf8wPwYDVR0RBDgwNoINeC5leGFtcGxlLmNvbYENYUBleGFt"
    "cGxlLmNvbYcEwAACAYcQIAENuAAAAAAAAAAAAAAAATAKBggqhkjOPQQDAgNIADBFAiEAhKq039wx/0RXoMMjnlPc06EP60C9ZF5a"
    "Yz7E8FmS18wCIBG4x0AFLJMAdttHY0xSTdkwXbAhzsP1XseAISeT8CI4"
)


def facts(collector: Collector, text: str) -> tuple[Fact, ...]:
    told = collector.outcome({collector.sources[0].key: Text(text)})
    assert isinstance(told, tuple), told
    return told


def one(collector: Collector, kind: type[T], text: str) -> T:
    told = collector.outcome({collector.sources[0].key: Text(text)})
    assert isinstance(told, kind), told
    return told


def test_a_certificate() -> None:
    read = certificate(DER)
    assert (read.subject, read.issuer, read.key, read.bits, read.digest) == (
        "x.example.com",
        "x.example.com",
        "EC",
        256,
        "SHA256",
    )
    assert read.self_issued
    assert read.names == ("x.example.com", "192.0.2.1", "2001:db8::1")
    assert read.not_before < datetime(2040, 1, 1, tzinfo=UTC) < read.not_after


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_certificate_with_a_wrong_byte_is_read_or_refused(at: int, byte: int) -> None:
    changed = DER[:at] + bytes([byte]) + DER[at + 1 :]
    try:
        certificate(changed)
    except ValueError:
        assert changed != DER


@given(st.integers(0, len(DER) - 1))
def test_a_certificate_that_is_cut_off_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        certificate(DER[:size])


@given(st.binary())
def test_what_is_no_certificate_is_refused(garbage: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        certificate(garbage)


def test_the_hellos_are_what_the_protocol_asks_for() -> None:
    for version in VERSIONS:
        record = bytes.fromhex(hello(version))
        assert record[0] == 0x16
        assert int.from_bytes(record[3:5], "big") == len(record) - 5
        assert record[5] == 1
        assert int.from_bytes(record[6:9], "big") == len(record) - 9
        assert record[9:11].hex() == version


def test_the_greetings_fit_between_tabs_and_lines() -> None:
    assert len(steps().split("\n")) == len(STARTTLS)
    for several in STARTTLS.values():
        for yes, no, send in several:
            assert re.compile(yes.encode())
            assert re.compile(no.encode())
            assert bytes.fromhex(send) is not None
            assert not set("\t\n'") & set(yes + no)
    assert "'" not in PERL + PYTHON


def answer(*lines: str) -> TlsListener:
    told = facts(tls_listeners, "\n".join(("0 listener 00000000 01BB tls", *lines, "end", "")))
    assert isinstance(told[0], TlsListener)
    return told[0]


SHOWN = f"0 certificate {base64.b64encode(DER).decode()} 18"


@pytest.mark.parametrize(
    ("lines", "encrypts", "old", "unseen"),
    [
        (("0 try 0 alert 70", SHOWN), True, (), ""),
        (("0 try 0 alert 40", SHOWN), True, (), ""),
        (("0 try 0 alert 40", "0 certificate closed"), True, None, "it turns down every hello"),
        (("0 try 0 alert 112", SHOWN), True, None, "it only answers those who name the host they want"),
        (("0 try 0 closed", SHOWN), True, (), ""),
        (("0 try 0 closed", "0 certificate closed"), None, None, "it hangs up on every hello"),
        (("0 try 0 closed", "0 certificate no-openssl"), None, None, "it hangs up on every hello"),
        (("0 try 0 offers 0301", "0 try 2 silent", SHOWN), True, ("TLSv1",), ""),
        (("0 try 0 offers 0302", "0 try 1 offers 0301", "0 try 2 offers 0300", SHOWN), True, ("TLSv1.1", "TLSv1", "SSLv3"), ""),
        (("0 try 0 plain",), False, (), ""),
        (("0 try 0 silent",), None, None, "it did not answer within 4 s"),
        (("0 try 0 many",), None, None, "more than 24 listeners speak TLS or may: it was not asked"),
        (("0 try 0 alert 70", "0 certificate AAAA 0"), True, (), "its certificate was not understood"),
        (("0 try 0 alert 70", "0 certificate no-openssl"), True, (), "openssl is not installed on the target"),
        (("0 try 0 alert 70", "0 certificate silent"), True, (), "it did not answer within 4 s"),
    ],
)  # fmt: skip
def test_what_a_listener_said(
    lines: tuple[str, ...], encrypts: bool | None, old: tuple[str, ...] | None, unseen: str
) -> None:
    told = answer(*lines)
    assert (told.encrypts, told.old, told.unseen) == (encrypts, old, unseen)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "end",
        "0 listener 00000000 01BB tls\n0 try 0 alert 70\n",
        "0 try 0 plain\nend\n",
        "0 listener 00000000 01BB tls\n0 try 0 offers 0304\nend\n",
    ],
)
def test_half_an_answer_is_not_understood(text: str) -> None:
    assert isinstance(tls_listeners.outcome({tls_listeners.sources[0].key: Text(text)}), Unread)


def configuration(main: str, text: str, **more: str) -> str:
    files = {main: text, **{f"/etc/httpd/{name.replace('_', '.d/', 1)}.conf": said for name, said in more.items()}}
    return "".join(
        f"{path}\t\n" + "".join(f"{path}\t{line}\n" for line in said.splitlines()) for path, said in files.items()
    )


HTTPD = "/etc/httpd/conf/httpd.conf"
LAYOUT = 'ServerRoot "/etc/httpd"\nInclude conf.modules.d/*.conf\nIncludeOptional conf.d/*.conf\n'
SITE = "<VirtualHost _default_:443>\nSSLEngine on\n{}\n</VirtualHost>\n"


@pytest.mark.parametrize(
    ("written", "protocols"),
    [
        ("", None),
        ("SSLProtocol all -SSLv3", ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        ("SSLProtocol -all +TLSv1.2", ("TLSv1.2",)),
        ("sslprotocol +TLSv1.1 +TLSv1.2", ("TLSv1.1", "TLSv1.2")),
        ("SSLProtocol TLSv1 TLSv1.2", ("TLSv1.2",)),
        ("SSLProtocol ALL -SSLv2 -SSLv3 -TLSv1 -TLSv1.1", ("TLSv1.2", "TLSv1.3")),
    ],
)
def test_apache_on_red_hat(written: str, protocols: tuple[str, ...] | None) -> None:
    loaded = "LoadModule ssl_module\n"
    text = configuration(HTTPD, LAYOUT, **{"conf.modules_ssl": loaded, "conf_ssl": SITE.format(written)})
    assert apache_sites.sources[0].key == "command:apache configuration"
    (site,) = facts(apache_sites, text)
    assert isinstance(site, ApacheSite)
    assert (site.protocols, site.unread, site.address) == (protocols, (), "_default_:443")


def test_apache_that_speaks_no_tls() -> None:
    assert facts(apache_sites, configuration(HTTPD, LAYOUT, conf_ssl=SITE.format(""))) == ()
    with_module = {"conf.modules_ssl": "LoadModule ssl_module\n"}
    assert (
        facts(apache_sites, configuration(HTTPD, LAYOUT, **with_module, conf_x="<VirtualHost *:80>\n</VirtualHost>\n"))
        == ()
    )
    off = "SSLEngine on\n<VirtualHost *:443>\nSSLEngine off\n</VirtualHost>\n"
    told = facts(apache_sites, configuration(HTTPD, LAYOUT, **with_module, conf_x=off))
    assert [site.subject for site in told] == ["_ on server"]


def test_what_apache_includes_from_elsewhere_is_unread() -> None:
    loaded = "LoadModule ssl_module\n"
    for text in ("Include /srv/tls.conf", "IncludeOptional /srv/*.conf", "Use TLS strong", "SSLProtocol ${OLD}"):
        (site,) = facts(
            apache_sites, configuration(HTTPD, LAYOUT, **{"conf.modules_ssl": loaded, "conf_ssl": SITE.format(text)})
        )
        assert isinstance(site, ApacheSite)
        assert site.unread, text
    (gnu,) = facts(apache_sites, configuration(HTTPD, LAYOUT, **{"conf.modules_tls": "LoadModule gnutls_module\n"}))
    assert isinstance(gnu, ApacheSite)
    assert gnu.unread == ("mod_gnutls",)


@pytest.mark.parametrize(
    ("version", "line", "lowest"),
    [
        ("2.6.12", "", "TLSv1.2"),
        ("2.1.0", "", "TLSv1"),
        ("2.1.0", "no-tlsv10 no-tlsv11", "TLSv1.2"),
        ("2.6.12", "no-tlsv12", "TLSv1.3"),
        ("3.0.0", "ssl-min-ver SSLv3", "SSLv3"),
        ("3.0.0", "force-tlsv13", "TLSv1.3"),
    ],
)
def test_versions_of_haproxy(version: str, line: str, lowest: str) -> None:
    main = "/etc/haproxy/haproxy.cfg"
    text = f"version\t{version}\n" + configuration(
        main, f"section global\nsection frontend www\nbind :443 ssl {line}\n"
    )
    (bind,) = facts(haproxy_binds, text)
    assert isinstance(bind, HaproxyBind)
    assert bind.protocols[0] == lowest


def test_haproxy_elsewhere_is_unknown() -> None:
    main = "/etc/haproxy/haproxy.cfg"
    listens = configuration(main, "section global\nsection listen www\nbind :443 ssl\n")
    (bind,) = facts(haproxy_binds, "version\t2.6\n" + listens + configuration("/etc/default/haproxy", "elsewhere\n"))
    assert isinstance(bind, HaproxyBind)
    assert bind.unread
    told = haproxy_binds.outcome({haproxy_binds.sources[0].key: Text("version\t\n" + listens)})
    assert isinstance(told, Unread)
    depends = configuration(
        main, "section global\nif 1\ndefault ssl-min-ver TLSv1.0\nif 0\nsection listen www\nbind :443 ssl\n"
    )
    told_of = facts(haproxy_binds, "version\t2.6\n" + depends)
    assert all(isinstance(one, HaproxyBind) and one.unread for one in told_of)


POSTCONF = (
    "mail_version = 2.11.0\ninet_interfaces = all\ndefault_transport = smtp\nsmtp_tls_security_level =\nsmtp_use_tls = no\n"
    "smtp_enforce_tls = no\nsmtpd_tls_cert_file = /x\n{}services\nsmtp inet smtpd\n127.0.0.1:10025 inet smtpd\noverrides\n"
)


@pytest.mark.parametrize(
    ("written", "lowest"),
    [
        ("", "SSLv3"),
        ("!SSLv2", "SSLv3"),
        ("!SSLv2,!SSLv3", "TLSv1"),
        ("!SSLv2, !SSLv3, !TLSv1, !TLSv1.1", "TLSv1.2"),
        ("TLSv1.2 TLSv1.3", "TLSv1.2"),
        (">=TLSv1.2, <=TLSv1.3", "TLSv1.2"),
        (">=0302", "TLSv1.1"),
    ],
)
def test_versions_of_postfix(written: str, lowest: str) -> None:
    level = "smtpd_tls_security_level = may\nsmtpd_tls_protocols = " + written + "\n"
    told = one(postfix, Postfix, POSTCONF.format(level))
    assert [service.port for service in told.reachable] == ["smtp"]
    assert told.reachable[0].lowest == lowest
    assert told.sends == "none"


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("smtpd_use_tls = yes\n", "may"),
        ("smtpd_enforce_tls = yes\n", "encrypt"),
        ("smtpd_use_tls = yes\nsmtpd_tls_security_level = none\n", "none"),
        ("", "none"),
    ],
)
def test_levels_of_postfix(written: str, level: str) -> None:
    assert one(postfix, Postfix, POSTCONF.format(written)).services[0].level == level


# In the form of doveconf 2.2, 2.3 and 2.4, from their documentation.
@pytest.mark.parametrize(
    ("version", "written", "cleartext", "lowest"),
    [
        ("2.2.36", "set disable_plaintext_auth = no\nset ssl_protocols = !SSLv3\n", True, "TLSv1"),
        ("2.3.19.1", "set disable_plaintext_auth = yes\nset ssl_min_protocol = ANY\n", False, "SSLv3"),
        ("2.4.1", "set auth_allow_cleartext = no\nset ssl_min_protocol = TLSv1.2\n", False, "TLSv1.2"),
        ("2.4.1", "set auth_allow_cleartext = yes\nset ssl_min_protocol = LATEST\n", True, "TLSv1.3"),
    ],
)
def test_versions_of_dovecot(version: str, written: str, cleartext: bool, lowest: str) -> None:
    served = (
        "begin protocols\nset imap = yes\nset pop3 = no\nend\n" if version > "2.4" else "set protocols = imap lmtp\n"
    )
    said = f"version {version}\nset ssl = yes\n{served}set auth_mechanisms = plain\n{written}all\n"
    told = one(dovecot, Dovecot, said)
    assert (told.cleartext, told.lowest, told.protocols) == (cleartext, lowest, ("imap",))
    assert isinstance(dovecot.outcome({dovecot.sources[0].key: Text(said.removesuffix("all\n"))}), Unread)
