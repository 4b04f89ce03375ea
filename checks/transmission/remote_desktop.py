"""17.04(3) at desktops that are used from other machines."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.vnc import VncServer
from collectors.host.xrdp import Xrdp


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[Xrdp("tls"), given(Xrdp("tls", ("TLSv1.1", "TLSv1.2")), oldest="TLSv1.1")],
    fails=[Xrdp("negotiate"), Xrdp("rdp"), Xrdp("tls", ("TLSv1", "TLSv1.2"))],
    not_applicable=[Xrdp("rdp", local_only=True)],
)
def xrdp_takes_only_tls_sessions(xrdp: Xrdp, *, oldest: str = "TLSv1.2") -> Verdict:
    """Remote desktops of xrdp are shown only over TLS.

    Why: screens and keystrokes carry records and passwords; RDP's own encryption is RC4 without a proof of who the server is,
    and `negotiate`, which xrdp ships, leaves the choice to the client or to whoever is on the way.
    Fix: set `security_layer=tls` and `ssl_protocols=TLSv1.2, TLSv1.3` in /etc/xrdp/xrdp.ini, let xrdp read its key (`adduser
    xrdp ssl-cert`), and restart xrdp.
    Settings:
        oldest: the oldest version of TLS that is accepted.
    """
    if xrdp.local_only:
        return not_applicable("only this machine reaches it")
    observed = {"security_layer": xrdp.security_layer, "ssl_protocols": xrdp.protocols}
    if xrdp.security_layer != "tls":
        return failed("a client may have a session without TLS", **observed)
    if old := [version for version in xrdp.protocols if version < oldest]:
        return failed("old versions of TLS are taken", old=old, **observed)
    return passed(**observed)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[VncServer("Xtigervnc", 5901, encrypted=True, ways=("x509vnc", "tlsvnc"))],
    fails=[VncServer("Xtigervnc", 5901, ways=("tlsvnc", "vncauth")), VncServer("x11vnc")],
    not_applicable=[VncServer("Xtigervnc", 5901, local_only=True)],
)
def vnc_server_takes_only_encrypted_sessions(vnc_server: VncServer) -> Verdict:
    """Desktops are shown over VNC only encrypted, or only to this machine.

    Why: screens and keystrokes carry records and passwords, and plain VNC sends them in clear.
    Fix: start it with `-localhost` and reach it through ssh (`ssh -L 5901:localhost:5901`), or with `-SecurityTypes
    X509Vnc,TLSVnc` only; x11vnc with `-ssl`.
    """
    observed = {"ways": vnc_server.ways or "not told"}
    if vnc_server.local_only:
        return not_applicable("only this machine reaches it", **observed)
    if vnc_server.encrypted is None:
        return unknown("the options of the running server do not tell", **observed)
    if vnc_server.encrypted:
        return passed(**observed)
    return failed("a client may have a session in clear", **observed)
