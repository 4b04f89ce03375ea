from collections.abc import Iterator

import pytest

from tests.hosts import RunningHost, until
from tests.real.test_tls_of_servers import ended, everything_read, hello, offered, quietly
from tests.tls_servers import authority, certificate, listens, servers

pytestmark = pytest.mark.real

LOGINS = "exim-takes-mail-logins-only-encrypted"
OFFERS = "exim-offers-encryption-to-those-who-send"
AFTER_TLS = "server_advertise_condition = ${if eq{$tls_in_cipher}{}{}{*}}"
SECRET = "correct horse battery staple".replace(" ", "")


@pytest.fixture
def host() -> Iterator[RunningHost]:
    with servers("openssl exim4-daemon-light") as made:
        authority(made)
        certificate(made, "good")
        made.run("chmod", "644", "/srv/good.key")
        yield made


def says(host: RunningHost, main: str = "", login: str = "") -> str:
    """Run Exim with these options, and return what it says to EHLO in clear."""
    condition = f"server_condition = ${{if eq{{$auth2}}{{{SECRET}}}}}"
    login = (
        f"plain:\n driver = plaintext\n public_name = PLAIN\n server_prompts = :\n {condition}\n {login}\n"
        if login
        else ""
    )
    host.write(
        "/etc/exim4/exim4.conf",
        f"primary_hostname = pi.example.com\n{main}\nbegin authenticators\n{login}\nsender:\n driver = cram_md5\n"
        f" public_name = CRAM-MD5\n client_name = ann\n client_secret = {SECRET}\n",
    )
    quietly(host, "exim4", "-bd", "-oX", "25", "-oP", "/run/exim.pid")
    until(lambda: listens(host, 25))
    said = hello(host)
    if "STARTTLS" in said:
        assert list(offered(host)) == [25]
    host.run("sh", "-c", "kill $(cat /run/exim.pid)")
    ended(host, "exim4", 25)
    return said


def test_exim_is_judged_as_it_answers(host: RunningHost) -> None:
    assert {host.status(check) for check in (LOGINS, OFFERS)} == {"not_applicable"}  # Debian's listens on loopback
    tls = "tls_certificate = /srv/good.pem\ntls_privatekey = /srv/good.key"
    assert "STARTTLS" in says(host, tls)
    assert host.status(OFFERS) == "pass"
    assert host.status(LOGINS) == "not_applicable"  # what it logs in with elsewhere is no login here
    assert "STARTTLS" not in says(host, f"{tls}\ntls_advertise_hosts =")
    assert host.status(OFFERS) == "fail"
    says(host, f"{tls}\ntls_advertise_hosts = 192.0.2.0/24")
    assert host.status(OFFERS) == "unknown"
    assert "AUTH PLAIN" in says(host, tls, "server_set_id = $auth2")
    assert host.status(LOGINS) == "fail"
    assert "AUTH" not in says(host, tls, AFTER_TLS)
    assert host.status(LOGINS) == "pass"
    assert "AUTH" not in says(
        host, f"{tls}\nauth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}", "server_debug_print ="
    )
    assert host.status(LOGINS) == "pass"
    assert "AUTH" in says(host, tls, f"server_advertise_condition = ${{if eq{{$tls_in_cipher}}{{}}{{{SECRET}}}{{*}}}}")
    assert host.status(LOGINS) == "unknown"
    assert SECRET not in everything_read(host)
    host.write("/etc/exim4/exim4.conf", "no_such_option = 1\n")
    assert host.status(LOGINS) == "unknown"
