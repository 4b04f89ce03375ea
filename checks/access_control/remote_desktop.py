"""17.04(2)(b) at desktops that are used from other machines."""

from checks.check import check, given
from checks.verdict import CRITICAL, Verdict, failed, passed, unknown
from collectors.host.vnc import VncServer


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[
        VncServer("Xtigervnc", 5901, ways=("vncauth",)),
        given(VncServer("Xtigervnc", 5901, local_only=True, password=False), local_without_password=True),
    ],
    fails=[
        VncServer("x11vnc", password=False),
        VncServer("Xtigervnc", 5901, local_only=True, password=False, ways=("none",)),
    ],
)
def vnc_server_asks_for_a_password(vnc_server: VncServer, *, local_without_password: bool = False) -> Verdict:
    """Nobody sees or drives a desktop over VNC without a password.

    Why: whoever reaches such a server sits at the desktop of the person who is logged in, with all that this person may do.
    Fix: start it with a password file (`vncpasswd`, then `-rfbauth` or `PasswordFile`) and without `SecurityTypes None`,
    `TLSNone` or `X509None`; x11vnc with `-rfbauth` or `-unixpw` and without `-nopw`.
    Settings:
        local_without_password: whether a server that only this machine reaches may go without a password. Off, since every
            account and program of the machine reaches it.
    """
    observed = {"ways": vnc_server.ways or "not told", "local_only": vnc_server.local_only}
    if vnc_server.password is None:
        return unknown("the options of the running server do not tell", **observed)
    if vnc_server.password:
        return passed(**observed)
    if vnc_server.local_only and local_without_password:
        return passed("only this machine reaches it", **observed)
    return failed("the desktop is open without a password", **observed)
