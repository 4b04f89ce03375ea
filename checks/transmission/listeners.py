"""17.04(3) at open sockets: services that speak in clear."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.host.listeners import Listener, Listeners

NAMES = {
    "tcp/21": "ftp",
    "tcp/23": "telnet",
    "udp/69": "tftp",
    "tcp/110": "pop3",
    "tcp/143": "imap",
    "udp/161": "snmp",
    "tcp/389": "ldap",
    "tcp/512": "rexec",
    "tcp/513": "rlogin",
    "tcp/514": "rsh",
    "tcp/873": "rsync",
    "tcp/5900": "vnc",
    "tcp/5901": "vnc",
    "tcp/5902": "vnc",
    "tcp/5903": "vnc",
    "tcp/6000": "x11",
    "tcp/6001": "x11",
    "tcp/6002": "x11",
    "tcp/6010": "x11",
}
_PLAIN = (
    "tcp/23",
    "udp/69",
    "tcp/512",
    "tcp/513",
    "tcp/514",
    "tcp/873",
    "tcp/5900",
    "tcp/5901",
    "tcp/5902",
    "tcp/5903",
    "tcp/6000",
    "tcp/6001",
    "tcp/6002",
    "tcp/6010",
)
_MAY_ENCRYPT = ("tcp/21", "tcp/110", "tcp/143", "tcp/389", "udp/161")


def _on(*names: str, address: str = "0.0.0.0") -> Listeners:  # noqa: S104 - an example
    sockets = (name.partition("/") for name in names)
    return Listeners(tuple(Listener(protocol, address, int(port)) for protocol, _, port in sockets))


def _told(one: Listener) -> str:
    """How a socket is named in a report."""
    program = f" ({one.process})" if one.process else ""
    return f"{one.name} {NAMES.get(one.name, '')}{program} on {one.address}".replace("  ", " ")


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[_on("tcp/22", "tcp/443"), _on("tcp/23", address="127.0.0.1"), given(_on("tcp/143"), may_encrypt=())],
    fails=[_on("tcp/22", "tcp/23"), _on("udp/69", address="::"), _on("tcp/23", "tcp/143")],
)
def no_plaintext_service_listens_beyond_loopback(
    listeners: Listeners, *, plaintext: tuple[str, ...] = _PLAIN, may_encrypt: tuple[str, ...] = _MAY_ENCRYPT
) -> Verdict:
    """No service that sends records and passwords in clear waits for other machines.

    Why: what travels across public networks must be encrypted, and these protocols cannot do it.
    Fix: stop and remove the service, bind it to 127.0.0.1, or use its encrypted heir (ssh, sftp, https, imaps, ldaps).
    Settings:
        plaintext: protocol and port of services that have no encryption: telnet, tftp, rexec, rlogin, rsh, rsync, VNC and
            X11. Port 80 is not among them because most servers only send from there to https; add `tcp/80` to be stricter.
        may_encrypt: those that encrypt only when both sides agree (ftp, pop3, imap, ldap, snmp). A socket does not show
            whether they insist on it, so they are unknown; take out those that you know to insist.
    """
    exposed = listeners.exposed
    syslog = {"tcp/514"} if any(_is_syslog(one) for one in exposed) else set()
    plain = [_told(one) for one in exposed if one.name in plaintext and one.name not in syslog]
    if plain:
        return failed("services without encryption wait for other machines", plaintext=plain)
    unclear = [_told(one) for one in exposed if one.name in may_encrypt or one.name in syslog]
    if unclear:
        return unknown(
            f"{', '.join(unclear)}: whether it insists on encryption cannot be seen from outside", unclear=unclear
        )
    return passed(exposed=sorted({one.name for one in exposed}))


def _is_syslog(one: Listener) -> bool:
    """Port 514 of TCP was rsh's; a log server there may well use TLS."""
    return one.name == "tcp/514" and one.process in ("rsyslogd", "syslog-ng")
