"""17.04(3) at the machine's own TLS listeners, as they answer."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.listeners import Listener
from collectors.host.openssl_policy import ORDER
from collectors.host.tls_listeners import FOR_TLS, TlsListener

_HTTPS = Listener("tcp", "0.0.0.0", 443)  # noqa: S104 - an example
_SMTP = Listener("tcp", "0.0.0.0", 25)  # noqa: S104 - an example
_WEBMIN = Listener("tcp", "0.0.0.0", 10000)  # noqa: S104 - an example


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        TlsListener(_HTTPS),
        TlsListener(_SMTP, greeting="smtp"),
        given(TlsListener(_HTTPS, old=("TLSv1.1",)), minimum="TLSv1.1"),
        given(TlsListener(_SMTP, old=("TLSv1.1", "TLSv1"), greeting="smtp"), between_servers="TLSv1"),
    ],
    fails=[TlsListener(_HTTPS, old=("TLSv1.1", "TLSv1")), TlsListener(_HTTPS, old=("SSLv3",))],
    not_applicable=[TlsListener(_SMTP, encrypts=False, greeting="smtp")],
)
def tls_listener_offers_only_current_versions(
    tls_listener: TlsListener, *, minimum: str = "TLSv1.2", between_servers: str = "TLSv1.2"
) -> Verdict:
    """A listener of this machine comes to terms with no caller who knows only an old version of TLS.

    Why: SSL 3, TLS 1.0 and 1.1 have published attacks and are retired (RFC 8996): what they carry is not safely encrypted.
    Fix: have the server that listens there offer TLS 1.2 and 1.3 alone (nginx: `ssl_protocols`, Apache: `SSLProtocol`,
    HAProxy: `ssl-min-ver`, Postfix: `smtpd_tls_protocols`, Dovecot: `ssl_min_protocol`), and restart it.
    Settings:
        minimum: the lowest version that passes, TLSv1, TLSv1.1 or TLSv1.2. TLS 1.2 is the oldest that is not retired; the
            listeners are not asked for more.
        between_servers: the same for port 25, where a server that knows no newer version would send its mail in clear.
    """
    if tls_listener.encrypts is False:
        return not_applicable("it speaks no TLS")
    if tls_listener.old is None:
        return unknown(f"which versions it offers could not be seen: {tls_listener.unseen}")
    if tls_listener.socket.port == 25:
        minimum = between_servers
    if ORDER.index(minimum) > ORDER.index("TLSv1.2"):
        return unknown("whether a listener offers TLS 1.2 is not asked")
    if old := [one for one in tls_listener.old if ORDER.index(one) < ORDER.index(minimum)]:
        return failed(f"a handshake with {' and '.join(old)} came to its end", offered=old)
    return passed(old_versions=tls_listener.old or "none")


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[TlsListener(_HTTPS)],
    fails=[TlsListener(_HTTPS, encrypts=False)],
    not_applicable=[TlsListener(_WEBMIN, encrypts=False), TlsListener(_SMTP, encrypts=False, greeting="smtp")],
)
def port_kept_for_tls_speaks_tls(tls_listener: TlsListener) -> Verdict:
    """What listens on a port that is kept for TLS does speak TLS.

    Why: clients and firewalls take such a port for encrypted; what answers there in clear sends records unencrypted.
    Fix: turn TLS on in the server that listens there (nginx: `listen 443 ssl`, Apache: `SSLEngine on`, HAProxy: `bind ...
    ssl crt ...`), or move what is meant to speak in clear to a port of its own, on loopback.
    """
    name = FOR_TLS.get(tls_listener.socket.port)
    if name is None:
        return not_applicable("its port is not kept for TLS")
    if tls_listener.encrypts is None:
        return unknown(f"whether it speaks TLS could not be seen: {tls_listener.unseen}")
    if not tls_listener.encrypts:
        return failed(f"it answers in clear on the port of {name}")
    return passed(port_of=name)
