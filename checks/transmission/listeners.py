"""17.04(3) at open sockets: services that speak in clear."""

from collections.abc import Iterable

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.host.listeners import Listener, Listeners

NAMES = {
    "tcp/11": "systat",
    "tcp/15": "netstat",
    "tcp/21": "ftp",
    "tcp/23": "telnet",
    "udp/69": "tftp",
    "tcp/79": "finger",
    "tcp/110": "pop3",
    "tcp/119": "nntp",
    "tcp/143": "imap",
    "udp/161": "snmp",
    "udp/177": "xdmcp",
    "tcp/389": "ldap",
    "tcp/512": "rexec",
    "tcp/513": "rlogin",
    "tcp/514": "rsh",
    "udp/514": "syslog",
    "udp/517": "talk",
    "udp/518": "ntalk",
    "tcp/540": "uucp",
    "tcp/873": "rsync",
    "tcp/1883": "mqtt",
    "tcp/3260": "iscsi",
    "tcp/5900-5999": "vnc",
    "tcp/6000-6063": "x11",
    "tcp/10809": "nbd",
}
_MAY_ENCRYPT = ("tcp/21", "tcp/110", "tcp/119", "tcp/143", "udp/161", "tcp/389", "tcp/5900-5999", "tcp/10809")
_PLAIN = tuple(name for name in NAMES if name not in _MAY_ENCRYPT)


def _entry(one: Listener, names: Iterable[str]) -> str:
    """The one of these names, each a protocol and a port or a range of ports, that a socket falls under; or nothing."""
    for name in names:
        protocol, _, ports = name.partition("/")
        first, _, last = ports.partition("-")
        if one.protocol == protocol and int(first) <= one.port <= int(last or first):
            return name
    return ""


def _on(*names: str, address: str = "0.0.0.0") -> Listeners:  # noqa: S104 - an example
    sockets = (name.partition("/") for name in names)
    return Listeners(tuple(Listener(protocol, address, int(port)) for protocol, _, port in sockets))


def _told(one: Listener) -> str:
    """How a socket is named in a report."""
    program = f" ({one.process})" if one.process else ""
    return f"{one.name} {NAMES.get(_entry(one, NAMES), '')}{program} on {one.address}".replace("  ", " ")


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[_on("tcp/22", "tcp/443"), _on("tcp/23", address="127.0.0.1"), given(_on("tcp/143"), may_encrypt=())],
    fails=[
        _on("tcp/22", "tcp/23"),
        _on("udp/69", address="::"),
        _on("tcp/23", "tcp/143"),
        _on("tcp/6017"),
        given(_on("tcp/5907"), plaintext=("tcp/5900-5999",)),
    ],
)
def no_plaintext_service_listens_beyond_loopback(
    listeners: Listeners, *, plaintext: tuple[str, ...] = _PLAIN, may_encrypt: tuple[str, ...] = _MAY_ENCRYPT
) -> Verdict:
    """No service that sends records and passwords in clear waits for other machines.

    Why: what travels across public networks must be encrypted, and these protocols cannot do it.
    Fix: stop and remove the service, bind it to 127.0.0.1, or use its encrypted heir (ssh, sftp, https, imaps, ldaps).
    Settings:
        plaintext: protocol and port, or range of ports, of services that have no encryption: telnet, tftp, rexec, rlogin, rsh,
            rsync, X11, XDMCP, finger, talk, UUCP, iSCSI, syslog over UDP, MQTT. Port 80 is not among them because most servers
            only send from there to https; add `tcp/80` to be stricter.
        may_encrypt: those that encrypt only when both sides agree (ftp, pop3, imap, nntp, ldap, snmp, VNC, nbd). A socket does
            not show whether they insist on it, so they are unknown; take out those that you know to insist.
    """
    exposed = listeners.exposed
    syslog = {"tcp/514"} if any(_is_syslog(one) for one in exposed) else set()
    plain = [_told(one) for one in exposed if _entry(one, plaintext) and one.name not in syslog]
    if plain:
        return failed("services without encryption wait for other machines", plaintext=plain)
    unclear = [_told(one) for one in exposed if _entry(one, may_encrypt) or one.name in syslog]
    if unclear:
        return unknown(
            f"{', '.join(unclear)}: whether it insists on encryption cannot be seen from outside", unclear=unclear
        )
    return passed(exposed=sorted({one.name for one in exposed}))


def _is_syslog(one: Listener) -> bool:
    """Port 514 of TCP was rsh's; a log server there may well use TLS."""
    return one.name == "tcp/514" and one.process in ("rsyslogd", "syslog-ng")
